"""Waves of a panel: which places of a ranked list each wave visits."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TypeVar

Unit = TypeVar("Unit")


@dataclass(frozen=True)
class Window:
    """Places of a ranked list that a wave takes, and those it holds in reserve."""

    sample: range
    reserve: range

    def of(self, ranked: Sequence[Unit]) -> tuple[list[Unit], list[Unit]]:
        """Pick the units, starting again at the first where the list ends."""
        length = len(ranked)
        return (
            [ranked[place % length] for place in self.sample],
            [ranked[place % length] for place in self.reserve],
        )


def window(units: int, n: int, *, reserve: int, rotation: float, wave: int) -> Window:
    """Place wave k on the ranks of a cell: it starts (k - 1) s after the first.

    s is n × rotation, rounded up; the reserve follows the sample and never repeats it.

    Examples
    --------
    >>> window(40, 16, reserve=4, rotation=0.3333, wave=2)
    Window(sample=range(6, 22), reserve=range(22, 26))
    """
    step = ceil(n * Fraction(repr(rotation)))
    first = (wave - 1) * step % units if units else 0
    return Window(
        sample=range(first, first + n),
        reserve=range(first + n, first + n + min(reserve, units - n)),
    )


def shift(units: int, n: int, *, rotation: float, wave: int) -> Fraction:
    """Move permanent random numbers of a wave: (k - 1) × rotation × n / units, modulo 1.

    A number that is uniform stays so when moved by a fixed distance, so probabilities are the
    same in every wave; of units of equal probability a share `rotation` is replaced.

    Parameters
    ----------
    units : units that are not certain (count)
    n : units drawn among them (count)
    rotation : share of the sample that a wave replaces, in [0, 1]
    wave : 1, 2, …

    Returns
    -------
    a fraction in [0, 1), 0 for wave 1

    Examples
    --------
    >>> shift(48, 12, rotation=0.5, wave=3)
    Fraction(1, 4)
    """
    if not units:
        return Fraction(0)
    return (wave - 1) * Fraction(repr(rotation)) * Fraction(n, units) % 1
