"""Operating curve of a plan: how probable each finding is, against the true rate.

The chances are computed, not simulated: the number of cases and the variance a sample will show
have a joint distribution that can be worked out village by village, and a finding depends on
nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
from scipy.special import betainc, stdtrit

from sampling.case_sums import CaseSums, Floats
from sampling.errors import PlanError
from sampling.fieldwork import CONCENTRATION, UNEQUAL, Fieldwork
from sampling.findings import Finding

NEAREST = 1e-4
"""Distance from the threshold, relative to it, below which nothing is told apart."""

FINDINGS: tuple[Finding, ...] = ("met_established", "met_open", "unmet_open", "unmet_established")


@dataclass(frozen=True)
class OperatingCurve:
    """Chance of each finding against the true rate.

    Parameters
    ----------
    rates : true rates, ascending
    chances : finding -> chance at each of the rates; the four add up to 1
    p0 : threshold the rate is judged by
    """

    rates: tuple[float, ...]
    chances: Mapping[Finding, tuple[float, ...]]
    p0: float

    def to_polars(self) -> pl.DataFrame:
        """One row a rate: `true_rate` and a column a finding."""
        columns: dict[str, tuple[float, ...]] = {"true_rate": self.rates}
        return pl.DataFrame(columns | {str(one): self.chances[one] for one in self.chances})

    def __repr__(self) -> str:
        ends = f"{self.rates[0]:g}…{self.rates[-1]:g}" if self.rates else "none"
        return f"OperatingCurve({len(self.rates)} rates {ends}, threshold {self.p0:g})"


def operating_curve(
    households: float,
    villages: int,
    *,
    p0: float,
    icc: float,
    rates: Sequence[float] | None = None,
    response: float = 1.0,
    strata: int = 1,
    alpha: float = 0.05,
    unequal: float = UNEQUAL,
    concentration: float = CONCENTRATION,
    remote_factor: float = 1.0,
    frame: float | None = None,
    frame_villages: int | None = None,
    whole: bool = False,
) -> OperatingCurve:
    """Compute the chance of each finding for a range of true rates.

    Parameters
    ----------
    households, villages : to be drawn (counts)
    p0 : threshold, the rate must lie below it, in (0, 1)
    icc, response, strata, alpha, unequal, concentration, remote_factor, frame,
        frame_villages, whole : see `Fieldwork`
    rates : true rates in (0, 1); None = twenty from p0/10 to 2 p0

    Returns
    -------
    the curve, rates ascending

    Raises
    ------
    PlanError : a size, rate or share out of range

    Examples
    --------
    >>> curve = operating_curve(1000, 40, p0=0.02, icc=0.05, strata=3, rates=[0.005, 0.02])
    >>> curve.chances["met_established"][0] > 0.6 > 0.05 > curve.chances["met_established"][1]
    True
    """
    work = Fieldwork(
        households=households,
        villages=villages,
        icc=icc,
        response=response,
        strata=strata,
        alpha=alpha,
        unequal=unequal,
        concentration=concentration,
        remote_factor=remote_factor,
        frame=frame,
        frame_villages=frame_villages,
        whole=whole,
    )
    return curve_of(work, p0=p0, rates=rates)


def curve_of(work: Fieldwork, *, p0: float, rates: Sequence[float] | None = None) -> OperatingCurve:
    """Compute the operating curve of a fieldwork; see `operating_curve`.

    Examples
    --------
    >>> curve_of(Fieldwork(480, 30, icc=0.05), p0=0.02)
    OperatingCurve(20 rates 0.002…0.04, threshold 0.02)
    """
    wanted = sorted(rates) if rates is not None else [p0 * k / 10 for k in range(1, 21)]
    each = [finding_chances(work, rate, p0=p0) for rate in wanted]
    chances = {one: tuple(found[one] for found in each) for one in FINDINGS}
    return OperatingCurve(tuple(wanted), chances, p0)


@lru_cache(maxsize=65536)
def finding_chances(work: Fieldwork, rate: float, *, p0: float) -> Mapping[Finding, float]:
    """Compute the chance of each finding where the true rate is `rate` and the threshold p0.

    Cases of a village are beta-binomial with the correlation icc; a case counts with its weight
    and persons, gamma-distributed with the Kish factor; strata differ in risk and in weight. The
    joint distribution of the sum T of all cases and of the sum Q of the squared village totals
    follows by convolution (fast Fourier transform), and Korn and Graubard's bound, its t
    adjustment and its cap depend on T and Q alone. Given the households of the frame, the
    distribution is that among counties whose total is the true one, so a large sampling fraction
    counts; the bound itself takes no credit for it.

    Parameters
    ----------
    work : sizes and assumptions
    rate : true rate in (0, 1)
    p0 : threshold in (0, 1)

    Returns
    -------
    finding -> chance; the four add up to 1

    Raises
    ------
    PlanError : a size, rate or share out of range

    Notes
    -----
    Two things are left out: of the verdict's rule that one more case never lowers a bound, and
    of strata taken whole beside others that are not. docs/operating-curve.md compares the
    chances with simulations of the whole procedure.

    References
    ----------
    Korn and Graubard (1998), Survey Methodology 24, 193-201. Griffiths (1973), Biometrics 29,
    637-648, for the beta-binomial distribution of cases in a cluster. Embrechts and Frei (2009),
    Math. Methods of Operations Research 69, 497-508, for exponential tilting against aliasing.

    Examples
    --------
    >>> chances = finding_chances(Fieldwork(500, 30, icc=0.05, response=0.9), 0.005, p0=0.02)
    >>> round(sum(chances.values()), 6)
    1.0
    """
    for name, value in (("true rate", rate), ("p0", p0)):
        if not 0 < value < 1:
            raise PlanError("size.range", name=name, value=value, low=0, high=1)
    grid = CaseSums.of(work, rate, p0=p0)
    joint = grid.given_the_county(grid.joint())
    share = np.minimum(grid.cases / work.interviewed, 1.0)
    reached, sure = joint.sum(axis=1), np.zeros(share.size)
    if work.df >= 1 and work.interviewed > 1:
        sure = _established(grid, work, joint, p0=p0)
    low = share < p0 * (1 - 1e-9)
    met = _part_below(grid, p0 * work.interviewed) if grid.smooth else low.astype(np.float64)
    established = _chance(sure[low])
    open_below = min(_chance(reached * met) - established, 1 - established)
    open_below = max(open_below, 0.0)
    failed = min(_chance(sure[~low]), 1 - established - open_below)
    return {
        "met_established": established,
        "met_open": open_below,
        "unmet_open": 1 - established - open_below - failed,
        "unmet_established": failed,
    }


def _chance(mass: Floats) -> float:
    return float(min(max(mass.sum(), 0.0), 1.0))


def _part_below(grid: CaseSums, limit: float) -> Floats:
    """(CASES,) part of each cell of the grid that lies below a sum of cases."""
    part: Floats = np.clip((limit - grid.cases) / grid.step + 0.5, 0.0, 1.0)
    return part


def _established(grid: CaseSums, work: Fieldwork, joint: Floats, *, p0: float) -> Floats:
    """(CASES,) chance of each sum of cases together with a bound on the same side of p0.

    The bound decides by the sum of squares, below which the effective size is large enough, and
    by the cap, which must be so too; a cell that the cap divides counts by its part.
    """
    n = work.interviewed
    share = np.minimum(grid.cases / n, 1.0)
    student = stdtrit(n - 1, 1 - work.alpha) / stdtrit(work.df, 1 - work.alpha)
    needed = _needed(share, p0=p0, alpha=work.alpha)
    expected = np.array([one.units * one.risk * one.scale for one in grid.layers])
    each = np.array([one.units for one in grid.layers])
    pooled = float(((expected / expected.sum()) ** 2 / each).sum())
    variance = share * (1 - share) * student**2 / needed
    freedom = each.sum() / max(each.sum() - each.size, 1)
    most = variance * n**2 / freedom + pooled * grid.cases**2
    most[0] = np.inf
    sure = grid.mass_below(joint, np.where(share < 1, most, -np.inf))
    if not grid.smooth:
        return np.asarray(np.where(work.cap > needed, sure, 0.0), dtype=np.float64)
    half = grid.step / 2 / n
    ends = [
        np.log(_needed(np.clip(share + side, 0.0, 1.0), p0=p0, alpha=work.alpha))
        for side in (-half, half)
    ]
    low, high = np.minimum(*ends), np.maximum(*ends)
    part = np.clip((np.log(work.cap) - low) / np.maximum(high - low, 1e-12), 0.0, 1.0)
    part[0] = float(work.cap > needed[0])  # no case at all is a point, not a cell
    return np.asarray(sure * part, dtype=np.float64)


def _needed(share: Floats, *, p0: float, alpha: float) -> Floats:
    """(n,) effective size at which the bound of a share reaches p0 from either side.

    Read off a table over the logarithm of the distance from p0, in which it is nearly straight.
    """
    distance = np.log(np.maximum(np.abs(share / p0 - 1), NEAREST))
    below, above = (_needed_table(side, p0=p0, alpha=alpha) for side in (-1, 1))
    found = np.where(share < p0, np.interp(distance, *below), np.interp(distance, *above))
    return np.asarray(np.exp(found), dtype=np.float64)


@lru_cache(maxsize=256)
def _needed_table(side: int, *, p0: float, alpha: float) -> tuple[Floats, Floats]:
    """Logarithms of the distance from p0, relative to it, and of the effective size needed."""
    farthest = 1.0 if side < 0 else (1 - p0) / p0
    distance = np.linspace(np.log(NEAREST), np.log(farthest), 400)
    share = np.clip(p0 * (1 + side * np.exp(distance)), 0.0, 1.0)
    low, high = np.zeros(share.size), np.full(share.size, np.log(1e12))
    for _ in range(44):
        middle = (low + high) / 2
        size = np.exp(middle)
        cases = share * size
        upper = betainc(cases + 1, np.maximum(size - cases, 1e-9), p0)
        lower = betainc(np.maximum(cases, 1e-9), size - cases + 1, p0)
        enough = upper > 1 - alpha if side < 0 else lower < alpha
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return distance, high
