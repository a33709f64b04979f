"""What the coverage study measured at the threshold: how often a bad county would be cleared.

The figures are those of docs/coverage.csv, made by benchmarks/coverage_grid.py; a test compares
the two. Every county of the study lies exactly at the threshold, so every "met, established" is
an error.
"""

from bisect import bisect_right
from itertools import product
from math import log
from typing import NamedTuple

import numpy as np

from sampling.errors import SimulationError
from sampling.performance import Measured

THRESHOLDS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05)
ICCS = (0.0, 0.02, 0.05, 0.1, 0.2)
VILLAGES = (10, 20, 30, 40, 60)
ASSUMED_ICC = 0.05

RUNS = 200
"""Runs in each cell."""

# Threshold, icc -> runs that established "met", by villages: the worst of three concentrations.
KNOWN: dict[tuple[float, float], tuple[int, ...]] = {
    (0.002, 0.0): (0, 0, 0, 0, 0),
    (0.002, 0.02): (0, 0, 0, 0, 0),
    (0.002, 0.05): (0, 0, 0, 0, 0),
    (0.002, 0.1): (0, 0, 0, 0, 0),
    (0.002, 0.2): (0, 0, 0, 0, 0),
    (0.005, 0.0): (0, 0, 0, 0, 8),
    (0.005, 0.02): (0, 0, 0, 0, 0),
    (0.005, 0.05): (0, 0, 0, 0, 0),
    (0.005, 0.1): (0, 0, 0, 0, 0),
    (0.005, 0.2): (0, 0, 0, 0, 0),
    (0.01, 0.0): (0, 0, 2, 11, 6),
    (0.01, 0.02): (0, 0, 0, 1, 2),
    (0.01, 0.05): (0, 0, 0, 0, 1),
    (0.01, 0.1): (0, 0, 0, 0, 0),
    (0.01, 0.2): (0, 0, 0, 0, 0),
    (0.02, 0.0): (0, 4, 7, 8, 7),
    (0.02, 0.02): (0, 1, 3, 4, 4),
    (0.02, 0.05): (0, 0, 4, 3, 4),
    (0.02, 0.1): (0, 0, 0, 2, 2),
    (0.02, 0.2): (0, 0, 0, 0, 2),
    (0.03, 0.0): (5, 4, 5, 8, 13),
    (0.03, 0.02): (0, 7, 4, 7, 14),
    (0.03, 0.05): (0, 3, 4, 3, 8),
    (0.03, 0.1): (0, 0, 1, 2, 6),
    (0.03, 0.2): (0, 0, 0, 1, 1),
    (0.05, 0.0): (2, 7, 5, 7, 13),
    (0.05, 0.02): (3, 5, 9, 5, 5),
    (0.05, 0.05): (2, 5, 4, 6, 5),
    (0.05, 0.1): (0, 1, 5, 4, 2),
    (0.05, 0.2): (0, 1, 1, 2, 1),
}
ASSUMED: dict[tuple[float, float], tuple[int, ...]] = {
    (0.002, 0.0): (0, 0, 0, 0, 0),
    (0.002, 0.02): (0, 0, 0, 0, 0),
    (0.002, 0.05): (0, 0, 0, 0, 0),
    (0.002, 0.1): (0, 0, 0, 0, 0),
    (0.002, 0.2): (0, 0, 0, 0, 0),
    (0.005, 0.0): (0, 0, 0, 0, 0),
    (0.005, 0.02): (0, 0, 0, 0, 0),
    (0.005, 0.05): (0, 0, 0, 0, 0),
    (0.005, 0.1): (0, 0, 0, 0, 0),
    (0.005, 0.2): (0, 0, 0, 0, 0),
    (0.01, 0.0): (0, 0, 0, 0, 1),
    (0.01, 0.02): (0, 0, 0, 0, 1),
    (0.01, 0.05): (0, 0, 0, 0, 1),
    (0.01, 0.1): (0, 0, 0, 0, 5),
    (0.01, 0.2): (0, 0, 0, 0, 11),
    (0.02, 0.0): (0, 0, 1, 3, 0),
    (0.02, 0.02): (0, 0, 1, 1, 1),
    (0.02, 0.05): (0, 0, 4, 3, 4),
    (0.02, 0.1): (0, 0, 3, 6, 9),
    (0.02, 0.2): (0, 0, 8, 14, 11),
    (0.03, 0.0): (0, 1, 1, 2, 2),
    (0.03, 0.02): (0, 3, 1, 2, 8),
    (0.03, 0.05): (0, 3, 4, 3, 8),
    (0.03, 0.1): (0, 8, 6, 5, 9),
    (0.03, 0.2): (0, 9, 13, 17, 11),
    (0.05, 0.0): (0, 2, 0, 2, 4),
    (0.05, 0.02): (1, 1, 4, 1, 4),
    (0.05, 0.05): (2, 5, 4, 6, 5),
    (0.05, 0.1): (7, 8, 11, 6, 7),
    (0.05, 0.2): (12, 15, 15, 10, 13),
}


class Assurance(NamedTuple):
    """The chance to establish "met" at the threshold, and its standard error.

    Parameters
    ----------
    chance : in [0, 1]; 0.05 is promised
    se : Monte Carlo standard error
    """

    chance: float
    se: float


def error_at_threshold(
    villages: int, icc: float, *, threshold: float = 0.02, known: bool = True
) -> Assurance | None:
    """How often a county exactly at the threshold would be established as meeting it.

    Measured for samples of 16 exited households in each village, one in ten not answering, drawn
    by the default plan from a county of 300 villages; the worst of a risk that is the same
    everywhere, or three or six times as high in remote villages. Between the points of the study
    figures are interpolated.

    Parameters
    ----------
    villages : drawn in the county (count); above 60 the figure for 60 is given
    icc : true correlation within villages, in [0, 0.2]
    threshold : a rate in [0.002, 0.05]
    known : the plan assumes this icc; if not, it assumes 0.05 whatever the truth

    Returns
    -------
    the chance, or None outside what was studied

    Raises
    ------
    SimulationError : villages below 1, or a rate that is none

    References
    ----------
    docs/coverage.md, with the command that repeats the study.

    Examples
    --------
    >>> found = error_at_threshold(30, 0.05)
    >>> found.chance <= 0.05
    True
    >>> error_at_threshold(30, 0.6) is None
    True
    """
    if villages < 1:
        raise SimulationError("simulate.whole", name="villages", low=1, value=villages)
    for name, value in (("icc", icc), ("threshold", threshold)):
        if not 0 <= value < 1:
            raise SimulationError("simulate.rate", name=name, value=value)
    inside = THRESHOLDS[0] <= threshold <= THRESHOLDS[-1]
    if villages < VILLAGES[0] or icc > ICCS[-1] or not inside:
        return None
    table = KNOWN if known else ASSUMED
    axes = (
        _between(tuple(map(log, THRESHOLDS)), log(threshold)),
        _between(ICCS, icc),
        _between(tuple(map(log, VILLAGES)), log(min(villages, VILLAGES[-1]))),
    )
    chance = variance = 0.0
    for (i, a), (j, b), (k, c) in product(*axes):
        cell = cell_error(table[THRESHOLDS[i], ICCS[j]][k])
        weight = a * b * c
        chance += weight * cell.chance
        variance += (weight * cell.se) ** 2
    return Assurance(chance, variance**0.5)


def cell_error(errors: int, runs: int = RUNS) -> Assurance:
    """Chance and standard error of one cell of the study.

    Examples
    --------
    >>> cell_error(50, runs=1000).chance
    0.05
    """
    found = Measured.share(np.arange(runs) < errors)
    return Assurance(found.value, found.se)


def _between(points: tuple[float, ...], at: float) -> tuple[tuple[int, float], ...]:
    """Positions of the points around a value, and how much each of them counts."""
    low = min(max(bisect_right(points, at) - 1, 0), len(points) - 2)
    part = min(max((at - points[low]) / (points[low + 1] - points[low]), 0.0), 1.0)
    return tuple((low + step, weight) for step, weight in ((0, 1 - part), (1, part)) if weight)
