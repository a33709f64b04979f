"""What the server measures, for those who watch it; outside the versioned API and its document."""

from flask import Blueprint, Response, current_app, request

from inspect_app import clock, metrics
from inspect_app.auth import public
from inspect_app.extensions import db
from inspect_app.services import gauges

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
@public
def read_metrics() -> Response:
    """Write all measures; only for this machine, or for whoever shows the operator's token."""
    metrics.require_scraper(request, current_app.config["SETTINGS"])
    content = metrics.page(
        current_app.config["SETTINGS"], lambda: gauges.read_if_up(db.session(), at=clock.now())
    )
    return Response(content, content_type=metrics.MEDIA_TYPE)
