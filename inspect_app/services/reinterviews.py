"""How blind re-interviews agree with the first ones: reads only, for many at once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from inspect_app.models.interviews import Interview, Revision, Revisit
from inspect_app.models.ledger import Op
from inspect_app.rules import halves, questionnaires
from inspect_app.rules.revisits import Agreement, RevisitKind, compare
from inspect_app.rules.states import Disposition, InterviewState
from inspect_app.services import campaigns

COMPLETED = Disposition.COMPLETED.value


@dataclass(frozen=True)
class Compared:
    """A second interview beside the first."""

    revisit: Revisit
    first_device_id: str
    agreement: Agreement


def alarming(session: Session, campaign_id: str, ids: Collection[str]) -> dict[str, str]:
    """Name, for first and second interviews among these, the other one it disagrees with."""
    rows = session.execute(_around(), {"campaign_id": campaign_id, "ids": sorted(ids)}).all()
    if not rows:
        return {}
    least = campaigns.rulebook_of(session, campaign_id).reinterview_alarm
    found: dict[str, str] = {}
    for one in map(_compared, rows):
        if one.agreement.is_alarming(least):
            found[one.revisit.interview_id] = one.revisit.first_interview_id
            found[one.revisit.first_interview_id] = one.revisit.interview_id
    return found


def compared(
    session: Session, campaign_id: str, *conditions: Any, kind: RevisitKind = RevisitKind.BLIND
) -> list[Compared]:
    """Compare the second interviews that have arrived and meet these conditions, by id."""
    rows = session.execute(
        _both()
        .where(Revisit.campaign_id == campaign_id, Revisit.kind == kind.value, *conditions)
        .order_by(Revisit.interview_id)
    ).all()
    return [_compared(row) for row in rows]


def _compared(row: Row[Any]) -> Compared:
    return Compared(row.Revisit, row.device_id, agreement(row))


def agreement(row: Row[Any]) -> Agreement:
    """Compare one pair of bodies by the questionnaire of the first."""
    form = questionnaires.load(row.form_id, row.version)
    return compare(_answers(row.first_body), _answers(row.second_body), form)


def accepted(session: Session, interview_id: str) -> list[tuple[Interview, dict[str, Any]]]:
    """Return the first interview with what its blind second one found, where this is one of the
    two and both are accepted."""
    first, second = aliased(Interview), aliased(Interview)
    rows = session.execute(
        select(first, Revision.findings)
        .join(Revisit, Revisit.first_interview_id == first.interview_id)
        .join(second, second.interview_id == Revisit.interview_id)
        .join(
            Revision,
            (Revision.interview_id == second.interview_id) & (Revision.rev == second.current_rev),
        )
        .where(
            Revisit.kind == RevisitKind.BLIND.value,
            or_(Revisit.interview_id == interview_id, Revisit.first_interview_id == interview_id),
            first.state == InterviewState.ACCEPTED.value,
            second.state == InterviewState.ACCEPTED.value,
        )
    )
    return [(row[0], row[1]) for row in rows]


def undecided(session: Session, campaign_id: str, adcode: str) -> list[str]:
    """Name the blind second interviews of a county that came and were not accepted, by id."""
    return list(
        session.scalars(
            select(Interview.interview_id)
            .join(Revisit, Revisit.interview_id == Interview.interview_id)
            .where(
                Revisit.campaign_id == campaign_id,
                Revisit.county_adcode == adcode,
                Revisit.kind == RevisitKind.BLIND.value,
                Interview.state != InterviewState.ACCEPTED.value,
            )
            .order_by(Interview.interview_id)
        )
    )


def open_to_leaders() -> ColumnElement[bool]:
    """Say of interviews that they are no second ones, or that both are decided: until then only
    reviewers know what the second pair said, lest the first one's leader has it said again."""
    first = aliased(Interview)
    accepted = InterviewState.ACCEPTED.value
    return ~exists().where(
        Revisit.interview_id == Interview.interview_id,
        first.interview_id == Revisit.first_interview_id,
        ~and_(first.state == accepted, Interview.state == accepted),
    )


def shares(found: Iterable[Compared]) -> Mapping[str, tuple[int, int]]:
    """Add up (equal, compared) by the phone of the first interview."""
    sums: dict[str, tuple[int, int]] = {}
    for one in found:
        equal, asked = sums.get(one.first_device_id, (0, 0))
        sums[one.first_device_id] = (equal + one.agreement.equal, asked + one.agreement.compared)
    return sums


@cache  # building it costs more than running it
def _both() -> Select[*tuple[Any, ...]]:
    """Revisits with the bodies of both interviews, where both were completed.

    Of the second one it is the first complete body: whoever asked for another knew both.
    """
    first, second = aliased(Interview), aliased(Interview)
    first_rev, second_rev = aliased(Revision), aliased(Revision)
    first_op, second_op, any_rev = aliased(Op), aliased(Op), aliased(Revision)
    said_at_first = (
        select(func.min(any_rev.rev))
        .where(any_rev.interview_id == second.interview_id, any_rev.disposition == COMPLETED)
        .scalar_subquery()
    )
    return (
        select(
            Revisit,
            first.device_id,
            first_op.form_id,
            first_op.version,
            first_op.body.label("first_body"),
            second_op.body.label("second_body"),
        )
        .join(first, first.interview_id == Revisit.first_interview_id)
        .join(
            first_rev,
            (first_rev.interview_id == first.interview_id) & (first_rev.rev == first.current_rev),
        )
        .join(first_op, first_op.op_id == first_rev.op_id)
        .join(second, second.interview_id == Revisit.interview_id)
        .join(
            second_rev,
            (second_rev.interview_id == second.interview_id) & (second_rev.rev == said_at_first),
        )
        .join(second_op, second_op.op_id == second_rev.op_id)
        .where(first_rev.disposition == COMPLETED)
    )


@cache
def _around() -> Select[*tuple[Any, ...]]:
    """Blind second interviews of a campaign that are, or repeat, one of some interviews."""
    these: BindParameter[Any] = bindparam("ids", expanding=True)
    return (
        _both()
        .where(
            Revisit.campaign_id == bindparam("campaign_id"),
            Revisit.kind == RevisitKind.BLIND.value,
            or_(Revisit.interview_id.in_(these), Revisit.first_interview_id.in_(these)),
        )
        .order_by(Revisit.interview_id)
    )


def _answers(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = halves.read(body)["answers"] if body else {}  # none once voided
    return found
