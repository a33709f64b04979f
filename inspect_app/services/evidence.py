"""What a county brings: files to a case, a statement to the whole; and what the agency answers."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import CampaignCounty
from inspect_app.models.cases import Case, CaseEvent, Evidence, FeedbackMeeting, Statement
from inspect_app.models.interviews import Interview, Revision
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.models.samples import Assignment
from inspect_app.rules.campaigns import Step
from inspect_app.rules.cases import FILES_A_CASE, FILES_AN_HOUR, Upload, fault_of, require_step
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.errors import Invalid, TooLarge, TooManyRequests, Unknown
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import CaseState
from inspect_app.services import access, cases, dossiers, ledger, room, steps
from inspect_app.services.dossiers import Document, Shown
from inspect_app.services.fieldwork import day_held
from inspect_app.services.files import Store
from inspect_app.services.ledger import Draft
from inspect_app.services.receipts import key_of
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings

VOICES = {
    Role.COUNTY_OFFICIAL: "county",
    Role.REVIEWER: "agency",
    Role.EXPERT: "agency",
}
HEARING = (Role.COMMISSIONER, Role.PLANNER, *VOICES)


@dataclass(frozen=True)
class Handed:
    """A file of a case, to be sent to somebody who may see it."""

    content: bytes
    name: str
    type: str
    sha256: str


@dataclass(frozen=True)
class Hearing:
    """A county's right of reply to the whole: the meeting, what was said, and whether silence was.

    meeting_reason : why its day was put right; none where it stands as it was entered
    cases_told, cases_answered, cases_silent : cases of the sample that the county was told of,
        answered, and let its time pass on; leads count nowhere
    """

    county_adcode: str
    meeting: date | None
    meeting_reason: str | None
    statements: tuple[Statement, ...]
    cases_told: int
    cases_answered: int
    cases_silent: int


def upload(
    session: Session, case: str, new: Upload, *, by: Caller, at: datetime, settings: Settings
) -> Shown:
    """Take a file as evidence of the county; the same file again changes nothing.

    Committed: the file flushed to disk, then hash, time and uploader, the step of the case, and
    a line of the ledger with the digest.

    Raises
    ------
    Invalid : another type than PDF, JPEG or PNG, bytes of another type or hash than stated; neither
        a date nor a word on the reference date, or a date that is still to come
    TooLarge : more than the limit of a file
    CaseStep : no evidence is due
    TooManyRequests : more files of a case, or of an official within an hour, than anybody needs
    Unavailable : the disk is nearly full
    """
    roles = (Role.COUNTY_OFFICIAL,)
    found, role = cases.find(session, case, by, roles)
    campaign_id = found.campaign_id
    if len(new.content) > settings.limits.blob_bytes:
        raise TooLarge(f"A file has at most {settings.limits.blob_bytes} bytes.")
    fault = fault_of(new, today=field_day(at))
    if fault is not None:
        raise Invalid(fault)
    known = select(Evidence.n).where(Evidence.case_id == case, Evidence.sha256 == new.sha256)
    if session.scalar(known) is None:
        # What will be refused does not reach the disk.
        require_step(CaseState(found.state), CaseState.EVIDENCE_RECEIVED, role=role)
        steps.refuse_after(session, campaign_id, Step.CLOSED)
        _refuse_too_many(session, found, by=by, at=at)
        room.require(settings)
    session.rollback()  # nothing is held while the disk works
    Store(settings.blobs_dir, campaign_id).put(new.content)
    with writing(session, campaign_id):
        found, role = cases.find(session, case, by, roles, for_update=True)
        if session.scalar(known) is not None:
            return dossiers.whole(session, found, role=role, at=at)
        _refuse_too_many(session, found, by=by, at=at)
        cases.step(
            session,
            found,
            CaseState.EVIDENCE_RECEIVED,
            role=role,
            reason=new.state_at_reference or "",
            document=Document(new.name, new.sha256),
            by=by,
            at=at,
        )
        last = session.scalar(select(func.max(Evidence.n)).where(Evidence.case_id == case))
        session.add(
            Evidence(
                case_id=case,
                n=(last or 0) + 1,
                campaign_id=campaign_id,
                name=new.name,
                sha256=new.sha256,
                bytes=len(new.content),
                type=new.type,
                document_date=new.document_date,
                after_visit=_is_after_visit(session, found, new.document_date),
                state_at_reference=new.state_at_reference,
                uploaded_by=by.actor,
                uploaded_at=at,
            )
        )
        session.flush()
        line = Draft(
            LineType.EVENT,
            EventName.EVIDENCE.value,
            interview_id=found.interview_id,
            body_sha256=new.sha256,
        )
        ledger.append(session, campaign_id, [line], key=key_of(settings), at=at)
        return dossiers.whole(session, found, role=role, at=at)


def download(
    session: Session, case: str, n: int, *, by: Caller, at: datetime, settings: Settings
) -> Handed:
    """Return a file of a case to those who may see the case; committed: that it was seen."""
    found, _ = cases.find(session, case, by, cases.READERS)
    kept = session.get(Evidence, (case, n))
    if kept is None:
        raise Unknown("There is no such file.")
    try:
        with Store(settings.blobs_dir, found.campaign_id).open(kept.sha256) as file:
            handed = Handed(file.read(), kept.name, kept.type, kept.sha256)
    except FileNotFoundError as error:
        raise Unknown("The file is not in its place; ask whoever runs the server.") from error
    access.note_access(session, found.campaign_id, f"evidence {n} of case {case}", by=by, at=at)
    return handed


def state(
    session: Session, campaign_id: str, adcode: str, *, text: str, by: Caller, at: datetime
) -> Hearing:
    """Put a statement to the whole on the record: the county's, or the agency's answer.

    The same text again changes nothing.
    """
    membership = by.require(campaign_id, *VOICES)
    _refuse_foreign(membership.role, membership.county_adcode, adcode)
    with writing(session, campaign_id):
        require_county(session, campaign_id, adcode)
        here = (Statement.campaign_id == campaign_id, Statement.county_adcode == adcode)
        voice = VOICES[membership.role]
        known = select(Statement.n).where(*here, Statement.voice == voice, Statement.text == text)
        if session.scalar(known) is None:
            steps.refuse_after(session, campaign_id, Step.CLOSED)
            last = session.scalar(select(func.max(Statement.n)).where(*here))
            session.add(
                Statement(
                    campaign_id=campaign_id,
                    county_adcode=adcode,
                    n=(last or 0) + 1,
                    voice=voice,
                    text=text,
                    said_by=by.actor,
                    said_at=at,
                )
            )
            session.flush()
        return heard(session, campaign_id, adcode)


def hearing(session: Session, campaign_id: str, adcode: str, *, by: Caller) -> Hearing:
    """Return what a county said to the whole, and how often it was silent."""
    membership = by.require(campaign_id, *HEARING)
    _refuse_foreign(membership.role, membership.county_adcode, adcode)
    require_county(session, campaign_id, adcode)
    return heard(session, campaign_id, adcode)


def _refuse_too_many(session: Session, case: Case, *, by: Caller, at: datetime) -> None:
    of_case = select(func.count()).where(Evidence.case_id == case.id)
    if (session.scalar(of_case) or 0) >= FILES_A_CASE:
        raise TooManyRequests(f"A case has at most {FILES_A_CASE} files.")
    of_hour = select(func.count()).where(
        Evidence.campaign_id == case.campaign_id,
        Evidence.uploaded_by == by.actor,
        Evidence.uploaded_at > at - timedelta(hours=1),
    )
    if (session.scalar(of_hour) or 0) >= FILES_AN_HOUR:
        raise TooManyRequests(f"At most {FILES_AN_HOUR} files an hour.")


def _refuse_foreign(role: Role, own: str | None, adcode: str) -> None:
    if role is Role.COUNTY_OFFICIAL and own != adcode:
        raise Unknown("The campaign has no such county.")


def _is_after_visit(session: Session, case: Case, document_date: date | None) -> bool | None:
    """Whether a document is younger than the visit; None where either day is not known.

    The visit is that of the first revision, on the day it was held: a phone may be without network
    for days, in which a county can repair what was seen.
    """
    if document_date is None or case.interview_id is None:
        return None
    first = session.execute(
        select(Op.captured_at, Revision.offset_ms, Assignment.visit_date, LedgerEntry.received_at)
        .join(Revision, Revision.op_id == Op.op_id)
        .join(Interview, Interview.interview_id == Revision.interview_id)
        .join(
            Assignment,
            (Assignment.campaign_id == Interview.campaign_id)
            & (Assignment.village_code == Interview.village_code),
        )
        .join(
            LedgerEntry, (LedgerEntry.op_id == Op.op_id) & (LedgerEntry.type == LineType.OP.value)
        )
        .where(Interview.interview_id == case.interview_id)
        .order_by(Revision.rev)
        .limit(1)
    ).first()
    if first is None:
        return None
    captured, offset_ms, visited, received = first
    return document_date > day_held(
        captured, offset_ms=offset_ms, visited=visited, received=received
    )


def require_county(session: Session, campaign_id: str, adcode: str) -> None:
    """Refuse a county that the campaign does not have."""
    if session.get(CampaignCounty, (campaign_id, adcode)) is None:
        raise Unknown("The campaign has no such county.")


def heard(session: Session, campaign_id: str, adcode: str) -> Hearing:
    """Read what a county and the agency put on the record, and how often the county was silent."""
    said = session.scalars(
        select(Statement)
        .where(Statement.campaign_id == campaign_id, Statement.county_adcode == adcode)
        .order_by(Statement.n)
    ).all()
    counts = {
        name: session.scalar(
            select(func.count(func.distinct(CaseEvent.case_id)))
            .join(Case, Case.id == CaseEvent.case_id)
            .where(
                Case.campaign_id == campaign_id,
                Case.county_adcode == adcode,
                Case.from_sample,
                CaseEvent.to_state == after.value,
                *([CaseEvent.from_state == before.value] if before else []),
            )
        )
        for name, before, after in (
            ("told", None, CaseState.EVIDENCE_DUE),
            ("answered", None, CaseState.EVIDENCE_RECEIVED),
            ("silent", CaseState.EVIDENCE_DUE, CaseState.UNDER_RULING),
        )
    }
    for one in said:
        session.expunge(one)
    meeting = session.scalar(
        select(FeedbackMeeting)
        .where(FeedbackMeeting.campaign_id == campaign_id, FeedbackMeeting.county_adcode == adcode)
        .order_by(FeedbackMeeting.n.desc())
        .limit(1)
    )
    return Hearing(
        adcode,
        meeting.held_on if meeting else None,
        meeting.reason if meeting else None,
        tuple(said),
        counts["told"] or 0,
        counts["answered"] or 0,
        counts["silent"] or 0,
    )
