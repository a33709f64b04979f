"""Designs of fixed size, each as many draws at once and with its joint probabilities if known."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sampling import joint
from sampling.selectors import (
    brewer,
    cube,
    inclusion_probabilities,
    lpm2,
    max_entropy,
    midzuno,
    pareto,
    pivotal,
    random_pivotal,
    random_systematic,
    sampford,
    systematic,
    tille,
)
from sampling.selectors.methods import smallest

SIZES = (3, 5, 7, 9, 11, 14, 20, 22, 24, 27, 31)
"""Skewed, and still without certainties for 8 of these units."""
GIANTS = (400, 900)
PLACES = np.array([[k % 4, k // 4] for k in range(len(SIZES) + len(GIANTS))])
"""Points of a grid, so that many neighbours are equally near."""


@dataclass(frozen=True)
class Design:
    """How to draw, and the exact joint probabilities, where there is a way to compute them."""

    draw: Callable[[np.ndarray, np.random.Generator, int], np.ndarray]
    joint: Callable[[np.ndarray], np.ndarray] | None
    equal: bool = False
    slow: bool = False


def _per_unit(select):
    return lambda pi, rng, draws: select(pi, rng.random((draws, pi.size)))


def _per_step(select):
    return lambda pi, rng, draws: select(pi, rng.random((draws, pi.size, 2)))


def _auxiliaries(pi):
    return np.column_stack([np.sqrt(pi), PLACES[: pi.size]])


DESIGNS = {
    "srswor": Design(_per_unit(smallest), lambda pi: _equal_joint(pi), equal=True),
    "systematic": Design(
        lambda pi, rng, draws: systematic(pi, rng.random(draws)), joint.systematic
    ),
    "random_systematic": Design(
        lambda pi, rng, draws: random_systematic(
            pi, rng.random((draws, pi.size)), rng.random(draws)
        ),
        joint.random_systematic,
    ),
    "sampford": Design(_per_unit(sampford), joint.sampford),
    "max_entropy": Design(_per_unit(max_entropy), joint.max_entropy),
    "pareto": Design(_per_unit(pareto), joint.pareto),
    "tille": Design(_per_unit(tille), joint.tille),
    "midzuno": Design(_per_unit(midzuno), joint.midzuno),
    "brewer": Design(_per_unit(brewer), joint.brewer),
    "pivotal": Design(_per_unit(pivotal), joint.ordered_pivotal),
    "random_pivotal": Design(_per_step(random_pivotal), joint.random_pivotal),
    "lpm2": Design(
        lambda pi, rng, draws: lpm2(pi, PLACES[: pi.size], rng.random((draws, pi.size, 2))),
        None,
        slow=True,
    ),
    "cube": Design(
        lambda pi, rng, draws: cube(pi, _auxiliaries(pi), rng.random((draws, pi.size, 2))),
        None,
        slow=True,
    ),
}


def probabilities(n: int, *, certainties: int, equal: bool = False) -> np.ndarray:
    """π of n units among the eleven, and of so many giants besides, which are certain."""
    open_ones = inclusion_probabilities([1] * len(SIZES) if equal else SIZES, n)
    pi = np.concatenate([np.ones(certainties), open_ones])
    return np.roll(pi, 3)  # certain units in the middle of the others


def _equal_joint(pi):
    sure = pi == 1
    found = np.outer(pi, pi)
    units = int((~sure).sum())
    inner = joint.srswor(units, round(float(pi[~sure].sum())))
    found[np.ix_(~sure, ~sure)] = inner
    return found


def distance(found: np.ndarray, expected: np.ndarray, draws: int) -> np.ndarray:
    """Distance of frequencies from probabilities in standard errors of the simulation.

    Where a probability is 0 or 1 any distance is infinite.
    """
    expected = np.where(expected < 1e-12, 0.0, np.where(expected > 1 - 1e-12, 1.0, expected))
    error = np.sqrt(expected * (1 - expected) / draws)
    apart = np.abs(found - expected)
    return np.where(
        error > 0, apart / np.where(error > 0, error, 1), np.where(apart > 0, np.inf, 0)
    )
