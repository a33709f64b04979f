"""Published questionnaires: immutable, checked, ready to run on a phone or on the server.

A version, once published, never changes: its digest stands below, and bytes that do not match are
refused. A new wording is a new version.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import chain
from pathlib import Path

from inspect_app.rules.dialect import Expression, ExpressionFault, compile_expression
from inspect_app.rules.errors import QuestionnaireInvalid, QuestionnaireUnknown
from inspect_app.rules.sources import Names
from inspect_app.rules.values import (
    DATE,
    INSTANT,
    INTEGER,
    OPAQUE,
    TEXT,
    Name,
    Scope,
    Type,
    choice,
    choices,
)
from inspect_app.rules.views import View, view_of

PUBLISHED: Mapping[tuple[str, str], str] = {
    ("household-interview", "0.1.0"): (
        "3ac331e49e1d5d725bbb6be554a292d88efec1b49acbd62108aaddd40e09e882"
    ),
}
"""(form_id, version) -> SHA-256 of the published bytes."""

CLASSES = ("E", "P", "N")
SEVERITIES = ("hard", "soft")
MISSING_CODES = frozenset({"dk", "refused"})
CONTEXT: Mapping[str, Type] = {
    "household_class": choice(CLASSES),
    "round_kind": choice(("exit", "revisit")),
    "reference_date": DATE,
    "max_visits": INTEGER,
}
"""What the campaign tells the expressions of every form."""

_PLAIN_TYPES: Mapping[str, Type] = {
    "string": TEXT,
    "text": TEXT,
    "integer": INTEGER,
    "datetime": INSTANT,
    "geopoint": OPAQUE,
    "photo": OPAQUE,
    "signature": OPAQUE,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a closed list."""

    value: str
    label_zh: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """What an answer must fulfil; `hard` refuses the interview, `soft` flags it."""

    expression: Expression
    severity: str
    message_zh: str
    message_en: str


@dataclass(frozen=True, slots=True)
class Field:
    """One question, observation or device value."""

    id: str
    label_zh: str
    label_en: str
    type: str
    unit: str | None
    choices: tuple[Choice, ...]
    asked_of: frozenset[str]
    required: bool
    source: str
    allow_missing: frozenset[str]
    relevance: Expression | None
    constraint: Constraint | None
    feeds: tuple[str, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The values of its closed list, in the order shown; empty for open questions."""
        return tuple(each.value for each in self.choices)

    def is_asked_of(self, household_class: str | None) -> bool:
        """Asked of households of this class; of a class unknown, everything is."""
        return household_class is None or household_class in self.asked_of

    @property
    def is_unconditional(self) -> bool:
        """Required whatever else was answered."""
        return self.required and self.relevance is None


@dataclass(frozen=True, slots=True)
class Block:
    """Fields asked together; `repeat` names what a row of a repeated block is."""

    id: str
    label_zh: str
    label_en: str
    repeat: str | None
    relevance: Expression | None
    fields: tuple[Field, ...]
    views: Mapping[str | None, View] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One published version of a form."""

    form_id: str
    version: str
    status: str
    title_zh: str
    title_en: str
    blocks: tuple[Block, ...]
    dispositions: Mapping[str, tuple[str, ...]]
    sha256: str
    data: bytes = field(repr=False)
    fields: Mapping[str, Field] = field(repr=False)
    in_rows: frozenset[str] = field(repr=False)
    """Fields of the repeated blocks."""

    @property
    def repeated(self) -> tuple[Block, ...]:
        """The blocks with one row a member (or whatever their `repeat` names)."""
        return tuple(block for block in self.blocks if block.repeat is not None)


SHELF: ContextVar[Path | None] = ContextVar("shelf", default=None)
"""Folder of what this installation has published itself; set before each request and command."""

FORM_ID = re.compile(r"[a-z][a-z0-9-]{0,59}", re.ASCII)
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,19}", re.ASCII)


def load(form_id: str, version: str) -> Questionnaire:
    """The published questionnaire; `QuestionnaireUnknown` or `QuestionnaireInvalid` otherwise."""
    is_packed = (form_id, version) in PUBLISHED
    return _load(form_id, version, None if is_packed else SHELF.get())


def is_published(form_id: str, version: str) -> bool:
    """Whether a questionnaire was published under this name, with the software or here."""
    if (form_id, version) in PUBLISHED:
        return True
    shelf = SHELF.get()
    return shelf is not None and shelved(shelf, form_id, version) is not None


def shelved(shelf: Path, form_id: str, version: str) -> Path | None:
    """The file of a questionnaire that was published here; its name holds the digest."""
    if not (FORM_ID.fullmatch(form_id) and VERSION.fullmatch(version)):
        return None
    return next(iter(sorted(shelf.glob(f"{form_id}@{version}@*.json"))), None)


@cache
def _load(form_id: str, version: str, shelf: Path | None) -> Questionnaire:
    expected = PUBLISHED.get((form_id, version))
    if expected is not None:
        folder = resources.files("inspect_app") / "questionnaires"
        data = (folder / f"{form_id}-{version}.json").read_bytes()
    else:
        file = shelved(shelf, form_id, version) if shelf is not None else None
        if file is None:
            raise QuestionnaireUnknown(f"{form_id} {version}", form_id=form_id, version=version)
        data, expected = file.read_bytes(), file.stem.rpartition("@")[2]
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise QuestionnaireInvalid(
            f"{form_id} {version} was published with other bytes", faults=[f"sha256 {found}"]
        )
    return parse(data)


def published() -> tuple[Questionnaire, ...]:
    """Every version that came with the software, in the order of publication."""
    return tuple(load(form_id, version) for form_id, version in PUBLISHED)


def parse(data: bytes) -> Questionnaire:
    """Read and check a questionnaire: references, types, cycles, choices, cost.

    Raises `QuestionnaireInvalid` whose `extra["faults"]` names every fault found.
    """
    try:
        raw = json.loads(data)
        shape = _Shape(raw)
        blocks = tuple(shape.block(block) for block in raw["blocks"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise QuestionnaireInvalid(
            "not a questionnaire", faults=[f"{type(fault).__name__}: {fault}"]
        ) from fault
    faults = [*shape.faults, *_cycles(blocks)]
    if faults:
        raise QuestionnaireInvalid(f"{len(faults)} faults", faults=faults)
    return Questionnaire(
        form_id=raw["form_id"],
        version=raw["version"],
        status=raw["status"],
        title_zh=raw["title_zh"],
        title_en=raw["title_en"],
        blocks=blocks,
        dispositions={key: tuple(values) for key, values in raw["dispositions"].items()},
        sha256=hashlib.sha256(data).hexdigest(),
        data=data,
        fields={each.id: each for block in blocks for each in block.fields},
        in_rows=frozenset(each.id for block in blocks if block.repeat for each in block.fields),
    )


class _Shape:
    """Reads the JSON of a form, noting every fault instead of stopping at the first."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        self.faults: list[str] = []
        self.names: dict[str, Name] = {}
        self.written = Names()
        repeated: set[str] = set()
        for block in _list(raw, "blocks"):
            block_id = str(block["id"])
            inside = block_id if block["repeat"] is not None else None
            if inside:
                repeated.add(inside)
            for each in _list(block, "fields"):
                self._name(each, inside)
        for key in ("form_id", "version", "status", "title_zh", "title_en"):
            if not isinstance(raw[key], str):
                self.faults.append(f"/{key}: not text")
        for each_id in repeated & set(self.names):
            self.faults.append(f"{each_id}: a block and a field of one name")
        self.scope = Scope(self.names, CONTEXT, frozenset(repeated))

    def _name(self, each: Mapping[str, object], block: str | None) -> None:
        field_id = str(each["id"])
        if field_id in self.names:
            self.faults.append(f"{field_id}: defined twice")
        values = [str(one["value"]) for one in each["choices"] or ()]  # type: ignore[attr-defined]
        missing = frozenset(str(code) for code in each["allow_missing"])  # type: ignore[attr-defined]
        if len(set(values)) < len(values):
            self.faults.append(f"{field_id}: a choice stands twice")
        if missing - MISSING_CODES:
            self.faults.append(f"{field_id}: unknown codes for a missing answer")
        if missing & set(values):
            self.faults.append(f"{field_id}: a choice is named like a missing answer")
        kind = str(each["type"])
        if kind in ("select_one", "select_many"):
            if not values:
                self.faults.append(f"{field_id}: nothing to choose from")
            known = choice(values) if kind == "select_one" else choices(values)
        elif kind in _PLAIN_TYPES:
            known = _PLAIN_TYPES[kind]
        else:
            self.faults.append(f"{field_id}: unknown type {kind}")
            known = OPAQUE
        self.names[field_id] = Name(known, missing, block)

    def block(self, raw: Mapping[str, object]) -> Block:
        block_id = str(raw["id"])
        inside = block_id if raw["repeat"] is not None else None
        fields = tuple(self._field(each, inside) for each in _list(raw, "fields"))
        return Block(
            id=block_id,
            label_zh=str(raw["label_zh"]),
            label_en=str(raw["label_en"]),
            repeat=None if raw["repeat"] is None else str(raw["repeat"]),
            relevance=self._expression(raw["relevance"], f"{block_id}/relevance"),
            fields=fields,
            views={each: view_of(fields, each, self.written) for each in (None, *CLASSES)},
        )

    def _field(self, raw: Mapping[str, object], inside: str | None) -> Field:
        field_id = str(raw["id"])
        asked_of = frozenset(raw["asked_of"])  # type: ignore[call-overload]
        if not asked_of or asked_of - set(CLASSES):
            self.faults.append(f"{field_id}: asked of {sorted(asked_of)}")
        return Field(
            id=field_id,
            label_zh=str(raw["label_zh"]),
            label_en=str(raw["label_en"]),
            type=str(raw["type"]),
            unit=None if raw["unit"] is None else str(raw["unit"]),
            choices=tuple(
                Choice(str(one["value"]), str(one["label_zh"]), str(one["label_en"]))
                for one in raw["choices"] or ()  # type: ignore[attr-defined]
            ),
            asked_of=asked_of,
            required=bool(raw["required"]),
            source=str(raw["source"]),
            allow_missing=self.names[field_id].missing,
            relevance=self._expression(raw["relevance"], f"{field_id}/relevance", inside),
            constraint=self._constraint(raw, field_id, inside),
            feeds=tuple(raw["feeds"]),  # type: ignore[arg-type]
        )

    def _constraint(
        self, raw: Mapping[str, object], field_id: str, inside: str | None
    ) -> Constraint | None:
        given = raw["constraint"]
        if not isinstance(given, Mapping):
            return None
        if given["severity"] not in SEVERITIES:
            self.faults.append(f"{field_id}/constraint: severity {given['severity']}")
        own = self.names[field_id]
        expression = self._expression(given["expr"], f"{field_id}/constraint", inside, own)
        if expression is None:
            return None
        return Constraint(
            expression,
            str(given["severity"]),
            str(given["message_zh"]),
            str(given["message_en"]),
        )

    def _expression(
        self, source: object, place: str, inside: str | None = None, own: Name | None = None
    ) -> Expression | None:
        if source is None:
            return None
        try:
            return compile_expression(source, self.scope, block=inside, own=own, names=self.written)
        except ExpressionFault as fault:
            self.faults.append(f"{place}{fault.pointer}: {fault.code} {fault.detail}".rstrip())
            return None


def _list(raw: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    found = raw[key]
    if not isinstance(found, list):
        raise TypeError(f"{key} is not a list")
    return found


def _cycles(blocks: tuple[Block, ...]) -> Iterator[str]:
    """Fields that are shown only depending on themselves, directly or in a ring."""
    needs: dict[str, frozenset[str]] = {}
    for block in blocks:
        of_block = block.relevance.refers_to if block.relevance else frozenset()
        needs[block.id] = of_block
        for each in block.fields:
            own = each.relevance.refers_to if each.relevance else frozenset()
            needs[each.id] = own | of_block
    settled: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> Iterator[str]:
        if name in path:
            yield "relevance runs in a ring: " + " → ".join([*path[path.index(name) :], name])
        elif name not in settled:
            for needed in sorted(needs.get(name, ())):
                yield from visit(needed, (*path, name))
            settled.add(name)

    yield from chain.from_iterable(visit(name, ()) for name in sorted(needs))
