"""A village day for tests: a phone that was sent somewhere, and what it may visit."""

from datetime import datetime
from typing import Any

from flask import Flask
from phones import a_phone

from inspect_app.demo.phone import Phone, Task
from inspect_app.models.samples import Enumerator
from inspect_app.rules.roles import Role


def sent_out(app: Flask, as_role: Any, campaign: Any, **changes: Any) -> Phone:
    """A phone of team A that was sent to the first village and has heard of it."""
    li, wang = campaign.an_enumerator("Li"), campaign.an_enumerator("Wang")
    phone = a_phone(app, **changes)
    phone.enrol(a_code(as_role, campaign, li))
    campaign.assign(pair=(li, wang))
    phone.pull()
    return phone


def another_pair(
    app: Flask, as_role: Any, campaign: Any, *, now: datetime, **changes: Any
) -> tuple[Phone, list[str]]:
    """Two who were not sent out, and the phone that the first of them carries."""
    pair = [campaign.an_enumerator(name, **changes) for name in ("Zhao", "Sun")]
    phone = a_phone(app, seed="other", now=now)
    phone.enrol(a_code(as_role, campaign, pair[0]))
    return phone, pair


def a_code(as_role: Any, campaign: Any, enumerator_id: str) -> str:
    """An enrolment code, told to the leader of the enumerator's team."""
    team = campaign.session.get_one(Enumerator, enumerator_id).team
    answer = as_role(Role.TEAM_LEADER, campaign, team=team, login=f"leader of {team}").post(
        "/api/v1/devices/codes",
        json={"campaign_id": campaign.id, "enumerator_id": enumerator_id},
    )
    return str(answer.get_json()["code"])


def tasks(phone: Phone, household_class: str = "E") -> list[Task]:
    """The phone's households of a class in ticket order, reserves last."""
    found = [task for task in phone.tasks.values() if task.household_class == household_class]
    return sorted(found, key=lambda task: task.order)
