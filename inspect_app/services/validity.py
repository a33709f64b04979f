"""Whether a verdict stands: withdrawn, replaced, published, objected to; rows are only added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.signatures import (
    Countersignature,
    Objection,
    ObjectionAnswer,
    PublicNotice,
    Withdrawal,
)
from inspect_app.models.verdicts import Verdict
from inspect_app.rules.errors import AlreadyFixed, Conflict, Invalid, StepMissing, Unknown
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import VerdictState
from inspect_app.services import campaigns, verdicts
from inspect_app.services.transactions import writing

COUNTY, PUBLIC = "county", "public"


@dataclass(frozen=True)
class Standing:
    """What anybody may know of what became of a version; no names, no texts of objections.

    replaced_by : the latest version of the number, where this is not it
    """

    state: VerdictState
    replaced_by: int | None
    countersigned_at: datetime | None
    first_day: date | None
    last_day: date | None
    objections: int
    answered: int
    upheld: int
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


@dataclass(frozen=True)
class Objected:
    """An objection with its answer, if there is one."""

    n: int
    origin: str
    text: str
    received_on: date
    late: bool
    answer: ObjectionAnswer | None


def standing(session: Session, verdict: Verdict) -> Standing:
    """Return what became of a version until now."""
    key = (verdict.number, verdict.version)
    latest = session.scalar(
        select(func.max(Verdict.version)).where(Verdict.number == verdict.number)
    )
    countersigned = session.get(Countersignature, key)
    notice, withdrawn = session.get(PublicNotice, key), session.get(Withdrawal, key)
    answers = [one.answer for one in _objections(session, verdict)]
    is_replaced = latest is not None and latest != verdict.version
    if withdrawn is not None:
        state = VerdictState.WITHDRAWN
    elif is_replaced:
        state = VerdictState.REPLACED
    else:
        state = VerdictState.VALID if countersigned is not None else VerdictState.ISSUED
    return Standing(
        state=state,
        replaced_by=latest if is_replaced else None,
        countersigned_at=countersigned.signed_at if countersigned is not None else None,
        first_day=notice.first_day if notice is not None else None,
        last_day=notice.last_day if notice is not None else None,
        objections=len(answers),
        answered=sum(one is not None for one in answers),
        upheld=sum(one is not None and one.upheld for one in answers),
        withdrawn_at=withdrawn.withdrawn_at if withdrawn is not None else None,
        withdrawn_reason=withdrawn.reason if withdrawn is not None else None,
    )


def read(session: Session, number: str, version: int, *, by: Caller) -> Standing:
    """Return what became of a version, to whoever may read verdicts of its campaign."""
    return standing(session, verdicts.find(session, number, version, by=by))


def withdraw(
    session: Session, number: str, version: int, *, reason: str, by: Caller, at: datetime
) -> Standing:
    """Take a version back; committed: the reason, which everybody reads.

    Raises
    ------
    AlreadyFixed : it was withdrawn before
    """
    verdict = verdicts.find(session, number, version, by=by, roles=(Role.COMMISSIONER,))
    with writing(session, verdict.campaign_id):
        verdict = session.get_one(Verdict, (number, version))
        if session.get(Withdrawal, (number, version)) is not None:
            raise AlreadyFixed("This version was withdrawn before.")
        session.add(
            Withdrawal(
                number=number,
                version=version,
                reason=reason,
                withdrawn_by=by.actor,
                withdrawn_at=at,
            )
        )
        session.flush()
        return standing(session, verdict)


def publish(
    session: Session, number: str, version: int, *, first_day: date, by: Caller, at: datetime
) -> Standing:
    """Begin the public notice of a countersigned version, for as long as the rule book says.

    Raises
    ------
    StepMissing : it is not countersigned
    Conflict : it is replaced or withdrawn
    AlreadyFixed : it was published before
    Invalid : the first day lies before today
    """
    verdict = verdicts.find(session, number, version, by=by, roles=(Role.COMMISSIONER,))
    if first_day < field_day(at):
        raise Invalid("A notice does not begin in the past.", first_day=first_day.isoformat())
    with writing(session, verdict.campaign_id):
        verdict = session.get_one(Verdict, (number, version))
        now = require_standing(session, verdict)
        if now.countersigned_at is None:
            raise StepMissing("The commissioner countersigns before the notice.")
        if now.first_day is not None:
            raise AlreadyFixed("This version was published before.")
        campaign = session.get_one(Campaign, verdict.campaign_id)
        days = campaigns.rulebook(campaign).notice_days
        session.add(
            PublicNotice(
                number=number,
                version=version,
                first_day=first_day,
                last_day=first_day + timedelta(days=days - 1),
                published_by=by.actor,
                published_at=at,
            )
        )
        session.flush()
        return standing(session, verdict)


def record_objection(
    session: Session,
    number: str,
    version: int,
    *,
    text: str,
    by: Caller,
    at: datetime,
    received_on: date | None = None,
) -> Objected:
    """Put an objection on the record: the county's own, or one that reached the commissioner.

    Whatever comes after the last day of the notice is kept too, and marked as late.

    Raises
    ------
    StepMissing : the version was not published
    Invalid : it would have been received before the notice or after today
    """
    verdict = verdicts.find(
        session, number, version, by=by, roles=(Role.COMMISSIONER, Role.COUNTY_OFFICIAL)
    )
    role = by.require(verdict.campaign_id, Role.COMMISSIONER, Role.COUNTY_OFFICIAL).role
    today = field_day(at)
    day = today if received_on is None or role is Role.COUNTY_OFFICIAL else received_on
    with writing(session, verdict.campaign_id):
        notice = session.get(PublicNotice, (number, version))
        if notice is None:
            raise StepMissing("Objections are taken from the first day of the notice.")
        if not notice.first_day <= day <= today:
            raise Invalid("That day is not between the first of the notice and today.")
        last = session.scalar(
            select(func.max(Objection.n)).where(
                Objection.number == number, Objection.version == version
            )
        )
        objection = Objection(
            number=number,
            version=version,
            n=(last or 0) + 1,
            origin=COUNTY if role is Role.COUNTY_OFFICIAL else PUBLIC,
            text=text,
            received_on=day,
            recorded_by=by.actor,
            recorded_at=at,
        )
        session.add(objection)
        session.flush()
        return _objected(objection, notice, None)


def answer_objection(
    session: Session,
    number: str,
    version: int,
    n: int,
    *,
    upheld: bool,
    text: str,
    by: Caller,
    at: datetime,
) -> Objected:
    """Answer an objection, once; one that is upheld calls for a new version or a withdrawal.

    Raises
    ------
    Unknown : no such objection
    AlreadyFixed : it was answered before
    """
    verdict = verdicts.find(session, number, version, by=by, roles=(Role.COMMISSIONER,))
    with writing(session, verdict.campaign_id):
        objection = session.get(Objection, (number, version, n))
        if objection is None:
            raise Unknown("There is no such objection.")
        if session.get(ObjectionAnswer, (number, version, n)) is not None:
            raise AlreadyFixed("This objection was answered before.")
        answer = ObjectionAnswer(
            number=number,
            version=version,
            n=n,
            upheld=upheld,
            text=text,
            answered_by=by.actor,
            answered_at=at,
        )
        session.add(answer)
        session.flush()
        return _objected(objection, session.get_one(PublicNotice, (number, version)), answer)


def objections(session: Session, number: str, version: int, *, by: Caller) -> Sequence[Objected]:
    """List the objections to a version with their answers; an official sees the county's own."""
    verdict = verdicts.find(session, number, version, by=by)
    found = _objections(session, verdict)
    if by.require(verdict.campaign_id, *verdicts.READERS).role is Role.COUNTY_OFFICIAL:
        return [one for one in found if one.origin == COUNTY]
    return found


def require_standing(session: Session, verdict: Verdict) -> Standing:
    """Refuse to go on with a version that is replaced or withdrawn.

    Raises
    ------
    Conflict : it is
    """
    now = standing(session, verdict)
    if now.state in (VerdictState.REPLACED, VerdictState.WITHDRAWN):
        raise Conflict("This version does not stand any more.", state=now.state.value)
    return now


def _objections(session: Session, verdict: Verdict) -> list[Objected]:
    notice = session.get(PublicNotice, (verdict.number, verdict.version))
    if notice is None:
        return []
    rows = session.execute(
        select(Objection, ObjectionAnswer)
        .outerjoin(
            ObjectionAnswer,
            (ObjectionAnswer.number == Objection.number)
            & (ObjectionAnswer.version == Objection.version)
            & (ObjectionAnswer.n == Objection.n),
        )
        .where(Objection.number == verdict.number, Objection.version == verdict.version)
        .order_by(Objection.n)
    )
    return [_objected(objection, notice, answer) for objection, answer in rows]


def _objected(
    objection: Objection, notice: PublicNotice, answer: ObjectionAnswer | None
) -> Objected:
    return Objected(
        objection.n,
        objection.origin,
        objection.text,
        objection.received_on,
        objection.received_on > notice.last_day,
        answer,
    )
