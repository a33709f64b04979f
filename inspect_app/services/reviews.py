"""The nightly review: what arrived is read, sent back or accepted; accepting opens cases."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased

from inspect_app.models.devices import Device
from inspect_app.models.interviews import Interview, Return, Review, Revision
from inspect_app.models.ledger import Op
from inspect_app.models.samples import Assignment, Enumerator, SampleHousehold
from inspect_app.rules.errors import (
    Invalid,
    MustReturn,
    ReviewClosed,
    RevisionStale,
    Unknown,
)
from inspect_app.rules.interviews import MUST_RETURN
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import DeviceState, Disposition, InterviewState
from inspect_app.services import access, cases, feed, judgements
from inspect_app.services.interviews import current
from inspect_app.services.transactions import writing

REVIEWERS = (Role.REVIEWER, Role.EXPERT)
READERS = (*REVIEWERS, Role.TEAM_LEADER)


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


@dataclass(frozen=True)
class Decided:
    """What a decision left: the state, the revision it is about, and what follows from it."""

    interview_id: str
    state: str
    rev: int
    return_id: str | None = None
    cases: tuple[str, ...] = ()


def listed(
    session: Session,
    campaign_id: str,
    *,
    by: Caller,
    state: str | None,
    county_adcode: str | None,
    after: str | None,
    limit: int,
) -> list[Listed]:
    """List a campaign's interviews by id; a team leader sees those of the own team."""
    membership = by.require(campaign_id, *READERS)
    query = current().where(Interview.campaign_id == campaign_id)
    if membership.role is Role.TEAM_LEADER:
        query = query.join(Device, Device.id == Interview.device_id).join(
            Enumerator, Enumerator.id == Device.enumerator_id
        )
        query = query.where(Enumerator.team == membership.team)
    if state is not None:
        query = query.where(Interview.state == state)
    if county_adcode is not None:
        query = query.where(Interview.county_adcode == county_adcode)
    if after is not None:
        query = query.where(Interview.interview_id > after)
    rows = session.execute(query.order_by(Interview.interview_id).limit(limit)).all()
    alike = _alike(session, [row.interview_id for row in rows])
    return [_listed(row, alike) for row in rows]


def show(session: Session, interview_id: str, *, by: Caller, at: datetime) -> Shown:
    """Return an interview with the answers of every revision; committed: that they were seen."""
    row = _find(session, interview_id, by, *READERS)
    alike = _alike(session, [interview_id])
    versions = session.execute(
        select(Revision, Op.captured_at, Op.body)
        .join(Op, Op.op_id == Revision.op_id)
        .where(Revision.interview_id == interview_id)
        .order_by(Revision.rev)
    )
    shown = Shown(
        _listed(row, alike),
        tuple(
            Version(
                rev=revision.rev,
                base_rev=revision.base_rev,
                op_id=revision.op_id,
                conflict=revision.conflict,
                stale_form=revision.stale_form,
                captured_at=captured_at,
                answers=json.loads(body)["answers"],
                findings=revision.findings,
            )
            for revision, captured_at, body in versions
        ),
    )
    access.note_access(session, row.campaign_id, f"interview {interview_id}", by=by, at=at)
    return shown


def accept(
    session: Session,
    interview_id: str,
    *,
    rev: int | None,
    reason: str,
    by: Caller,
    at: datetime,
) -> Decided:
    """Accept a revision and open a case for each suspicion, in one commit; again is harmless.

    Where two revisions are in conflict the reviewer names the one that counts, with a reason;
    the other stays readable.

    Raises
    ------
    MustReturn : an official was present or interpreting, or the room was not cleared
    RevisionStale : a revision that does not exist or is not current
    ReviewClosed : the interview waits for the field
    Invalid : a conflict needs a revision and a reason
    """
    _find(session, interview_id, by, *REVIEWERS)
    with writing(session):
        interview = session.get_one(Interview, interview_id, with_for_update=True)
        if interview.state == InterviewState.ACCEPTED and rev in (None, interview.current_rev):
            return _decided(session, interview)
        if interview.state != InterviewState.RECEIVED:
            raise ReviewClosed(f"The interview is {interview.state}.", state=interview.state)
        if interview.in_conflict:
            if rev is None or not reason.strip():
                raise Invalid("Revisions are in conflict: name the one that counts, and say why.")
        elif rev not in (None, interview.current_rev):
            raise RevisionStale(current_rev=interview.current_rev)
        revision = session.get(Revision, (interview_id, rev or interview.current_rev))
        if revision is None:
            raise RevisionStale(current_rev=interview.current_rev)
        flags = _flags(revision, _alike(session, [interview_id]).get(interview_id, ()))
        _require_acceptable(flags)
        interview.current_rev = revision.rev
        interview.in_conflict = False
        interview.state = InterviewState.ACCEPTED.value
        session.add(
            Review(
                interview_id=interview_id,
                rev=revision.rev,
                decision="accepted",
                flags=list(flags),
                reason=reason,
                decided_by=by.actor,
                decided_at=at,
            )
        )
        session.flush()
        for suspicion in judgements.suspicions(revision.findings):
            cases.open_for(
                session,
                interview,
                suspicion,
                blocks=judgements.failing_blocks(revision.findings),
                by=by,
                at=at,
            )
        return _decided(session, interview)


def send_back(
    session: Session,
    interview_id: str,
    *,
    rev: int | None,
    reason: str,
    device_id: str | None,
    by: Caller,
    at: datetime,
) -> Decided:
    """Return an interview to the field with a reason; the phone hears of it at its next pull.

    Committed: the return, the state, the items of the feed. `device_id` names the phone of
    another pair, which then gets the assignment as well; without it the village's own phone is
    asked. The same return again changes nothing.

    Raises
    ------
    RevisionStale, ReviewClosed : another revision is current, or the interview is accepted
    Unknown : the campaign has no such active phone
    """
    _find(session, interview_id, by, *READERS)
    with writing(session):
        interview = session.get_one(Interview, interview_id, with_for_update=True)
        campaign_id = interview.campaign_id
        if rev not in (None, interview.current_rev):
            raise RevisionStale(current_rev=interview.current_rev)
        if interview.state == InterviewState.RETURNED:
            return _decided(session, interview)
        if interview.state != InterviewState.RECEIVED:
            raise ReviewClosed(f"The interview is {interview.state}.", state=interview.state)
        own_phone = session.scalar(
            select(Assignment.device_id).where(
                Assignment.campaign_id == campaign_id,
                Assignment.village_code == interview.village_code,
            )
        )
        phone = device_id or own_phone or interview.device_id
        device = session.get(Device, phone)
        if (
            device is None
            or device.campaign_id != campaign_id
            or device.state != DeviceState.ACTIVE
        ):
            raise Unknown("The campaign has no such active phone.")
        asked = Return(
            return_id=_return_id(interview),
            interview_id=interview_id,
            device_id=phone,
            base_rev=interview.current_rev,
            reason=reason,
            returned_by=by.actor,
            returned_at=at,
        )
        session.add(asked)
        interview.state = InterviewState.RETURNED.value
        session.flush()
        items = [_return_item(asked)]
        if phone != own_phone:
            items.insert(0, _assign_item(session, interview))
        feed.append(session, phone, items)
        return _decided(session, interview)


def _find(session: Session, interview_id: str, by: Caller, *roles: Role) -> Row[Any]:
    row: Row[Any] | None = session.execute(
        current().where(Interview.interview_id == interview_id)
    ).first()
    if row is None or by.role_in(row.campaign_id) not in READERS:
        raise Unknown("There is no such interview.")
    membership = by.require(row.campaign_id, *roles)
    if membership.role is Role.TEAM_LEADER:
        team = session.scalar(
            select(Enumerator.team)
            .join(Device, Device.enumerator_id == Enumerator.id)
            .where(Device.id == row.device_id)
        )
        if team != membership.team:
            # Its id follows from the household's: a refusal would tell what another team visits.
            raise Unknown("There is no such interview.")
    return row


def _listed(row: Row[Any], alike: dict[str, tuple[str, ...]]) -> Listed:
    flags = _with_likeness(row.flags, row.findings, alike.get(row.interview_id, ()))
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
        flags=flags,
        suspicions=tuple(one.kind.value for one in judgements.suspicions(row.findings)),
        undetermined=tuple(row.findings["undetermined"]),
        must_return=any(flag["code"] in MUST_RETURN for flag in flags),
    )


def _flags(revision: Revision, alike: Sequence[str]) -> tuple[dict[str, Any], ...]:
    return _with_likeness(revision.flags, revision.findings, alike)


def _with_likeness(
    flags: Iterable[dict[str, Any]], findings: dict[str, Any], alike: Sequence[str]
) -> tuple[dict[str, Any], ...]:
    """All that a reviewer should look at: from reception, from the findings, from comparison."""
    found = [*flags]
    found += [{"code": code, "field": "", "row": None, "detail": ""} for code in findings["flags"]]
    if findings["excluded"]:
        found.append({"code": "excluded", "field": "exclusion_items", "row": None, "detail": ""})
    found += [
        {"code": "identical_answers", "field": "", "row": None, "detail": other} for other in alike
    ]
    return tuple(found)


def _alike(session: Session, interview_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Interviews of the same phone and village whose answers are equal to the last letter."""
    if not interview_ids:
        return {}
    other, its = aliased(Interview), aliased(Revision)
    rows = session.execute(
        select(Interview.interview_id, func.min(other.interview_id))
        .join(
            Revision,
            (Revision.interview_id == Interview.interview_id)
            & (Revision.rev == Interview.current_rev),
        )
        .join(its, its.answers_sha256 == Revision.answers_sha256)
        .join(
            other,
            (other.interview_id == its.interview_id)
            & (other.current_rev == its.rev)
            & (other.interview_id != Interview.interview_id)
            & (other.village_code == Interview.village_code)
            & (other.device_id == Interview.device_id),
        )
        .where(
            Interview.interview_id.in_(interview_ids), Revision.disposition == Disposition.COMPLETED
        )
        .group_by(Interview.interview_id)
    )
    return {interview_id: (twin,) for interview_id, twin in rows}


def _require_acceptable(flags: Iterable[dict[str, Any]]) -> None:
    broken = sorted({flag["code"] for flag in flags} & MUST_RETURN)
    if broken:
        raise MustReturn(flags=broken)


def _return_id(interview: Interview) -> str:
    name = f"{interview.interview_id}/return/{interview.current_rev}"
    return str(uuid5(UUID(interview.campaign_id), name))


def _return_item(asked: Return) -> dict[str, Any]:
    return {
        "type": "return",
        "return_id": asked.return_id,
        "interview_id": asked.interview_id,
        "base_rev": asked.base_rev,
        "reason": asked.reason,
    }


def _assign_item(session: Session, interview: Interview) -> dict[str, Any]:
    household = session.get_one(SampleHousehold, (interview.campaign_id, interview.unit_id))
    form = session.execute(
        select(Op.form_id, Op.version)
        .join(Revision, Revision.op_id == Op.op_id)
        .where(
            Revision.interview_id == interview.interview_id, Revision.rev == interview.current_rev
        )
    ).one()
    return {
        "type": "assign",
        "interview_id": interview.interview_id,
        "unit_id": interview.unit_id,
        "village_code": interview.village_code,
        "household_class": household.household_class,
        "round": interview.round,
        "order": household.order,
        "is_reserve": household.is_reserve,
        "form_id": form.form_id,
        "version": form.version,
    }


def _decided(session: Session, interview: Interview) -> Decided:
    is_returned = interview.state == InterviewState.RETURNED
    return Decided(
        interview.interview_id,
        interview.state,
        interview.current_rev,
        return_id=_return_id(interview) if is_returned else None,
        cases=cases.ids_of(session, interview.interview_id),
    )
