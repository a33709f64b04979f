"""Many counties at once: how many passes chance may have made, and which stand up to many looks.

Pure: what each county's figures prove in, counts and lists out. A county passes where all its
figures meet their thresholds; its pass is wrong where the truth behind one of them does not.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sampling.errors import EstimationError
from sampling.findings import Footing, Rule, exact, finding
from sampling.intervals import bounds_at

HALVINGS = 60
SMALLEST = 1e-9
"""A p-value found by halving is not followed below this."""

BY_TAIL = ("korn-graubard", "clopper-pearson")


@dataclass(frozen=True)
class Judged:
    """One figure of a county and where it has to lie."""

    footing: Footing
    rule: Rule

    @property
    def meets(self) -> bool:
        """The figure lies on the right side, established or open."""
        return self._finding.startswith("met")

    @property
    def established(self) -> bool:
        """Its bound lies there too."""
        return self._finding == "met_established"

    @property
    def p_value(self) -> float:
        """See `p_value`."""
        return p_value(self.footing, self.rule)

    @property
    def _finding(self) -> str:
        value, low, high = self.footing.at(self.footing.share, self.footing.n_eff)
        rule = self.rule
        return finding(
            value,
            low,
            high,
            threshold=rule.threshold,
            strict=rule.strict,
            direction=rule.direction,
        )


@dataclass(frozen=True)
class WrongPasses:
    """How many of the passes of a campaign may be wrong; made by `expected_wrong_passes`.

    Parameters
    ----------
    counties, passes, established : all, those that pass, those whose every criterion is
        established (counts)
    expected : wrong passes expected among those that pass (count, not whole)
    expected_established : among those established
    at_threshold : most counties that chance would be expected to establish, were every county
        of the campaign exactly at a threshold
    """

    counties: int
    passes: int
    established: int
    expected: float
    expected_established: float
    at_threshold: float


@dataclass(frozen=True)
class Listed:
    """A county of the list; `q_value` is the smallest q at which it is still listed."""

    county: str
    p_value: float
    q_value: float


def p_value(footing: Footing, rule: Rule) -> float:
    """Chance of a figure at least this far on the right side, were the truth at the threshold.

    The test whose inversion is the bound of the figure: below .05 exactly where the one-sided
    95 % bound, at the effective size that the figure has, lies on the right side of the
    threshold.

    Parameters
    ----------
    footing : share, effective size and interval method
    rule : threshold and direction; strictness only matters for equality, which is .05 itself

    Returns
    -------
    in [0, 1]; for Korn-Graubard the binomial tail at the threshold

    References
    ----------
    Korn and Graubard (1998), Survey Methodology 24, 193-201; Clopper and Pearson (1934).

    Examples
    --------
    >>> rule = Rule("0.02", strict=True, direction="below")
    >>> nothing = Footing(share=0.0, n_eff=149.0, step=0.002, households=500, villages=30)
    >>> round(p_value(nothing, rule), 4)
    0.0493
    """
    # of the share: is it below, or above, the share at which the figure is at its threshold?
    threshold = (float(exact(rule.threshold)) - footing.offset) / footing.scale
    below = rule.direction == "below"
    if footing.mirrored:
        threshold, below = 1 - threshold, not below
    if not 0 < threshold < 1:
        met = threshold >= 1 if below else threshold <= 0
        return 0.0 if met else 1.0
    if footing.n_eff <= 0:
        return 1.0
    return _tail(footing, threshold, below)


def expected_wrong_passes(counties: Mapping[str, Sequence[Judged]]) -> WrongPasses:
    """Count the wrong passes to be expected among many counties.

    Definition: a criterion that is met counts with its p-value, which is the chance that the
    truth lies beyond the threshold when the truth is taken to be distributed as the bounds of
    the figure at all levels say (its confidence distribution, for Korn-Graubard a beta
    distribution). A county that passes counts with the sum over its criteria, at most 1; the
    expected number is the sum over the counties that pass. Bounds that hold more often than
    their level says make it too large rather than too small.

    Parameters
    ----------
    counties : code -> its judged figures, one or more

    Raises
    ------
    EstimationError : a county without figures

    References
    ----------
    Schweder and Hjort (2002), Scandinavian Journal of Statistics 29, 309-332, for confidence
    distributions.

    Examples
    --------
    >>> rule = Rule("0.02", strict=True, direction="below")
    >>> clear, close = (Footing(share, 400.0, 0.002, 500, 30) for share in (0.002, 0.017))
    >>> found = expected_wrong_passes({"a": [Judged(clear, rule)], "b": [Judged(close, rule)]})
    >>> found.passes, found.established, round(found.expected, 3)
    (2, 1, 0.425)
    """
    for county, judged in counties.items():
        if not judged:
            raise EstimationError("estimate.empty", what=county)
    passing = [judged for judged in counties.values() if all(one.meets for one in judged)]
    sure = [judged for judged in passing if all(one.established for one in judged)]
    alpha = max(
        (1 - one.footing.confidence for judged in counties.values() for one in judged), default=0.0
    )
    return WrongPasses(
        counties=len(counties),
        passes=len(passing),
        established=len(sure),
        expected=math.fsum(_chance_wrong(judged) for judged in passing),
        expected_established=math.fsum(_chance_wrong(judged) for judged in sure),
        at_threshold=alpha * len(counties),
    )


def county_p_value(judged: Sequence[Judged]) -> float:
    """The p-value of a county's pass: the largest of its criteria, all of which must hold.

    References
    ----------
    Berger (1982), Technometrics 24, 295-300, for intersection-union tests.

    Examples
    --------
    >>> rule = Rule("0.02", strict=True, direction="below")
    >>> clear, close = (Footing(share, 400.0, 0.002, 500, 30) for share in (0.002, 0.017))
    >>> round(county_p_value([Judged(clear, rule), Judged(close, rule)]), 3)
    0.423
    """
    if not judged:
        raise EstimationError("estimate.empty", what="criteria")
    return max(one.p_value for one in judged)


def benjamini_hochberg(p_values: Mapping[str, float], q: float = 0.05) -> list[Listed]:
    """List the counties that pass with at most a share q of wrong passes expected in the list.

    The k-th smallest of m p-values is compared with q k/m; all up to the largest k that lies
    below are listed.

    Parameters
    ----------
    p_values : county -> p-value, see `county_p_value`
    q : wrong passes to be expected as a share of the list, in (0, 1]

    Returns
    -------
    counties by p-value, then by code; a larger q lists the same counties and perhaps more

    Raises
    ------
    EstimationError : q or a p-value outside its range

    References
    ----------
    Benjamini and Hochberg (1995), J. R. Statist. Soc. B 57, 289-300.

    Examples
    --------
    >>> found = benjamini_hochberg({"a": 0.001, "b": 0.2, "c": 0.03, "d": 0.9}, q=0.1)
    >>> [(one.county, round(one.q_value, 3)) for one in found]
    [('a', 0.004), ('c', 0.06)]
    """
    if not 0 < q <= 1:
        raise EstimationError("passes.q", q=q)
    for county, p in p_values.items():
        if not 0 <= p <= 1:
            raise EstimationError("passes.p_value", county=county, p=p)
    ordered = sorted(p_values.items(), key=lambda item: (item[1], item[0]))
    adjusted, least = [], 1.0
    for rank in range(len(ordered), 0, -1):
        county, p = ordered[rank - 1]
        least = min(least, p * len(ordered) / rank)
        adjusted.append(Listed(county, p, least))
    return [one for one in reversed(adjusted) if one.q_value <= q]


def _chance_wrong(judged: Sequence[Judged]) -> float:
    return min(1.0, math.fsum(one.p_value for one in judged))


def _tail(footing: Footing, threshold: float, below: bool) -> float:
    """One-sided p-value of the share against a threshold in (0, 1)."""
    from scipy.special import betainc, betaincc, ndtr

    share, n = footing.share, footing.n_eff
    found, missing = n * share, n * (1 - share)
    if footing.method in BY_TAIL:
        if below:
            return float(betaincc(found + 1, missing, threshold)) if missing > 0 else 1.0
        return float(betainc(found, missing + 1, threshold)) if found > 0 else 1.0
    if footing.method == "wilson":
        z = (share - threshold) / math.sqrt(threshold * (1 - threshold) / n)
        return float(ndtr(z if below else -z))
    return _by_bound(footing, threshold, below)


def _by_bound(footing: Footing, threshold: float, below: bool) -> float:
    """The one-sided level at which the bound reaches the threshold, found by halving.

    1 where nothing or everything was found, of which a Wald-type method says nothing.
    """
    if not 0 < footing.share < 1:
        return 1.0
    if (footing.share >= threshold) == below:
        return 1 - _by_bound(footing, threshold, not below) if footing.share != threshold else 0.5
    low, high = SMALLEST, 0.5 - SMALLEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        ends = bounds_at(footing.share, footing.n_eff, level=1 - 2 * middle, method=footing.method)
        beyond = ends[1] >= threshold if below else ends[0] <= threshold
        low, high = (middle, high) if beyond else (low, middle)
    return high
