"""The team leader's own pages: phones and what they hold, alarms, returns, replacements, codes."""

from typing import Any

from flask import Response, current_app, request

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.pages.forms import takes_form
from inspect_app.pages.layout import blueprint, done, file, page
from inspect_app.requests import takes_archive
from inspect_app.rules.permissions import roles
from inspect_app.schemas.couriers import ArchiveFormSchema, ReceiptsSchema
from inspect_app.schemas.forms import (
    ApprovalFormSchema,
    CodeFormSchema,
    EmptyFormSchema,
    OrderFormSchema,
    ReasonFormSchema,
    WordFormSchema,
)
from inspect_app.schemas.sync import read_push, reread
from inspect_app.services import (
    alarms,
    assignments,
    couriers,
    enrolment,
    fleet,
    queues,
    replacements,
    reviews,
    spoken_codes,
    teams,
)
from inspect_app.services.couriers import Upload
from inspect_app.services.downloads import Handed

LEADS = roles("team-pages")
TEAM = "/team/campaigns/<campaign_id>"
LONG = 200


@blueprint.get("/team")
@requires(*LEADS)
def show_teams() -> Response:
    """Show which teams the caller leads."""
    return page("supervisor_home.html", teams=teams.led(db.session(), by=caller()))


@blueprint.get(TEAM)
@requires(*LEADS)
def show_team(campaign_id: str) -> Response:
    """Show who holds how much unsent and since when; that it was seen is written down."""
    found = teams.overview(db.session(), campaign_id, by=caller(), at=clock.now())
    return page("supervisor_phones.html", found=found, team=found.team)


@blueprint.get(f"{TEAM}/phones/<device_id>")
@requires(*LEADS)
def show_phone(campaign_id: str, device_id: str) -> Response:
    """Show one phone with what can be ordered, and the codes that can be read out."""
    held = teams.phone(db.session(), campaign_id, device_id, by=caller(), at=clock.now())
    return page("supervisor_phone.html", held=held, team=_team(campaign_id), spoken=None)


@blueprint.post(f"{TEAM}/phones/<device_id>/orders")
@requires(*roles("order-phones"))
@takes_form(OrderFormSchema)
def give_order(body: dict[str, Any], campaign_id: str, device_id: str) -> Response:
    """Lock, unlock, drain or wipe a phone."""
    settings = current_app.config["SETTINGS"]
    fleet.order(
        db.session(),
        campaign_id,
        device_id,
        **body,
        by=caller(),
        settings=settings,
        at=clock.now(),
    )
    return done("order", "pages.show_phone", campaign_id=campaign_id, device_id=device_id)


@blueprint.post(f"{TEAM}/phones/<device_id>/spoken-codes")
@requires(*LEADS)
@takes_form(WordFormSchema)
def read_out(body: dict[str, Any], campaign_id: str, device_id: str) -> Response:
    """Show the code that is read out; that it was is written down."""
    settings = current_app.config["SETTINGS"]
    at = clock.now()
    spoken = spoken_codes.read_out(
        db.session(), campaign_id, device_id, **body, by=caller(), settings=settings, at=at
    )
    held = teams.phone(db.session(), campaign_id, device_id, by=caller(), at=at)
    return page("supervisor_phone.html", held=held, team=_team(campaign_id), spoken=spoken)


@blueprint.get(f"{TEAM}/alarms")
@requires(*LEADS)
def list_team_alarms(campaign_id: str) -> Response:
    """List the alarms that nobody has seen to."""
    told = {"open_only": True, "after": None, "limit": LONG}
    found = alarms.listed(db.session(), campaign_id, by=caller(), **told)  # type: ignore[arg-type]  # by name
    return page("supervisor_alarms.html", alarms=found, team=_team(campaign_id))


@blueprint.post(f"{TEAM}/alarms/<int(min=1, max=2147483647):seq>/note")
@requires(*roles("order-phones"))
@takes_form(ReasonFormSchema)
def note_alarm(body: dict[str, Any], campaign_id: str, seq: int) -> Response:
    """Take it that an alarm was looked at, and what came of it."""
    alarms.acknowledge(
        db.session(), campaign_id, seq, note=body["text"], by=caller(), at=clock.now()
    )
    return done("alarm", "pages.list_team_alarms", campaign_id=campaign_id)


@blueprint.get(f"{TEAM}/returns")
@requires(*LEADS)
def list_returns(campaign_id: str) -> Response:
    """List what was sent back, and what may be; that it was seen is written down."""
    session, at = db.session(), clock.now()
    returned = teams.returns(session, campaign_id, by=caller(), at=at)
    told = {"state": "received", "county_adcode": None, "after": request.args.get("after")}
    received = queues.listed(session, campaign_id, by=caller(), at=at, limit=LONG, **told)
    following = received[-1].interview_id if len(received) == LONG else None
    return page(
        "supervisor_returns.html",
        returned=returned,
        received=received,
        next=following,
        team=_team(campaign_id),
    )


@blueprint.post(f"{TEAM}/interviews/<interview_id>/return")
@requires(*LEADS)
@takes_form(ReasonFormSchema)
def send_back(body: dict[str, Any], campaign_id: str, interview_id: str) -> Response:
    """Send an interview back to the household with a reason."""
    reviews.send_back(
        db.session(),
        interview_id,
        rev=None,
        reason=body["text"],
        by=caller(),
        at=clock.now(),
    )
    return done("returned", "pages.list_returns", campaign_id=campaign_id)


@blueprint.get(f"{TEAM}/replacements")
@requires(*LEADS)
def list_team_replacements(campaign_id: str) -> Response:
    """List the households that could not be had, with their visits; it is written down."""
    found = replacements.requests(
        db.session(),
        campaign_id,
        by=caller(),
        at=clock.now(),
        state=None,
        after=request.args.get("after"),
        limit=LONG,
    )
    following = found[-1].interview_id if len(found) == LONG else None
    return page(
        "supervisor_replacements.html", found=found, next=following, team=_team(campaign_id)
    )


@blueprint.post(f"{TEAM}/interviews/<interview_id>/replacement")
@requires(*roles("replace"))
@takes_form(ApprovalFormSchema)
def approve(body: dict[str, Any], campaign_id: str, interview_id: str) -> Response:
    """Approve that the next reserve counts in a household's place."""
    replacements.approve(db.session(), interview_id, **body, by=caller(), at=clock.now())
    return done("approved", "pages.list_team_replacements", campaign_id=campaign_id)


@blueprint.post(f"{TEAM}/interviews/<interview_id>/replacement-refusal")
@requires(*roles("replace"))
@takes_form(ReasonFormSchema)
def refuse(body: dict[str, Any], campaign_id: str, interview_id: str) -> Response:
    """Refuse a replacement: the pair goes there again."""
    replacements.refuse(
        db.session(), interview_id, reason=body["text"], by=caller(), at=clock.now()
    )
    return done("refused", "pages.list_team_replacements", campaign_id=campaign_id)


@blueprint.get(f"{TEAM}/codes")
@requires(*roles("let-phones-in"))
def list_team_codes(campaign_id: str) -> Response:
    """List the people of the team, and the codes that were given out."""
    session, at = db.session(), clock.now()
    people = assignments.enumerators(session, campaign_id, by=caller(), after=None, limit=LONG)
    codes = enrolment.codes(session, campaign_id, by=caller(), at=at)
    names = {one.id: one.name for one in people}
    return page(
        "supervisor_codes.html",
        people=people,
        codes=codes,
        names=names,
        team=_team(campaign_id),
    )


@blueprint.post(f"{TEAM}/codes")
@requires(*roles("let-phones-in"))
@takes_form(CodeFormSchema)
def make_code(body: dict[str, Any], campaign_id: str) -> Response:
    """Make a code and show it this once, as a picture to be printed."""
    session = db.session()
    code = enrolment.create_code(
        session,
        campaign_id,
        body["enumerator_id"],
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )
    people = assignments.enumerators(session, campaign_id, by=caller(), after=None, limit=LONG)
    name = next(one.name for one in people if one.id == code.enumerator_id)
    link = request.host_url.rstrip("/") + code.link
    return page(
        "supervisor_code.html",
        code=code,
        name=name,
        link=link,
        square=teams.square(link),
        team=_team(campaign_id),
    )


@blueprint.post(f"{TEAM}/codes/<code_id>/revoke")
@requires(*roles("let-phones-in"))
@takes_form(EmptyFormSchema)
def revoke_team_code(_: dict[str, Any], campaign_id: str, code_id: str) -> Response:
    """Take a code back that no phone has used."""
    enrolment.revoke_code(db.session(), campaign_id, code_id, by=caller(), at=clock.now())
    return done("revoked", "pages.list_team_codes", campaign_id=campaign_id)


@blueprint.get(f"{TEAM}/sealed-files")
@requires(*roles("carry"))
def list_sealed_files(campaign_id: str) -> Response:
    """List the sealed files that were brought, with what became of each op."""
    after = request.args.get("after")
    found = couriers.listed(db.session(), campaign_id, by=caller(), after=after, limit=LONG)
    following = found[-1].id if len(found) == LONG else None
    return page("supervisor_files.html", found=found, next=following, team=_team(campaign_id))


@blueprint.post(f"{TEAM}/sealed-files")
@takes_archive
@requires(*roles("carry"))
@takes_form(ArchiveFormSchema)
def bring(sent: dict[str, Any], campaign_id: str) -> Response:
    """Take a sealed file in a phone's place."""
    brought = couriers.bring(
        db.session(),
        campaign_id,
        Upload(**sent),
        read_push=read_push,
        read=reread,
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )
    return done("brought", "pages.list_sealed_files", campaign_id=campaign_id, _anchor=brought.id)


@blueprint.get(f"{TEAM}/sealed-files/<file_id>/receipts")
@requires(*roles("carry"))
def get_team_receipts(campaign_id: str, file_id: str) -> Response:
    """Hand out what the phone is to be told, as a file for it."""
    found = couriers.receipts(db.session(), campaign_id, file_id, by=caller(), at=clock.now())
    content = current_app.json.dumps(ReceiptsSchema().dump(found)).encode()
    name = f"receipts-{found['device_id'][:8]}.json"
    return file(Handed(content, file_id, "application/json", name))


def _team(campaign_id: str) -> teams.Team:
    return teams.one(db.session(), campaign_id, by=caller())
