"""What planners and leaders do about villages and those who visit them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.devices import FeedItem
from inspect_app.rules.roles import Role


def feed_of(session: Session, device_id: str) -> list[tuple[str, dict[str, Any]]]:
    rows = session.execute(
        select(FeedItem.type, FeedItem.payload)
        .where(FeedItem.device_id == device_id)
        .order_by(FeedItem.seq)
    )
    return [(row.type, row.payload) for row in rows]


def approve(as_role: Any, campaign: Any, assignment_id: str, **changes: Any) -> Any:
    return as_role(Role.COMMISSIONER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/assignments/{assignment_id}/exchange",
        json={"reason": "道路中断", "document_sha256": "e" * 64, **changes},
    )


def declare(as_role: Any, campaign: Any, **changes: Any) -> Any:
    body = {"document_sha256": "d" * 64, "signed_on": "2020-06-01", **changes}
    return as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/declarations", json=body
    )


def leader(as_role: Any, campaign: Any, team: str = "A") -> Any:
    return as_role(Role.TEAM_LEADER, campaign, team=team, login=f"leader of {team}")
