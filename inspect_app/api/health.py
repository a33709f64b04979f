"""Whether the process lives, and whether it may take field data; outside the versioned API."""

from flask import current_app

from inspect_app import clock, requests
from inspect_app.auth import public
from inspect_app.extensions import db
from inspect_app.schemas.health import AliveSchema, ReadinessSchema
from inspect_app.services import health

blueprint = requests.Blueprint("health", __name__, description="运行状况 Health")


@blueprint.route("/livez")
@public
@blueprint.response(200, AliveSchema)
@blueprint.doc(operationId="isAlive", security=[])
def is_alive() -> dict[str, str]:
    """Answer without touching anything."""
    return {"status": "alive"}


@blueprint.route("/readyz")
@public
@blueprint.response(200, ReadinessSchema)
@blueprint.doc(operationId="isReady", security=[])
def is_ready() -> health.Readiness:
    """Check database, migrations, durability settings, disk, receipt key, clock and folders."""
    return health.check(
        db.session(),
        settings=current_app.config["SETTINGS"],
        migrations=requests.PACKAGE / "migrations",
        at=clock.now(),
    )
