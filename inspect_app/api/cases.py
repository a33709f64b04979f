"""Cases: evidence of the county, recheck, ruling."""

from typing import Any

from flask import Response, current_app

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint, takes_file
from inspect_app.rules.cases import NewLead, Upload
from inspect_app.rules.roles import Role
from inspect_app.schemas.cases import (
    CaseFormSchema,
    CaseListSchema,
    CaseQuerySchema,
    CaseReasonSchema,
    CaseSchema,
    EvidenceSchema,
    HearingSchema,
    LeadNotedSchema,
    LeadSchema,
    MeetingCorrectionSchema,
    MeetingSchema,
    NewStatementSchema,
    ReopeningSchema,
    RulingSchema,
    SignatureSchema,
)
from inspect_app.schemas.revisits import PairSchema
from inspect_app.services import cases, dossiers, evidence, leads, meetings, revisits, rulings

blueprint = Blueprint("cases", __name__, url_prefix="/api/v1", description="疑似户 Cases")


@blueprint.route("/campaigns/<campaign_id>/cases")
@requires(*cases.READERS)
@blueprint.arguments(CaseQuerySchema, location="query")
@blueprint.response(200, CaseListSchema)
@blueprint.doc(operationId="listCases")
def list_cases(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List cases; a county official sees those the own county was told of."""
    found = cases.listed(db.session(), campaign_id, by=caller(), at=clock.now(), **query)
    is_full = len(found) == query["limit"]
    return {"cases": found, "next": found[-1].id if is_full else None}


@blueprint.route("/cases/<case_id>")
@requires(*cases.READERS)
@blueprint.response(200, CaseSchema)
@blueprint.doc(operationId="getCase")
def get_case(case_id: str) -> dossiers.Shown:
    """Show a case with its steps, files, rulings and visits; who looked is written down."""
    return cases.show(db.session(), case_id, by=caller(), at=clock.now())


@blueprint.route("/cases/<case_id>/evidence", methods=["POST"])
@requires(Role.COUNTY_OFFICIAL)
@blueprint.arguments(EvidenceSchema)
@blueprint.response(200, CaseSchema)
@blueprint.doc(operationId="addEvidence")
def add_evidence(body: dict[str, Any], case_id: str) -> dossiers.Shown:
    """Bring the county's evidence to a case it was told of."""
    document = body["document"]
    return cases.add_evidence(
        db.session(),
        case_id,
        text=body["text"],
        document=dossiers.Document(**document) if document else None,
        complete=body["complete"],
        by=caller(),
        at=clock.now(),
    )


@blueprint.route("/cases/<case_id>/recheck", methods=["POST"])
@requires(*dossiers.STAFF)
@blueprint.arguments(CaseReasonSchema)
@blueprint.response(200, CaseSchema)
@blueprint.doc(operationId="advanceCase")
def advance_case(body: dict[str, Any], case_id: str) -> dossiers.Shown:
    """Send a case on: a suspicion to the county, evidence or its absence to the experts."""
    return cases.recheck(db.session(), case_id, **body, by=caller(), at=clock.now())


@blueprint.route("/cases/<case_id>/ruling", methods=["POST"])
@requires(*dossiers.STAFF, Role.COMMISSIONER)
@blueprint.arguments(RulingSchema)
@blueprint.response(200, CaseSchema)
@blueprint.doc(operationId="ruleOnCase")
def rule_on_case(body: dict[str, Any], case_id: str) -> dossiers.Shown:
    """Propose a ruling with its reason; it holds once a second person has signed."""
    return rulings.propose(db.session(), case_id, **body, by=caller(), at=clock.now())


@blueprint.route("/cases/<case_id>/ruling/signature", methods=["POST"])
@requires(*rulings.RULING)
@blueprint.arguments(SignatureSchema)
@blueprint.response(200, CaseSchema)
@blueprint.doc(operationId="signRuling")
def sign_ruling(body: dict[str, Any], case_id: str) -> dossiers.Shown:
    """Sign a proposed ruling as the second person, or dissent; experts who differ leave it open."""
    return rulings.sign(db.session(), case_id, **body, by=caller(), at=clock.now())


@blueprint.route("/cases/<case_id>/reopening", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.arguments(ReopeningSchema)
@blueprint.response(201, CaseSchema)
@blueprint.doc(operationId="reopenCase")
def reopen_case(body: dict[str, Any], case_id: str) -> dossiers.Shown:
    """Take a ruled case up again as a new one that names the old."""
    return rulings.reopen(db.session(), case_id, **body, by=caller(), at=clock.now())


@blueprint.route("/cases/<case_id>/visit", methods=["POST"])
@requires(*dossiers.STAFF)
@blueprint.arguments(PairSchema)
@blueprint.response(200, CaseSchema)
@blueprint.doc(operationId="orderRecheck")
def order_recheck(body: dict[str, Any], case_id: str) -> dossiers.Shown:
    """Send a pair that was not there to look again at the household of a case."""
    return revisits.order_recheck(
        db.session(),
        case_id,
        enumerators=tuple(body["enumerators"]),
        interpreter=body["interpreter"],
        by=caller(),
        at=clock.now(),
    )


@blueprint.route("/cases/<case_id>/files", methods=["POST"])
@takes_file
@requires(Role.COUNTY_OFFICIAL)
@blueprint.arguments(CaseFormSchema, location="files")
@blueprint.response(200, CaseSchema)
@blueprint.alt_response(429, "Problem429")
@blueprint.doc(operationId="uploadEvidence")
def upload_evidence(upload: Upload, case_id: str) -> dossiers.Shown:
    """Upload a document as evidence, with its SHA-256; PDF, JPEG or PNG up to 8 MiB."""
    return evidence.upload(
        db.session(),
        case_id,
        upload,
        by=caller(),
        at=clock.now(),
        settings=current_app.config["SETTINGS"],
    )


@blueprint.route("/cases/<case_id>/files/<int(min=1, max=9999):n>")
@requires(*cases.READERS)
@blueprint.response(
    200,
    {"type": "string", "format": "binary"},
    description="the file as it was uploaded, by its own media type",
    content_type="*/*",
)
@blueprint.doc(operationId="getEvidence")
def get_evidence(case_id: str, n: int) -> Response:
    """Download a file of a case; who looked is written down."""
    found = evidence.download(
        db.session(),
        case_id,
        n,
        by=caller(),
        at=clock.now(),
        settings=current_app.config["SETTINGS"],
    )
    response = Response(found.content, mimetype=found.type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers.set("Content-Disposition", "attachment", filename=f"evidence-{n}")
    response.set_etag(found.sha256)
    return response


@blueprint.route("/campaigns/<campaign_id>/cases", methods=["POST"])
@requires(*leads.OPENERS)
@blueprint.arguments(LeadSchema)
@blueprint.response(201, LeadNotedSchema)
@blueprint.doc(operationId="openLead")
def open_lead(new: NewLead, campaign_id: str) -> leads.Noted:
    """Open a case for a household outside the sample; no rate ever counts it."""
    return leads.open_lead(db.session(), campaign_id, new, by=caller(), at=clock.now())


@blueprint.route("/campaigns/<campaign_id>/hearings/<adcode>")
@requires(*evidence.HEARING)
@blueprint.response(200, HearingSchema)
@blueprint.doc(operationId="getHearing")
def get_hearing(campaign_id: str, adcode: str) -> evidence.Hearing:
    """Show what a county put on the record, the agency's answer, and where it was silent."""
    return evidence.hearing(db.session(), campaign_id, adcode, by=caller())


@blueprint.route("/campaigns/<campaign_id>/hearings/<adcode>/meeting", methods=["POST"])
@requires(*dossiers.STAFF)
@blueprint.arguments(MeetingSchema)
@blueprint.response(200, HearingSchema)
@blueprint.doc(operationId="enterMeeting")
def enter_meeting(body: dict[str, Any], campaign_id: str, adcode: str) -> evidence.Hearing:
    """Enter the day of a county's feedback meeting; no evidence is due before it."""
    return meetings.enter(db.session(), campaign_id, adcode, **body, by=caller(), at=clock.now())


@blueprint.route("/campaigns/<campaign_id>/hearings/<adcode>/meeting/correction", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.arguments(MeetingCorrectionSchema)
@blueprint.response(200, HearingSchema)
@blueprint.doc(operationId="correctMeeting")
def correct_meeting(body: dict[str, Any], campaign_id: str, adcode: str) -> evidence.Hearing:
    """Put right a mistyped day of a county's feedback meeting, with a reason."""
    return meetings.correct(db.session(), campaign_id, adcode, **body, by=caller(), at=clock.now())


@blueprint.route("/campaigns/<campaign_id>/hearings/<adcode>/statements", methods=["POST"])
@requires(*evidence.VOICES)
@blueprint.arguments(NewStatementSchema)
@blueprint.response(201, HearingSchema)
@blueprint.doc(operationId="addStatement")
def add_statement(body: dict[str, Any], campaign_id: str, adcode: str) -> evidence.Hearing:
    """Put a county's statement, or the agency's answer to it, on the record."""
    return evidence.state(db.session(), campaign_id, adcode, **body, by=caller(), at=clock.now())
