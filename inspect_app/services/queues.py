"""What waits for a decision this evening, the most pressing first; and interviews as shown."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, literal, select, tuple_
from sqlalchemy.orm import Session

from inspect_app.models.devices import Device
from inspect_app.models.interviews import Interview, Revision
from inspect_app.models.ledger import Op
from inspect_app.models.samples import Enumerator
from inspect_app.rules import halves
from inspect_app.rules.errors import Unavailable, Unknown
from inspect_app.rules.flags import pressing
from inspect_app.rules.interviews import MUST_RETURN
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import InterviewState
from inspect_app.services import access, backlogs, comparisons, judgements, neighbours, reinterviews
from inspect_app.services.backlogs import Waiting
from inspect_app.services.interviews import current
from inspect_app.services.neighbours import Look
from inspect_app.services.transactions import writing

REVIEWERS = (Role.REVIEWER, Role.EXPERT)
READERS = (*REVIEWERS, Role.TEAM_LEADER)

FRESH_AT_ONCE = 20
"""Interviews nobody has looked at whose villages one look may put in order."""
SORTED_AT_ONCE = 60
"""Interviews after which it takes no further village; the rest stand by what they carry."""
IS_WAITING = Interview.state == literal(InterviewState.RECEIVED.value, literal_execute=True)
"""Written out, so that the databases find the index over what waits and nothing else."""


@dataclass(frozen=True)
class Listed:
    """An interview as the review list shows it: no answers, only what the rules noticed."""

    interview_id: str
    unit_id: str
    round: str
    county_adcode: str
    village_code: str
    device_id: str
    state: str
    rev: int
    in_conflict: bool
    disposition: str
    class_found: str
    persons: int | None
    flags: tuple[dict[str, Any], ...]
    suspicions: tuple[str, ...]
    undetermined: tuple[str, ...]
    must_return: bool
    urgency: int
    arrived_at: datetime | None


@dataclass(frozen=True)
class Queue:
    """A page of the evening's queue, and how much waits where."""

    interviews: tuple[Listed, ...]
    counts: tuple[Waiting, ...]


@dataclass(frozen=True)
class Version:
    """One revision: who based it on what, and the answers as they were sealed."""

    rev: int
    base_rev: int
    op_id: str
    conflict: bool
    stale_form: bool
    captured_at: str
    answers: dict[str, Any]
    findings: dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """An interview with all its versions."""

    interview: Listed
    versions: tuple[Version, ...]


def listed(
    session: Session,
    campaign_id: str,
    *,
    by: Caller,
    state: str | None,
    county_adcode: str | None,
    after: str | None,
    limit: int,
    at: datetime,
) -> list[Listed]:
    """List a campaign's interviews by id; a team leader sees those of the own team.

    Committed: that the list was seen.
    """
    scope = _scope(session, campaign_id, by, county_adcode)
    query = select(Interview.interview_id).where(*scope)
    if state is not None:
        query = query.where(Interview.state == state)
    if after is not None:
        query = query.where(Interview.interview_id > after)
    ids = session.scalars(query.order_by(Interview.interview_id).limit(limit)).all()
    rows = _rows(session, ids)
    found, look = _described(session, campaign_id, rows)
    _note(session, campaign_id, _range("interviews", found), look, by=by, at=at)
    return found


def queue(
    session: Session,
    campaign_id: str,
    *,
    by: Caller,
    county_adcode: str | None,
    after: str | None,
    limit: int,
    at: datetime,
) -> Queue:
    """Return what must be decided, the most pressing first; a team leader sees the own team's.

    Order: what has to be repeated, weight of flags, undetermined, in conflict, age. Committed:
    the place of interviews that nobody had looked at since they came, and that the list was seen.

    Counts are of villages for one county or team, of counties for the whole campaign.

    after : the last interview of the page before; its place counts even where it was decided since
    """
    scope = _scope(session, campaign_id, by, county_adcode)
    waiting = (*scope, IS_WAITING)
    _put_in_order(session, campaign_id, waiting, at=at)
    place = None if after is None else (_place(session, scope, after), after)
    rows = _page(session, waiting, place, limit)
    found, look = _described(session, campaign_id, rows)
    is_part = county_adcode is not None or by.role_in(campaign_id) is Role.TEAM_LEADER
    counts = backlogs.counted(session, waiting, by_village=is_part)
    _note(session, campaign_id, _range("review queue", found), look, by=by, at=at)
    return Queue(tuple(found), counts)


def show(session: Session, interview_id: str, *, by: Caller, at: datetime) -> Shown:
    """Return an interview with the answers of every revision; committed: that they were seen."""
    row = find(session, interview_id, by, *READERS)
    versions = session.execute(
        select(Revision, Op.captured_at, Op.body)
        .join(Op, Op.op_id == Revision.op_id)
        .where(Revision.interview_id == interview_id)
        .order_by(Revision.rev)
    )
    (described,), look = _described(session, row.campaign_id, [row])
    shown = Shown(
        described,
        tuple(
            Version(
                rev=revision.rev,
                base_rev=revision.base_rev,
                op_id=revision.op_id,
                conflict=revision.conflict,
                stale_form=revision.stale_form,
                captured_at=captured_at,
                answers=halves.read(body)["answers"] if body else {},
                findings=revision.findings,
            )
            for revision, captured_at, body in versions
        ),
    )
    _note(session, row.campaign_id, f"interview {interview_id}", look, by=by, at=at)
    return shown


def find(session: Session, interview_id: str, by: Caller, *roles: Role) -> Row[Any]:
    """Find an interview for one of these roles; what a caller may not know of does not exist.

    A team leader knows of what the own team holds: once another team has repeated a visit, those
    before it have no part in the interview any more. Of a blind second one, or a recheck, leaders
    know when it and the first one are decided.
    """
    row: Row[Any] | None = session.execute(
        current().where(Interview.interview_id == interview_id)
    ).first()
    if row is None or by.role_in(row.campaign_id) not in READERS:
        raise Unknown("There is no such interview.")
    membership = by.require(row.campaign_id, *roles)
    if membership.role is Role.TEAM_LEADER and not session.scalar(
        select(Interview.interview_id)
        .join(Device, Device.id == Interview.device_id)
        .where(
            Interview.interview_id == interview_id,
            _of_team(membership.team),
            reinterviews.open_to_leaders(),
        )
    ):
        # Its id follows from the household's: a refusal would tell what another team visits.
        raise Unknown("There is no such interview.")
    return row


def _scope(
    session: Session, campaign_id: str, by: Caller, county_adcode: str | None
) -> tuple[ColumnElement[bool], ...]:
    """Which interviews the caller may see.

    A team's phones are looked up first: joined, they would be for every interview of the campaign.
    """
    membership = by.require(campaign_id, *READERS)
    scope = [Interview.campaign_id == campaign_id]
    if membership.role is Role.TEAM_LEADER:
        phones = session.scalars(
            select(Device.id).where(_of_team(membership.team)).order_by(Device.id)
        )
        scope += [Interview.device_id.in_(phones.all()), reinterviews.open_to_leaders()]
    if county_adcode is not None:
        scope.append(Interview.county_adcode == county_adcode)
    return tuple(scope)


def _of_team(team: str | None) -> ColumnElement[bool]:
    """Phones of a team; within a campaign, since an enumerator has only one."""
    return Device.enumerator_id.in_(select(Enumerator.id).where(Enumerator.team == team))


def _put_in_order(
    session: Session, campaign_id: str, waiting: Sequence[ColumnElement[bool]], *, at: datetime
) -> None:
    """Hold what came since the last look against its neighbours, and those against it."""
    ids = _not_in_order(session, waiting)
    if not ids:
        return
    # Whoever waits longest for the database does not wait for the order of a list.
    with suppress(Unavailable), writing(session, campaign_id):
        comparisons.sort_into_queue(session, campaign_id, ids, at)


def _not_in_order(session: Session, waiting: Sequence[ColumnElement[bool]]) -> list[str]:
    """Interviews of villages, whole ones, from which the most pressing news has come."""
    fresh = session.scalars(
        select(Interview.village_code)
        .where(*waiting, Interview.compared_at.is_(None))
        .order_by(Interview.urgency.desc(), Interview.arrived_at, Interview.interview_id)
        .limit(FRESH_AT_ONCE)
    ).all()
    if not fresh:
        return []
    villages: dict[str, list[str]] = {code: [] for code in fresh}
    for code, interview_id in session.execute(
        select(Interview.village_code, Interview.interview_id).where(
            *waiting, Interview.village_code.in_(sorted(villages))
        )
    ):
        villages[code].append(interview_id)
    found: list[str] = []
    for ids in villages.values():
        if found and len(found) + len(ids) > SORTED_AT_ONCE:
            break
        found += ids
    return sorted(found)


def _place(
    session: Session, scope: Sequence[ColumnElement[bool]], interview_id: str
) -> Row[int, datetime | None]:
    """Where an interview stands in the queue, also one that was decided since."""
    last = session.execute(
        select(Interview.urgency, Interview.arrived_at).where(
            *scope, Interview.interview_id == interview_id
        )
    ).first()
    if last is None:
        raise Unknown("There is no such interview.")
    return last


def _page(
    session: Session,
    waiting: Sequence[ColumnElement[bool]],
    after: tuple[Row[int, datetime | None], str] | None,
    limit: int,
) -> list[Row[Any]]:
    """The next interviews of the queue: those as pressing as the last one, then the others.

    Two stretches of one index; a condition over both would read the queue from its beginning.
    """
    query = select(Interview.interview_id).where(*waiting)
    ids: list[str] = []
    if after is not None:
        (pressing_as, arrived_at), interview_id = after
        later = tuple_(Interview.arrived_at, Interview.interview_id) > (arrived_at, interview_id)
        ids += session.scalars(
            query.where(Interview.urgency == pressing_as, later)
            .order_by(Interview.arrived_at, Interview.interview_id)
            .limit(limit)
        )
        query = query.where(Interview.urgency < pressing_as)
    ids += session.scalars(
        query.order_by(
            Interview.urgency.desc(), Interview.arrived_at, Interview.interview_id
        ).limit(limit - len(ids))
    )
    return _rows(session, ids)


def _rows(session: Session, ids: Sequence[str]) -> list[Row[Any]]:
    """Read a page of interviews in this order.

    Their ids were looked up alone: told to join as well, PostgreSQL may read all revisions.
    """
    found = session.execute(current().where(Interview.interview_id.in_(ids)))
    by_id = {row.interview_id: row for row in found}
    return [by_id[one] for one in ids if one in by_id]


def _described(
    session: Session, campaign_id: str, rows: Sequence[Row[Any]]
) -> tuple[list[Listed], Look]:
    found = comparisons.flags_of(session, campaign_id, [row.interview_id for row in rows])
    return [_listed(row, found.flags[row.interview_id]) for row in rows], found.look


def _listed(row: Row[Any], flags: Sequence[dict[str, Any]]) -> Listed:
    return Listed(
        interview_id=row.interview_id,
        unit_id=row.unit_id,
        round=row.round,
        county_adcode=row.county_adcode,
        village_code=row.village_code,
        device_id=row.device_id,
        state=row.state,
        rev=row.current_rev,
        in_conflict=row.in_conflict,
        disposition=row.disposition,
        class_found=row.findings["class_found"],
        persons=row.findings["persons"],
        flags=tuple(pressing(flags)),
        suspicions=tuple(one.kind.value for one in judgements.suspicions(row.findings)),
        undetermined=tuple(row.findings["undetermined"]),
        must_return=any(flag["code"] in MUST_RETURN for flag in flags),
        urgency=row.urgency,
        arrived_at=row.arrived_at,
    )


def _range(what: str, found: Sequence[Listed]) -> str | None:
    """Name a page by its ends; a page without anybody is not written down."""
    if not found:
        return None
    return f"{len(found)} {what} {found[0].interview_id}…{found[-1].interview_id}"


def _note(
    session: Session, campaign_id: str, what: str | None, look: Look, *, by: Caller, at: datetime
) -> None:
    """Commit who saw what, and keep what had to be compared for it."""
    if what is not None:
        with writing(session, campaign_id):
            neighbours.keep(session, look)
            access.record(session, campaign_id, what, by=by, at=at)
