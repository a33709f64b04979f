"""What the agency and its people declared: kept by version, and held against what they were sent
to already."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from inspect_app.models.samples import Assignment, Declaration, Enumerator, SampleVillage
from inspect_app.rules.campaigns import Step
from inspect_app.rules.declarations import AGENCY, NewDeclaration, Tie, TieKind
from inspect_app.rules.errors import Invalid, Unknown
from inspect_app.rules.independence import Refusal, barring, field_day
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import steps
from inspect_app.services.transactions import writing

DECLARERS = (Role.COMMISSIONER, Role.PLANNER)


@dataclass(frozen=True)
class Alarm:
    """An assignment that what is declared by now would forbid."""

    assignment_id: str
    county_adcode: str
    visit_date: date
    reasons: tuple[Refusal, ...]


@dataclass(frozen=True)
class Declared:
    """A declaration as kept, and the assignments that it would have forbidden."""

    declaration: Declaration
    alarms: tuple[Alarm, ...]


def declare(
    session: Session, campaign_id: str, new: NewDeclaration, *, by: Caller, at: datetime
) -> Declared:
    """Keep a declaration; another one of the same person is a new version beside it.

    Ties of earlier versions go on to bar, unless a commissioner records one without them.

    Raises
    ------
    Unknown : the campaign has no such enumerator
    Invalid : signed in the future or before the one that stands, or kinship that ends
    StepTaken : the campaign is closed
    """
    by.require(campaign_id, *DECLARERS)
    with writing(session, campaign_id):
        steps.refuse_after(session, campaign_id, Step.CLOSED)
        if new.enumerator_id is not None:
            person = session.get(Enumerator, new.enumerator_id)
            if person is None or person.campaign_id != campaign_id:
                raise Unknown("The campaign has no such enumerator.")
        kept = keep(session, campaign_id, new, by=by, at=at)
        return Declared(kept, tuple(_alarms(session, campaign_id, subject=new.subject)))


def keep(
    session: Session, campaign_id: str, new: NewDeclaration, *, by: Caller, at: datetime
) -> Declaration:
    """Keep a declaration in the caller's transaction; the same again changes nothing.

    What was declared once holds on: a later paper adds ties. Only one that a commissioner records
    may leave a tie out.
    """
    if new.signed_on > field_day(at):
        raise Invalid("A declaration is not signed in the future.")
    if any(tie.kind is TieKind.KIN and tie.until is not None for tie in new.ties):
        raise Invalid("Kinship does not end; leave `until` out.")
    content: dict[str, Any] = {
        "document_sha256": new.document_sha256,
        "signed_on": new.signed_on,
        "ties": [_tie_row(tie) for tie in sorted(set(new.ties), key=_tie_order)],
        "languages": sorted(set(new.languages)),
        "training_score": new.training_score,
    }
    last = current(session, campaign_id, [new.subject]).get(new.subject)
    if last is not None and all(getattr(last, key) == value for key, value in content.items()):
        return last
    if last is not None and new.signed_on < last.signed_on:
        raise Invalid("A later declaration stands.", signed_on=last.signed_on.isoformat())
    stated = set(new.ties)
    if by.role_in(campaign_id) is not Role.COMMISSIONER:
        stated |= set(ties(last))
    kept = Declaration(
        standing=[_tie_row(tie) for tie in sorted(stated, key=_tie_order)],
        campaign_id=campaign_id,
        subject=new.subject,
        version=1 if last is None else last.version + 1,
        recorded_at=at,
        recorded_by=by.actor,
        **content,
    )
    session.add(kept)
    session.flush()
    return kept


def current(
    session: Session, campaign_id: str, subjects: list[str] | None = None
) -> dict[str, Declaration]:
    """Return the declarations that hold, by subject; of all or of these subjects."""
    newest = (
        select(Declaration.subject, func.max(Declaration.version).label("version"))
        .where(Declaration.campaign_id == campaign_id)
        .group_by(Declaration.subject)
    )
    if subjects is not None:
        newest = newest.where(Declaration.subject.in_(subjects))
    last = newest.subquery()
    rows = session.scalars(
        select(Declaration)
        .join(
            last,
            (Declaration.subject == last.c.subject) & (Declaration.version == last.c.version),
        )
        .where(Declaration.campaign_id == campaign_id)
    )
    return {row.subject: row for row in rows}


def ties(declaration: Declaration | None) -> tuple[Tie, ...]:
    """Read the ties that hold by a declaration and those before it."""
    return tuple(_tie(row) for row in declaration.standing) if declaration is not None else ()


def listed(
    session: Session, campaign_id: str, *, by: Caller, after: int | None, limit: int
) -> list[Declaration]:
    """List every version of every declaration, in the order they were recorded."""
    by.require(campaign_id, *DECLARERS)
    query = (
        select(Declaration)
        .where(Declaration.campaign_id == campaign_id, Declaration.id > (after or 0))
        .order_by(Declaration.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def alarms(
    session: Session, campaign_id: str, *, by: Caller, after: str | None, limit: int
) -> list[Alarm]:
    """List the assignments that the declarations of today would forbid, by assignment."""
    by.require(campaign_id, *DECLARERS)
    found = _alarms(session, campaign_id)
    return [one for one in found if after is None or one.assignment_id > after][:limit]


def _alarms(session: Session, campaign_id: str, *, subject: str | None = None) -> list[Alarm]:
    """Hold assignments against ties and marks; of everybody, or of one who declared anew."""
    held = current(session, campaign_id, None if subject is None else [subject])
    people = [
        one.subject for one in held.values() if one.subject != AGENCY and barring(*_stated(one))
    ]
    counties = [tie.county_adcode for tie in ties(held.get(AGENCY))]
    rows = session.execute(
        select(Assignment, SampleVillage.county_adcode)
        .join(SampleVillage)
        .where(
            Assignment.campaign_id == campaign_id,
            SampleVillage.given_up_at.is_(None),
            or_(
                Assignment.enumerator_a.in_(people),
                Assignment.enumerator_b.in_(people),
                SampleVillage.county_adcode.in_(counties),
            ),
        )
        .order_by(Assignment.id)
    ).all()
    found = []
    for assignment, county in rows:
        reasons = [
            reason
            for one in (AGENCY, assignment.enumerator_a, assignment.enumerator_b)
            if one in held
            for reason in barring(*_stated(held[one]), county=county, day=assignment.visit_date)
        ]
        if reasons:
            found.append(Alarm(assignment.id, county, assignment.visit_date, tuple(reasons)))
    return found


def _stated(one: Declaration) -> tuple[str, tuple[Tie, ...], int | None]:
    return one.subject, ties(one), one.training_score


def _tie(row: Mapping[str, Any]) -> Tie:
    until = row["until"]
    ended = None if until is None else date.fromisoformat(until)
    return Tie(row["county_adcode"], TieKind(row["kind"]), ended)


def _tie_row(tie: Tie) -> dict[str, Any]:
    until = None if tie.until is None else tie.until.isoformat()
    return {"county_adcode": tie.county_adcode, "kind": tie.kind.value, "until": until}


def _tie_order(tie: Tie) -> tuple[str, str, date]:
    return tie.county_adcode, tie.kind.value, tie.until or date.max
