"""Operations of the rule dialect: each checks its operands once and returns a closure.

`and`, `or` and `not` follow Kleene; every other operation is unknown as soon as one operand is.
"""

import operator
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from inspect_app.rules.patterns import PatternFault, compile_pattern
from inspect_app.rules.values import (
    BOOLEAN,
    INTEGER,
    MAX_PLACES,
    NO_ROW,
    SAFE_INTEGER,
    TEXT,
    Answers,
    Kind,
    Reading,
    Run,
    Type,
    Value,
    decimal,
)


class ExpressionFault(ValueError):
    """An expression that must not be published."""

    def __init__(self, code: str, pointer: str, detail: str = "") -> None:
        super().__init__(f"{pointer or '/'}: {code}" + (f" ({detail})" if detail else ""))
        self.code = code
        self.pointer = pointer
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Built:
    type: Type
    run: Run
    cost: int = 1
    literal: object = None


def known(value: Value) -> Run:
    return lambda reading, row, own: value


def literal(node: object, at: str) -> Built | None:
    """A boolean, an integer, a text or `{"dec": …}`; None when the node is something else."""
    if isinstance(node, bool):
        return Built(BOOLEAN, known(node), literal=node)
    if isinstance(node, int):
        if abs(node) > SAFE_INTEGER:
            raise ExpressionFault("integer-too-large", at)
        return Built(INTEGER, known(node), literal=node)
    if isinstance(node, str):
        return Built(TEXT, known(_checked_text(node, at)), literal=node)
    if isinstance(node, Mapping) and set(node) == {"dec"}:
        return _decimal_literal(node["dec"], at)
    return None


def any_row(over: str, where: Run) -> Run:
    def run(reading: Reading, row: Answers, own: object) -> Value | None:
        found: bool | None = False
        for each in reading.rows.get(over, ()):
            value = where(reading, each, own)
            if value is True:
                return True
            if value is None:
                found = None
        return found

    return run


def sum_rows(over: str, of: Run) -> Run:
    def run(reading: Reading, row: Answers, own: object) -> Value | None:
        total = 0
        for each in reading.rows.get(over, ()):
            value = of(reading, each, own)
            if value is None:
                return None
            total += value  # type: ignore[operator]  # a number, checked when compiled
        return total

    return run


def _checked_text(text: str, at: str) -> str:
    if any("\ud800" <= sign <= "\udfff" or sign == "\0" for sign in text):
        raise ExpressionFault("bad-text", at)
    if not unicodedata.is_normalized("NFC", text):
        raise ExpressionFault("not-nfc", at)
    return text


def _decimal_literal(text: object, at: str) -> Built:
    found = decimal(text) if isinstance(text, str) else None
    if found is None:
        raise ExpressionFault("bad-decimal", at, str(text))
    digits, places = found
    return Built(Type(Kind.NUMBER, places=places), known(digits), literal=digits)


def require(built: Built, kind: Kind, at: str) -> None:
    if built.type.kind is not kind:
        raise ExpressionFault("wrong-type", at, f"{built.type.kind}, wanted {kind}")


def _cost(built: Sequence[Built]) -> int:
    return 1 + sum(each.cost for each in built)


def _require_choice(built: Built, of: Built, at: str) -> None:
    """A literal compared with a closed list must stand in it, or a slip of the pen never shows."""
    values = of.type.values
    if values is not None and isinstance(built.literal, str) and built.literal not in values:
        raise ExpressionFault("not-a-choice", at, built.literal)


def _logic(op: str, built: list[Built], at: str) -> Built:
    for n, each in enumerate(built):
        require(each, Kind.BOOLEAN, f"{at}/args/{n}")
    runs = tuple(each.run for each in built)
    decisive = op == "or"

    def run(reading: Reading, row: Answers, own: object) -> Value | None:
        result: bool | None = not decisive
        for each in runs:
            value = each(reading, row, own)
            if value is decisive:
                return decisive
            if value is None:
                result = None
        return result

    return Built(BOOLEAN, run, _cost(built))


def _not(op: str, built: list[Built], at: str) -> Built:
    require(built[0], Kind.BOOLEAN, f"{at}/args/0")
    inner = built[0].run

    def run(reading: Reading, row: Answers, own: object) -> Value | None:
        value = inner(reading, row, own)
        return None if value is None else not value

    return Built(BOOLEAN, run, _cost(built))


_ORDERED = frozenset({Kind.NUMBER, Kind.INSTANT, Kind.DATE})
_COMPARED = _ORDERED | {Kind.TEXT, Kind.BOOLEAN}
_COMPARISONS: Mapping[str, Callable[[object, object], bool]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")
}
NOTHING = Reading({}, {}, {})


def _comparison(op: str, built: list[Built], at: str) -> Built:
    left, right = built
    if left.type.kind is not right.type.kind:
        raise ExpressionFault("unlike-types", at, f"{left.type.kind} {op} {right.type.kind}")
    if left.type.kind not in (_COMPARED if op in ("eq", "ne") else _ORDERED):
        raise ExpressionFault("wrong-type", at, f"{op} of {left.type.kind}")
    _require_choice(left, right, f"{at}/args/0")
    _require_choice(right, left, f"{at}/args/1")
    places = max(left.type.places, right.type.places)
    one, other = _at_places(left, places), _at_places(right, places)
    compare = _COMPARISONS[op]
    if right.literal is not None:
        constant = other(NOTHING, NO_ROW, None)

        def run_against_constant(reading: Reading, row: Answers, own: object) -> Value | None:
            value = one(reading, row, own)
            return None if value is None else compare(value, constant)

        return Built(BOOLEAN, run_against_constant, _cost(built))

    def run(reading: Reading, row: Answers, own: object) -> Value | None:
        first = one(reading, row, own)
        if first is None:
            return None
        second = other(reading, row, own)
        return None if second is None else compare(first, second)

    return Built(BOOLEAN, run, _cost(built))


def _at_places(built: Built, places: int) -> Run:
    """The same number with more decimals; other kinds as they are."""
    factor = 10 ** (places - built.type.places)
    if factor == 1:
        return built.run
    inner = built.run

    def run(reading: Reading, row: Answers, own: object) -> Value | None:
        value = inner(reading, row, own)
        return None if value is None else value * factor

    return run


def member(first: Built, listed: object, at: str) -> Built:
    """`in`: is the value one of a literal list of its own type?"""
    if not isinstance(listed, list) or not listed:
        raise ExpressionFault("not-a-list", f"{at}/args/1")
    if first.type.kind not in (Kind.TEXT, Kind.NUMBER):
        raise ExpressionFault("wrong-type", f"{at}/args/0", f"in of {first.type.kind}")
    literals = []
    for n, each in enumerate(listed):
        here = f"{at}/args/1/{n}"
        built = literal(each, here)
        if built is None:
            raise ExpressionFault("not-a-literal", here)
        if built.type.kind is not first.type.kind:
            raise ExpressionFault("unlike-types", here)
        _require_choice(built, first, here)
        literals.append(built)
    places = max(each.type.places for each in (first, *literals))
    values = frozenset(_at_places(each, places)(NOTHING, NO_ROW, None) for each in literals)
    inner = _at_places(first, places)

    def run(reading: Reading, row: Answers, own: object) -> Value | None:
        value = inner(reading, row, own)
        return None if value is None else value in values

    return Built(BOOLEAN, run, first.cost + len(literals) + 1)


def _has(op: str, built: list[Built], at: str) -> Built:
    require(built[0], Kind.SET, f"{at}/args/0")
    require(built[1], Kind.TEXT, f"{at}/args/1")
    _require_choice(built[1], built[0], f"{at}/args/1")
    chosen, wanted = built[0].run, built[1].run

    def run(reading: Reading, row: Answers, own: object) -> Value | None:
        values = chosen(reading, row, own)
        value = wanted(reading, row, own)
        return None if values is None or value is None else value in values  # type: ignore[operator]

    return Built(BOOLEAN, run, _cost(built))


def _size(op: str, built: list[Built], at: str) -> Built:
    if built[0].type.kind not in (Kind.SET, Kind.TEXT):
        raise ExpressionFault("wrong-type", f"{at}/args/0", f"size of {built[0].type.kind}")
    inner = built[0].run

    def run(reading: Reading, row: Answers, own: object) -> Value | None:
        value = inner(reading, row, own)
        return None if value is None else len(value)  # type: ignore[arg-type]

    return Built(INTEGER, run, _cost(built))


def _matches(op: str, built: list[Built], at: str) -> Built:
    require(built[0], Kind.TEXT, f"{at}/args/0")
    pattern = built[1].literal
    if not isinstance(pattern, str):
        raise ExpressionFault("not-a-literal", f"{at}/args/1")
    try:
        matching = compile_pattern(pattern)
    except PatternFault as fault:
        raise ExpressionFault("bad-pattern", f"{at}/args/1", str(fault)) from fault
    inner = built[0].run

    def run(reading: Reading, row: Answers, own: object) -> Value | None:
        value = inner(reading, row, own)
        return None if value is None else matching(str(value))

    return Built(BOOLEAN, run, _cost(built) + len(pattern))


def _arithmetic(op: str, built: list[Built], at: str) -> Built:
    for n, each in enumerate(built):
        require(each, Kind.NUMBER, f"{at}/args/{n}")
    if op == "mul":
        places = sum(each.type.places for each in built)
        runs = tuple(each.run for each in built)
    else:
        places = max(each.type.places for each in built)
        runs = tuple(_at_places(each, places) for each in built)
    if places > MAX_PLACES:
        raise ExpressionFault("too-many-decimals", at, f"{places}, at most {MAX_PLACES}")

    def run(reading: Reading, row: Answers, own: object) -> Value | None:
        numbers: list[int] = []
        for each in runs:
            value = each(reading, row, own)
            if value is None:
                return None
            numbers.append(value)  # type: ignore[arg-type]  # a number, checked when compiled
        if op == "sub":
            return numbers[0] - numbers[1]
        if op == "mul":
            return numbers[0] * numbers[1]
        return sum(numbers)

    return Built(Type(Kind.NUMBER, places=places), run, _cost(built))


_MANY = 200
COUNTS: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(("and", "or"), (1, _MANY)),
    "not": (1, 1),
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge", "in", "has", "matches"), (2, 2)),
    "size": (1, 1),
    "add": (2, _MANY),
    "sum": (1, _MANY),
    **dict.fromkeys(("sub", "mul"), (2, 2)),
}
OPERATIONS: Mapping[str, Callable[[str, list[Built], str], Built]] = {
    **dict.fromkeys(("and", "or"), _logic),
    "not": _not,
    **dict.fromkeys(_COMPARISONS, _comparison),
    "has": _has,
    "size": _size,
    "matches": _matches,
    **dict.fromkeys(("add", "sub", "mul", "sum"), _arithmetic),
}
