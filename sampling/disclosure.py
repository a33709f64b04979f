"""What can be worked out about unknown counts from figures that were published.

Each unknown is a whole number between 0 and a known most. Each figure is a linear sum of them that
is known to lie between two ends, those of its rounding. The least and the greatest value that a
count can have is found by linear programming, and by integer programming where that could matter.

References
----------
Fischetti and Salazar (2001), J. Am. Stat. Assoc. 96, 1008-1017, for attackers of published tables.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sampling.errors import SamplingError

LEAST = 5
"""A count that may be anything from 0 to this much tells nothing of a household."""
CLOSE = 3 * LEAST
"""Ranges narrower than this are computed in whole numbers."""
TOLERANCE = 1e-6
NODES = 1000
"""Of one integer programme; a count whose programme needs more is taken for learnt."""


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
    """What was learnt of a count, beside what the official figures alone tell of it."""

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
    _cache: dict[Any, tuple[int, int, bool]] = field(default_factory=dict, repr=False)

    def leaks(self, targets: Sequence[Target]) -> list[Leak]:
        """Return the targets of which more is learnt than the official figures alone tell.

        A count is safe if it may be 0 and may be `LEAST`, or if its range is that of the official
        figures.

        Raises
        ------
        SamplingError : the figures contradict each other
        """
        found = []
        for target in targets:
            low, high, solved = self._range(target.parts, official=False, whole=self._is_sharp)
            if not _is_wide(low, high) or (high - low < CLOSE and not self._is_sharp):
                low, high, solved = self._range(target.parts, official=False, whole=True)
            if _is_wide(low, high) and solved:
                continue
            low_alone, high_alone, _ = self._range(target.parts, official=True, whole=True)
            if low > low_alone or high < high_alone or not solved:
                found.append(Leak(target, low, high, low_alone, high_alone))
        return found

    def range(self, target: Target) -> tuple[int, int]:
        """Return the least and greatest value a count can have."""
        return self._range(target.parts, official=False, whole=True)[:2]

    @cached_property
    def _is_sharp(self) -> bool:
        """Whether a figure is finer than one unit of what it adds up, so that fractions mislead."""
        return any(
            one.high - one.low < min(abs(c) for c in one.terms.values()) * (1 - TOLERANCE)
            and len(set(one.terms.values())) > 1
            for one in self.known
            if one.terms and not one.official
        )

    def _range(
        self, parts: frozenset[str], *, official: bool, whole: bool
    ) -> tuple[int, int, bool]:
        """Least and greatest value, never too narrow, and whether they are the true ones."""
        key = (parts, official, whole)
        if key not in self._cache:
            low, low_solved = self._end(parts, 1, official=official, whole=whole)
            high, high_solved = self._end(parts, -1, official=official, whole=whole)
            ends = math.ceil(low - TOLERANCE), math.floor(-high + TOLERANCE)
            self._cache[key] = (*ends, low_solved and high_solved)
        return self._cache[key]

    def _end(
        self, parts: frozenset[str], sign: int, *, official: bool, whole: bool
    ) -> tuple[float, bool]:
        from scipy.optimize import Bounds, LinearConstraint, milp

        cost = np.zeros(len(self._names))
        cost[[self._at[name] for name in parts]] = sign
        matrix, low, high = self._rows(official)
        found = milp(
            cost,
            constraints=LinearConstraint(matrix, low, high) if len(low) else None,
            bounds=Bounds(0, self._most),
            integrality=np.full(len(cost), int(whole)),
            options={"node_limit": NODES},
        )
        if found.status == 2:
            raise SamplingError("disclosure.contradiction")
        if found.success:
            return float(found.fun), True
        return self._end(parts, sign, official=official, whole=False)[0], False

    @cached_property
    def _names(self) -> list[str]:
        return list(self.most)

    @cached_property
    def _at(self) -> dict[str, int]:
        return {name: at for at, name in enumerate(self._names)}

    @cached_property
    def _most(self) -> NDArray[np.float64]:
        return np.array([self.most[name] for name in self._names], dtype=np.float64)

    def _rows(self, official: bool) -> tuple[Any, NDArray[np.float64], NDArray[np.float64]]:
        return self._official if official else self._all

    @cached_property
    def _official(self) -> tuple[Any, NDArray[np.float64], NDArray[np.float64]]:
        return self._matrix([one for one in self.known if one.official])

    @cached_property
    def _all(self) -> tuple[Any, NDArray[np.float64], NDArray[np.float64]]:
        return self._matrix(self.known)

    def _matrix(
        self, known: Sequence[Known]
    ) -> tuple[Any, NDArray[np.float64], NDArray[np.float64]]:
        """Rows scaled to a greatest coefficient of 1, or the solver takes them for noise."""
        from scipy.sparse import csr_array

        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        low: list[float] = []
        high: list[float] = []
        for one in known:
            terms = {name: c for name, c in one.terms.items() if c}
            scale = max((abs(c) for c in terms.values()), default=0.0)
            if not scale:
                continue
            for name, c in terms.items():
                rows.append(len(low))
                columns.append(self._at[name])
                values.append(c / scale)
            low.append(one.low / scale - TOLERANCE)
            high.append(one.high / scale + TOLERANCE)
        shape = (len(low), len(self._names))
        return csr_array((values, (rows, columns)), shape=shape), np.array(low), np.array(high)


def _is_wide(low: int, high: int) -> bool:
    return low <= 0 and high >= LEAST
