"""One campaign with one of everything: whatever can be read is read, by whoever may.

`python -m pytest -p recording --db sqlite tests/api/test_every_operation.py
tests/api/test_golden.py` writes down what was said, as examples of the API document.
"""

from pathlib import Path
from typing import Any

import peopled
import pytest
from databases import Databases
from flask import Flask
from peopled import Peopled
from rehearsal import ADCODE

from inspect_app.api.openapi import document

NOT_HERE = {
    "/api/v1/campaigns/{campaign_id}/publication/villages",  # published after fieldwork
    "/api/v1/revisits/{interview_id}",  # nobody ordered one
    "/api/v1/interviews/{interview_id}/files/{sha256}",  # its file is still awaited
    "/api/v1/campaigns/{campaign_id}/quarantine/{number}/files/{sha256}",  # it names none
}
"""What nobody can read in this campaign."""


class Office:
    """Everybody at their desks, and the names of what there is."""

    def __init__(self, app: Flask, world: Peopled) -> None:
        self.app, self.world, self.names = app, world, world.names


@pytest.fixture
def office(databases: Databases, tmp_path: Path) -> Any:
    folder = tmp_path / "peopled"
    folder.mkdir()
    url = databases.empty(folder)
    world = peopled.people(folder, url)
    with peopled.serving(peopled.settings_for(folder, url)) as app:
        yield Office(app, world)
    databases.drop(url)


def test_everything_that_can_be_read_is_read_by_somebody(office: Office) -> None:
    unread = []
    for path, item in document(office.app)["paths"].items():
        if "get" not in item or path == "/readyz":
            continue
        address = path
        for name, value in peopled.named(office.names, path).items():
            address = address.replace(f"{{{name}}}", str(value))
        if any(one.get("required") for one in item["get"].get("parameters", ())):
            address += f"?county_adcode={ADCODE}"
        statuses = [read(office, who, address) for who in ("", *office.world.tokens)]
        if 200 not in statuses:
            unread.append((path, statuses))

    assert {path for path, _ in unread} == NOT_HERE


def read(office: Office, who: str, address: str) -> int:
    """Ask for something as somebody; what they may not know answers like nothing."""
    headers = dict(peopled.TIME)
    if who:
        headers["Authorization"] = f"Bearer {office.world.tokens[who]}"
    status: int = office.app.test_client().get(address, headers=headers).status_code
    assert status in (200, 401, 403, 404), (who, address)
    return status
