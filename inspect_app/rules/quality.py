"""What makes an interview look unlike one that was held: remarks for the nightly review.

Each remark sends a reviewer to look; none decides anything by itself. `remarks` looks at one
interview when it arrives, `likenesses` at an interview beside those around it. Limits are those
of the rule book (`quality`, our default), sentences stand in `rules/flags.py`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from functools import lru_cache
from math import asin, cos, radians, sqrt
from statistics import median
from typing import Any

from inspect_app.rules.approval import SUBJECTS
from inspect_app.rules.chain import CHINA
from inspect_app.rules.interviews import Flag, Interview, Row

EARTH_M = 6_371_000.0
FREE_TEXT = ("sat_reason", "judgement_reason")
ONE_OFF = ("one_off_subsidy", "gifts")
RECEIPTS = (
    "wage_local",
    "wage_away",
    "crop_gross",
    "livestock_gross",
    "business_gross",
    "property_income",
    "pension",
    "welfare_cash",
    "regular_subsidy",
    *ONE_OFF,
)
LEAST_NEIGHBOURS = 3
"""Positions of other interviews from which a village's middle may be told."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Traits:
    """What comparing interviews needs of one, kept beside the revision; no answers but these.

    started, ended : as the phone told them, set right by its clock's offset
    sealed_ms, boot_id : when it was sealed by the phone's own counter, within one boot
    place : latitude and longitude in degrees; phrases : free text, told in one form
    """

    started: datetime | None = None
    ended: datetime | None = None
    boot_id: str | None = None
    sealed_ms: int | None = None
    place: Point | None = None
    accuracy_m: float | None = None
    phrases: tuple[str, ...] = ()

    @property
    def minutes(self) -> float | None:
        """Length by the phone's clock."""
        if self.started is None or self.ended is None:
            return None
        return (self.ended - self.started).total_seconds() / 60


@dataclass(frozen=True, slots=True)
class Seen:
    """One interview among others.

    device_id : the pair's phone; digest : of the answers; photos : hashes of pictures of the home
    """

    interview_id: str
    unit_id: str
    village_code: str
    device_id: str
    is_completed: bool
    digest: str
    traits: Traits
    photos: frozenset[str] = frozenset()


def remarks(
    interview: Interview,
    *,
    offset_ms: int,
    limits: Mapping[str, int],
    former_offset_ms: int | None = None,
    traits: Traits | None = None,
) -> Iterator[Flag]:
    """Look at one interview and the clock of the phone that sealed it.

    offset_ms : server time minus phone time when the op arrived; former_offset_ms : at the
    contact before; traits : of the interview, where they were read off it already
    """
    traits = traits or traits_of(interview, offset_ms=offset_ms)
    minutes = traits.minutes
    for name, moment in (("started_at", traits.started), ("ended_at", traits.ended)):
        if moment is None and name in interview.answers:
            yield Flag("times_unreadable", name)
    if interview.is_completed and minutes is not None:
        if minutes < 0:
            yield Flag("clock_jumped", "ended_at")
        elif minutes < limits["shortest_minutes"]:
            yield Flag("too_short", "ended_at", detail=f"{minutes:.0f} min")
        elif minutes > limits["longest_minutes"]:
            yield Flag("too_long", "ended_at", detail=f"{minutes:.0f} min")
    yield from _clock(offset_ms, former_offset_ms, limits["clock_minutes"])
    if not interview.is_completed:
        return
    if traits.started is not None and _is_night(traits.started, limits):
        yield Flag("night_hours", "started_at", detail=f"{traits.started.astimezone(CHINA):%H:%M}")
    if traits.place is None:
        yield Flag("location_missing", "location")
    elif traits.accuracy_m is not None and traits.accuracy_m > limits["accuracy_m"]:
        yield Flag("location_inaccurate", "location", detail=f"{traits.accuracy_m:.0f} m")
    if _is_straight_lined(interview.answers):
        yield Flag("straight_lined", SUBJECTS[0])
    share = one_off_pct(interview.answers)
    if share is not None and share > limits["one_off_pct"]:
        yield Flag("one_off_income", ONE_OFF[0], detail=f"{share:.0f} %")


def traits_of(
    interview: Interview,
    *,
    offset_ms: int,
    boot_id: str | None = None,
    sealed_ms: int | None = None,
) -> Traits:
    """Read off an interview what comparisons need."""
    answers = interview.answers
    location = answers.get("location")
    place, accuracy = None, None
    if isinstance(location, Mapping):
        place = float(location["lat"]), float(location["lon"])
        accuracy = float(location["accuracy"]) if "accuracy" in location else None
    return Traits(
        started=_moment(answers.get("started_at"), offset_ms),
        ended=_moment(answers.get("ended_at"), offset_ms),
        boot_id=boot_id,
        sealed_ms=sealed_ms,
        place=place,
        accuracy_m=accuracy,
        phrases=tuple(
            normal(text) for name in FREE_TEXT if isinstance(text := answers.get(name), str)
        ),
    )


def to_json(traits: Traits) -> dict[str, Any]:
    """Write traits as they are stored."""
    return {
        "started": traits.started and traits.started.isoformat(),
        "ended": traits.ended and traits.ended.isoformat(),
        "boot_id": traits.boot_id,
        "sealed_ms": traits.sealed_ms,
        "place": traits.place and list(traits.place),
        "accuracy_m": traits.accuracy_m,
        "phrases": list(traits.phrases),
    }


def from_json(stored: Mapping[str, Any] | None) -> Traits:
    """Read traits back; a revision older than they are has none."""
    if not stored:
        return Traits()
    lat_lon = stored["place"]
    return Traits(
        started=stored["started"] and datetime.fromisoformat(stored["started"]),
        ended=stored["ended"] and datetime.fromisoformat(stored["ended"]),
        boot_id=stored["boot_id"],
        sealed_ms=stored["sealed_ms"],
        place=(lat_lon[0], lat_lon[1]) if lat_lon else None,
        accuracy_m=stored["accuracy_m"],
        phrases=tuple(stored["phrases"]),
    )


def likenesses(
    one: Seen,
    around: Sequence[Seen],
    *,
    limits: Mapping[str, int],
    village: Point | None = None,
) -> Iterator[Flag]:
    """Look at one completed interview beside others; each flag names one of them in `detail`.

    around : interviews of other households: of the village, of the phone, with equal answers or
    a photo in common; village : its position where the frame has one
    """
    if not one.is_completed:
        return
    others = _others(one, around)
    same_answers = next((o.interview_id for o in others if o.digest == one.digest), None)
    same_photo = next((o.interview_id for o in others if o.photos & one.photos), None)
    yield from twins(same_answers, same_photo)
    yield from surroundings(one, around, limits=limits, village=village)


def twins(same_answers: str | None, same_photo: str | None) -> Iterator[Flag]:
    """Name the first other household with the very same answers, or with a photo in common."""
    if same_answers is not None:
        yield Flag("identical_answers", "", detail=same_answers)
    if same_photo is not None:
        yield Flag("photo_seen_elsewhere", "", detail=same_photo)


def surroundings(
    one: Seen,
    around: Sequence[Seen],
    *,
    limits: Mapping[str, int],
    village: Point | None = None,
) -> Iterator[Flag]:
    """Look at one completed interview beside those of its village and its phone."""
    if not one.is_completed:
        return
    others = _others(one, around)
    neighbours = [other for other in others if other.village_code == one.village_code]
    same_phone = [other for other in others if other.device_id == one.device_id]
    found = {
        "near_identical_text": _same_words(one, [*neighbours, *same_phone], limits),
        "overlapping_visits": next((o for o in same_phone if _overlap(one.traits, o.traits)), None),
        "same_spot": _same_spot(one, neighbours, limits),
    }
    for code, other in found.items():
        if other is not None:
            yield Flag(code, "", detail=other.interview_id)
    yield from _pace(one, same_phone, limits)
    yield from _distance(one, neighbours, limits, village)


_NO_SIGN = re.compile(r"[\W_]+")


def normal(text: str) -> str:
    """Write free text in one form: no spaces, no punctuation, wide and narrow signs alike."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NO_SIGN.sub("", folded)[:500]


def metres(one: Point, other: Point) -> float:
    """Distance of two positions on the sphere."""
    (lat1, lon1), (lat2, lon2) = one, other
    north, east = radians(lat2 - lat1), radians(lon2 - lon1)
    chord = sqrt(
        _half(north) + cos(radians(lat1)) * cos(radians(lat2)) * _half(east),
    )
    return 2 * EARTH_M * asin(min(1.0, chord))


def alike(one: str, other: str) -> float:
    """Share of neighbouring signs that two texts have in common, 0 to 1."""
    first, second = _bigrams(one), _bigrams(other)
    if one == other or not first or not second:
        return float(one == other and bool(one))
    return len(first & second) / len(first | second)


def one_off_pct(answers: Row) -> float | None:
    """Share of one-off grants and gifts in all receipts, percent; None where nothing is told."""
    known = {name: answers.get(name) for name in RECEIPTS}
    numbers = {name: value for name, value in known.items() if isinstance(value, int)}
    total = sum(numbers.values())
    if total <= 0:
        return None
    return 100 * sum(numbers.get(name, 0) for name in ONE_OFF) / total


def absent_pair(absent: int, visits: int, limits: Mapping[str, int]) -> bool:
    """Whether a pair finds suspiciously many doors closed."""
    return visits >= limits["absent_visits"] and 100 * absent > limits["absent_pct"] * visits


def _clock(offset_ms: int, former_offset_ms: int | None, minutes: int) -> Iterator[Flag]:
    tolerance = minutes * 60_000
    if abs(offset_ms) > tolerance:
        yield Flag("clock_offset", "started_at", detail=f"{offset_ms / 60_000:.0f} min")
    if former_offset_ms is not None and abs(offset_ms - former_offset_ms) > tolerance:
        moved = (offset_ms - former_offset_ms) / 60_000
        yield Flag("clock_jumped", "started_at", detail=f"{moved:.0f} min")


def _moment(text: object, offset_ms: int) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.upper()) + timedelta(milliseconds=offset_ms)
    except (ValueError, OverflowError):  # no time at all, or two clocks centuries apart
        return None
    # At the calendar's ends no time zone can be applied.
    return moment if MINYEAR < moment.year < MAXYEAR else None


def _is_night(moment: datetime, limits: Mapping[str, int]) -> bool:
    hour = moment.astimezone(CHINA).hour
    return hour >= limits["night_from"] or hour < limits["night_until"]


def _is_straight_lined(answers: Mapping[str, object]) -> bool:
    """One and the same extreme answer to all four subjects: honest at times, and easy to tick."""
    given = {answers.get(subject) for subject in SUBJECTS}
    return len(given) == 1 and given <= {"very_satisfied", "very_dissatisfied", "unaware"}


def _half(angle: float) -> float:
    return (1 - cos(angle)) / 2


@lru_cache(maxsize=512)  # an interview is held against a hundred others, and they against it
def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[n : n + 2] for n in range(len(text) - 1))


def _others(one: Seen, around: Iterable[Seen]) -> list[Seen]:
    """Completed interviews of other households, by id."""
    return [
        other
        for other in sorted(around, key=lambda other: other.interview_id)
        if other.unit_id != one.unit_id and other.is_completed
    ]


def _same_words(one: Seen, others: Iterable[Seen], limits: Mapping[str, int]) -> Seen | None:
    own = [text for text in one.traits.phrases if len(text) >= limits["phrase_signs"]]
    for other in others:
        for text in other.traits.phrases:
            if any(100 * alike(text, mine) >= limits["phrase_alike_pct"] for mine in own):
                return other
    return None


def _overlap(one: Traits, other: Traits) -> bool:
    if not (one.started and one.ended and other.started and other.ended):
        return False
    return one.started < other.ended and other.started < one.ended


def _same_spot(one: Seen, neighbours: Sequence[Seen], limits: Mapping[str, int]) -> Seen | None:
    """Another household on the same spot, in a village whose houses otherwise lie apart."""
    if one.traits.place is None:
        return None
    found = next(
        (
            other
            for other in neighbours
            if other.traits.place is not None
            and metres(one.traits.place, other.traits.place) < limits["same_spot_m"]
        ),
        None,
    )
    if found is None:
        return None  # as nearly always; what follows measures every house against every other
    places = [other.traits.place for other in neighbours if other.traits.place is not None]
    is_dense = len(places) < LEAST_NEIGHBOURS or _spacing(places) < limits["apart_m"]
    return None if is_dense else found


def _spacing(places: Sequence[Point]) -> float:
    """Median distance from a house to its nearest neighbour."""
    nearest = [
        min(metres(place, other) for m, other in enumerate(places) if m != n)
        for n, place in enumerate(places)
    ]
    return median(nearest)


def _pace(one: Seen, same_phone: Sequence[Seen], limits: Mapping[str, int]) -> Iterator[Flag]:
    """Hold the phone's own counter against the interview: it does not jump within one boot."""
    mine = one.traits
    if mine.boot_id is None or mine.sealed_ms is None:
        return
    before = [
        (other.traits.sealed_ms, other.interview_id)
        for other in same_phone
        if other.traits.boot_id == mine.boot_id
        and other.traits.sealed_ms is not None
        and other.traits.sealed_ms <= mine.sealed_ms
    ]
    if not before:
        return
    sealed_ms, interview_id = max(before)
    gap = (mine.sealed_ms - sealed_ms) / 60_000
    if gap < limits["rapid_minutes"]:
        yield Flag("rapid_sequence", "", detail=interview_id)
    if mine.minutes is not None and mine.minutes > gap + limits["clock_minutes"]:
        yield Flag("duration_disagrees", "ended_at", detail=f"{gap:.0f} min")


def _distance(
    one: Seen, neighbours: Sequence[Seen], limits: Mapping[str, int], village: Point | None
) -> Iterator[Flag]:
    """Hold a position against the village's, or against the middle of its other interviews."""
    if one.traits.place is None:
        return
    middle = village
    if middle is None:
        places = [other.traits.place for other in neighbours if other.traits.place is not None]
        if len(places) < LEAST_NEIGHBOURS:
            return
        middle = median(lat for lat, _ in places), median(lon for _, lon in places)
    away = metres(one.traits.place, middle)
    if away > limits["distance_m"]:
        yield Flag("location_far", "location", detail=f"{away:.0f} m")
