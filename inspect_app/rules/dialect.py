"""The rule dialect: skip logic and constraints that phone and server decide alike, to the bit.

An expression is JSON: `{"op": name, "args": [...]}` over the leaves `{"field": id}`,
`{"context": name}`, `{"self": true}`, `{"dec": "12.50"}` and literals. Three values: an unanswered,
`dk` or `refused` operand is unknown (None here), never 0 or false, and `and`, `or`, `not`
follow Kleene's strong logic. Numbers are integers scaled by a power of ten that is known when
the form is published; no floating point, no rounding, no casts.

`compile_expression` checks an expression once (references, types, size) and returns closures;
evaluating never fails on answers that have passed the schema of their form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from inspect_app.rules.operations import (
    COUNTS,
    OPERATIONS,
    Built,
    ExpressionFault,
    any_row,
    literal,
    member,
    require,
    sum_rows,
)
from inspect_app.rules.values import (
    BOOLEAN,
    INTEGER,
    NO_ROW,
    SAFE_INTEGER,
    Answers,
    Kind,
    Name,
    Reading,
    Run,
    Scope,
    Type,
    Value,
    reader,
)

__all__ = ["Expression", "ExpressionFault", "compile_expression"]

MAX_DEPTH = 10
MAX_COST = 2_000
ROWS_ASSUMED = 30


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression, ready to run."""

    source: object
    type: Type
    run: Run = field(compare=False, repr=False)
    refers_to: frozenset[str]
    cost: int
    span: tuple[int, int] | None = None
    """The whole numbers that fulfil it, where it only bounds the answer itself."""

    def holds(self, reading: Reading, row: Answers = NO_ROW, own: object = None) -> Value | None:
        """The value, or None when unknown."""
        return self.run(reading, row, own)


def compile_expression(
    source: object,
    scope: Scope,
    *,
    block: str | None = None,
    own: Name | None = None,
    wants: Kind | None = Kind.BOOLEAN,
) -> Expression:
    """Check an expression and prepare it for running.

    `block` is the repeated block whose row the expression stands in, `own` the field that
    `{"self": true}` means, `wants` the kind the whole must have (None: any).
    Raises `ExpressionFault` with a code and a JSON pointer.
    """
    builder = _Builder(scope=scope, own=own)
    built = builder.build(source, "", _Place(block=block))
    if wants is not None and built.type.kind is not wants:
        raise ExpressionFault("wrong-type", "", f"{built.type.kind}, wanted {wants}")
    if built.cost > MAX_COST:
        raise ExpressionFault("too-costly", "", f"{built.cost} steps, at most {MAX_COST}")
    return Expression(
        source,
        built.type,
        _bounded(source, builder) or _tabled(built.run, builder),
        frozenset(builder.refers_to),
        built.cost,
        span_of(source) if own is not None and own.type == INTEGER else None,
    )


ITSELF: Mapping[str, object] = {"self": True}


def span_of(source: object, subject: object = ITSELF) -> tuple[int, int] | None:
    """Bounds that an expression sets to its subject alone, both included; None for any other."""
    match source:
        case {"op": "ge", "args": [one, int(low)]} if one == subject:
            return low, SAFE_INTEGER
        case {"op": "le", "args": [one, int(high)]} if one == subject:
            return -SAFE_INTEGER, high
        case {"op": "and", "args": [*parts]}:
            spans = [span_of(part, subject) for part in parts]
            known = [span for span in spans if span is not None]
            if len(known) == len(spans):
                return max(low for low, _ in known), min(high for _, high in known)
    return None


def _bounded(source: object, builder: "_Builder") -> Run | None:
    """Two comparisons in place of an expression that only bounds one whole number of the form."""
    if builder.asks_itself or builder.asks_context or len(builder.refers_to) != 1:
        return None
    (key,) = builder.refers_to
    name, span = builder.scope.fields.get(key), span_of(source, {"field": key})
    if name is None or span is None or name.type != INTEGER:  # it may name a repeated block alone
        return None
    low, high = span
    in_row = name.block is not None

    def run(reading: Reading, row: Answers, own: object) -> Value | None:
        value = (row if in_row else reading.answers).get(key)
        return low <= value <= high if value.__class__ is int else None

    return run


TABLE_SIZE = 1024
HASHABLE = frozenset({str, tuple, type(None)})


def _tabled(run: Run, builder: "_Builder") -> Run:
    """Work an expression over one closed list out once for each answer.

    Anything else it runs anew: numbers and texts hardly repeat.
    """
    listed = {name for name in builder.refers_to if _is_listed(builder.scope.fields.get(name))}
    own = builder.own if builder.asks_itself else None
    if builder.asks_context or listed != builder.refers_to or len(listed) + bool(own) != 1:
        return run
    if own is not None and not _is_listed(own):
        return run
    (key,) = listed or {""}
    in_row = bool(key) and builder.scope.fields[key].block is not None
    table: dict[object, Value | None] = {}

    def look_up(reading: Reading, row: Answers, own: object) -> Value | None:
        value = own if not key else row.get(key) if in_row else reading.answers.get(key)
        try:
            return table[value]
        except (KeyError, TypeError):  # not met so far, or no answer of a closed list
            found = run(reading, row, own)
            if value.__class__ in HASHABLE and len(table) < TABLE_SIZE:
                table[value] = found
            return found

    return look_up


def _is_listed(name: Name | None) -> bool:
    return name is not None and name.type.values is not None


def _own_value(name: Name) -> Run:
    """The value of the field itself; a whole number needs no reading."""
    read, missing = reader(name), name.missing
    if name.type != INTEGER:
        return lambda reading, row, own: read(own)
    return lambda reading, row, own: None if own in missing else own  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the form and in the expression we stand."""

    block: str | None
    looking_through: bool = False
    depth: int = 1


@dataclass(slots=True)
class _Builder:
    scope: Scope
    own: Name | None
    refers_to: set[str] = field(default_factory=set)
    asks_context: bool = False
    asks_itself: bool = False

    def build(self, node: object, at: str, place: _Place) -> Built:
        plain = literal(node, at)
        if plain is not None:
            return plain
        if not isinstance(node, Mapping):
            raise ExpressionFault("not-an-expression", at, type(node).__name__)
        if place.depth > MAX_DEPTH:
            raise ExpressionFault("too-deep", at, f"more than {MAX_DEPTH} levels")
        keys = set(node)
        if keys == {"field"}:
            return self._field(node["field"], at, place)
        if keys == {"context"}:
            return self._context(node["context"], at)
        if keys == {"self"} and node["self"] is True:
            return self._self(at)
        if "op" in keys:
            return self._operation(node, at, place)
        raise ExpressionFault("not-an-expression", at)

    def _field(self, wanted: object, at: str, place: _Place) -> Built:
        name = self.scope.fields.get(wanted) if isinstance(wanted, str) else None
        if name is None:
            raise ExpressionFault("unknown-field", at, str(wanted))
        self.refers_to.add(str(wanted))
        read, key = reader(name), str(wanted)
        if name.block is None:
            return Built(name.type, lambda reading, row, own: read(reading.answers.get(key)))
        if name.block != place.block:
            raise ExpressionFault("outside-its-block", at, key)
        return Built(name.type, lambda reading, row, own: read(row.get(key)))

    def _context(self, wanted: object, at: str) -> Built:
        known = self.scope.context.get(wanted) if isinstance(wanted, str) else None
        if known is None:
            raise ExpressionFault("unknown-context", at, str(wanted))
        self.asks_context = True
        read, key = reader(Name(known)), str(wanted)
        return Built(known, lambda reading, row, own: read(reading.context.get(key)))

    def _self(self, at: str) -> Built:
        if self.own is None:
            raise ExpressionFault("self-not-here", at)
        self.asks_itself = True
        return Built(self.own.type, _own_value(self.own))

    def _operation(self, node: Mapping[object, object], at: str, place: _Place) -> Built:
        op = node["op"]
        if op in ("any", "sum") and "over" in node:
            return self._rows(str(op), node, at, place)
        if not isinstance(op, str) or op not in COUNTS:
            raise ExpressionFault("unknown-op", at, str(op))
        args = node.get("args")
        if set(node) != {"op", "args"} or not isinstance(args, list):
            raise ExpressionFault("not-an-expression", at)
        least, most = COUNTS[op]
        if not least <= len(args) <= most:
            raise ExpressionFault("wrong-count", at, f"{op} with {len(args)}")
        deeper = _Place(place.block, place.looking_through, place.depth + 1)
        if op == "in":
            first = self.build(args[0], f"{at}/args/0", deeper)
            return member(first, args[1], at)
        built = [self.build(arg, f"{at}/args/{n}", deeper) for n, arg in enumerate(args)]
        return OPERATIONS[op](op, built, at)

    def _rows(self, op: str, node: Mapping[object, object], at: str, place: _Place) -> Built:
        inner_key = "where" if op == "any" else "of"
        if set(node) != {"op", "over", inner_key}:
            raise ExpressionFault("not-an-expression", at)
        over = node["over"]
        if not isinstance(over, str) or over not in self.scope.repeated:
            raise ExpressionFault("not-repeated", at, str(over))
        if place.looking_through:
            raise ExpressionFault("nested-rows", at)
        inner = self.build(
            node[inner_key],
            f"{at}/{inner_key}",
            _Place(block=over, looking_through=True, depth=place.depth + 1),
        )
        self.refers_to.add(over)
        cost = 1 + ROWS_ASSUMED * inner.cost
        if op == "any":
            require(inner, Kind.BOOLEAN, f"{at}/where")
            return Built(BOOLEAN, any_row(over, inner.run), cost)
        require(inner, Kind.NUMBER, f"{at}/of")
        return Built(inner.type, sum_rows(over, inner.run), cost)
