"""The rule dialect: skip logic and constraints that phone and server decide alike, to the bit.

An expression is JSON: `{"op": name, "args": [...]}` over the leaves `{"field": id}`,
`{"context": name}`, `{"self": true}`, `{"dec": "12.50"}` and literals. Three values: an unanswered,
`dk` or `refused` operand is unknown (None here), never 0 or false, and `and`, `or`, `not`
follow Kleene's strong logic. Numbers are integers scaled by a power of ten that is known when
the form is published; no floating point, no rounding, no casts.

`compile_expression` checks an expression once (references, types, size) and writes it as Python;
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
    settled,
    sum_rows,
)
from inspect_app.rules.sources import Names
from inspect_app.rules.values import (
    NO_ROW,
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
NO_SET = frozenset({str, type(None)})
"""Classes of what is stored in place of a set: a code for "no answer", or nothing."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression, ready to run.

    code : its Python source, over `reading`, `row` and `own`; other functions may hold it too
    """

    source: object
    type: Type
    run: Run = field(compare=False, repr=False)
    refers_to: frozenset[str]
    cost: int
    code: str = field(compare=False, repr=False)

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
    names: Names | None = None,
) -> Expression:
    """Check an expression and prepare it for running.

    `block` is the repeated block whose row the expression stands in, `own` the field that
    `{"self": true}` means, `wants` the kind the whole must have (None: any), `names` those of
    the expressions that its source is to stand beside.
    Raises `ExpressionFault` with a code and a JSON pointer.
    """
    names = names or Names()
    builder = _Builder(scope, own, names)
    built = builder.build(source, "", _Place(block=block))
    if wants is not None and built.type.kind is not wants:
        raise ExpressionFault("wrong-type", "", f"{built.type.kind}, wanted {wants}")
    if built.cost > MAX_COST:
        raise ExpressionFault("too-costly", "", f"{built.cost} steps, at most {MAX_COST}")
    code = settled(built, names)
    return Expression(
        source, built.type, names.run_of(code), frozenset(builder.refers_to), built.cost, code
    )


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
    names: Names
    refers_to: set[str] = field(default_factory=set)

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
        if name.block not in (None, place.block):
            raise ExpressionFault("outside-its-block", at, str(wanted))
        home = "reading.answers" if name.block is None else "row"
        return self._read(name, f"{home}.get({str(wanted)!r})")

    def _context(self, wanted: object, at: str) -> Built:
        known = self.scope.context.get(wanted) if isinstance(wanted, str) else None
        if known is None:
            raise ExpressionFault("unknown-context", at, str(wanted))
        return self._read(Name(known), f"reading.context.get({str(wanted)!r})")

    def _self(self, at: str) -> Built:
        if self.own is None:
            raise ExpressionFault("self-not-here", at)
        return self._read(self.own, "own")

    def _read(self, name: Name, stored: str) -> Built:
        """Write how the stored answer of a field becomes a value of the dialect, or unknown."""
        read = reader(name)
        if read is not None:
            return Built(name.type, f"{self.names.constant(read)}({stored})")
        if not name.missing:
            return Built(name.type, stored)
        if name.type.kind is Kind.SET:
            unknown = f".__class__ in {self.names.constant(NO_SET)}"
        else:
            unknown = f"in {self.names.constant(name.missing | {None})}"
        return Built(name.type, stored, unknown=unknown)

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
            return member(first, args[1], at, self.names)
        built = [self.build(arg, f"{at}/args/{n}", deeper) for n, arg in enumerate(args)]
        return OPERATIONS[op](op, built, at, self.names)

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
        require(inner, Kind.BOOLEAN if op == "any" else Kind.NUMBER, f"{at}/{inner_key}")
        run = self.names.run_of(settled(inner, self.names))
        rows = self.names.constant((any_row if op == "any" else sum_rows)(over, run))
        cost = 1 + ROWS_ASSUMED * inner.cost
        return Built(inner.type, f"{rows}(reading, row, own)", cost)
