"""A county that was visited, everybody who has a part in its cases, and its first case."""

from typing import Any

import pytest
from casework import opened

from inspect_app.demo.phone import Phone
from inspect_app.rules.roles import Role


@pytest.fixture
def people(as_role: Any, campaign: Any) -> dict[str, Any]:
    return {
        "reviewer": as_role(Role.REVIEWER, campaign),
        "colleague": as_role(Role.REVIEWER, campaign, login="second reviewer"),
        "expert": as_role(Role.EXPERT, campaign),
        "second": as_role(Role.EXPERT, campaign, login="second expert"),
        "third": as_role(Role.EXPERT, campaign, login="third expert"),
        "fourth": as_role(Role.EXPERT, campaign, login="fourth expert"),
        "county": as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode),
        "neighbour": as_role(Role.COUNTY_OFFICIAL, campaign, county="530828", login="neighbour"),
        "leader": as_role(Role.TEAM_LEADER, campaign, team="A"),
        "commissioner": as_role(Role.COMMISSIONER, campaign),
    }


@pytest.fixture
def case(phone: Phone, people: dict[str, Any]) -> str:
    """A household of E that lives below the line, accepted by the reviewer."""
    return opened(phone, people["reviewer"])
