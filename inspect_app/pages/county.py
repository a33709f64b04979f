"""The county's own pages: verdicts, suspected cases with the right of reply, its statement."""

from typing import Any

from flask import Response, current_app, request

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.pages.forms import takes_form
from inspect_app.pages.layout import blueprint, done, file, page
from inspect_app.pages.texts import NOTHING_MORE
from inspect_app.requests import takes_file
from inspect_app.rules.cases import Upload
from inspect_app.rules.permissions import roles
from inspect_app.schemas.forms import (
    CompleteFormSchema,
    EmptyFormSchema,
    FileFormSchema,
    ObjectionFormSchema,
    ReplyFormSchema,
    StatementFormSchema,
)
from inspect_app.services import (
    cases,
    desk,
    downloads,
    evidence,
    notices,
    validity,
    verdicts,
)
from inspect_app.services.downloads import Handed

READS, ANSWERS = roles("county-pages"), roles("evidence")
VERDICT = "/county/verdicts/<number>/<int(min=1, max=9999):version>"


@blueprint.get("/county")
@requires(*READS)
def show_home() -> Response:
    """Show which counties the caller answers for."""
    return page("county_home.html", places=desk.places(db.session(), by=caller()))


@blueprint.get("/county/campaigns/<campaign_id>/cases")
@requires(*READS)
def list_cases(campaign_id: str) -> Response:
    """List the cases the county was told of; who looked is written down."""
    after = request.args.get("after")
    found = desk.case_list(db.session(), campaign_id, after=after, by=caller(), at=clock.now())
    return page("county_cases.html", found=found, place=found.place)


@blueprint.get("/county/cases/<case_id>")
@requires(*READS)
def show_case(case_id: str) -> Response:
    """Show a case, what counts as evidence, and what was brought; who looked is written down."""
    sheet = desk.case(db.session(), case_id, by=caller(), at=clock.now())
    return page("county_case.html", sheet=sheet, place=sheet.place, case=sheet.case)


@blueprint.post("/county/cases/<case_id>/reply")
@requires(*ANSWERS)
@takes_form(ReplyFormSchema)
def reply(body: dict[str, Any], case_id: str) -> Response:
    """Take the county's own statement on a case."""
    _add(case_id, body["text"], complete=False)
    return done("reply", "pages.show_case", case_id=case_id)


@blueprint.post("/county/cases/<case_id>/completion")
@requires(*ANSWERS)
@takes_form(CompleteFormSchema)
def complete(_: dict[str, Any], case_id: str) -> Response:
    """Take it that the county has nothing more to bring."""
    _add(case_id, NOTHING_MORE, complete=True)
    return done("complete", "pages.show_case", case_id=case_id)


@blueprint.post("/county/cases/<case_id>/files")
@takes_file
@requires(*ANSWERS)
@takes_form(FileFormSchema)
def upload(new: Upload, case_id: str) -> Response:
    """Take a document as evidence, and show the hash it has here."""
    settings = current_app.config["SETTINGS"]
    shown = evidence.upload(
        db.session(), case_id, new, by=caller(), at=clock.now(), settings=settings
    )
    n = next(one.n for one in shown.files if one.sha256 == new.sha256)
    return done("file", "pages.show_case", case_id=case_id, file=n)


@blueprint.get("/county/cases/<case_id>/files/<int(min=1, max=9999):n>")
@requires(*READS)
def get_file(case_id: str, n: int) -> Response:
    """Hand back a file of the county; who looked is written down."""
    settings = current_app.config["SETTINGS"]
    found = evidence.download(
        db.session(), case_id, n, by=caller(), at=clock.now(), settings=settings
    )
    return file(Handed(found.content, found.sha256, found.type, found.name))


@blueprint.get("/county/campaigns/<campaign_id>/verdicts")
@requires(*READS)
def list_verdicts(campaign_id: str) -> Response:
    """List the county's verdicts with what became of each."""
    found = desk.verdict_list(db.session(), campaign_id, by=caller())
    place = desk.place(db.session(), campaign_id, by=caller())
    return page("county_verdicts.html", found=found, place=place)


@blueprint.get(VERDICT)
@requires(*READS)
def show_verdict(number: str, version: int) -> Response:
    """Show a verdict's files with their digests, its notice, and the county's objections."""
    sheet = desk.verdict(db.session(), number, version, by=caller(), at=clock.now())
    return page("county_verdict.html", sheet=sheet, place=sheet.place)


@blueprint.get(f"{VERDICT}/<any(full, public):edition>/<any(pdf, json, signed):form>")
@requires(*READS)
def get_edition(number: str, version: int, edition: str, form: str) -> Response:
    """Hand out a file of the county's own verdict; who took the full one is written down."""
    verdicts.find(db.session(), number, version, by=caller())
    found = downloads.hand_out(
        db.session(), number, version, edition, form, by=caller(), at=clock.now()
    )
    return file(found)


@blueprint.post(f"{VERDICT}/objections")
@requires(*READS)
@takes_form(ObjectionFormSchema)
def object_to(body: dict[str, Any], number: str, version: int) -> Response:
    """Put the county's objection on the record."""
    validity.record_objection(
        db.session(), number, version, text=body["text"], by=caller(), at=clock.now()
    )
    return done("objection", "pages.show_verdict", number=number, version=version)


@blueprint.get("/county/campaigns/<campaign_id>/notices")
@requires(*READS)
def list_notices(campaign_id: str) -> Response:
    """List the notices the county was sent, and which it has acknowledged."""
    found = desk.notice_list(db.session(), campaign_id, by=caller())
    return page("county_notices.html", notices=found.notices, place=found.place)


@blueprint.get("/county/notices/<number>/<any(pdf, json, signed):form>")
@requires(*READS)
def get_notice(number: str, form: str) -> Response:
    """Hand out a file of a notice; who looked is written down."""
    return file(notices.hand_out(db.session(), number, form, by=caller(), at=clock.now()))


@blueprint.post("/county/notices/<number>/receipt")
@requires(*roles("receive-notice"))
@takes_form(EmptyFormSchema)
def acknowledge(_: dict[str, Any], number: str) -> Response:
    """Take it that a notice has come."""
    received = notices.receive(db.session(), number, by=caller(), at=clock.now())
    return done("received", "pages.list_notices", campaign_id=received.campaign_id)


@blueprint.get("/county/campaigns/<campaign_id>/statement")
@requires(*READS)
def show_hearing(campaign_id: str) -> Response:
    """Show what the county said to the whole, and the agency's answer."""
    sheet = desk.hearing(db.session(), campaign_id, by=caller())
    return page("county_hearing.html", hearing=sheet.hearing, place=sheet.place)


@blueprint.post("/county/campaigns/<campaign_id>/statement")
@requires(*READS)
@takes_form(StatementFormSchema)
def speak(body: dict[str, Any], campaign_id: str) -> Response:
    """Put the county's statement to the whole on the record."""
    adcode = desk.place(db.session(), campaign_id, by=caller()).county.adcode
    evidence.state(db.session(), campaign_id, adcode, **body, by=caller(), at=clock.now())
    return done("statement", "pages.show_hearing", campaign_id=campaign_id)


def _add(case_id: str, text: str, *, complete: bool) -> None:
    cases.add_evidence(
        db.session(),
        case_id,
        text=text,
        document=None,
        complete=complete,
        by=caller(),
        at=clock.now(),
    )
