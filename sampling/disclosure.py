"""What can be worked out about unknown counts from figures that were published.

Each unknown is a whole number between 0 and a known most. Each figure is a linear sum of them that
is known to lie between two ends, those of its rounding. A count is proved to be safe by examples:
solutions in whole numbers, each of which speaks for many counts at once. That it is not safe is
proved by linear programming, and where neither tells, by integer programming.

References
----------
Fischetti and Salazar (2001), J. Am. Stat. Assoc. 96, 1008-1017, for attackers of published tables.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sampling.errors import SamplingError

LEAST = 5
"""A count that may be anything from 0 to this much tells nothing of a household."""
TOLERANCE = 1e-6
NODES = 1000
"""Of one integer programme; a count whose programme needs more is taken for learnt."""
SWEEPS = 2
"""Over the figures, to see what each allows by itself."""
LOW, HIGH = 1, -1
"""Which end of a range; the sign by which the sum is made least."""
WIDE = ((LOW, 0), (HIGH, LEAST))
"""A range that tells nothing reaches both of these."""
INFEASIBLE = 2
FAILED = "HiGHS Status 4:"
"""How the solver begins to say that it broke down, now and then by what its presolve made."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Known:
    """A figure somebody holds: a sum of unknowns that lies between two ends.

    Parameters
    ----------
    what : where it was read
    terms : unknown -> coefficient
    low, high : ends of its rounding
    official : whether the county's result says it, which is public by law
    """

    what: str
    terms: Mapping[str, float]
    low: float
    high: float
    official: bool = False


@dataclass(frozen=True)
class Target:
    """A count that nobody may learn: the sum of some unknowns."""

    what: str
    parts: frozenset[str]


@dataclass(frozen=True)
class Leak:
    """What was learnt of a count, beside what the official figures alone leave open at least."""

    target: Target
    low: int
    high: int
    low_alone: int
    high_alone: int

    def __str__(self) -> str:
        return (
            f"{self.target.what}: {self.low}..{self.high}, "
            f"officially {self.low_alone}..{self.high_alone}"
        )


@dataclass(frozen=True, eq=False)
class Attacker:
    """Whoever holds some figures about unknown counts.

    Parameters
    ----------
    most : unknown -> the most it can be (count)
    known : figures held
    examples : unknown -> count, such as the truth where it is at hand: solutions to begin with

    Examples
    --------
    >>> most = {"a": 20, "b": 20, "c": 20}
    >>> total = Known("county", {"a": 1, "b": 1, "c": 1}, 12, 12, official=True)
    >>> parts = Known("published parts", {"a": 1, "b": 1}, 12, 12)
    >>> cell = Target("c", frozenset({"c"}))
    >>> Attacker(most, (total,)).leaks([cell])
    []
    >>> [str(leak) for leak in Attacker(most, (total, parts)).leaks([cell])]
    ['c: 0..0, officially 0..12']
    """

    most: Mapping[str, int]
    known: Sequence[Known]
    examples: Sequence[Mapping[str, int]] = ()

    def leaks(self, targets: Sequence[Target]) -> list[Leak]:
        """Return the targets of which more is learnt than the official figures alone tell.

        A count is safe if it may be 0 and may be `LEAST`, or if its range is that of the official
        figures.

        Raises
        ------
        SamplingError : the figures contradict each other
        """
        found = (self._leak(target) for target in targets)
        return [leak for leak in found if leak is not None]

    def first_leak(self, targets: Sequence[Target]) -> Leak | None:
        """Return one target of which more is learnt, the one that is soonest proved; see `leaks`.

        Raises
        ------
        SamplingError : the figures contradict each other
        """
        left = []
        for target in targets:
            judged = self._at_once(target)
            if isinstance(judged, Leak):
                return judged
            if judged is None:
                left.append(target)
        return next((leak for leak in map(self._leak, left) if leak is not None), None)

    def range(self, target: Target) -> tuple[int, int]:
        """Return the least and greatest value a count can have."""
        held, parts = self._all.about(target.parts)
        return held.end(parts, LOW)[0], held.end(parts, HIGH)[0]

    def _at_once(self, target: Target) -> Leak | Literal["safe"] | None:
        """Judge a target by bounds and examples; None where these do not tell."""
        held, parts = self._all.about(target.parts)
        wide = [held.surely_reaches(parts, end, value) for end, value in WIDE]
        if all(wide):
            return "safe"
        if False not in wide:
            return None
        alone, parts_alone = self._official.about(target.parts)
        ruled_out = (held.bound(parts, end) - end for end, _ in WIDE)
        if any(
            alone.reaches(parts_alone, end, value)
            for (end, _), value in zip(WIDE, ruled_out, strict=True)
        ):
            return self._told(target)
        return None

    def _leak(self, target: Target) -> Leak | None:
        if (judged := self._at_once(target)) is not None:
            return judged if isinstance(judged, Leak) else None
        held, parts = self._all.about(target.parts)
        wide = [held.reaches(parts, end, value) for end, value in WIDE]
        if all(wide):
            return None
        alone, parts_alone = self._official.about(target.parts)
        same = (self._is_official(held, parts, alone, parts_alone, end) for end, _ in WIDE)
        return self._told(target) if None in wide or not all(same) else None

    def _told(self, target: Target) -> Leak:
        held, parts = self._all.about(target.parts)
        alone, parts_alone = self._official.about(target.parts)
        learnt = (held.bound(parts, end) for end, _ in WIDE)
        return Leak(target, *learnt, *(alone.shown(parts_alone, end) for end, _ in WIDE))

    def _is_official(
        self, held: "_Block", parts: Floats, alone: "_Block", parts_alone: Floats, end: int
    ) -> bool:
        """Whether an end of a range is surely that which the official figures alone leave."""
        value, solved = held.end(parts, end)
        return solved and alone.reaches(parts_alone, end, value - end) is False

    @cached_property
    def _all(self) -> "_System":
        return _System(self.most, self.known, self.examples)

    @cached_property
    def _official(self) -> "_System":
        return _System(self.most, [one for one in self.known if one.official], self.examples)


class _System:
    """Figures and unknowns, taken apart where no figure joins them."""

    def __init__(
        self,
        most: Mapping[str, int],
        known: Sequence[Known],
        examples: Sequence[Mapping[str, int]],
    ) -> None:
        self.most, self.examples = most, examples
        self.known = [
            replace(one, terms={name: c for name, c in one.terms.items() if c}) for one in known
        ]
        self.blocks: dict[frozenset[str], _Block] = {}
        self.leader = {name: name for name in most}
        for one in self.known:
            for name in one.terms:
                self.leader[self._root(name)] = self._root(next(iter(one.terms)))

    def about(self, parts: frozenset[str]) -> tuple["_Block", Floats]:
        """Return what is joined to some unknowns, and these as a sum over it."""
        roots = frozenset(self._root(name) for name in parts)
        if roots not in self.blocks:
            names = [name for name in self.most if self._root(name) in roots]
            inside = set(names)
            known = [one for one in self.known if inside.intersection(one.terms)]
            self.blocks[roots] = _Block(self.most, names, known, self.examples)
        block = self.blocks[roots]
        return block, np.isin(block.names, list(parts)).astype(np.float64)

    def _root(self, name: str) -> str:
        while (above := self.leader[name]) != name:
            self.leader[name] = name = self.leader[above]
        return name


class _Block:
    """Unknowns that figures join, and the solutions in whole numbers met so far."""

    def __init__(
        self,
        most: Mapping[str, int],
        names: Sequence[str],
        known: Sequence[Known],
        examples: Sequence[Mapping[str, int]],
    ) -> None:
        self.names = np.array(names, dtype=np.str_)
        self.most = np.array([most[name] for name in names], dtype=np.float64)
        self.matrix, self.low, self.high = _rows(names, known)
        self._tighten()
        self.solutions = np.empty((0, len(names)))
        self._bounds: dict[tuple[bytes, int], int] = {}
        for one in examples:
            self._keep(np.array([one[name] for name in names], dtype=np.float64))

    def seen(self, parts: Floats, end: int) -> float:
        """Return the end of the range of a sum over the solutions met; infinite without any."""
        return end * float((end * (self.solutions @ parts)).min(initial=math.inf))

    def shown(self, parts: Floats, end: int) -> int:
        """As `seen`; the bound if there is no solution yet."""
        return round(self.seen(parts, end)) if len(self.solutions) else self.bound(parts, end)

    def bound(self, parts: Floats, end: int) -> int:
        """Return an end of the range of a sum that is certainly not too narrow."""
        outer = 0 if end == LOW else round(float(parts @ self.most))
        if self.seen(parts, end) == outer:
            return outer
        key = (parts.tobytes(), end)
        if key not in self._bounds:
            found = self._solve(end * parts, whole=False)
            value = math.ceil(float(found.fun) - TOLERANCE)
            self._bounds[key] = end * value
            self._keep(found.x)
        return self._bounds[key]

    def end(self, parts: Floats, end: int) -> tuple[int, bool]:
        """Return an end of the range of a sum, and whether it is the true one."""
        bound = self.bound(parts, end)
        if self.seen(parts, end) == bound:
            return bound, True
        found = self._solve(end * parts, whole=True)
        if found.x is not None:
            self._keep(found.x)
        if not found.success:
            return bound, False
        value = end * math.ceil(float(found.fun) - TOLERANCE)
        self._bounds[parts.tobytes(), end] = value
        return value, True

    def surely_reaches(self, parts: Floats, end: int, value: int) -> bool | None:
        """As `reaches`, by the solutions met and by bounds; None where these do not tell."""
        if end * self.seen(parts, end) <= end * value:
            return True
        if end * self.bound(parts, end) > end * value:
            return False
        return True if end * self.seen(parts, end) <= end * value else None

    def reaches(self, parts: Floats, end: int, value: int) -> bool | None:
        """Whether a sum may be as low, or as high, as a value; None where that is not found out."""
        if (surely := self.surely_reaches(parts, end, value)) is not None:
            return surely
        found = self._solve(np.zeros(len(parts)), whole=True, also=(end * parts, end * value))
        if found.x is not None and self._keep(found.x):
            return True
        if found.status != INFEASIBLE:
            return None
        self._bounds[parts.tobytes(), end] = value + end
        return False

    def _tighten(self) -> None:
        """Let no unknown be larger than each figure by itself allows."""
        cells = self.matrix.tocoo()
        rows, columns = cells.coords
        up = cells.data > 0
        for _ in range(SWEEPS):
            least = np.bincount(
                rows, np.minimum(cells.data, 0) * self.most[columns], minlength=len(self.high)
            )
            room = (self.high - least)[rows[up]] / cells.data[up]
            np.minimum.at(self.most, columns[up], np.floor(np.maximum(room, 0) + TOLERANCE))

    def _keep(self, solution: Floats) -> bool:
        """Remember a solution if it is one in whole numbers."""
        whole = np.round(solution)
        if np.abs(whole - solution).max(initial=0.0) > TOLERANCE:
            return False
        sums = self.matrix @ whole
        fits = (whole >= 0).all() and (whole <= self.most).all()
        if not fits or (sums < self.low - TOLERANCE).any() or (sums > self.high + TOLERANCE).any():
            return False
        self.solutions = np.vstack([self.solutions, whole])
        return True

    def _solve(self, cost: Floats, *, whole: bool, also: tuple[Floats, float] | None = None) -> Any:
        """Make a cost least; `also` keeps another sum at most at a value."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        constraints = []
        if len(self.low):
            constraints.append(LinearConstraint(self.matrix, self.low, self.high))
        if also is not None:
            constraints.append(LinearConstraint(also[0][None, :], -np.inf, also[1]))
        for presolve in (True, False):
            found = milp(
                cost,
                constraints=constraints or None,
                bounds=Bounds(0, self.most),
                integrality=np.full(len(cost), int(whole)),
                options={"node_limit": NODES, "presolve": presolve},
            )
            if FAILED not in found.message:
                break
        if found.status == INFEASIBLE and also is None:
            raise SamplingError("disclosure.contradiction")
        return found


def _rows(names: Sequence[str], known: Sequence[Known]) -> tuple[Any, Floats, Floats]:
    """Rows scaled to a greatest coefficient of 1, or the solver takes them for noise."""
    from scipy.sparse import csr_array

    at = {name: place for place, name in enumerate(names)}
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    low: list[float] = []
    high: list[float] = []
    for one in known:
        scale = max(abs(c) for c in one.terms.values())
        for name, c in one.terms.items():
            rows.append(len(low))
            columns.append(at[name])
            values.append(c / scale)
        low.append(one.low / scale - TOLERANCE)
        high.append(one.high / scale + TOLERANCE)
    matrix = csr_array((values, (rows, columns)), shape=(len(low), len(names)))
    return matrix, np.array(low), np.array(high)
