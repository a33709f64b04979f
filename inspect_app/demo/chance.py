"""Chance of the simulation: every stream is named, so that a change in one part moves no other.

Nothing here may enter a real draw; draws take their chance from `sampling.tickets` alone.
"""

from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

import numpy as np

SEPARATOR = "\x1f"

T = TypeVar("T")


def digest(*names: str) -> str:
    """SHA-256 of the names joined by U+001F, 64 hex."""
    return sha256(SEPARATOR.join(names).encode()).hexdigest()


def stream(seed: str, adcode: str, purpose: str) -> np.random.Generator:
    """Generator for one purpose in one county, keyed by SHA-256 of seed, county and purpose."""
    return np.random.Generator(np.random.PCG64(int(digest(seed, adcode, purpose), 16)))


class Table(Generic[T]):
    """Values with shares, prepared once; shares need not sum to one."""

    def __init__(self, shares: dict[T, float]) -> None:
        self.edges = tuple(zip(shares, accumulate(shares.values()), strict=True))
        self.total = self.edges[-1][1]


class Dice:
    """Small draws for one household, the same on every machine for the same names.

    Only `Random.random` is used, the one method whose values Python promises to keep.
    """

    def __init__(self, *names: str) -> None:
        self.roll = Random(int(digest(*names), 16)).random  # nosec B311  # simulation

    def chance(self, share: float) -> bool:
        """Return true in `share` of all throws."""
        return self.roll() < share

    def between(self, low: int, high: int) -> int:
        """Whole number from low to high, both included."""
        return low + int(self.roll() * (high - low + 1))

    def uniform(self, low: float, high: float) -> float:
        """Number from low up to high."""
        return low + self.roll() * (high - low)

    def one_of(self, choices: Sequence[T]) -> T:
        """One of the choices, all alike."""
        return choices[int(self.roll() * len(choices))]

    def pick(self, table: Table[T]) -> T:
        """One value of the table, by its shares."""
        mark = self.roll() * table.total
        for value, edge in table.edges:
            if mark < edge:
                return value
        return table.edges[-1][0]
