"""Sizes for a wanted precision, as the textbooks give them for simple and for clustered samples."""

from dataclasses import dataclass
from math import inf, log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from sampling.errors import PlanError
from sampling.size import between


def size_for_cv(p: float, cv: float, *, population: int | None = None) -> float:
    """Size a simple random sample for the relative standard error of a proportion.

    n = a q/p / (cv² + q/p / (N - 1)), a = N / (N - 1); q/p / cv² for an infinite population.

    Parameters
    ----------
    p : proportion, in (0, 1)
    cv : relative standard error wanted, > 0
    population : N, units in the frame (count); None = infinite

    Returns
    -------
    units (count, not rounded)

    Raises
    ------
    PlanError : p or cv out of range, or a population below 2

    References
    ----------
    Valliant, Dever and Kreuter (2018), Practical Tools for Designing and Weighting Survey
    Samples, 2nd ed., section 3.2.1.

    Examples
    --------
    >>> round(size_for_cv(0.015, 0.2), 1), round(size_for_cv(0.015, 0.2, population=10_000), 1)
    (1641.7, 1410.3)
    """
    between("p", p, 0, 1)
    between("cv", cv, 0, inf)
    odds = (1 - p) / p
    if population is None:
        return odds / cv**2
    between("population", population, 1, inf)
    return population / (population - 1) * odds / (cv**2 + odds / (population - 1))


@dataclass(frozen=True)
class WilsonSize:
    """Size of a simple random sample and the interval it is made for.

    Parameters
    ----------
    n : units (count, not rounded)
    low, high : ends of the interval when the sample shows exactly the proportion planned for
    """

    n: float
    low: float
    high: float


def size_for_wilson(p: float, half_width: float, *, alpha: float = 0.05) -> WilsonSize:
    """Size a simple random sample so that Wilson's interval has a given half-width.

    Parameters
    ----------
    p : proportion, in (0, 1)
    half_width : of the two-sided interval, in (0, 0.5)
    alpha : two-sided error

    Returns
    -------
    the size and the interval, which is not centred at p

    Raises
    ------
    PlanError : an argument out of range

    References
    ----------
    Wilson (1927), J. Amer. Statist. Assoc. 22, 209-212; Valliant, Dever and Kreuter (2018),
    section 3.2.1.

    Examples
    --------
    >>> found = size_for_wilson(0.1, 0.03)
    >>> round(found.n, 1), round(found.low, 4), round(found.high, 4)
    (387.0, 0.0739, 0.1339)
    """
    between("p", p, 0, 1)
    between("half_width", half_width, 0, 0.5)
    between("alpha", alpha, 0, 1)
    z, square = float(ndtri(1 - alpha / 2)), half_width**2
    # with u = z²/n the half-width e solves (1/4 - e²) u² + (pq - 2 e²) u - e² = 0
    a, b = 0.25 - square, p * (1 - p) - 2 * square
    root = sqrt(b**2 + 4 * a * square)
    u = 2 * square / (b + root) if b > 0 else (root - b) / (2 * a)  # neither cancels
    centre = (p + u / 2) / (1 + u)
    return WilsonSize(z**2 / u, centre - half_width, centre + half_width)


def size_for_log_odds(p: float, half_width: float, *, alpha: float = 0.05) -> float:
    """Size a simple random sample so that the interval on the log-odds has a given half-width.

    Parameters
    ----------
    p : proportion, in (0, 1)
    half_width : of the two-sided interval after its ends are turned back into proportions, half
        their distance, in (0, 0.5)
    alpha : two-sided error

    Returns
    -------
    units (count, not rounded), population infinite

    Raises
    ------
    PlanError : an argument out of range

    References
    ----------
    Valliant, Dever and Kreuter (2018), section 3.2.1.

    Examples
    --------
    >>> round(size_for_log_odds(0.1, 0.03), 1)
    390.6
    """
    between("p", p, 0, 1)
    between("half_width", half_width, 0, 0.5)
    between("alpha", alpha, 0, 1)
    z, k, width = float(ndtri(1 - alpha / 2)), (1 - p) / p, 2 * half_width
    # the ends are 1/(1 + k/s) and 1/(1 + k s): k (1 - w) s² - w (1 + k²) s - k (1 + w) = 0
    a, b, c = k * (1 - width), width * (1 + k**2), k * (1 + width)
    s = (b + sqrt(b**2 + 4 * a * c)) / (2 * a)
    return (z / log(s)) ** 2 / (p * (1 - p))


@dataclass(frozen=True)
class ClusterSize:
    """How many villages, how many households in each, and what that gives.

    Parameters
    ----------
    villages, households : villages, and households a village (counts, not rounded)
    cv : relative standard error of the mean
    cost : of all villages and households, in the unit of the costs
    """

    villages: float
    households: float
    cv: float
    cost: float


def optimal_cluster_size(
    village_cost: float,
    household_cost: float,
    icc: float,
    *,
    unit_relvariance: float,
    k: float = 1.0,
    budget: float | None = None,
    cv: float | None = None,
) -> ClusterSize:
    """Find the best number of households a village, and of villages for a budget or a CV.

    √(C1 / C2 · (1 - icc) / icc) households a village, whatever the budget; the squared CV of the
    mean is V k (1 + icc (n - 1)) / (m n) for m villages of n households.

    Parameters
    ----------
    village_cost, household_cost : C1 of a village, C2 of an interview (any one unit), > 0
    icc : correlation of two households of the same village, in (0, 1)
    unit_relvariance : V, variance over squared mean of one household
    k : how much the sum of the two components exceeds V; near 1
    budget : to spend; or
    cv : relative standard error to reach; exactly one of the two

    Returns
    -------
    numbers not rounded

    Raises
    ------
    PlanError : an argument out of range, or both or neither of budget and cv

    References
    ----------
    Hansen, Hurwitz and Madow (1953), Sample Survey Methods and Theory, vol. 1, chapter 6;
    Valliant, Dever and Kreuter (2018), section 9.3.1.

    Examples
    --------
    >>> found = optimal_cluster_size(600, 40, 0.03, unit_relvariance=65, budget=500_000)
    >>> round(found.villages, 1), round(found.households, 1), round(found.cv, 4)
    (337.6, 22.0, 0.1194)
    """
    for name, value in (
        ("village_cost", village_cost),
        ("household_cost", household_cost),
        ("unit_relvariance", unit_relvariance),
        ("k", k),
    ):
        between(name, value, 0, inf)
    between("icc", icc, 0, 1)
    if (budget is None) == (cv is None):
        raise PlanError("size.one_of", names="budget, cv")
    take = sqrt(village_cost / household_cost * (1 - icc) / icc)
    price = village_cost + household_cost * take
    one = unit_relvariance * k * (1 + icc * (take - 1)) / take
    if budget is not None:
        between("budget", budget, 0, inf)
        villages = budget / price
    else:
        between("cv", cv or 0.0, 0, inf)
        villages = one / (cv or 0.0) ** 2
    return ClusterSize(villages, take, sqrt(one / villages), villages * price)


def kish(weights: ArrayLike) -> float:
    """Compute Kish's factor of unequal weights, 1 + cv² = n Σ w² / (Σ w)².

    Parameters
    ----------
    weights : (n,) float, > 0, units represented

    Returns
    -------
    factor >= 1

    Raises
    ------
    PlanError : no weights, or one that is not positive

    References
    ----------
    Kish (1992), J. Official Statistics 8, 183-200.

    Examples
    --------
    >>> kish([1, 1, 2, 4])
    1.375
    """
    w = np.asarray(weights, dtype=np.float64).reshape(-1)
    if w.size == 0 or not np.isfinite(w).all() or (w <= 0).any():
        raise PlanError("size.weights")
    return float(w.size * (w @ w) / w.sum() ** 2)
