"""Who decides on what is kept aside, and where it stands."""

from typing import Any

import pytest

from inspect_app.rules.roles import Role


@pytest.fixture
def boss(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.TEAM_LEADER, campaign, team="A", login="leader of A")


@pytest.fixture
def path(campaign: Any) -> str:
    return f"/api/v1/campaigns/{campaign.id}/quarantine"
