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

RUNS = 4000
"""Runs in each cell."""

# Threshold, icc -> runs that established "met", by villages: the worst of three concentrations.
KNOWN: dict[tuple[float, float], tuple[int, ...]] = {
    (0.002, 0.0): (0, 0, 0, 0, 0),
    (0.002, 0.02): (0, 0, 0, 0, 0),
    (0.002, 0.05): (0, 0, 0, 0, 0),
    (0.002, 0.1): (0, 0, 0, 0, 0),
    (0.002, 0.2): (0, 0, 0, 0, 0),
    (0.005, 0.0): (0, 0, 0, 0, 61),
    (0.005, 0.02): (0, 0, 0, 0, 0),
    (0.005, 0.05): (0, 0, 0, 0, 0),
    (0.005, 0.1): (0, 0, 0, 0, 0),
    (0.005, 0.2): (0, 0, 0, 0, 0),
    (0.01, 0.0): (0, 0, 49, 87, 99),
    (0.01, 0.02): (0, 0, 0, 34, 68),
    (0.01, 0.05): (0, 0, 0, 0, 40),
    (0.01, 0.1): (0, 0, 0, 0, 5),
    (0.01, 0.2): (0, 0, 0, 0, 0),
    (0.02, 0.0): (0, 87, 111, 86, 121),
    (0.02, 0.02): (0, 54, 67, 65, 93),
    (0.02, 0.05): (0, 0, 47, 48, 63),
    (0.02, 0.1): (0, 0, 4, 21, 38),
    (0.02, 0.2): (0, 0, 0, 0, 19),
    (0.03, 0.0): (68, 93, 108, 113, 118),
    (0.03, 0.02): (1, 76, 86, 95, 136),
    (0.03, 0.05): (0, 46, 70, 73, 104),
    (0.03, 0.1): (0, 4, 28, 39, 57),
    (0.03, 0.2): (0, 0, 0, 16, 25),
    (0.05, 0.0): (61, 95, 114, 136, 120),
    (0.05, 0.02): (52, 96, 110, 108, 115),
    (0.05, 0.05): (27, 62, 70, 91, 85),
    (0.05, 0.1): (0, 37, 56, 69, 55),
    (0.05, 0.2): (0, 5, 33, 38, 53),
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
    (0.01, 0.0): (0, 0, 0, 0, 12),
    (0.01, 0.02): (0, 0, 0, 0, 23),
    (0.01, 0.05): (0, 0, 0, 0, 40),
    (0.01, 0.1): (0, 0, 0, 0, 76),
    (0.01, 0.2): (0, 0, 0, 0, 210),
    (0.02, 0.0): (0, 0, 10, 17, 18),
    (0.02, 0.02): (0, 0, 18, 19, 35),
    (0.02, 0.05): (0, 0, 47, 48, 63),
    (0.02, 0.1): (0, 0, 70, 102, 116),
    (0.02, 0.2): (0, 0, 215, 267, 227),
    (0.03, 0.0): (0, 13, 18, 17, 32),
    (0.03, 0.02): (0, 29, 42, 30, 57),
    (0.03, 0.05): (0, 46, 70, 73, 104),
    (0.03, 0.1): (0, 79, 119, 134, 119),
    (0.03, 0.2): (0, 236, 260, 254, 217),
    (0.05, 0.0): (4, 23, 28, 28, 31),
    (0.05, 0.02): (11, 33, 44, 53, 55),
    (0.05, 0.05): (27, 62, 70, 91, 85),
    (0.05, 0.1): (64, 123, 148, 148, 123),
    (0.05, 0.2): (202, 252, 240, 221, 204),
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
    if not 0 <= icc <= 1:
        raise SimulationError("simulate.share", name="icc", value=icc)
    if not 0 <= threshold < 1:
        raise SimulationError("simulate.rate", name="threshold", value=threshold)
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
