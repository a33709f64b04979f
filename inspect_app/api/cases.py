"""Cases: evidence of the county, recheck, ruling."""

from typing import Any

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.rules.roles import Role
from inspect_app.schemas.cases import (
    CaseListSchema,
    CaseQuerySchema,
    CaseReasonSchema,
    CaseSchema,
    EvidenceSchema,
    RulingSchema,
)
from inspect_app.services import cases

blueprint = Blueprint("cases", __name__, url_prefix="/api/v1", description="疑似户 Cases")


@blueprint.route("/campaigns/<campaign_id>/cases")
@requires(*cases.READERS)
@blueprint.arguments(CaseQuerySchema, location="query")
@blueprint.response(200, CaseListSchema)
@blueprint.doc(operationId="listCases")
def list_cases(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List cases; a county official sees those the own county was told of."""
    found = cases.listed(db.session(), campaign_id, by=caller(), **query)
    is_full = len(found) == query["limit"]
    return {"cases": found, "next": found[-1].id if is_full else None}


@blueprint.route("/cases/<case_id>")
@requires(*cases.READERS)
@blueprint.response(200, CaseSchema)
@blueprint.doc(operationId="getCase")
def get_case(case_id: str) -> cases.Shown:
    """Show a case with its steps."""
    return cases.show(db.session(), case_id, by=caller())


@blueprint.route("/cases/<case_id>/evidence", methods=["POST"])
@requires(Role.COUNTY_OFFICIAL)
@blueprint.arguments(EvidenceSchema)
@blueprint.response(200, CaseSchema)
@blueprint.doc(operationId="addEvidence")
def add_evidence(body: dict[str, Any], case_id: str) -> cases.Shown:
    """Bring the county's evidence to a case it was told of."""
    document = body["document"]
    return cases.add_evidence(
        db.session(),
        case_id,
        text=body["text"],
        document=cases.Document(**document) if document else None,
        by=caller(),
        at=clock.now(),
    )


@blueprint.route("/cases/<case_id>/recheck", methods=["POST"])
@requires(*cases.REVIEWERS)
@blueprint.arguments(CaseReasonSchema)
@blueprint.response(200, CaseSchema)
@blueprint.doc(operationId="advanceCase")
def advance_case(body: dict[str, Any], case_id: str) -> cases.Shown:
    """Send a case on: a suspicion to the county, evidence or its absence to the experts."""
    return cases.recheck(db.session(), case_id, **body, by=caller(), at=clock.now())


@blueprint.route("/cases/<case_id>/ruling", methods=["POST"])
@requires(*cases.REVIEWERS, Role.COMMISSIONER)
@blueprint.arguments(RulingSchema)
@blueprint.response(200, CaseSchema)
@blueprint.doc(operationId="ruleOnCase")
def rule_on_case(body: dict[str, Any], case_id: str) -> cases.Shown:
    """Rule on a case: confirmed, overturned or undecided, with a reason."""
    return cases.rule(db.session(), case_id, **body, by=caller(), at=clock.now())
