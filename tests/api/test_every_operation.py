"""One campaign with one of everything: whatever can be read is read, by whoever may.

`python -m pytest -p recording --db sqlite tests/api/test_every_operation.py
tests/api/test_golden.py` writes down what was said, as examples of the API document.
"""

import hashlib
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import peopled
import pytest
from databases import Databases
from flask import Flask
from peopled import Peopled
from rehearsal import ADCODE, CAMPAIGN, PAIR

from inspect_app.api.openapi import document
from sampling import tickets

SECOND = str(uuid5(NAMESPACE_URL, "a second campaign"))
DOCUMENT = hashlib.sha256(b"a signed declaration").hexdigest()
SIGNED = {"document_sha256": DOCUMENT, "signed_on": "2020-05-04"}
BASE, OTHER = f"/campaigns/{CAMPAIGN}", f"/campaigns/{SECOND}"
NEW_PASSWORD = "another long password of theirs"


class Office:
    """Everybody at their desks, and the operations that went well."""

    def __init__(self, app: Flask, world: Peopled) -> None:
        self.app, self.world, self.names = app, world, world.names
        self.failed: list[tuple[Any, ...]] = []

    def ask(self, who: str, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Send a request as somebody; what does not go well is noted."""
        client = self.app.test_client()
        headers = {**peopled.TIME, **more.pop("headers", {})}
        if who:
            headers["Authorization"] = f"Bearer {self.world.tokens[who]}"
        sent = {"json": body} if body is not None else {}
        answer = client.open(f"/api/v1{path}", method=method, headers=headers, **sent, **more)
        if answer.status_code >= 300:
            self.failed.append((who, method, path, answer.status_code, answer.get_json()))
        return answer.get_json() if answer.is_json else answer

    def post(self, who: str, path: str, body: Any = None, **more: Any) -> Any:
        return self.ask(who, "POST", path, body, **more)


@pytest.fixture
def office(databases: Databases, tmp_path: Path) -> Any:
    folder = tmp_path / "peopled"
    folder.mkdir()
    url = databases.empty(folder)
    world = peopled.people(folder, url)
    with peopled.serving(peopled.settings_for(folder, url)) as app:
        yield Office(app, world)
    databases.drop(url)


def test_a_campaign_is_founded_and_staffed(office: Office) -> None:
    found_a_campaign(office)
    staff(office)

    assert office.failed == []


def test_everything_that_can_be_read_is_read_by_somebody(office: Office) -> None:
    unread = []
    for path, item in document(office.app)["paths"].items():
        if "get" not in item or path.endswith(("/metrics", "/readyz")):
            continue
        address = path
        for name, value in peopled.named(office.names, path).items():
            address = address.replace(f"{{{name}}}", str(value))
        if any(one.get("required") for one in item["get"].get("parameters", ())):
            address += f"?county_adcode={ADCODE}"
        statuses = [read(office, who, address) for who in ("", *office.world.tokens)]
        if 200 not in statuses:
            unread.append((path, statuses))

    assert unread == []


def read(office: Office, who: str, address: str) -> int:
    """Ask for something as somebody; what they may not know answers like nothing."""
    headers = dict(peopled.TIME)
    if who:
        headers["Authorization"] = f"Bearer {office.world.tokens[who]}"
    status: int = office.app.test_client().get(address, headers=headers).status_code
    assert status in (200, 401, 403, 404), (who, address)
    return status


def found_a_campaign(office: Office) -> None:
    """From the commission to the published draw, in a second campaign."""
    boss = "commissioner"
    new = {
        "name_zh": "2019年度退出评估检查",
        "name_en": "Exit inspection 2019",
        "agency_zh": "示例大学",
        "agency_en": "Example University",
        "agency_province": "51",
        "agency_declaration": SIGNED,
        "simulated": True,
        "counties": [
            {
                "adcode": ADCODE,
                "name_zh": "长阳土家族自治县",
                "name_en": "Changyang",
                "province_zh": "湖北省",
                "province_en": "Hubei",
                "city_zh": "宜昌市",
                "region_group": "central_2pct",
                "exit_year": 2019,
            }
        ],
    }
    office.post(boss, "/campaigns", {"id": SECOND, **new})
    office.post(boss, f"{OTHER}/commission", {**new, "reason": "a name was misspelt"})
    office.post(boss, f"{OTHER}/frames", {"name": "small"})
    office.post(boss, f"{OTHER}/plans", {"name": "small"})
    office.post(boss, f"{OTHER}/seeds", {"commitment": tickets.commitment("secret")})
    opening = {"secret": "secret", "public_value": "lottery 04 11 17"}
    office.post(boss, f"{OTHER}/seeds/opening", opening)
    office.post(boss, f"{OTHER}/samples")


def staff(office: Office) -> None:
    """Invitations, passwords, sessions, enumerators and their declarations."""
    for login in ("sun", "expert"):
        office.names[login] = office.post(
            "planner", f"{BASE}/invitations", {"login": login, "name": "孙", "role": "expert"}
        )
    office.post(
        "",
        "/invitations/accounts",
        {"token": office.names["sun"]["token"], "password": NEW_PASSWORD},
    )
    office.post("planner", f"{BASE}/invitations/{office.names['invitation_id']}/revocation")
    office.post("", "/logins", {"login": "sun", "password": NEW_PASSWORD})
    for n in range(4):
        office.post(
            "planner",
            f"{BASE}/enumerators",
            {
                "id": str(uuid5(NAMESPACE_URL, f"enumerator {n}")),
                "name": "周",
                "team": "A",
                "province_code": "51",
                "home_adcode": "510104",
                "declaration": {**SIGNED, "languages": ["zh"], "training_score": 95},
            },
        )
    office.post("planner", f"{BASE}/declarations", {**SIGNED, "enumerator_id": PAIR[0]})
