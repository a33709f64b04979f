"""Beside the demonstration's campaign, a village of today waits for a phone that a person holds."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from silence import Silent

from inspect_app.demo import practice
from inspect_app.demo.campaign import CHINA, Stage, prepare
from inspect_app.demo.link import HttpWire, Link
from inspect_app.demo.people import Office
from inspect_app.demo.phone import Phone
from inspect_app.demo.server import Server


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return prepare(("542524",), out=tmp_path / "out", seed="practice", narrator=Silent())


def test_a_link_lets_a_phone_in_to_a_village_of_today(stage: Stage, tmp_path: Path) -> None:
    at = datetime.now(UTC).astimezone(CHINA)
    practice.give_seal_key(stage, at=at)
    with Server(stage.settings, log=tmp_path / "log") as server:
        found = practice.open_campaign(stage, server.url, at=at)
        page, _, code = found.link.partition("#e=")
        with closing(HttpWire(server.url)) as wire:
            phone = Phone(Link(wire), "a person's", now=at)
            phone.enrol(code)
            told = phone.pull()
        with closing(Office(server.url, stage.seed)) as office:
            reviewer = office.speaks(found.reviewer, at)
            queue = reviewer.get(f"/campaigns/{phone.campaign_id}/review-queue")
        with urlopen(f"{server.url}{page}") as answer:
            app = answer.read()
        with urlopen(f"{server.url}/api/v1/hello") as answer:
            hello = json.load(answer)

    kinds = {item["type"] for item in told}
    assert {"assign", "roster_draw"} <= kinds
    assert {item["village_code"][:6] for item in told if "village_code" in item} == {"542524"}
    assert phone.campaign_id != stage.campaign_id
    assert queue["interviews"] == []
    assert b"<script" in app
    assert "sealed-ops" in hello["features"]
    assert found.village
