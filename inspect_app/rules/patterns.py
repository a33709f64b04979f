"""Patterns of the rule dialect: a small language that means the same on every phone and server.

Regular-expression engines differ in what `\\d`, `$` and `.` mean, and some of them can be made to
run for ever. So the dialect allows literals, classes such as `[0-9]`, groups, `|`, `?` and
`{m,n}`, always matched against the whole string, and runs them here as a set of states, which
takes time in proportion to the text whatever the pattern is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

MAX_LENGTH = 200
MAX_STATES = 2_000
_SPECIAL = frozenset("()[]{}|?^$*+.\\")


class PatternFault(ValueError):
    """The pattern is outside the allowed subset; the message says where."""


Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """One character of the given ranges."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Either:
    branches: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: "_Node"
    least: int
    most: int


_Node = _Step | _Sequence | _Either | _Repeat


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Turn a pattern into a test of whole strings; `PatternFault` when it is not allowed."""
    if len(pattern) > MAX_LENGTH:
        raise PatternFault(f"longer than {MAX_LENGTH} characters")
    body = pattern[1:] if pattern.startswith("^") else pattern
    body = body[:-1] if body.endswith("$") else body
    machine = _Machine()
    accept = machine.add(_Reader(body).read(), machine.state())
    return machine.matcher(accept)


class _Reader:
    """Recursive descent over the text of a pattern."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def read(self) -> _Node:
        node = self._either()
        if self.at < len(self.text):
            raise PatternFault(f"unexpected {self.text[self.at]!r} at {self.at}")
        return node

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self, wanted: str) -> None:
        if self._peek() != wanted:
            raise PatternFault(f"expected {wanted!r} at {self.at}")
        self.at += 1

    def _either(self) -> _Node:
        branches = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else _Either(tuple(branches))

    def _sequence(self) -> _Node:
        parts: list[_Node] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repeated())
        return _Sequence(tuple(parts))

    def _repeated(self) -> _Node:
        part = self._atom()
        if self._peek() == "?":
            self.at += 1
            return _Repeat(part, 0, 1)
        if self._peek() == "{":
            self.at += 1
            least = self._number()
            most = least
            if self._peek() == ",":
                self.at += 1
                most = self._number()
            self._take("}")
            if most < least:
                raise PatternFault(f"bounds the wrong way round before {self.at}")
            return _Repeat(part, least, most)
        return part

    def _number(self) -> int:
        start = self.at
        while self._peek() and self._peek() in "0123456789":
            self.at += 1
        if not 0 < self.at - start <= 4:
            raise PatternFault(f"expected a small number at {start}")
        return int(self.text[start : self.at])

    def _atom(self) -> _Node:
        sign = self._peek()
        if sign == "(":
            self.at += 1
            node = self._either()
            self._take(")")
            return node
        if sign == "[":
            return self._class()
        if sign in _SPECIAL:
            raise PatternFault(f"{sign!r} is not allowed at {self.at}")
        self.at += 1
        return _Step(((ord(sign), ord(sign)),))

    def _class(self) -> _Node:
        self._take("[")
        ranges: list[tuple[int, int]] = []
        while self._peek() != "]":
            low = self._class_sign()
            high = low
            if self._peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]"):
                self.at += 1
                high = self._class_sign()
            if high < low:
                raise PatternFault(f"range the wrong way round before {self.at}")
            ranges.append((ord(low), ord(high)))
        self._take("]")
        if not ranges:
            raise PatternFault("an empty class")
        return _Step(tuple(ranges))

    def _class_sign(self) -> str:
        sign = self._peek()
        if sign in ("", "[", "^", "\\"):
            raise PatternFault(f"{sign or 'end'!r} is not allowed in a class at {self.at}")
        self.at += 1
        return sign


@dataclass(slots=True)
class _Machine:
    """States with edges that read a character, and edges that read nothing."""

    reads: list[list[tuple[Ranges, int]]] = field(default_factory=list)
    leaps: list[list[int]] = field(default_factory=list)

    def state(self) -> int:
        if len(self.reads) >= MAX_STATES:
            raise PatternFault("the pattern grows too large")
        self.reads.append([])
        self.leaps.append([])
        return len(self.reads) - 1

    def add(self, node: _Node, start: int) -> int:
        """Lay the node out from `start`; the state it ends in."""
        if isinstance(node, _Step):
            end = self.state()
            self.reads[start].append((node.ranges, end))
            return end
        if isinstance(node, _Sequence):
            for part in node.parts:
                start = self.add(part, start)
            return start
        if isinstance(node, _Either):
            end = self.state()
            for branch in node.branches:
                first = self.state()
                self.leaps[start].append(first)
                self.leaps[self.add(branch, first)].append(end)
            return end
        for _ in range(node.least):
            start = self.add(node.part, start)
        end = self.state()
        self.leaps[start].append(end)
        for _ in range(node.most - node.least):
            start = self.add(node.part, start)
            self.leaps[start].append(end)
        return end

    def matcher(self, accept: int) -> Callable[[str], bool]:
        reads, leaps = self.reads, self.leaps

        def closure(states: set[int]) -> set[int]:
            waiting = list(states)
            while waiting:
                for target in leaps[waiting.pop()]:
                    if target not in states:
                        states.add(target)
                        waiting.append(target)
            return states

        first = frozenset(closure({0}))

        def matches(text: str) -> bool:
            states: set[int] | frozenset[int] = first
            for sign in text:
                code = ord(sign)
                states = closure(
                    {
                        target
                        for state in states
                        for ranges, target in reads[state]
                        if any(low <= code <= high for low, high in ranges)
                    }
                )
                if not states:
                    return False
            return accept in states

        return matches
