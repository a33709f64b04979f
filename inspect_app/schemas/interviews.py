"""The shape of what phones seal: interviews, contacts and rosters.

The schema of an interview is generated from its questionnaire, once a version. Shape means
types, closed lists, codes for "no answer" where the question allows them, no unknown fields, and
the few answers that no interview can lack. Everything that depends on other answers is
`inspect_app.rules.interviews`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from heapq import nsmallest
from typing import Any

import orjson
from marshmallow import Schema, ValidationError, fields, validate

from inspect_app.rules import halves, questionnaires, rosters
from inspect_app.rules.errors import QuestionnaireUnknown
from inspect_app.rules.faults import Faulty, fault
from inspect_app.rules.interviews import Contact, Interview, Roster, RosterRow
from inspect_app.rules.nesting import JSON_DEPTH, is_deep
from inspect_app.rules.questionnaires import CLASSES, Block, Field
from inspect_app.rules.states import Disposition
from inspect_app.schemas.answers import (
    TEXT_LENGTH,
    Leaf,
    OneOf,
    Whole,
    free,
    identifier,
    matching,
    moment,
    reader_of,
    salt,
    told_of,
)
from inspect_app.schemas.gate import CLOSED, Gate, gate_of
from inspect_app.schemas.lists import Counted

MEMBER_ROWS = 50
ROSTER_ROWS = 5_000
FAULTS_REPORTED = 100
CONTACT_DISPOSITIONS = frozenset(Disposition) - {Disposition.COMPLETED}
"""A contact is a visit without interview, so it cannot have completed one."""

_ROUND = re.compile(r"[1-9][0-9]?(?:b|c(?:[2-9]|[1-9][0-9])?)?", re.ASCII)
_VILLAGE = re.compile(r"[0-9]{12}", re.ASCII)
_WORDS: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "required",
    "null": "null",
    "type": "not-an-object",
    "invalid": "not-a-list",
}
_UNKNOWN = {"unknown": "unknown", "type": "not-an-object"}

Content = Interview | Contact | Roster | Faulty


def parse_body(
    kind: str, text: str, *, form_id: str = "household-interview", version: str = "0.1.0"
) -> Interview | Contact | Roster | Faulty:
    """Read the body of an op; a body that cannot be read becomes the list of its faults.

    `form_id` and `version` name the questionnaire an interview was held with.
    """
    try:
        raw = orjson.loads(text)
    except UnicodeEncodeError:
        return Faulty((fault("", "not-json"),))
    except orjson.JSONDecodeError:
        return _parse_halved(kind, text, form_id, version)
    return _content(kind, raw, form_id, version)


def _parse_halved(kind: str, text: str, form_id: str, version: str) -> Content:
    """Read a body in which a phone cut an emoji in two; a list of households has no such text."""
    try:
        if kind == "roster" or not halves.may_stand_in(text):
            raise ValueError
        cut = json.loads(text)
        content = _content(kind, halves.read(text), form_id, version)
    except (ValueError, RecursionError):
        return Faulty((fault("", "not-json"),))
    if isinstance(content, Interview):
        return replace(content, halved=tuple(_halved(cut["answers"])))
    return content


def _halved(answers: Mapping[str, Any]) -> Iterator[tuple[str, int | None]]:
    """Name the questions whose answer lost half a character; members are counted from 0."""
    rows = [(None, answers), *enumerate(answers.get("members", ()))]
    for n, row in rows:
        for name, value in row.items():
            if name != "members" and halves.stand_in(value):
                yield name, n


def _content(kind: str, raw: Any, form_id: str, version: str) -> Content:
    passed = _gate(kind, form_id, version).load(raw)
    if passed is not None:
        return _BUILDERS[kind](passed)
    if is_deep(raw):
        return Faulty((fault("", "too-deep", limit=JSON_DEPTH),))
    build = _BUILDERS.get(kind)
    if build is None:
        return Faulty((fault("", "kind-unknown"),))
    try:
        return build(_schema(kind, form_id, version).load(raw))
    except QuestionnaireUnknown:
        return Faulty((fault("", "questionnaire-unknown"),))
    except ValidationError as refused:
        found = nsmallest(FAULTS_REPORTED, _faults(refused.messages, ""))
        return Faulty(tuple(fault(pointer, code) for pointer, code in found))


def _faults(messages: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Marshmallow's nested messages, pointer by pointer; its messages are codes of ours."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            step = "" if key == "_schema" else "/" + _escaped(str(key))
            yield from _faults(inner, pointer + step)
    else:
        for code in messages:
            yield pointer, str(code)


def _escaped(key: str) -> str:
    return key[:80].replace("~", "~0").replace("/", "~1")


class Strict(Schema):
    """Unknown fields are refused, and messages are codes."""

    error_messages = _UNKNOWN


class ContactSchema(Strict):
    """A visit without interview."""

    salt = Leaf(salt, required=True)
    unit_id = Leaf(identifier, required=True)
    round = Leaf(matching(_ROUND, "not-a-round"), required=True)
    visit_no = Leaf(Whole(1, 99), required=True)
    disposition = Leaf(OneOf(CONTACT_DISPOSITIONS), required=True)
    at = Leaf(moment, required=True)
    note = Leaf(free(TEXT_LENGTH), load_default="")


class RosterRowSchema(Strict):
    """One household listed; village and line may be left out, as the roster tells them."""

    unit_id = Leaf(identifier, required=True)
    village_code = Leaf(matching(_VILLAGE, "not-a-village"))
    household_class = Leaf(OneOf(frozenset(CLASSES)), required=True)
    persons = Leaf(Whole(1, 99), required=True)
    line = Leaf(Whole(1, ROSTER_ROWS))


class RosterSchema(Strict):
    """The households of a village in the order listed."""

    salt = Leaf(salt, required=True)
    village_code = Leaf(matching(_VILLAGE, "not-a-village"), required=True)
    household_class = Leaf(OneOf(frozenset(CLASSES)), required=True)
    households = Counted(
        fields.Nested(RosterRowSchema, error_messages=_WORDS),
        required=True,
        error_messages=_WORDS,
        validate=[
            validate.Length(min=1, error="empty"),
            validate.Length(max=ROSTER_ROWS, error="too-many-rows"),
        ],
    )


@cache
def _schema(kind: str, form_id: str, version: str) -> Schema:
    """Schemas are built once: building one costs more than using it."""
    if kind == "contact":
        return ContactSchema()
    if kind == "roster":
        return RosterSchema()
    form = questionnaires.load(form_id, version)
    answers: dict[str, Any] = {}
    for block in form.blocks:
        leaves = {each.id: _leaf(block, each) for each in block.fields}
        if block.repeat is None:
            answers |= leaves
        else:
            answers[block.id] = _rows(block.id, leaves)
    return Strict.from_dict(
        {
            "salt": Leaf(salt, required=True),
            "unit_id": Leaf(identifier, required=True),
            "round": Leaf(matching(_ROUND, "not-a-round"), required=True),
            "answers": _nested("Answers", answers, required=True),
        },
        name="Interview",
    )()


def _gate(kind: str, form_id: str, version: str) -> Gate:
    """The gate of a schema; a closed one where there is no such schema."""
    is_known = kind in _BUILDERS and (
        kind != "interview" or questionnaires.is_published(form_id, version)
    )
    return _open_gate(kind, form_id, version) if is_known else CLOSED


@cache
def _open_gate(kind: str, form_id: str, version: str) -> Gate:
    return gate_of(_schema(kind, form_id, version))


def _leaf(block: Block, question: Field) -> Leaf:
    return Leaf(
        reader_of(question),
        missing=question.allow_missing,
        required=question.is_unconditional and block.relevance is None and block.repeat is None,
    )


def _nested(name: str, leaves: Mapping[str, Any], *, required: bool = False) -> fields.Nested:
    schema = Strict.from_dict(dict(leaves), name=name)
    return fields.Nested(schema, required=required, error_messages=_WORDS)


def _rows(name: str, leaves: Mapping[str, Any]) -> Counted:
    return Counted(
        _nested(name.capitalize(), leaves),
        error_messages=_WORDS,
        validate=validate.Length(max=MEMBER_ROWS, error="too-many-rows"),
    )


def _interview(loaded: Mapping[str, Any]) -> Interview:
    answers = dict(loaded["answers"])
    members = tuple(answers.pop("members", ()))
    return Interview(
        unit_id=loaded["unit_id"],
        round=loaded["round"],
        salt=loaded["salt"],
        answers=answers,
        members=members,
    )


def _contact(loaded: Mapping[str, Any]) -> Contact:
    return Contact(**loaded)


def _roster(loaded: Mapping[str, Any]) -> Roster | Faulty:
    """Rows agree with their roster and stand in the order listed, each household once, with an
    id that is not of the phone's choosing."""
    village, faults, seen = loaded["village_code"], [], set()
    for n, row in enumerate(loaded["households"]):
        here, unit_id = f"/households/{n}", row["unit_id"]
        misnamed = rosters.fault_of_id(
            f"{here}/unit_id",
            unit_id,
            household_class=row["household_class"],
            village_code=village,
            line=n + 1,
        )
        if unit_id in seen:
            faults.append(fault(f"{here}/unit_id", "twice"))
        elif misnamed:
            faults.append(misnamed)
        seen.add(unit_id)
        if row.get("village_code", village) != village:
            faults.append(fault(f"{here}/village_code", "other-village"))
        if row.get("line", n + 1) != n + 1:
            faults.append(fault(f"{here}/line", "out-of-order"))
    if faults:
        return Faulty(tuple(faults[:FAULTS_REPORTED]))
    rows = tuple(
        RosterRow(row["unit_id"], village, row["household_class"], row["persons"], n)
        for n, row in enumerate(loaded["households"], 1)
    )
    return Roster(village, loaded["household_class"], rows, loaded["salt"])


_BUILDERS: Mapping[str, Callable[[Mapping[str, Any]], Interview | Contact | Roster | Faulty]] = {
    "interview": _interview,
    "contact": _contact,
    "roster": _roster,
}


def shapes(form_id: str = "household-interview", version: str = "0.1.0") -> dict[str, Any]:
    """JSON Schema of the bodies by kind, as far as JSON Schema can say it; for the API document.

    What depends on other answers is in the questionnaire.
    """
    return {kind: _shape(_schema(kind, form_id, version)) for kind in _BUILDERS}


def _shape(schema: Schema) -> dict[str, Any]:
    required = sorted(name for name, field in schema.fields.items() if field.required)
    return {
        "type": "object",
        "properties": {name: _told(field) for name, field in schema.fields.items()},
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _told(field: Any) -> dict[str, Any]:
    if isinstance(field, fields.Nested):
        return _shape(field.schema)
    if isinstance(field, fields.List):
        return {"type": "array", "items": _told(field.inner)}
    told = dict(told_of(field.read))
    return {"anyOf": [told, {"enum": sorted(field.missing)}]} if field.missing else told
