"""The part of XLSForm's expressions that the rule dialect can say; the rest is a fault.

Taken: `${field}`, `.`, whole numbers and decimals, texts in quotes, `true()`, `false()`,
comparisons, `and`, `or`, `not()`, `+`, `-`, `*`, `selected(${many}, 'value')`,
`count-selected()`, `string-length()`, `regex()`. A missing answer is unknown here, never an empty
text, so a comparison with '' is refused: a form that means "answered" says so by being required.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Node = object
"""An expression of the rule dialect, as JSON holds it."""

_TOKEN = re.compile(
    r"\s*(?:(?P<field>\$\{[^}]*\})|(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<name>[A-Za-z][A-Za-z0-9-]*)|(?P<sign><=|>=|!=|[=<>+*(),.-]))"
)
_COMPARES = {"=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_ADDS = {"+": "add", "-": "sub"}


class XPathFault(ValueError):
    """Something that the dialect cannot say, or that is no expression."""


@dataclass(frozen=True)
class Token:
    """One sign of an expression: what kind, and its text."""

    kind: str
    text: str


def translate(source: str, types: Mapping[str, str]) -> Node:
    """Say an XLSForm expression in the rule dialect.

    types : kind of each field of the form, by name; `selected` depends on it

    Raises
    ------
    XPathFault : outside the subset; the message says where
    """
    reader = _Reader(list(_tokens(source)), types)
    node = reader.either()
    reader.end()
    return node


def _tokens(source: str) -> Iterator[Token]:
    at = 0
    rest = source.rstrip()
    while at < len(rest):
        found = _TOKEN.match(rest, at)
        if found is None or found.lastgroup is None:
            raise XPathFault(f"cannot read {rest[at:].strip()[:20]!r}")
        yield Token(found.lastgroup, found[found.lastgroup])
        at = found.end()


class _Reader:
    """Reads an expression from left to right; each method a level that binds closer."""

    def __init__(self, tokens: list[Token], types: Mapping[str, str]) -> None:
        self.tokens, self.types, self.at = tokens, types, 0

    def either(self) -> Node:
        parts = [self.both()]
        while self._take("name", "or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else {"op": "or", "args": parts}

    def both(self) -> Node:
        parts = [self.comparison()]
        while self._take("name", "and"):
            parts.append(self.comparison())
        return parts[0] if len(parts) == 1 else {"op": "and", "args": parts}

    def comparison(self) -> Node:
        left = self.sum()
        for sign, op in _COMPARES.items():
            if self._take("sign", sign):
                right = self.sum()
                if "" in (left, right):
                    raise XPathFault("a comparison with an empty text")
                return {"op": op, "args": [left, right]}
        return left

    def sum(self) -> Node:
        left = self.product()
        while True:
            sign = next((sign for sign in _ADDS if self._take("sign", sign)), None)
            if sign is None:
                return left
            left = {"op": _ADDS[sign], "args": [left, self.product()]}

    def product(self) -> Node:
        left = self.term()
        while self._take("sign", "*"):
            left = {"op": "mul", "args": [left, self.term()]}
        return left

    def term(self) -> Node:
        token = self._next()
        match token.kind:
            case "field":
                return self._field(token.text[2:-1].strip())
            case "number":
                return {"dec": token.text} if "." in token.text else int(token.text)
            case "text":
                return token.text[1:-1]
            case "name":
                return self._call(token.text)
        if token.text == ".":
            return {"self": True}
        if token.text == "-":
            number = self._next()
            if number.kind != "number":
                raise XPathFault("a minus before something that is no number")
            text = f"-{number.text}"
            return {"dec": text} if "." in text else int(text)
        if token.text == "(":
            inner = self.either()
            self._expect(")")
            return inner
        raise XPathFault(f"{token.text!r} is not expected there")

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise XPathFault(f"{self.tokens[self.at].text!r} is not expected there")

    def _call(self, name: str) -> Node:
        self._expect("(")
        arguments: list[Node] = []
        if not self._take("sign", ")"):
            arguments.append(self.either())
            while self._take("sign", ","):
                arguments.append(self.either())
            self._expect(")")
        match name, arguments:
            case (("true" | "false"), []):
                return name == "true"
            case "not", [one]:
                return {"op": "not", "args": [one]}
            case "selected", [of, str(value)]:
                is_one = isinstance(of, dict) and self.types.get(str(of.get("field"))) == (
                    "select_one"
                )
                return {"op": "eq" if is_one else "has", "args": [of, value]}
            case (("count-selected" | "string-length"), [one]):
                return {"op": "size", "args": [one]}
            case "regex", [one, str(pattern)]:
                return {"op": "matches", "args": [one, pattern]}
        raise XPathFault(f"{name}() with {len(arguments)} arguments is outside the subset")

    def _field(self, name: str) -> Node:
        if name not in self.types:
            raise XPathFault(f"there is no field {name!r}")
        return {"field": name}

    def _next(self) -> Token:
        if self.at == len(self.tokens):
            raise XPathFault("it ends too soon")
        self.at += 1
        return self.tokens[self.at - 1]

    def _take(self, kind: str, text: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == Token(kind, text):
            self.at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take("sign", text):
            raise XPathFault(f"{text!r} is missing")
