"""Leads: a hint that a team leader may give, and what comes back of it."""

from typing import Any

import pytest
from casework import act, look
from fieldwork import tasks

from inspect_app.demo.phone import Phone


@pytest.mark.parametrize("who", ["leader", "reviewer"])
def test_repeating_a_lead_tells_nothing_of_what_is_in_its_case(
    phone: Phone, people: dict[str, Any], campaign: Any, who: str
) -> None:
    village = tasks(phone)[0].village_code
    there = f"/api/v1/campaigns/{campaign.id}/cases"
    lead = {
        "village_code": village,
        "unit_id": f"{village}-n9999",
        "kind": "missed",
        "persons": 2,
        "reason": "邻居反映老人另居",
        "blocks": ["housing"],
    }
    first = people["reviewer"].post(there, json=lead).get_json()
    act(people["reviewer"], first["id"], "recheck", reason="复核员意见")
    act(people["county"], first["id"], "evidence", text="县级答复")

    again = people[who].post(there, json={**lead, "reason": "另一理由"})

    assert again.status_code == 201
    assert again.get_json() == {"id": first["id"], "state": "evidence_received"}
    assert people["leader"].get(f"/api/v1/cases/{first['id']}").status_code == 403
    assert look(people["expert"], first["id"])["from_sample"] is False
