"""What is asked when pairs are sent to villages or back to a household, and why it was refused."""

from collections.abc import Collection
from typing import Any

from inspect_app.rules.roles import Role


def a_request(pair: tuple[str, str], **changes: Any) -> dict[str, Any]:
    return {
        "county_adcode": "420528",
        "order": 1,
        "visit_date": "2020-06-03",
        "enumerators": list(pair),
        **changes,
    }


def post(as_role: Any, campaign: Any, body: dict[str, Any], query: str = "") -> Any:
    client = as_role(Role.PLANNER, campaign)
    return client.post(f"/api/v1/campaigns/{campaign.id}/assignments{query}", json=body)


def codes_of(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer.get_json()["reasons"]]


def reassign(as_role: Any, campaign: Any, assignment_id: str, **changes: Any) -> Any:
    return as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/assignments/{assignment_id}/reassign",
        json={"reason": "两人发烧", **changes},
    )


def send_back(client: Any, interview_id: str, pair: Collection[str] = (), **more: Any) -> Any:
    """Return an interview, to those who are named or else to its own pair."""
    named = {"enumerators": list(pair)} if pair else {}
    return client.post(
        f"/api/v1/interviews/{interview_id}/return", json={"reason": "重访", **named, **more}
    )
