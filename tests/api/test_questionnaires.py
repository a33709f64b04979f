"""Questionnaires: the published bytes, unchanged and cacheable."""

import hashlib
import json
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from inspect_app.rules import questionnaires
from inspect_app.rules.roles import Role
from inspect_app.services import publishing
from inspect_app.settings import Settings

ADDRESS = "/api/v1/questionnaires/household-interview/0.1.0"


def test_the_digest_of_the_bytes_is_the_etag(as_role: Any, a_campaign: Any) -> None:
    planner = as_role(Role.PLANNER, a_campaign("commissioned"))

    answer = planner.get(ADDRESS)
    again = planner.get(ADDRESS, headers={"If-None-Match": answer.headers["ETag"]})

    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.data).hexdigest()}"'
    assert "immutable" in answer.headers["Cache-Control"]
    assert (again.status_code, again.data) == (304, b"")


def test_an_unpublished_version_is_not_found(as_role: Any, a_campaign: Any) -> None:
    planner = as_role(Role.PLANNER, a_campaign("commissioned"))

    answer = planner.get("/api/v1/questionnaires/household-interview/9.9.9")

    assert answer.status_code == 404
    assert answer.get_json()["type"] == "/problems/questionnaire-unknown"


def test_what_was_published_here_is_served_as_the_softwares_own(
    as_role: Any, a_campaign: Any, settings: Settings, tmp_path: Path
) -> None:
    form = json.loads(questionnaires.published()[0].data) | {"version": "0.2.0"}
    source = tmp_path / "form.json"
    source.write_text(json.dumps(form, ensure_ascii=False), encoding="utf-8")
    published = publishing.publish(source, settings).form
    planner = as_role(Role.PLANNER, a_campaign("commissioned"))

    answer = planner.get("/api/v1/questionnaires/household-interview/0.2.0")

    assert (answer.status_code, answer.data) == (200, source.read_bytes())
    assert answer.headers["ETag"] == f'"{published.sha256}"'


def test_strangers_are_not_shown_the_questions(client: FlaskClient) -> None:
    assert client.get(ADDRESS).status_code == 401
