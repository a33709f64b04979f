"""Who may visit whom: the rules that keep inspectors independent, and why a pair is refused.

An agency does not inspect its own province and no two provinces inspect each other; an enumerator
comes from another county and declares kin, past posts and funding there; pairs change every
village day. Every rule that a pair breaks is named, so that the planner changes it once.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))

SENTENCES: dict[str, tuple[str, str]] = {
    "same_person": (
        "两名调查员是同一人",
        "a pair is two people",
    ),
    "own_province": (
        "调查员 {who} 来自本省 {province}，评估机构不得评估本省",
        "enumerator {who} comes from province {province}; nobody inspects the own province",
    ),
    "mutual_provinces": (
        "调查员 {who} 所在省 {province} 与被评估省 {inspected} 在 {year} 年或上一年互评",
        "province {province} of enumerator {who} and province {inspected} would inspect each"
        " other in {year} or the year before",
    ),
    "home_county": (
        "调查员 {who} 家在被评估县 {county}",
        "enumerator {who} is at home in the inspected county {county}",
    ),
    "declared": (
        "调查员 {who} 申报了与 {county} 的亲属、任职或经费关系",
        "enumerator {who} declared kin, a post or funding in {county}",
    ),
    "busy": (
        "调查员 {who} 在 {day} 已派往另一个村",
        "enumerator {who} already visits another village on {day}",
    ),
    "pair_unchanged": (
        "调查员 {who} 上一个入村日（{day}）与同一人搭档，每日须换搭档",
        "enumerator {who} had the same partner on the last village day, {day}; pairs change",
    ),
    "pair_days": (
        "两人已同组 {shared} 天，最多 {limit} 天",
        "the two have shared {shared} days already, {limit} is the most",
    ),
    "no_phone": (
        "两名调查员都没有已启用的设备",
        "neither enumerator carries an enrolled phone",
    ),
    "visit_day": (
        "入村日 {day} 须为当天或次日（今天 {today}），村名不得更早公开",
        "the visit on {day} must be today or tomorrow (today is {today}); no village is named"
        " earlier",
    ),
}


@dataclass(frozen=True)
class Refusal:
    """One rule that an assignment breaks."""

    code: str
    details: dict[str, object] = field(default_factory=dict)

    @property
    def zh(self) -> str:
        return SENTENCES[self.code][0].format(**self.details)

    @property
    def en(self) -> str:
        return SENTENCES[self.code][1].format(**self.details)


@dataclass(frozen=True)
class Inspector:
    """An enumerator, as far as independence goes.

    province_code : two digits, where the agency comes from; declared : county codes with a tie
    """

    id: str
    province_code: str
    home_adcode: str
    declared: frozenset[str] = frozenset()
    has_phone: bool = True


@dataclass(frozen=True)
class VillageDay:
    """Two people who share a village on a day."""

    day: date
    pair: frozenset[str]


def field_day(moment: datetime) -> date:
    """Return the calendar day in China, where all field days are counted."""
    return moment.astimezone(CHINA).date()


def refusals(
    pair: tuple[Inspector, Inspector],
    *,
    county_adcode: str,
    day: date,
    today: date,
    history: Iterable[VillageDay],
    inspections: Set[tuple[str, str]],
    pair_max_days: int,
) -> tuple[Refusal, ...]:
    """Name every rule that a visit of this pair to a county on a day would break.

    history : village days of the campaign so far; inspections : (inspecting, inspected) provinces
    of this year and the year before, over all campaigns; pair_max_days : most days that two
    people share (of the rule book)
    """
    first, second = pair
    days = tuple(history)
    found: list[Refusal] = []
    if first.id == second.id:
        found.append(Refusal("same_person"))
    if not today <= day <= today + timedelta(days=1):
        found.append(Refusal("visit_day", {"day": day.isoformat(), "today": today.isoformat()}))
    if not (first.has_phone or second.has_phone):
        found.append(Refusal("no_phone"))
    people = pair if first.id != second.id else pair[:1]
    for person in people:
        found += _ties(person, county_adcode, day, inspections)
    partners = frozenset(person.id for person in pair)
    for person in people:
        found += _days_of(person, partners, day, days)
    shared = len({past.day for past in days if past.pair == partners and past.day != day})
    if len(partners) == 2 and shared >= pair_max_days:
        found.append(Refusal("pair_days", {"shared": shared, "limit": pair_max_days}))
    return tuple(found)


def _ties(
    person: Inspector, county: str, day: date, inspections: Set[tuple[str, str]]
) -> list[Refusal]:
    own, inspected = person.province_code, county[:2]
    found = []
    if own == inspected:
        found.append(Refusal("own_province", {"who": person.id, "province": own}))
    elif (inspected, own) in inspections:
        found.append(
            Refusal(
                "mutual_provinces",
                {"who": person.id, "province": own, "inspected": inspected, "year": day.year},
            )
        )
    if person.home_adcode == county:
        found.append(Refusal("home_county", {"who": person.id, "county": county}))
    if county in person.declared:
        found.append(Refusal("declared", {"who": person.id, "county": county}))
    return found


def _days_of(
    person: Inspector, partners: frozenset[str], day: date, days: tuple[VillageDay, ...]
) -> list[Refusal]:
    own = [past for past in days if person.id in past.pair]
    if any(past.day == day for past in own):
        return [Refusal("busy", {"who": person.id, "day": day.isoformat()})]
    before = [past for past in own if past.day < day]
    if not before:
        return []
    last = max(before, key=lambda past: past.day)
    if last.pair != partners:
        return []
    return [Refusal("pair_unchanged", {"who": person.id, "day": last.day.isoformat()})]
