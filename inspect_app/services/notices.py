"""Notices to a county: its suspected cases, then what became of each; frozen, signed, received."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign, CampaignCounty
from inspect_app.models.cases import Case, CaseEvent
from inspect_app.models.interviews import Interview, Revision, Revisit
from inspect_app.models.papers import Notice, NoticeReceipt
from inspect_app.models.samples import SampleHousehold, Village
from inspect_app.rules import clauses
from inspect_app.rules.errors import NoticeQuotes, StepMissing, Unavailable, Unknown
from inspect_app.rules.independence import field_day
from inspect_app.rules.notices import TELLS, NoticeKind, is_code, says_too_much
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import CaseState
from inspect_app.services import access, campaigns, countersigning, replies, revisits
from inspect_app.services.documents import digest, to_bytes
from inspect_app.services.downloads import Handed
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings
from inspect_app.version import SOFTWARE
from report_templates import gate
from report_templates import notice as notice_report

ISSUERS = (Role.REVIEWER, Role.EXPERT)
READERS = (Role.COMMISSIONER, *ISSUERS, Role.COUNTY_OFFICIAL)
JSON, PDF, SIGNED = "json", "pdf", "signed"
FORMS = (JSON, PDF, SIGNED)
REASON = "核实函 Notice {number}"
ATTEMPTS = 5


@dataclass(frozen=True)
class Shown:
    """A notice as it is listed; cases : how many it tells of."""

    number: str
    campaign_id: str
    county_adcode: str
    kind: str
    cases: tuple[str, ...]
    document_sha256: str
    pdf_sha256: str
    signed_sha256: str | None
    signer: str | None
    issued_at: datetime
    received_at: datetime | None


def issue(
    session: Session,
    campaign_id: str,
    adcode: str,
    *,
    kind: NoticeKind,
    by: Caller,
    at: datetime,
    settings: Settings,
) -> Shown:
    """Issue a notice of the cases that no notice of this kind has told of in their present state.

    A case is told of once the county may answer it and no recheck is still to come; leaving nothing
    new to tell, the last notice of the kind is answered. Committed: the notice with its files,
    signed where a key is configured; and where it asks, the days that the county has from now.

    Raises
    ------
    StepMissing : there is nothing to tell
    NoticeQuotes : the reason of a ruling repeats an answer or speaks of satisfaction
    SigningUnavailable : a key is configured and cannot be used
    Unavailable : the cases changed again and again meanwhile
    """
    by.require(campaign_id, *ISSUERS)
    county = session.get(CampaignCounty, (campaign_id, adcode))
    if county is None:
        raise Unknown("The campaign has no such county.")
    for _ in range(ATTEMPTS):
        n = _last(session, campaign_id, adcode) + 1
        due = _to_tell(session, campaign_id, adcode, kind)
        if not due:
            return _last_of(session, campaign_id, adcode, kind)
        cases = {case.id: case.state for case in due}
        until = _until(session, due, at)
        number = _number(campaigns.read(session, campaign_id), county, n)
        content = _content(session, county, due, number=number, kind=kind, at=at, settings=settings)
        document = to_bytes(content)
        pdf = notice_report.render(notice_report.NoticeSheet.from_json(document))
        gate.check(pdf)
        # Signing asks an authority elsewhere for the time, so it holds up nobody.
        reason = REASON.format(number=number)
        sealed = countersigning.seal(pdf, reason=reason, at=at, settings=settings)
        with writing(session, campaign_id):
            session.expire_all()
            present = _to_tell(session, campaign_id, adcode, kind)
            same = {case.id: case.state for case in present} == cases
            same = same and _until(session, present, at) == until
            if not same or _last(session, campaign_id, adcode) + 1 != n:
                continue
            notice = Notice(
                number=number,
                campaign_id=campaign_id,
                county_adcode=adcode,
                n=n,
                kind=kind.value,
                cases=cases,
                document=document,
                document_sha256=digest(document),
                pdf=pdf,
                pdf_sha256=digest(pdf),
                signed=sealed.content if sealed else None,
                signed_sha256=digest(sealed.content) if sealed else None,
                signer=sealed.signer if sealed else None,
                stamped=sealed.stamped if sealed else False,
                issued_by=by.actor,
                issued_at=at,
            )
            session.add(notice)
            if kind is NoticeKind.TOLD:
                for case in present:
                    replies.ask(session, case, at=at)
            access.record(session, campaign_id, f"notice {number}", by=by, at=at)
        return _shown(notice, None)
    raise Unavailable("The county's cases keep changing; the same request may succeed later.")


def for_county(session: Session, campaign_id: str, adcode: str, *, by: Caller) -> list[Shown]:
    """List the notices of a county, the first one first; officials see their own county's."""
    membership = by.require(campaign_id, *READERS)
    if membership.role is Role.COUNTY_OFFICIAL and membership.county_adcode != adcode:
        raise Unknown("The campaign has no such county.")
    rows = session.execute(
        select(Notice, NoticeReceipt.received_at)
        .outerjoin(NoticeReceipt)
        .where(Notice.campaign_id == campaign_id, Notice.county_adcode == adcode)
        .order_by(Notice.n)
    )
    return [_shown(notice, received_at) for notice, received_at in rows]


def hand_out(session: Session, number: str, form: str, *, by: Caller, at: datetime) -> Handed:
    """Return a file of a notice; committed: that it was seen.

    form : json, pdf or signed

    Raises
    ------
    Unknown : no such notice or file for this reader
    """
    found = _find(session, number, by)
    if form == SIGNED and found.signed is not None and found.signed_sha256 is not None:
        handed = Handed(
            found.signed, found.signed_sha256, "application/pdf", f"{number}-signed.pdf"
        )
    elif form == PDF:
        handed = Handed(found.pdf, found.pdf_sha256, "application/pdf", f"{number}.pdf")
    elif form == JSON:
        handed = Handed(found.document, found.document_sha256, "application/json", f"{number}.json")
    else:
        raise Unknown("There is no such file of this notice.")
    what = f"notice {number}, {form} {handed.sha256}"
    access.note_access(session, found.campaign_id, what, by=by, at=at)
    return handed


def receive(session: Session, number: str, *, by: Caller, at: datetime) -> Shown:
    """Acknowledge that a notice has come; the first receipt counts, and again is harmless."""
    found = _find(session, number, by, (Role.COUNTY_OFFICIAL,))
    with writing(session, found.campaign_id):
        receipt = session.get(NoticeReceipt, number)
        if receipt is None:
            receipt = NoticeReceipt(number=number, received_by=by.actor, received_at=at)
            session.add(receipt)
        return _shown(found, receipt.received_at)


def _find(session: Session, number: str, by: Caller, roles: Sequence[Role] = READERS) -> Notice:
    """Find a notice for a reader; one of another county does not exist for an official."""
    found = session.get(Notice, number)
    membership = by.by_campaign.get(found.campaign_id) if found is not None else None
    if found is None or membership is None or membership.role not in READERS:
        raise Unknown("There is no such notice.")
    if membership.role is Role.COUNTY_OFFICIAL and membership.county_adcode != found.county_adcode:
        raise Unknown("There is no such notice.")
    by.require(found.campaign_id, *roles)
    return found


def _to_tell(session: Session, campaign_id: str, adcode: str, kind: NoticeKind) -> list[Case]:
    """Cases in a state that a notice of this kind tells of, and no notice has told of yet."""
    asked = select(CaseEvent.case_id).where(CaseEvent.to_state == CaseState.EVIDENCE_DUE.value)
    found = session.scalars(
        select(Case)
        .where(
            Case.campaign_id == campaign_id,
            Case.county_adcode == adcode,
            Case.state.in_([state.value for state in TELLS[kind]]),
            Case.id.in_(asked),
        )
        .order_by(Case.unit_id, Case.id)
    ).all()
    told = _told(session, campaign_id, adcode, kind)
    return [
        case
        for case in found
        if not _was_told(case, told, kind) and not revisits.is_awaited(session, case)
    ]


def _told(session: Session, campaign_id: str, adcode: str, kind: NoticeKind) -> dict[str, str]:
    """Return which cases were told of, with the state the last notice gave them."""
    told: dict[str, str] = {}
    for cases in session.scalars(
        select(Notice.cases)
        .where(
            Notice.campaign_id == campaign_id,
            Notice.county_adcode == adcode,
            Notice.kind == kind.value,
        )
        .order_by(Notice.n)
    ):
        told |= cases
    return told


def _was_told(case: Case, told: dict[str, str], kind: NoticeKind) -> bool:
    """A county is asked about a case once, and told every outcome."""
    if kind is NoticeKind.TOLD:
        return case.id in told
    return told.get(case.id) == case.state


def _last(session: Session, campaign_id: str, adcode: str) -> int:
    query = select(func.max(Notice.n)).where(
        Notice.campaign_id == campaign_id, Notice.county_adcode == adcode
    )
    return session.scalar(query) or 0


def _last_of(session: Session, campaign_id: str, adcode: str, kind: NoticeKind) -> Shown:
    row = session.execute(
        select(Notice, NoticeReceipt.received_at)
        .outerjoin(NoticeReceipt)
        .where(
            Notice.campaign_id == campaign_id,
            Notice.county_adcode == adcode,
            Notice.kind == kind.value,
        )
        .order_by(Notice.n.desc())
        .limit(1)
    ).first()
    if row is None:
        raise StepMissing("No case of this county is ready to be told of.")
    return _shown(*row)


def _number(campaign: Campaign, county: CampaignCounty, n: int) -> str:
    return f"{county.adcode}-{county.exit_year}-{campaign.wave:02d}-N{n:02d}"


def _content(
    session: Session,
    county: CampaignCounty,
    cases: Sequence[Case],
    *,
    number: str,
    kind: NoticeKind,
    at: datetime,
    settings: Settings,
) -> dict[str, Any]:
    """Write what a notice says: codes, places, clauses and dates; no name, answer or opinion."""
    campaign = campaigns.read(session, county.campaign_id)
    terms = clauses.Terms(
        campaigns.rulebook(campaign), county.reference_date, county.line_year, county.line_yuan
    )
    blocks = [one for one in clauses.CLAUSES if any(one in case.blocks for case in cases)]
    base = settings.verify_base
    return {
        "schema": "notice/1",
        "number": number,
        "kind": kind.value,
        "simulated": campaign.simulated,
        "issued_on": field_day(at).isoformat(),
        "county": [county.name_zh, county.name_en or ""],
        "agency": [campaign.agency_zh, campaign.agency_en],
        "rulebook": campaign.rulebook_id,
        "cases": [_case(session, case, kind, at=at) for case in cases],
        "clauses": [
            {
                "name": clauses.named(block),
                "standard": clauses.clause(block, terms),
                "evidence": clauses.PROOFS[block],
            }
            for block in blocks
        ]
        if kind is NoticeKind.TOLD
        else [],
        "when": clauses.filled(clauses.WHEN, terms),
        "silence": clauses.SILENCE,
        "address": f"{base.rstrip('/')}/county" if base else "",
        "software": SOFTWARE,
    }


def _case(session: Session, case: Case, kind: NoticeKind, *, at: datetime) -> dict[str, Any]:
    village = _village(session, case)
    is_ruled = kind is NoticeKind.RULED
    return {
        "case_id": case.id,
        "unit_id": case.unit_id if is_code(case.unit_id) else "",
        "village": village.village_name if village else "",
        "town": (village.town_name or "") if village else "",
        "kind": case.kind,
        "clauses": list(dict.fromkeys(clauses.named(block) for block in case.blocks)),
        "due": None if is_ruled else _due(session, case, at),
        "outcome": case.state if is_ruled else None,
        "reason": _reason(session, case) if is_ruled else None,
    }


def _until(session: Session, cases: Sequence[Case], at: datetime) -> Mapping[str, datetime | None]:
    """Until when the county may answer what a notice of this moment asks."""
    return {case.id: replies.until(session, case, at) for case in cases}


def _due(session: Session, case: Case, at: datetime) -> str | None:
    """The last day on which the county may answer."""
    end = replies.until(session, case, at)
    day: date | None = field_day(end - replies.BEFORE) if end is not None else None
    return day.isoformat() if day else None


def _village(session: Session, case: Case) -> Village | None:
    drawn = session.get(SampleHousehold, (case.campaign_id, case.unit_id))
    code = drawn.psu if drawn is not None else case.unit_id[:12]
    return session.get(Village, (case.campaign_id, code))


def _reason(session: Session, case: Case) -> str:
    """The reason of the ruling, unless it says what no county is told."""
    reason = session.scalar(
        select(CaseEvent.reason)
        .where(CaseEvent.case_id == case.id, CaseEvent.to_state == case.state)
        .order_by(CaseEvent.n.desc())
        .limit(1)
    )
    if says_too_much(reason or "", _phrases(session, case)):
        raise NoticeQuotes(case_id=case.id)
    return reason or ""


def _phrases(session: Session, case: Case) -> list[str]:
    """What was answered in words, in every version of the interview and of its rechecks."""
    if case.interview_id is None:
        return []
    again = select(Revisit.interview_id).where(Revisit.first_interview_id == case.interview_id)
    rows = session.scalars(
        select(Revision.traits)
        .join(Interview, Interview.interview_id == Revision.interview_id)
        .where(
            (Revision.interview_id == case.interview_id) | Revision.interview_id.in_(again),
            Revision.traits.is_not(None),
        )
    )
    return [phrase for traits in rows if traits for phrase in traits["phrases"]]


def _shown(notice: Notice, received_at: datetime | None) -> Shown:
    return Shown(
        number=notice.number,
        campaign_id=notice.campaign_id,
        county_adcode=notice.county_adcode,
        kind=notice.kind,
        cases=tuple(sorted(notice.cases)),
        document_sha256=notice.document_sha256,
        pdf_sha256=notice.pdf_sha256,
        signed_sha256=notice.signed_sha256,
        signer=notice.signer,
        issued_at=notice.issued_at,
        received_at=received_at,
    )
