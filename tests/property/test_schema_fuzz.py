"""The API keeps what its document promises, whoever asks whatever: schemathesis, role by role.

Small here: the phases whose cases follow from the document (its examples and the bounds of its
schemas) for one role, and a few random and linked ones. `--schema-cases 50` is the long run, every
role in turn; docs/reliability.md has its figures.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peopled
import pytest
import schemathesis
from databases import SQLite
from figures import FIGURES
from flask import Flask
from peopled import Peopled
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.transport.wsgi import WSGITransport

from inspect_app.rules.roles import PEOPLE

STRANGER = "stranger"
EVERYBODY = (STRANGER, "phone", *map(str, PEOPLE))
PHASES = ("examples", "coverage", "fuzzing", "stateful")
FEW = 2
SMALL = {
    STRANGER: ("coverage",),
    "phone": ("examples", "fuzzing"),
    "planner": ("examples", "fuzzing", "stateful"),
    "reviewer": ("examples", "fuzzing"),
}
"""What is played where time is short; the bounds of every schema once, by who may do nothing."""

ENDS_THE_TOKEN = ("logOut", "revokeSession")
"""Not called by who has a token: whatever comes after would be 401. tests/api/test_sessions.py
has them; the stranger calls them here."""

OF_RULES = (
    "A county is named twice.",
    "A household's code begins with its village's.",
)
"""Refusals of several fields together, which the document says in words and no schema can."""

NOT_JSON = "application/offset+octet-stream"


@dataclass(frozen=True)
class Finding:
    """Something the server did that its document does not say."""

    check: str
    operation: str
    title: str
    message: str
    request: str
    status: int
    answer: bytes


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Peopled:
    folder = tmp_path_factory.mktemp("peopled")
    return peopled.people(folder, SQLite(folder).empty(folder))


@pytest.fixture
def playground(world: Peopled, tmp_path: Path) -> Iterator[Flask]:
    """A server on a copy of the world: what one role breaks, the next finds whole."""
    folder = tmp_path / "copy"
    shutil.copytree(world.folder, folder)
    url = SQLite(folder).empty(folder)
    with peopled.serving(peopled.settings_for(folder, url)) as app:
        yield app


@pytest.fixture(autouse=True)
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep settings of sockets from the test client, which has none (schemathesis 4.32)."""
    send = WSGITransport.send

    def sending(self: Any, case: Any, *, session: Any = None, **kwargs: Any) -> Any:
        for name in ("max_redirects", "verify", "cert", "proxies"):
            kwargs.pop(name, None)
        return send(self, case, session=session, **kwargs)

    monkeypatch.setattr(WSGITransport, "send", sending)


def names(world: Peopled, path: str) -> dict[str, Any]:
    """The real names for the parameters in an address, as the library wants them."""
    return {f"path.{name}": one for name, one in peopled.named(world.names, path).items()}


def schema_of(app: Flask, world: Peopled, who: str, phases: tuple[str, ...], cases: int) -> Any:
    """The document as this caller meets it, with names of what there is in the addresses."""
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    headers = dict(peopled.TIME)
    if who != STRANGER:
        headers["Authorization"] = f"Bearer {world.tokens[who]}"
    config = {
        "base-url": "http://localhost",
        "headers": headers,
        "continue-on-failure": True,
        "workers": 1,
        "generation": {
            "max-examples": cases,
            "deterministic": True,
            # The caller's own token is what this run is about; guesses are the stranger's.
            "with-security-parameters": False,
        },
        "phases": {name: {"enabled": name in phases} for name in PHASES},
        "operations": [
            {"include-path": path, "parameters": names(world, path)}
            for path in document["paths"]
            if "{" in path
        ],
    }
    found = schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", app, config=SchemathesisConfig.from_dict(config)
    )
    return found if who == STRANGER else found.exclude(operation_id=list(ENDS_THE_TOKEN))


def play(schema: Any) -> tuple[list[Finding], Counter[int]]:
    """Run every check of the library on every phase; what was found, and the answers by status."""
    found: list[Finding] = []
    statuses: Counter[int] = Counter()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            told = str(getattr(event, "info", None) or getattr(event, "exception", ""))
            # The library writes no bodies of this kind; tests/property/test_mutated_bodies.py does.
            assert NOT_JSON in told, told
        if not isinstance(event, events.ScenarioFinished):
            continue
        for case_id, checks in event.recorder.checks.items():
            response = event.recorder.interactions[case_id].response
            statuses[response.status_code if response else 0] += 1
            for check in checks:
                if check.failure_info is None:
                    continue
                finding = Finding(
                    check.name,
                    event.recorder.cases[case_id].value.operation.label,
                    check.failure_info.failure.title,
                    check.failure_info.failure.message,
                    check.failure_info.code_sample,
                    response.status_code if response else 0,
                    (response.content if response else b"") or b"",
                )
                if not is_beyond_schemas(finding):
                    found.append(finding)
    return found, statuses


def is_beyond_schemas(finding: Finding) -> bool:
    """Whether something well-formed was refused for a reason that no schema can say.

    422 is also for rules (a password that is guessed, a point off the curve), whose problems have
    names of their own; for rules between fields; and for 59.0, which JSON Schema calls an integer
    and this server does not. Whatever else is refused as not matching its schema is a finding.
    """
    if finding.check != "positive_data_acceptance" or finding.status != 422:
        return False
    problem = json.loads(finding.answer)
    if problem["type"] != "/problems/invalid-request":
        return True
    told = {one["detail"] for one in problem.get("errors", ())}
    return told <= {*OF_RULES, "Not a valid integer."} and told != set()


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_server_does_what_its_document_says(
    playground: Flask, world: Peopled, who: str, pytestconfig: pytest.Config
) -> None:
    cases = pytestconfig.getoption("--schema-cases")
    phases = PHASES if cases else SMALL.get(who, ("examples",))

    found, statuses = play(schema_of(playground, world, who, phases, cases or FEW))

    assert [str(one) for one in found] == []
    pytestconfig.stash[FIGURES].append(
        f"schema fuzz as {who}: {statuses.total()} cases, answers {dict(sorted(statuses.items()))}"
    )
