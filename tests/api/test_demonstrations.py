"""A demonstration and a real campaign never meet: not in a folder, not by a stated time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sound_bodies import NOBODY

from inspect_app import create_app
from inspect_app.demo.phone import Phone
from inspect_app.extensions import db
from inspect_app.rules.roles import Role
from inspect_app.settings import Settings, SettingsError


def test_outside_a_demonstration_nobody_brings_the_time(
    phone: Phone, app: Flask, frozen_clock: Any
) -> None:
    frozen_clock.pass_by(hours=25)
    headers = {"Authorization": f"Bearer {phone.token}"}
    headers["X-Simulated-Time"] = (frozen_clock.moment - timedelta(hours=24)).isoformat()

    assert app.test_client().get("/api/v1/sync/pull", headers=headers).status_code == 401


def test_a_folder_with_a_real_campaign_is_not_served_as_a_demonstration(
    a_campaign: Any, settings: Settings
) -> None:
    a_campaign("commissioned", simulated=False, document_sha256="e" * 64)

    with pytest.raises(SettingsError, match="real campaign"):
        create_app(replace(settings, demo_seed="demo"))


def test_a_folder_that_was_a_demonstration_never_takes_a_real_campaign(
    settings: Settings, as_role: Any, campaign: Any
) -> None:
    """Its receipt key and its passwords follow from a seed that was printed."""
    body = bodies_of_commission(simulated=False)
    commissioner = as_role(Role.COMMISSIONER, campaign)
    with create_app(replace(settings, demo_seed="demo")).app_context():
        db.engine.dispose()

    refused = commissioner.post("/api/v1/campaigns", json=body)
    taken = commissioner.post("/api/v1/campaigns", json={**body, "simulated": True})

    assert refused.get_json()["type"] == "/problems/simulation-mismatch"
    assert taken.status_code == 201


def bodies_of_commission(**changes: Any) -> dict[str, Any]:
    county = {
        "adcode": "420528",
        "name_zh": "长阳",
        "province_zh": "湖北",
        "province_en": "Hubei",
        "city_zh": "宜昌",
        "region_group": "central_2pct",
        "exit_year": 2019,
    }
    names = {key: "x" for key in ("name_zh", "name_en", "agency_zh", "agency_en")}
    return {"id": NOBODY, **names, "counties": [county], **changes}
