"""A whole village day proposed: which pair for which place of the sealed list, named by position.

Chance decides between equals by tickets of the campaign seed, so a proposal can be made again by
anybody once the seed is published, and by nobody to anybody's liking before.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.samples import SampleVillage
from inspect_app.rules.assignments import Wanted
from inspect_app.rules.campaigns import Step
from inspect_app.rules.errors import Conflict, Invalid, Unknown
from inspect_app.rules.independence import (
    SENTENCES,
    Grounds,
    Inspector,
    Refusal,
    of_day,
    of_pair,
    of_person,
)
from inspect_app.rules.pairing import pair_up
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import campaigns, grounds, samples, seeds, steps
from sampling import tickets

KEPT_APART: dict[str, tuple[str, str]] = {
    "no_phone": ("两人都没有设备", "neither carries a phone"),
    "team": SENTENCES["team"],
    "language": ("两人都不会当地语言", "neither speaks the language of the county"),
    "pair_unchanged": (
        "前后相邻的入村日已搭档",
        "they are partners on the village day before or after",
    ),
    "pair_days": ("同组天数已满", "they have shared as many days as they may"),
}


@dataclass(frozen=True)
class Proposed:
    """A pair for a place, with the village days each has behind and those they shared."""

    order: int
    enumerators: tuple[str, str]
    days: tuple[int, int]
    shared: int


@dataclass(frozen=True)
class Barred:
    """Somebody who cannot go at all on that day, and why."""

    enumerator_id: str
    reasons: tuple[Refusal, ...]


@dataclass(frozen=True)
class Hindrance:
    """How many pairs of people who may go a rule keeps apart."""

    code: str
    pairs: int
    zh: str
    en: str


@dataclass(frozen=True)
class Proposal:
    """A pair for every place, or as many as the rules allow and why there are no more."""

    county_adcode: str
    visit_date: date
    is_full: bool
    pairs: tuple[Proposed, ...]
    unfilled: tuple[int, ...]
    zh: str
    en: str
    reasons: tuple[Refusal, ...] = ()
    barred: tuple[Barred, ...] = ()
    kept_apart: tuple[Hindrance, ...] = ()


def propose(
    session: Session, campaign_id: str, wanted: Wanted, *, by: Caller, at: datetime
) -> Proposal:
    """Propose pairs for a village day of a county; nothing is stored, no village is named.

    Full whenever the people who may go can be parted into enough pairs that may go; otherwise the
    largest number of pairs, and in words what stands in the way.

    Raises
    ------
    Unknown : the sealed list has no such place
    Invalid : a reserve village is not chosen
    Conflict : a place is released already, fewer are left than wanted, fieldwork is over
    StepMissing : nothing is drawn
    """
    by.require(campaign_id, Role.PLANNER)
    campaign = campaigns.read(session, campaign_id)
    samples.sealed(session, campaign_id)
    steps.refuse_after(session, campaign_id, Step.FIELDWORK_ENDED)
    places = _places(session, campaign_id, wanted)
    held = grounds.of_day(
        session,
        campaign,
        wanted.county_adcode,
        wanted.visit_date,
        interpreter=wanted.interpreter,
        at=at,
    )
    people = grounds.inspectors(session, campaign_id, team=wanted.team)
    reasons = {one.id: of_person(one, held) for one in people.values()}
    may_go = {one: people[one] for one in people if not reasons[one]}
    closed = of_day(held)
    seed = seeds.opened(session, campaign_id)
    pairs = [] if closed else _pairs(may_go, len(places), held, seed)
    given = tuple(
        Proposed(
            place,
            pair,
            (held.history.days(pair[0]), held.history.days(pair[1])),
            held.history.shared(frozenset(pair), but=held.day),
        )
        for place, pair in zip(places, pairs, strict=False)
    )
    is_full = len(given) == len(places)
    zh, en = _summary(len(places), len(given), len(may_go), len(people), closed)
    return Proposal(
        county_adcode=wanted.county_adcode,
        visit_date=wanted.visit_date,
        is_full=is_full,
        pairs=given,
        unfilled=tuple(places[len(given) :]),
        zh=zh,
        en=en,
        reasons=closed,
        barred=()
        if is_full
        else tuple(Barred(one, found) for one, found in reasons.items() if found),
        kept_apart=() if is_full else _kept_apart(may_go, held),
    )


def _places(session: Session, campaign_id: str, wanted: Wanted) -> list[int]:
    """Return the places to fill: those named, or the next ones that nobody was sent to."""
    query = (
        select(SampleVillage)
        .where(
            SampleVillage.campaign_id == campaign_id,
            SampleVillage.county_adcode == wanted.county_adcode,
        )
        .order_by(SampleVillage.position)
    )
    if wanted.count is not None:
        free = session.scalars(
            query.where(
                ~SampleVillage.is_reserve,
                SampleVillage.released_at.is_(None),
                SampleVillage.given_up_at.is_(None),
            ).limit(wanted.count)
        ).all()
        if len(free) < wanted.count:
            raise Conflict(f"Only {len(free)} places are left.", places=len(free))
        return [village.position for village in free]
    found = {
        village.position: village
        for village in session.scalars(query.where(SampleVillage.position.in_(wanted.places)))
    }
    if len(found) < len(wanted.places):
        raise Unknown("The county's sealed list has no such place.")
    if any(village.is_reserve for village in found.values()):
        raise Invalid("A reserve village is not chosen; it takes the place of a drawn one.")
    taken = sorted(
        place
        for place, village in found.items()
        if village.released_at is not None or village.given_up_at is not None
    )
    if taken:
        raise Conflict("A place is released or given up already.", places=taken)
    return sorted(found)


def _pairs(
    may_go: Mapping[str, Inspector], n: int, held: Grounds, campaign_seed: str
) -> list[tuple[str, str]]:
    purpose = f"proposal/{held.county_adcode}/{held.day.isoformat()}"
    ticket = tickets.tickets(tickets.derive(campaign_seed, purpose))

    def together(a: str, b: str) -> bool:
        first, second = may_go[a], may_go[b]
        return first.team == second.team and not of_pair((first, second), held)

    return pair_up(
        list(may_go),
        together,
        n,
        days={one: held.history.days(one) for one in may_go},
        shared=lambda a, b: held.history.shared(frozenset((a, b)), but=held.day),
        rank={one: ticket(one) for one in may_go},
    )


def _kept_apart(may_go: Mapping[str, Inspector], held: Grounds) -> tuple[Hindrance, ...]:
    """Count by rule the pairs that it keeps apart, of people who might each go with others."""
    teams: dict[str, list[Inspector]] = {}
    for one in may_go.values():
        teams.setdefault(one.team, []).append(one)
    counts: Counter[str] = Counter()
    for members in teams.values():
        for pair in combinations(members, 2):
            counts.update({refusal.code for refusal in of_pair(pair, held)})
    everybody = _pairs_among(len(may_go))
    counts["team"] = everybody - sum(_pairs_among(len(members)) for members in teams.values())
    return tuple(
        Hindrance(code, counts[code], zh, en)
        for code, (zh, en) in KEPT_APART.items()
        if counts[code]
    )


def _pairs_among(count: int) -> int:
    return count * (count - 1) // 2


def _summary(
    wanted: int, found: int, may_go: int, people: int, closed: Sequence[Refusal]
) -> tuple[str, str]:
    if found == wanted:
        return (
            f"{wanted} 个村全部派出，无一违反规则",
            f"all {wanted} places are filled and no rule is broken",
        )
    if closed:
        return (
            f"当日无人可派：{'；'.join(reason.zh for reason in closed)}",
            f"nobody may go on that day: {'; '.join(reason.en for reason in closed)}",
        )
    return (
        f"需 {wanted} 组，最多只能组成 {found} 组：{people} 人中 {may_go} 人当日可派，"
        "任何其他搭配都不会更多",
        f"{wanted} pairs are wanted and no more than {found} can be formed: {may_go} of {people} "
        "people may go on that day, and no other way of pairing them gives more",
    )
