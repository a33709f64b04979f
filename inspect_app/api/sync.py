"""Push and pull of phones."""

from typing import Any

from flask import current_app

from inspect_app import clock, metrics
from inspect_app.auth import caller, connected, connection, rationed, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.rules.ops import Push, PushAnswer
from inspect_app.rules.roles import Role
from inspect_app.schemas.sync import (
    FeedPageSchema,
    PullHeadersSchema,
    PullQuerySchema,
    PushAnswerSchema,
    PushSchema,
    reread,
)
from inspect_app.services import feed, sync

blueprint = Blueprint("sync", __name__, url_prefix="/api/v1/sync", description="同步 Sync")


@blueprint.route("/push", methods=["POST"])
@connected
@requires(Role.ENUMERATOR, Role.TEAM_LEADER)
@rationed
@blueprint.exchange(PushSchema(), PushAnswerSchema())
@blueprint.alt_response(404, "Problem404")
@blueprint.alt_response(429, "Problem429")
@blueprint.doc(operationId="pushOps")
def push_ops(push: Push) -> PushAnswer:
    """Store a batch of sealed ops, the phone's own or carried; again it changes nothing."""
    settings = current_app.config["SETTINGS"]
    return metrics.counted(
        sync.push(connection(), push, read=reread, by=caller(), settings=settings, at=clock.now())
    )


@blueprint.route("/pull")
@requires(Role.ENUMERATOR)
@blueprint.arguments(PullQuerySchema, location="query")
@blueprint.arguments(PullHeadersSchema, location="headers")
@blueprint.response(200, FeedPageSchema)
@blueprint.alt_response(409, "Problem409")
@blueprint.doc(operationId="pullFeed")
def pull_feed(query: dict[str, Any], stated: dict[str, Any]) -> feed.Page:
    """Show what the server has for this phone after a cursor; the same cursor may be repeated."""
    return sync.pull(
        db.session(),
        query["cursor"],
        **stated,
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )
