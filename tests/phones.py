"""Phones for tests: the reference client on the application itself instead of a wire."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask
from households import a_body

from inspect_app.demo.link import Answer, Faults, Link
from inspect_app.demo.phone import Phone, Sealed, Task


@dataclass
class AppWire:
    """Carries requests straight into the application; `tears` lets the next ones tear."""

    app: Flask
    tears: int = 0
    heard: list[tuple[str, str, bytes | None]] = field(default_factory=list)

    def exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        self.heard.append((method, path, body))
        response = self.app.test_client().open(path, method=method, data=body, headers=headers)
        if self.tears:
            self.tears -= 1
            raise ConnectionResetError("torn after the server had done its work")
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, found, response.get_data())

    def send_and_leave(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> None:
        self.exchange(method, path, body, headers)


def a_phone(app: Flask, *, seed: str = "phone", now: datetime, **changes: Any) -> Phone:
    """A phone before it has enrolled."""
    faults = changes.pop("faults", Faults("none"))
    link = Link(AppWire(app), faults, sleep=lambda _seconds: None)
    changes.setdefault("impatient", True)
    return Phone(link, seed, now, simulates=False, **changes)


def answers_for(task: Task, **changes: Any) -> dict[str, Any]:
    """The answers of a sound household of the task's class."""
    body = a_body(household_class=task.household_class, **changes)
    found: dict[str, Any] = body["answers"]
    found["household_id"] = task.unit_id
    return found


def an_interview(phone: Phone, task: Task, **changes: Any) -> Sealed:
    """Seal the interview of a sound household, with these answers changed."""
    return phone.seal_interview(task.unit_id, answers_for(task, **changes))


def a_roster(
    village_code: str, *, households: int = 40, registered: int = 2
) -> list[dict[str, Any]]:
    """A village list: some with a register code, the others numbered as listed."""
    rows = []
    for line in range(1, households + registered + 1):
        is_registered = line <= registered
        rows.append(
            {
                "unit_id": f"{village_code}-{line:04}"
                if is_registered
                else f"{village_code}-n{line:04}",
                "village_code": village_code,
                "household_class": "E" if is_registered else "N",
                "persons": 1 + line % 5,
                "line": line,
            }
        )
    return rows


def reseal(sealed: Sealed, **changes: Any) -> dict[str, Any]:
    """An op with its body changed and the hash made to fit: what a phone never does."""
    import hashlib

    body = json.dumps({**json.loads(sealed.op["body"]), **changes}, ensure_ascii=False)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return {**sealed.op, "body": body, "body_sha256": digest}
