"""Random expressions of the rule dialect with answers to them, well typed by construction."""

import json
import random
from pathlib import Path
from typing import Any

from inspect_app.rules.values import (
    DATE,
    DECIMAL,
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

TOLD = json.loads((Path(__file__).parent / "vectors" / "dialect.json").read_text("utf-8"))["scope"]
PLAIN = {
    "string": TEXT,
    "integer": INTEGER,
    "decimal": DECIMAL,
    "datetime": INSTANT,
    "date": DATE,
    "geopoint": OPAQUE,
}
TEXTS = ("", "a", "ab", "长阳", "😀x", "2020-07", "2021-13", "yes", "é")
PATTERNS = ("20[0-9]{2}-(0[1-9]|1[0-2])", "^a?b?$", "(yes|no|长)阳?", "[a-z]{1,3}", "😀x", "")
MOMENTS = (
    "2020-06-03T09:00:00+08:00",
    "2020-06-03T01:00:00Z",
    "2020-06-03T01:00:00.000001z",
    "1969-12-31T23:59:59.5-05:30",
    "2020-02-29t12:00:00+00:00",
    "0001-01-01T00:00:00+14:00",
    "2021-02-29T12:00:00Z",  # no such day
    "2020-06-03 09:00",
    "9999-12-31T23:59:59-23:59",
)
DECIMALS = ("0", "0.5", "-0.5", "12.50", "3.141593", "-7", "999999999999999.999999")
DEPTH = 4


def _type(raw: dict[str, Any]) -> Type:
    if raw["type"] == "select_one":
        return choice(raw["values"])
    return choices(raw["values"]) if raw["type"] == "select_many" else PLAIN[raw["type"]]


SCOPE = Scope(
    fields={
        key: Name(_type(raw), frozenset(raw.get("missing", ())), raw.get("block"))
        for key, raw in TOLD["fields"].items()
    },
    context={key: _type(raw) for key, raw in TOLD["context"].items()},
    repeated=frozenset(TOLD["repeated"]),
)


def as_told() -> dict[str, Any]:
    """The scope as JSON."""
    return TOLD


def random_case(dice: random.Random) -> dict[str, Any]:
    """An expression, where it stands, and a reading to run it on."""
    in_row = dice.random() < 0.3
    own = dice.choice(("a", "p", "name", "when", "tags") if not in_row else ("m_ok", "m_sum"))
    maker = _Maker(dice, own, "rows" if in_row else None)
    expr = maker.number(DEPTH) if dice.random() < 0.15 else maker.boolean(DEPTH)
    answers = {key: value for key in TOLD["fields"] if (value := _answer(dice, key)) is not None}
    rows = [_row(dice) for _ in range(dice.randrange(4))]
    case = {
        "expr": expr,
        "own": own,
        "answers": {key: value for key, value in answers.items() if not key.startswith("m_")},
        "rows": {"rows": rows},
        "context": {"most": dice.randrange(4), "kind": dice.choice(("exit", "revisit"))}
        | ({"line": {"dec": dice.choice(DECIMALS)}} if dice.random() < 0.7 else {}),
        "row": _row(dice) if in_row else {},
    }
    if in_row:
        case["block"] = "rows"
    if (mine := _answer(dice, own)) is not None:
        case["self"] = mine
    return case


def _row(dice: random.Random) -> dict[str, Any]:
    found = {key: _answer(dice, key) for key in ("m_ok", "m_sum")}
    return {key: value for key, value in found.items() if value is not None}


def _answer(dice: random.Random, key: str) -> Any:
    """A stored answer; None for an unanswered question."""
    raw = TOLD["fields"][key]
    if dice.random() < 0.15:
        return None
    if raw.get("missing") and dice.random() < 0.15:
        return dice.choice(raw["missing"])
    match raw["type"]:
        case "select_one":
            return dice.choice(raw["values"])
        case "select_many":
            return dice.sample(raw["values"], dice.randint(1, len(raw["values"])))
        case "integer":
            return dice.choice((0, 1, 2, 3, -1, 2**53 - 1, dice.randrange(10_000)))
        case "decimal":
            return {"dec": dice.choice(DECIMALS)} if dice.random() < 0.7 else dice.randrange(100)
        case "datetime":
            return dice.choice(MOMENTS)
        case "geopoint":
            return {"lat": "30.1", "lon": "111.1", "accuracy": "9"}
    return dice.choice(TEXTS)


class _Maker:
    """Makes expressions that may stand in one place of the form."""

    def __init__(self, dice: random.Random, own: str, block: str | None) -> None:
        self.dice, self.own, self.block = dice, own, block
        self.looking = False

    def boolean(self, depth: int) -> Any:
        makers = [self.equal_choice, self.compared, self.matched, self.has, self.member]
        if depth > 0:
            makers += [self.logic, self.logic, self.negated]
            if not self.looking and self.block is None:
                makers.append(self.some_row)
        return self.dice.choice(makers)(depth - 1)

    def logic(self, depth: int) -> Any:
        args = [self.boolean(depth) for _ in range(self.dice.randint(1, 3))]
        return {"op": self.dice.choice(("and", "or")), "args": args}

    def negated(self, depth: int) -> Any:
        return {"op": "not", "args": [self.boolean(depth)]}

    def some_row(self, depth: int) -> Any:
        where = self._in_rows(lambda: self.boolean(min(depth, 1)))
        return {"op": "any", "over": "rows", "where": where}

    def _in_rows(self, make: Any) -> Any:
        self.looking, before, self.block = True, self.block, "rows"
        try:
            return make()
        finally:
            self.looking, self.block = False, before

    def equal_choice(self, _depth: int) -> Any:
        names = ["p", "q", "r"] + (["m_ok"] if self.block else [])
        op = self.dice.choice(("eq", "ne"))
        return {"op": op, "args": [{"field": self.dice.choice(names)}, self._yes_or_no()]}

    def _yes_or_no(self) -> str:
        return self.dice.choice(("yes", "no"))

    def compared(self, depth: int) -> Any:
        op = self.dice.choice(("eq", "ne", "lt", "le", "gt", "ge"))
        if self.dice.random() < 0.3:
            return {"op": op, "args": [self.moment(), self.moment()]}
        return {"op": op, "args": [self.number(depth), self.number(depth)]}

    def moment(self) -> Any:
        names: list[Any] = [{"field": "when"}, {"field": "then"}]
        return self.dice.choice(names + ([{"self": True}] if self.own == "when" else []))

    def matched(self, _depth: int) -> Any:
        return {"op": "matches", "args": [self.text(), self.dice.choice(PATTERNS)]}

    def text(self) -> Any:
        own: list[Any] = [{"self": True}] if self.own == "name" else []
        return self.dice.choice([{"field": "name"}, self.dice.choice(TEXTS), *own])

    def set(self) -> Any:
        own: list[Any] = [{"self": True}] if self.own == "tags" else []
        return self.dice.choice([{"field": "tags"}, *own])

    def has(self, _depth: int) -> Any:
        return {"op": "has", "args": [self.set(), self.dice.choice(("x", "y", "z"))]}

    def member(self, depth: int) -> Any:
        if self.dice.random() < 0.5:
            listed = self.dice.sample(("completed", "refused", "absent"), 2)
            return {"op": "in", "args": [{"field": "outcome"}, listed]}
        literals = [self._literal() for _ in range(self.dice.randint(1, 3))]
        return {"op": "in", "args": [self.number(min(depth, 0)), literals]}

    def _literal(self) -> Any:
        if self.dice.random() < 0.4:
            return {"dec": self.dice.choice(DECIMALS[:4])}
        return self.dice.randrange(-2, 5)

    def number(self, depth: int) -> Any:
        leaves: list[Any] = [{"field": "a"}, {"field": "b"}, {"context": "most"}, self._literal()]
        leaves += [{"field": "money"}, {"context": "line"}]
        leaves += [{"field": "m_sum"}] if self.block else []
        leaves += [{"self": True}] if self.own in ("a", "m_sum") else []
        if depth <= 0 or self.dice.random() < 0.4:
            return self.dice.choice(leaves)
        match self.dice.choice(("add", "sub", "mul", "sum", "size", "rows")):
            case "mul":  # of whole numbers, so that six decimals are enough
                return {"op": "mul", "args": [{"field": "a"}, self.number(0)]}
            case "size":
                return {"op": "size", "args": [self.dice.choice((self.set(), self.text()))]}
            case "rows" if not self.looking and self.block is None:
                of = self._in_rows(lambda: self.number(0))
                return {"op": "sum", "over": "rows", "of": of}
            case "sub":
                return {"op": "sub", "args": [self.number(depth - 1), self.number(depth - 1)]}
        args = [self.number(depth - 1) for _ in range(self.dice.randint(2, 3))]
        return {"op": self.dice.choice(("add", "sum")), "args": args}
