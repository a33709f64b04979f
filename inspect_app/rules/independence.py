"""Who may visit whom: the rules that keep inspectors independent, and why a pair is refused.

An agency does not inspect its own province and no two provinces inspect each other; an enumerator
comes from another county and declares kin, past posts and funding there; pairs change every
village day. Every rule that a pair breaks is named, so that the planner changes it once.

No rule asks which village it is: a refusal that depended on a sealed village would tell its name.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

from inspect_app.rules.declarations import AGENCY, PASS_MARK, Tie

CHINA = timezone(timedelta(hours=8))

RELEASE_HOURS = 24
"""Hours before the visit day begins from which a village may be named, unless commissioned
otherwise."""

TIES: dict[str, tuple[str, str]] = {
    "kin": ("亲属", "kin"),
    "post": ("任职", "a post"),
    "funding": ("经费", "funding"),
}

ANY_KIND = {"kind_zh": "亲属、任职或经费", "kind_en": "kin, a post or funding"}

SENTENCES: dict[str, tuple[str, str]] = {
    "agency_undeclared": (
        "评估机构尚未提交利益冲突声明",
        "the agency has not declared its conflicts of interest",
    ),
    "agency_own_province": (
        "评估机构来自本省 {province}，不得评估本省",
        "the agency comes from province {province} and does not inspect its own",
    ),
    "agency_mutual": (
        "评估机构所在省 {province} 与被评估省 {inspected} 在 {year} 年或上一年互评",
        "the agency's province {province} and province {inspected} would inspect each other in"
        " {year} or the year before",
    ),
    "agency_declared": (
        "评估机构申报了与 {county} 的{kind_zh}关系",
        "the agency declared {kind_en} in {county}",
    ),
    "undeclared": (
        "调查员 {who} 尚未提交利益冲突声明",
        "enumerator {who} has not declared conflicts of interest",
    ),
    "untrained": (
        "调查员 {who} 培训考试未达 {mark} 分",
        "enumerator {who} has not reached {mark} points in the training examination",
    ),
    "team": (
        "两名调查员不属同一小组",
        "the two belong to different teams",
    ),
    "language": (
        "两名调查员都不会当地语言 {language}，也未指定翻译",
        "neither enumerator speaks {language}, the language of the county, and no interpreter is"
        " named",
    ),
    "was_there": (
        "调查员 {who} 参加过原访问，复访、核实须换人",
        "enumerator {who} took part in the visit that is to be repeated; others go",
    ),
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
    "busy": (
        "调查员 {who} 在 {day} 已派往另一个村",
        "enumerator {who} already visits another village on {day}",
    ),
    "pair_unchanged": (
        "调查员 {who} 在前后相邻的入村日（{day}）与同一人搭档，每日须换搭档",
        "enumerator {who} has the same partner on {day}, the village day next to it; pairs change",
    ),
    "pair_days": (
        "两人已同组 {shared} 天，最多 {limit} 天",
        "the two have shared {shared} days already, {limit} is the most",
    ),
    "no_phone": (
        "两名调查员都没有已启用的设备",
        "neither enumerator carries an enrolled phone",
    ),
    "declared": (
        "调查员 {who} 申报了与 {county} 的{kind_zh}关系",
        "enumerator {who} declared {kind_en} in {county}",
    ),
    "visit_day": (
        "入村日 {day} 不得早于今天（{today}），村名也不得早于该日开始前 {hours} 小时公开",
        "the visit on {day} must not lie before today ({today}), and no village is named more"
        " than {hours} hours before its day begins",
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

    province_code : two digits, where the agency comes from
    declared : county codes barred from the start
    ties : as declared, with their kind and end
    """

    id: str
    province_code: str
    home_adcode: str
    declared: frozenset[str] = frozenset()
    has_phone: bool = True
    team: str = ""
    ties: tuple[Tie, ...] = ()
    languages: frozenset[str] = frozenset()
    training_score: int | None = PASS_MARK
    has_declared: bool = True


@dataclass(frozen=True)
class Agency:
    """The agency as a whole; province_code is None where the commission names none."""

    province_code: str | None = None
    ties: tuple[Tie, ...] = ()
    has_declared: bool = True


@dataclass(frozen=True)
class VillageDay:
    """Two people who share a day.

    leaves_room : each may have a village on that day besides: they made a second visit, or began
        the very village that is judged
    """

    day: date
    pair: frozenset[str]
    leaves_room: bool = False


class History:
    """The village days of a campaign, those of second visits too, looked up by person and pair."""

    def __init__(self, days: Iterable[VillageDay] = ()) -> None:
        self._of: dict[str, set[date]] = {}
        self._busy: dict[str, set[date]] = {}
        self._shared: dict[frozenset[str], set[date]] = {}
        for one in days:
            self.add(one)

    def add(self, one: VillageDay) -> None:
        """Add a village day."""
        for person in one.pair:
            self._of.setdefault(person, set()).add(one.day)
            if not one.leaves_room:
                self._busy.setdefault(person, set()).add(one.day)
        self._shared.setdefault(one.pair, set()).add(one.day)

    def days(self, person: str) -> int:
        """Count the days on which a person had a village."""
        return len(self._busy.get(person, ()))

    def shared(self, pair: frozenset[str], *, but: date) -> int:
        """Count the days that two people shared, leaving one day out."""
        return len(self._shared.get(pair, set()) - {but})

    def is_busy(self, person: str, day: date) -> bool:
        """Whether a person visits some village on a day."""
        return day in self._busy.get(person, ())

    def are_together(self, pair: frozenset[str], day: date) -> bool:
        """Whether two people share a day."""
        return day in self._shared.get(pair, ())

    def errand_day(self, pair: frozenset[str], ordered: date) -> date:
        """Return on which day two people run an errand: the day of its order, but the day after
        where they go to a village together then, as those do who are asked in the evening."""
        after = ordered + timedelta(days=1)
        is_put_off = self.are_together(pair, after) and not self.are_together(pair, ordered)
        return after if is_put_off else ordered

    def beside(self, person: str, day: date) -> tuple[date, ...]:
        """Return the days next before and next after a day on which a person went out."""
        own = self._of.get(person, ())
        near = (
            max((one for one in own if one < day), default=None),
            min((one for one in own if one > day), default=None),
        )
        return tuple(one for one in near if one is not None)


@dataclass(frozen=True)
class Grounds:
    """What the rules of one county on one day are judged on.

    inspections : (inspecting, inspected) provinces of this year and the year before, over all
        campaigns; pair_max_days : most days that two people share, of the rule book
    release_hours : before the visit day begins, from when a village may be named
    language : of the county, where knowing it matters; interpreter : whether one is named
    is_errand : a second visit or a repeat, which fits between others: having a village that day
        forbids nobody to run it
    """

    county_adcode: str
    day: date
    now: datetime
    history: History
    inspections: Set[tuple[str, str]]
    pair_max_days: int
    release_hours: int = RELEASE_HOURS
    agency: Agency = Agency()
    language: str | None = None
    interpreter: bool = False
    is_errand: bool = False


def field_day(moment: datetime) -> date:
    """Return the calendar day in China, where all field days are counted."""
    return moment.astimezone(CHINA).date()


def refusals(pair: tuple[Inspector, Inspector], grounds: Grounds) -> tuple[Refusal, ...]:
    """Name every rule that a visit of this pair to a county on a day would break."""
    first, second = pair
    if first.id == second.id:
        alone = of_person(first, grounds)
        return (*of_day(grounds), Refusal("same_person"), *_phoneless(pair), *alone)
    return (
        *of_day(grounds),
        *of_person(first, grounds),
        *of_person(second, grounds),
        *of_pair(pair, grounds),
    )


def of_day(grounds: Grounds) -> tuple[Refusal, ...]:
    """Name what forbids anybody to go: the day itself, and the agency's own ties."""
    day, today = grounds.day, field_day(grounds.now)
    begins = datetime.combine(day, time(), CHINA)
    found: list[Refusal] = []
    if day < today or grounds.now < begins - timedelta(hours=grounds.release_hours):
        told = {"day": day.isoformat(), "today": today.isoformat()}
        found.append(Refusal("visit_day", {**told, "hours": grounds.release_hours}))
    agency = grounds.agency
    if not agency.has_declared:
        found.append(Refusal("agency_undeclared"))
    if agency.province_code is not None:
        found += of_agency(
            agency.province_code, grounds.county_adcode, day.year, grounds.inspections
        )
    found += barring(AGENCY, agency.ties, None, county=grounds.county_adcode, day=day)
    return tuple(found)


def of_agency(
    province: str, county: str, year: int, inspections: Set[tuple[str, str]]
) -> list[Refusal]:
    """Name what forbids an agency of a province to be commissioned for a county in a year."""
    inspected = county[:2]
    if province == inspected:
        return [Refusal("agency_own_province", {"province": province})]
    if (inspected, province) in inspections:
        told: dict[str, object] = {"province": province, "inspected": inspected, "year": year}
        return [Refusal("agency_mutual", told)]
    return []


def of_person(person: Inspector, grounds: Grounds) -> tuple[Refusal, ...]:
    """Name what forbids a person to visit a county on a day, whoever goes along."""
    who, county, day = {"who": person.id}, grounds.county_adcode, grounds.day
    own, inspected = person.province_code, county[:2]
    found: list[Refusal] = []
    stated: tuple[Refusal, ...] = ()
    if person.has_declared:
        score = person.training_score
        stated = barring(person.id, person.ties, score, county=county, day=day)
    else:
        found.append(Refusal("undeclared", {**who}))
    if own == inspected:
        found.append(Refusal("own_province", {**who, "province": own}))
    elif (inspected, own) in grounds.inspections:
        told = {**who, "province": own, "inspected": inspected, "year": day.year}
        found.append(Refusal("mutual_provinces", told))
    if person.home_adcode == county:
        found.append(Refusal("home_county", {**who, "county": county}))
    found += stated
    if county in person.declared and not any(one.code == "declared" for one in stated):
        found.append(Refusal("declared", {**who, "county": county, **ANY_KIND}))
    if not grounds.is_errand and grounds.history.is_busy(person.id, day):
        found.append(Refusal("busy", {**who, "day": day.isoformat()}))
    return tuple(found)


def of_pair(pair: tuple[Inspector, Inspector], grounds: Grounds) -> tuple[Refusal, ...]:
    """Name what forbids two people to go together, each of whom might go with somebody else."""
    first, second = pair
    partners, history, day = frozenset((first.id, second.id)), grounds.history, grounds.day
    if grounds.is_errand:
        day = history.errand_day(partners, day)
    found = list(_phoneless(pair))
    if first.team != second.team:
        found.append(Refusal("team"))
    spoken = first.languages | second.languages
    if grounds.language and grounds.language not in spoken and not grounds.interpreter:
        found.append(Refusal("language", {"language": grounds.language}))
    if not history.are_together(partners, day):
        found += [
            Refusal("pair_unchanged", {"who": person.id, "day": near.isoformat()})
            for person in pair
            for near in history.beside(person.id, day)
            if history.are_together(partners, near)
        ]
    shared = history.shared(partners, but=day)
    if shared >= grounds.pair_max_days:
        found.append(Refusal("pair_days", {"shared": shared, "limit": grounds.pair_max_days}))
    return tuple(found)


def barring(
    subject: str,
    ties: Iterable[Tie],
    score: int | None,
    *,
    county: str | None = None,
    day: date | None = None,
) -> tuple[Refusal, ...]:
    """Name what a declaration by itself forbids: in a county on a day, or anywhere at any time.

    subject : who declared, an enumerator or the agency
    """
    of_agency_itself = subject == AGENCY
    code = "agency_declared" if of_agency_itself else "declared"
    found: list[Refusal] = []
    if not of_agency_itself and (score is None or score < PASS_MARK):
        found.append(Refusal("untrained", {"who": subject, "mark": PASS_MARK}))
    found += [
        Refusal(code, {"who": subject, "county": tie.county_adcode, **_kind(tie)})
        for tie in ties
        if county in (None, tie.county_adcode) and (day is None or tie.binds(day))
    ]
    return tuple(found)


def may_revisit(pair: Iterable[str], *, before: Iterable[str]) -> tuple[Refusal, ...]:
    """Name who of a pair may not repeat a visit, blind or as a recheck: whoever took part in it.

    pair : ids of those who would go; before : ids of all who were there
    """
    were_there = frozenset(before)
    return tuple(Refusal("was_there", {"who": one}) for one in pair if one in were_there)


def explained(reasons: Iterable[Refusal]) -> dict[str, object]:
    """Put reasons into the words and members of a problem: both languages, all at once."""
    given = list(reasons)
    return {
        "detail": "；".join(one.zh for one in given) + " | " + "; ".join(one.en for one in given),
        "reasons": [{"code": one.code, "zh": one.zh, "en": one.en} for one in given],
    }


def _phoneless(pair: tuple[Inspector, Inspector]) -> tuple[Refusal, ...]:
    return () if any(person.has_phone for person in pair) else (Refusal("no_phone"),)


def _kind(tie: Tie) -> Mapping[str, str]:
    zh, en = TIES[tie.kind]
    return {"kind_zh": zh, "kind_en": en}
