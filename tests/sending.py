"""What a planner asks when sending pairs to villages, and why it was refused."""

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
