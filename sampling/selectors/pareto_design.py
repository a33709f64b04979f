"""Pareto sampling: one permanent number a unit, the n smallest ratios of odds.

With λ = π the inclusion probabilities of Pareto sampling are close to π but not equal. Here λ is
solved for, so that they are: "working probabilities", from the exact law of the design.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from sampling.selectors.probabilities import (
    Flags,
    Floats,
    Positions,
    certain_ones,
    uniform_numbers,
)
from sampling.selectors.rejective import NEGLIGIBLE, Rejective, solve_all


def pareto_working(pi: ArrayLike) -> Floats:
    """Find the parameters λ for which Pareto sampling has the inclusion probabilities π.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum n a whole number

    Returns
    -------
    (n_units,) float, rounded to 12 decimals so that machines agree; 0 and 1 stay as they are

    Raises
    ------
    DrawError : not probabilities of a fixed-size design

    References
    ----------
    Rosén (1997), On sampling with probability proportional to size, J. Statist. Plann. Inference
    62, 159-191. Aires (1999), Algorithms to find exact inclusion probabilities for conditional
    Poisson sampling and Pareto πps sampling designs, Methodol. Comput. Appl. Probab. 1, 457-469.

    Examples
    --------
    >>> pareto_working([0.6, 0.2, 0.2]).round(4).tolist()
    [0.5599, 0.2201, 0.2201]
    """
    return pareto_workings([pi])[0]


def pareto_workings(pis: Sequence[ArrayLike]) -> list[Floats]:
    """Find the parameters of many strata together, which is much faster.

    Examples
    --------
    >>> [one.round(4).tolist() for one in pareto_workings([[0.6, 0.2, 0.2], [1, 1]])]
    [[0.5599, 0.2201, 0.2201], [1.0, 1.0]]
    """
    found = solve_all(pis, lambda p, n: pareto_law(p, n).first_order())
    return [np.round(one, 12) for one in found]


def pareto_law(p: ArrayLike, n: int | Positions) -> Rejective:
    """Describe Pareto sampling with parameters λ as a member of its family of designs.

    The weights c_k are the integrals over t > 0 of t^(n-1) / (1 + τ_k t) Π 1 / (1 + τ_i t),
    τ = λ / (1 - λ). In y = log t the integrand decays exponentially on both sides, where the
    trapezoidal rule is as exact as doubles are.

    Parameters
    ----------
    p : (…, n_units) λ in [0, 1), rows summing to n or nearly so; 0 only fills a row
    n : (…,) units to draw (count)

    References
    ----------
    Bondesson, Traat and Lundqvist (2006), Pareto sampling versus Sampford and conditional Poisson
    sampling, Scand. J. Statist. 33, 699-720, section 3.

    Examples
    --------
    >>> pareto_law([0.5, 0.25, 0.25], 1).first_order().round(4).tolist()
    [0.5281, 0.2359, 0.2359]
    """
    parameters = np.asarray(p, dtype=np.float64)[..., None]
    odds = parameters / (1 - parameters)

    def factors(y: Floats) -> tuple[Floats, Floats]:
        # exp(λ y) (1 + τ) / (1 + τ exp(y)) is 1 at y = 0 and smaller elsewhere, so a product of
        # any number of them cannot overflow; as the λ sum to n it is the integrand.
        inverse = 1 / (1 + odds * np.exp(y))
        return inverse, np.exp(parameters * y) * (1 + odds) * inverse

    def is_far(y: Floats) -> Flags:
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(factors(y)[1]).sum(axis=(-2, -1)) < -NEGLIGIBLE)

    spread = (parameters * (1 - parameters)).sum(axis=(-2, -1)) ** -0.5
    low, high = (_until(is_far, side * 8 * spread) for side in (-1, 1))
    step = np.minimum(spread / 2, 0.45)
    count = int(((high - low) / step).max()) + 2
    inverse, part = factors((low[..., None] + step[..., None] * np.arange(count))[..., None, :])
    c = (inverse * part.prod(axis=-2)[..., None, :]).sum(axis=-1)
    return Rejective(parameters[..., 0], n, c / c.max(axis=-1, keepdims=True))


def _until(is_far: Callable[[Floats], Flags], end: Floats) -> Floats:
    """Move an end outwards until it is far enough in every row."""
    while not (far := is_far(end[..., None, None])).all():
        end = np.where(far, end, 1.25 * end)
    return end


def pareto(pi: ArrayLike, u: ArrayLike) -> Flags:
    """Select by Pareto sampling with exact inclusion probabilities.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum n a whole number
    u : (…, n_units) uniform numbers in [0, 1), one a unit, kept from year to year

    Returns
    -------
    (…, n_units) whether a unit is taken; n in every draw, certain units in all

    Raises
    ------
    DrawError : not probabilities of a fixed-size design, or not uniform numbers

    References
    ----------
    Rosén (1997), J. Statist. Plann. Inference 62, 159-191.

    Examples
    --------
    >>> pareto([1, 0.5, 0.25, 0.25], [0.9, 0.7, 0.2, 0.1]).tolist()
    [True, False, False, True]
    """
    own = uniform_numbers(u, len(np.asarray(pi)))
    taken, _, units, n = certain_ones(pi, own.shape[:-1])
    if n:
        order = pareto_order(pareto_working(pi)[units], own[..., units])
        np.put_along_axis(taken, units[order[..., :n]], True, axis=-1)
    return taken


def pareto_order(working: ArrayLike, u: ArrayLike) -> Positions:
    """Rank units by the ratio of the odds of their numbers to the odds of their parameters.

    The first n are the sample; the next ones are its natural reserve, and with the same
    parameters a larger sample contains the smaller.

    Parameters
    ----------
    working : (n_units,) λ in (0, 1), see `pareto_working`
    u : (…, n_units) uniform numbers in [0, 1)

    Returns
    -------
    (…, n_units) positions, first to be drawn first; equal ratios in the order given

    Examples
    --------
    >>> pareto_order([0.5, 0.25, 0.25], [0.7, 0.2, 0.1]).tolist()
    [2, 1, 0]
    """
    p = np.asarray(working, dtype=np.float64)
    own = uniform_numbers(u, p.size)
    return np.argsort(own / (1 - own) * ((1 - p) / p), axis=-1, kind="stable")
