"""Operations of the rule dialect: each checks its operands once and writes its Python source.

`and`, `or` and `not` follow Kleene; every other operation is unknown as soon as one operand is.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from inspect_app.rules.patterns import PatternFault, compile_pattern
from inspect_app.rules.sources import Names
from inspect_app.rules.values import (
    BOOLEAN,
    INTEGER,
    MAX_PLACES,
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
    """A checked part of an expression.

    code : source of its value, over `reading`, `row` and `own`
    unknown : what is true of the value where it is unknown, as source after a name for it
    """

    type: Type
    code: str
    cost: int = 1
    literal: bool | int | str | None = None
    unknown: str = "is None"


def literal(node: object, at: str) -> Built | None:
    """A boolean, an integer, a text or `{"dec": …}`; None when the node is something else."""
    if isinstance(node, bool):
        return _known(BOOLEAN, node)
    if isinstance(node, int):
        if abs(node) > SAFE_INTEGER:
            raise ExpressionFault("integer-too-large", at)
        return _known(INTEGER, node)
    if isinstance(node, str):
        return _known(TEXT, _checked_text(node, at))
    if isinstance(node, Mapping) and set(node) == {"dec"}:
        return _decimal_literal(node["dec"], at)
    return None


def settled(built: Built, names: Names) -> str:
    """Write a part so that its value is None where it is unknown."""
    if built.unknown == "is None":
        return built.code
    value = names.variable()
    return f"(None if ({value} := {built.code}) {built.unknown} else {value})"


def any_row(over: str, where: Run) -> Run:
    """Is it so in any row of a repeated block?"""

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
    """What comes of a repeated block's rows together."""

    def run(reading: Reading, row: Answers, own: object) -> Value | None:
        total = 0
        for each in reading.rows.get(over, ()):
            value = of(reading, each, own)
            if value is None:
                return None
            total += value  # type: ignore[operator]  # a number, checked when compiled
        return total

    return run


def require(built: Built, kind: Kind, at: str) -> None:
    """Refuse a part that is of another kind."""
    if built.type.kind is not kind:
        raise ExpressionFault("wrong-type", at, f"{built.type.kind}, wanted {kind}")


def member(first: Built, listed: object, at: str, names: Names) -> Built:
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
    values = names.constant(frozenset(_scaled(each.literal, each, places) for each in literals))
    code = _strict(names, [first], lambda value: f"{_at(value, first, places)} in {values}")
    return Built(BOOLEAN, code, first.cost + len(literals) + 1)


def _known(type_: Type, value: bool | int | str) -> Built:
    return Built(type_, repr(value), literal=value)


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
    return _known(Type(Kind.NUMBER, places=places), digits)


def _cost(built: Sequence[Built]) -> int:
    return 1 + sum(each.cost for each in built)


def _require_choice(built: Built, of: Built, at: str) -> None:
    """A literal compared with a closed list must stand in it, or a slip of the pen never shows."""
    values = of.type.values
    if values is not None and isinstance(built.literal, str) and built.literal not in values:
        raise ExpressionFault("not-a-choice", at, built.literal)


def _strict(names: Names, operands: Sequence[Built], say: Callable[..., str]) -> str:
    """Write an operation that is unknown as soon as one operand is.

    say : its source where all are known, given the source of each
    """
    unknown, values = [], []
    for each in operands:
        if each.literal is not None:
            values.append(each.code)
            continue
        value = names.variable()
        unknown.append(f"({value} := {each.code}) {each.unknown}")
        values.append(value)
    said = say(*values)
    return f"(None if {' or '.join(unknown)} else {said})" if unknown else f"({said})"


def _scaled(value: object, built: Built, places: int) -> object:
    """The same number with more decimals; other kinds as they are."""
    factor: int = 10 ** (places - built.type.places)
    return value if factor == 1 else value * factor  # type: ignore[operator]  # only numbers have places


def _at(value: str, built: Built, places: int) -> str:
    """The same, of a source."""
    factor = 10 ** (places - built.type.places)
    return value if factor == 1 else f"({value} * {factor})"


def _logic(op: str, built: list[Built], at: str, names: Names) -> Built:
    for n, each in enumerate(built):
        require(each, Kind.BOOLEAN, f"{at}/args/{n}")
    decisive = op == "or"
    values = [names.variable() for _ in built]
    decided = " or ".join(
        f"({value} := {settled(each, names)}) is {decisive}"
        for value, each in zip(values, built, strict=True)
    )
    unknown = " or ".join(f"{value} is None" for value in values)
    code = f"({decisive} if {decided} else None if {unknown} else {not decisive})"
    return Built(BOOLEAN, code, _cost(built))


def _not(op: str, built: list[Built], at: str, names: Names) -> Built:
    require(built[0], Kind.BOOLEAN, f"{at}/args/0")
    return Built(BOOLEAN, _strict(names, built, lambda value: f"not {value}"), _cost(built))


_ORDERED = frozenset({Kind.NUMBER, Kind.INSTANT, Kind.DATE})
_COMPARED = _ORDERED | {Kind.TEXT, Kind.BOOLEAN}
_COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def _comparison(op: str, built: list[Built], at: str, names: Names) -> Built:
    left, right = built
    if left.type.kind is not right.type.kind:
        raise ExpressionFault("unlike-types", at, f"{left.type.kind} {op} {right.type.kind}")
    if left.type.kind not in (_COMPARED if op in ("eq", "ne") else _ORDERED):
        raise ExpressionFault("wrong-type", at, f"{op} of {left.type.kind}")
    _require_choice(left, right, f"{at}/args/0")
    _require_choice(right, left, f"{at}/args/1")
    places, sign = max(left.type.places, right.type.places), _COMPARISONS[op]

    def say(one: str, other: str) -> str:
        return f"{_at(one, left, places)} {sign} {_at(other, right, places)}"

    return Built(BOOLEAN, _strict(names, built, say), _cost(built))


def _has(op: str, built: list[Built], at: str, names: Names) -> Built:
    require(built[0], Kind.SET, f"{at}/args/0")
    require(built[1], Kind.TEXT, f"{at}/args/1")
    _require_choice(built[1], built[0], f"{at}/args/1")
    code = _strict(names, built, lambda values, value: f"{value} in {values}")
    return Built(BOOLEAN, code, _cost(built))


def _size(op: str, built: list[Built], at: str, names: Names) -> Built:
    if built[0].type.kind not in (Kind.SET, Kind.TEXT):
        raise ExpressionFault("wrong-type", f"{at}/args/0", f"size of {built[0].type.kind}")
    return Built(INTEGER, _strict(names, built, lambda value: f"len({value})"), _cost(built))


def _matches(op: str, built: list[Built], at: str, names: Names) -> Built:
    require(built[0], Kind.TEXT, f"{at}/args/0")
    pattern = built[1].literal
    if not isinstance(pattern, str):
        raise ExpressionFault("not-a-literal", f"{at}/args/1")
    try:
        matching = names.constant(compile_pattern(pattern))
    except PatternFault as fault:
        raise ExpressionFault("bad-pattern", f"{at}/args/1", str(fault)) from fault
    code = _strict(names, built[:1], lambda value: f"{matching}({value})")
    return Built(BOOLEAN, code, _cost(built) + len(pattern))


_SIGNS = {"add": " + ", "sum": " + ", "sub": " - ", "mul": " * "}


def _arithmetic(op: str, built: list[Built], at: str, names: Names) -> Built:
    for n, each in enumerate(built):
        require(each, Kind.NUMBER, f"{at}/args/{n}")
    each_place = [each.type.places for each in built]
    places = sum(each_place) if op == "mul" else max(each_place)
    if places > MAX_PLACES:
        raise ExpressionFault("too-many-decimals", at, f"{places}, at most {MAX_PLACES}")

    def say(*values: str) -> str:
        if op == "mul":
            return _SIGNS[op].join(values)
        pairs = zip(values, built, strict=True)
        return _SIGNS[op].join(_at(value, each, places) for value, each in pairs)

    code = _strict(names, built, say)
    return Built(Type(Kind.NUMBER, places=places), code, _cost(built))


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
OPERATIONS: Mapping[str, Callable[[str, list[Built], str, Names], Built]] = {
    **dict.fromkeys(("and", "or"), _logic),
    "not": _not,
    **dict.fromkeys(_COMPARISONS, _comparison),
    "has": _has,
    "size": _size,
    "matches": _matches,
    **dict.fromkeys(("add", "sub", "mul", "sum"), _arithmetic),
}
