"""A sound exited household of four, what tests change about it, and its finding."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from inspect_app.rules.findings import Finding, judge
from inspect_app.rules.interviews import Interview
from inspect_app.rules.rulebooks import load
from inspect_app.schemas.interviews import parse_body

SOUND = json.loads((Path(__file__).parent / "vectors" / "household.json").read_text("utf-8"))
BOOK = load("2017-national")
LINE = BOOK.line(2019)
ONLY_EXITED = ("exit_year", "exit_agreed", "relapsed_since")
ONLY_REGISTERED = ("registered_year", "cadre_visits")


def a_body(
    *, household_class: str = "E", member: dict[str, Any] | None = None, **changes: Any
) -> Any:
    """The JSON of an interview; None takes an answer away, `member` changes the third member."""
    body = deepcopy(SOUND)
    answers = body["answers"]
    if household_class != "E":
        answers["class_found"] = household_class
        for question in ONLY_EXITED:
            del answers[question]
    if household_class == "N":
        answers["applied"] = "no"
        for question in ONLY_REGISTERED:
            del answers[question]
        for row in answers["members"]:
            del row["m_on_card"]
    _change(answers, changes)
    _change(answers["members"][2], member or {})
    return body


def an_interview(**changes: Any) -> Interview:
    """The same, read through the schema as the server does."""
    interview = parse_body("interview", json.dumps(a_body(**changes)))
    if not isinstance(interview, Interview):
        raise AssertionError(interview.faults)
    return interview


def found(interview: Interview, **given: Any) -> Finding:
    """The finding of an exit inspection of 2019, unless the test says otherwise."""
    known: dict[str, Any] = {
        "book": BOOK,
        "line": LINE,
        "round_kind": "exit",
        "frame_class": interview.class_found,
        "frame_persons": 3,
    }
    return judge(interview, **(known | given))


def _change(answers: dict[str, Any], changes: dict[str, Any]) -> None:
    for question, value in changes.items():
        if value is None:
            answers.pop(question, None)
        else:
            answers[question] = value
