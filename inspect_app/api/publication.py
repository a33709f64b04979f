"""What anybody may read of a draw, without an account, before and after it is revealed."""

from typing import Any

from inspect_app.auth import public
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.schemas.campaigns import PageSchema
from inspect_app.schemas.publication import PublicationSchema, PublicVillageListSchema
from inspect_app.services import publication

REVALIDATED = {"Cache-Control": "no-cache"}

blueprint = Blueprint(
    "publication",
    __name__,
    url_prefix="/api/v1/campaigns/<campaign_id>/publication",
    description="公开 Publication",
)


@blueprint.route("")
@public
@blueprint.etag
@blueprint.response(200, PublicationSchema)
@blueprint.doc(operationId="getPublication", security=[])
def get_publication(
    campaign_id: str,
) -> tuple[publication.Publication, int, dict[str, str]]:
    """Return everything published of a draw; secret and seeds only once they are revealed."""
    return publication.read(db.session(), campaign_id), 200, REVALIDATED


@blueprint.route("/villages")
@public
@blueprint.etag
@blueprint.arguments(PageSchema, location="query")
@blueprint.response(200, PublicVillageListSchema)
@blueprint.doc(operationId="listPublishedVillages", security=[])
def list_published_villages(
    page: dict[str, Any], campaign_id: str
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """List the drawn villages with tickets and village seeds, after fieldwork."""
    found = publication.villages(db.session(), campaign_id, **page)
    last = found[-1].village_code if len(found) == page["limit"] else None
    return {"villages": found, "next": last}, 200, REVALIDATED
