"""A county's official at a browser, a case the county was told of, and its verdict."""

from typing import Any

import pytest
from browsing import Browser, with_password
from fieldwork import sent_out, tasks
from flask import Flask
from issued import a_verdict
from phones import an_interview
from sqlalchemy.orm import Session

from inspect_app.models.verdicts import Verdict
from inspect_app.rules.roles import Role
from inspect_app.settings import Settings

POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}


@pytest.fixture
def reviewer(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.REVIEWER, campaign)


@pytest.fixture
def official(
    app: Flask, as_role: Any, campaign: Any, session: Session, settings: Settings
) -> Browser:
    """The county's official, signed in."""
    as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode, login="county")
    as_role(Role.COUNTY_OFFICIAL, campaign, county="530828", login="neighbour")
    with_password(session, settings, "county", "neighbour")
    browser = Browser(app)
    assert browser.sign_in().status_code == 303
    return browser


@pytest.fixture
def case(app: Flask, as_role: Any, campaign: Any, reviewer: Any, frozen_clock: Any) -> str:
    """A case of which the county was told."""
    phone = sent_out(app, as_role, campaign, now=frozen_clock.moment)
    task = tasks(phone)[0]
    an_interview(phone, task, **POOR)
    phone.push()
    address = f"/api/v1/interviews/{task.interview_id}/accept"
    found = str(reviewer.post(address, json={}).get_json()["cases"][0])
    reviewer.post(f"/api/v1/cases/{found}/recheck", json={})
    return found


@pytest.fixture
def verdict(session: Session, campaign: Any) -> Verdict:
    return a_verdict(session, campaign.id)
