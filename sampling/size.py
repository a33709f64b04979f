"""How many households a wanted verdict needs, and how probable a plan makes it.

Two questions are kept apart. `binomial_plan` answers the textbook one, for a simple random
sample: how many to look at and how many cases to accept. `chance_established` answers the
planner's: with so many households in so many villages, how probable is it that a county whose
true rate is p1 is shown to lie below p0?
"""

from dataclasses import dataclass
from math import ceil, inf

from scipy.special import bdtr, betaincinv

from sampling.errors import PlanError
from sampling.fieldwork import UNEQUAL, Fieldwork
from sampling.operating import finding_chances


@dataclass(frozen=True)
class BinomialPlan:
    """Look at n units, call the rate "below p0" when at most c cases turn up.

    Parameters
    ----------
    n : units to look at (count)
    c : cases accepted (count)
    clears_bad : chance to clear a county at p0, <= alpha
    fails_good : chance to fail a county at p1, <= beta
    """

    n: int
    c: int
    clears_bad: float
    fails_good: float


def binomial_plan(p0: float, p1: float, *, alpha: float, beta: float) -> BinomialPlan:
    """Find the smallest exact binomial plan that tells a rate p1 from the threshold p0.

    Parameters
    ----------
    p0 : threshold, a rate in (0, 1)
    p1 : rate of a good county, in (0, p0)
    alpha : chance to clear a county at p0, at most
    beta : chance to fail a county at p1, at most

    Returns
    -------
    the plan with the smallest n, for an effective sample size (design effect 1)

    Raises
    ------
    PlanError : rates or chances out of range

    References
    ----------
    Schilling and Neubauer (2017), Acceptance Sampling in Quality Control, 3rd ed., section 5
    (single sampling plan by attributes through two points).

    Examples
    --------
    >>> plan = binomial_plan(0.02, 0.005, alpha=0.05, beta=0.20)
    >>> plan.n, plan.c
    (386, 3)
    """
    if not 0 < p1 < p0 < 1:
        raise PlanError("size.order", p0=p0, p1=p1)
    between("alpha", alpha, 0, 1)
    between("beta", beta, 0, 1)
    n = c = 0
    while True:
        n = _size_accepting(c, p0=p0, alpha=alpha, above=max(n, c))
        if 1 - bdtr(c, n, p1) <= beta:
            return BinomialPlan(n, c, float(bdtr(c, n, p0)), float(1 - bdtr(c, n, p1)))
        c += 1


def design_effect(households_per_village: float, icc: float) -> float:
    """Plan the design effect of clustering, 1 + (m - 1) icc, at least 1.

    Parameters
    ----------
    households_per_village : m, mean take of a village (count)
    icc : correlation of two households of the same village, in [0, 1]

    References
    ----------
    Kish (1965), Survey Sampling, section 5.4.

    Examples
    --------
    >>> design_effect(16, 0.05)
    1.75
    """
    return max(1.0, 1 + (households_per_village - 1) * icc)


def effective_size(households: float, *, deff: float, response: float = 1.0) -> float:
    """Count the independent households that a clustered sample with non-response is worth.

    Raises
    ------
    PlanError : an argument out of range

    Examples
    --------
    >>> round(effective_size(300, deff=design_effect(30, 0.05)))
    122
    """
    _check_sample("households", households, deff, response)
    return households * response / deff


def households_for(
    effective: float, *, deff: float, response: float = 1.0, population: int | None = None
) -> int:
    """Count the households to draw for an effective size; the inverse of `effective_size`.

    Parameters
    ----------
    effective : effective sample size wanted (households)
    deff : planned design effect
    response : share of drawn households that will be interviewed, in (0, 1]
    population : households in the frame (count), for the finite population correction

    Returns
    -------
    households to draw (count)

    Raises
    ------
    PlanError : an argument out of range

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., section 4.4: n = n0 / (1 + (n0 - 1) / N).

    Examples
    --------
    >>> households_for(386, deff=1.75, response=0.9)
    751
    """
    _check_sample("effective", effective, deff, response)
    drawn = effective * deff
    if population is not None:
        between("population", population, 0, inf)
        drawn = drawn / (1 + (drawn - 1) / population)
    return ceil(drawn / response - 1e-9)


def zero_bound(effective: float, *, alpha: float = 0.05) -> float:
    """Bound the rate from above when no case is found: 1 - alpha^(1 / n).

    Parameters
    ----------
    effective : effective sample size (households)
    alpha : one-sided error

    Returns
    -------
    rate in (0, 1], the one-sided 1 - alpha upper bound

    Examples
    --------
    >>> zero_bound(149) < 0.02 < zero_bound(148)
    True
    """
    between("alpha", alpha, 0, 1)
    if not effective >= 0:
        raise PlanError("size.range", name="effective", value=effective, low=0, high=inf)
    return float(1 - alpha ** (1 / effective)) if effective > 0 else 1.0


def upper_bound(cases: float, effective: float, *, alpha: float = 0.05) -> float:
    """Bound a rate from above by Clopper-Pearson; cases and size may be fractions.

    References
    ----------
    Korn and Graubard (1998), Survey Methodology 24, 193-201.

    Examples
    --------
    >>> round(upper_bound(1, 247), 4)
    0.0191
    """
    between("alpha", alpha, 0, 1)
    for name, value in (("cases", cases), ("effective", effective)):
        if not 0 <= value < inf:
            raise PlanError("size.range", name=name, value=value, low=0, high=inf)
    if cases >= effective:
        return 1.0
    return float(betaincinv(cases + 1, effective - cases, 1 - alpha))


def chance_established(
    households: float,
    villages: int,
    *,
    p0: float,
    p1: float,
    icc: float,
    response: float = 1.0,
    alpha: float = 0.05,
    strata: int = 1,
    unequal: float = UNEQUAL,
) -> float:
    """Compute the chance that a county whose rate is p1 is established to lie below p0.

    One point of the operating curve, see `sampling.operating.finding_chances`: Korn and Graubard's
    bound with its t adjustment and its cap, cases clustered by the correlation icc and three
    times as frequent in the remotest stratum as in the nearest. docs/operating-curve.md compares
    it with simulations.

    Parameters
    ----------
    households : households to be drawn (count)
    villages : villages they are drawn in (count)
    p0, p1 : threshold and assumed truth, rates in (0, 1)
    icc : correlation of two households of the same village, in [0, 1]
    response : share of drawn households that will be interviewed, in (0, 1]
    alpha : one-sided error of the bound
    strata : strata of the county (count)
    unequal : planned Kish factor 1 + cv² of weight times persons, >= 1

    Returns
    -------
    chance in [0, 1]; 0 where even a sample without a case would not do

    Raises
    ------
    PlanError : rates out of order or out of range

    Examples
    --------
    >>> chance = chance_established(1000, 40, p0=0.02, p1=0.005, icc=0.05, response=0.9, strata=3)
    >>> 0.6 < chance < 0.8
    True
    """
    if not 0 < p1 < p0 < 1:
        raise PlanError("size.order", p0=p0, p1=p1)
    work = Fieldwork(
        households,
        villages,
        icc=icc,
        response=response,
        strata=strata,
        alpha=alpha,
        unequal=unequal,
    )
    return finding_chances(work, p1, p0=p0)["met_established"]


def _size_accepting(c: int, *, p0: float, alpha: float, above: int) -> int:
    """Find the smallest size above a given one at which c cases or fewer at p0 are improbable."""
    low, high = above, above + 1
    while bdtr(c, high, p0) > alpha:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if bdtr(c, middle, p0) > alpha:
            low = middle
        else:
            high = middle
    return high


def _check_sample(name: str, count: float, deff: float, response: float) -> None:
    if not 0 <= count < inf:
        raise PlanError("size.range", name=name, value=count, low=0, high=inf)
    between("deff", deff, 0, inf)
    if not 0 < response <= 1:
        raise PlanError("size.range", name="response", value=response, low=0, high=1)


def between(name: str, value: float, low: float, high: float) -> None:
    """Refuse an argument that does not lie between two limits."""
    if not low < value < high:
        raise PlanError("size.range", name=name, value=value, low=low, high=high)
