"""How well figures and bounds did over the runs of a simulation, each with its own error."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sampling.stages import Flags, Floats


@dataclass(frozen=True)
class Measured:
    """A figure of a simulation and the standard error that chance gives it.

    Examples
    --------
    >>> Measured(0.9512, 0.0048)
    0.9512 ± 0.0048
    """

    value: float
    se: float

    def __repr__(self) -> str:
        return f"{self.value:.4g} ± {self.se:.2g}"

    @property
    def percent(self) -> str:
        """The figure as a percentage.

        Examples
        --------
        >>> Measured(0.9512, 0.0048).percent
        '95.1% ± 0.5'
        """
        decimals = 1 if self.value == 0 or self.value >= 0.01 else 2
        return f"{100 * self.value:.{decimals}f}% ± {100 * self.se:.{decimals}f}"

    def times(self, factor: float, offset: float = 0.0) -> "Measured":
        """The figure offset + factor * value."""
        return Measured(offset + factor * self.value, factor * self.se)

    @classmethod
    def share(cls, flags: Flags) -> "Measured":
        """Share of the runs in which something was so; the error is binomial.

        Where it was so in none or all of them, the error is what it would be with half a run
        the other way, not zero.

        Examples
        --------
        >>> Measured.share(np.array([True] * 90 + [False] * 10))
        0.9 ± 0.03
        """
        n = flags.size
        if not n:
            return cls(math.nan, math.nan)
        p = float(flags.mean())
        inside = min(max(p, 0.5 / n), 1 - 0.5 / n)
        return cls(p, math.sqrt(inside * (1 - inside) / n))

    @classmethod
    def mean(cls, values: Floats) -> "Measured":
        """Mean over the runs; NaN without two of them."""
        if values.size < 2:
            return cls(math.nan, math.nan)
        return cls(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(values.size))


@dataclass(frozen=True)
class Bounds:
    """How the bounds of one method did.

    Parameters
    ----------
    method : "verdict" (the plan's method with its cap, as verdicts have it), or a textbook
        method without a cap
    upper, lower : share of the runs in which the one-sided bound held
    both : share in which the two-sided interval held
    met, unmet : share in which the whole interval lay below p0, or not below it
    high : mean upper bound
    """

    method: str
    upper: Measured
    lower: Measured
    both: Measured
    met: Measured
    unmet: Measured
    high: Measured


@dataclass(frozen=True)
class Performance:
    """How a plan did on one indicator of one county.

    Parameters
    ----------
    county_adcode, indicator : whose figure, and which
    truth : mean of the true rates of the registers
    runs, estimable : runs, and those that gave a figure with bounds (counts); everything else
        is about the latter, except that a run without a figure settles nothing
    bias : mean of estimate - truth
    nonresponse_bias : mean of estimate - estimate had everybody answered
    spread : root mean square of estimate - truth
    shown : root mean square of the standard errors that the samples show
    deff : variance about the truth over that of a simple random sample of as many households
    households : mean households interviewed (count)
    effective : households of a simple random sample that would be as precise (count)
    nothing_found : share of the runs without a case
    below : share in which the estimate was below p0
    bounds : the verdict's first, then those to compare
    """

    county_adcode: str
    indicator: str
    truth: float
    runs: int
    estimable: int
    bias: Measured
    nonresponse_bias: Measured
    spread: Measured
    shown: Measured
    deff: Measured
    households: Measured
    effective: Measured
    nothing_found: Measured
    below: Measured
    bounds: tuple[Bounds, ...]

    def __repr__(self) -> str:
        first = self.bounds[0]
        return (
            f"Performance({self.county_adcode} {self.indicator}: truth {self.truth:.3%}, "
            f"bias {self.bias}, upper bound holds {first.upper}, met {first.met}, "
            f"unmet {first.unmet}, deff {self.deff}, {self.runs} runs)"
        )


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What every run gave for one indicator, figure = offset + scale * share.

    Parameters
    ----------
    truth : (runs,) true share of the register
    value, se : (runs,) estimated share and the standard error shown; NaN where there is none
    everybody : (runs,) estimate had everybody answered
    n : (runs,) households interviewed (count)
    intervals : method -> (2, runs) low and high end of the share
    frame : households of the county that the figure is about (count)
    offset, scale : from the share to the figure, as for the incidence
    """

    truth: Floats
    value: Floats
    se: Floats
    everybody: Floats
    n: Floats
    intervals: Mapping[str, Floats]
    frame: int
    offset: float = 0.0
    scale: float = 1.0

    @classmethod
    def join(cls, parts: Sequence["Outcomes"]) -> "Outcomes":
        """Put the runs of several parts one after the other."""
        truth, value, se, everybody, n = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("truth", "value", "se", "everybody", "n")
        )
        intervals = {
            method: np.concatenate([part.intervals[method] for part in parts], axis=1)
            for method in parts[0].intervals
        }
        first = parts[0]
        return cls(
            truth, value, se, everybody, n, intervals, first.frame, first.offset, first.scale
        )


def perform(outcomes: Outcomes, *, county_adcode: str, indicator: str, p0: float) -> Performance:
    """Sum up the runs of one indicator.

    Parameters
    ----------
    outcomes : of all runs
    county_adcode, indicator : for the record
    p0 : threshold of the figure, a rate; "met" is below it

    References
    ----------
    Morris, White and Crowther (2019), Using simulation studies to evaluate statistical methods,
    Statistics in Medicine 38, 2074-2102, section 5.2.

    Examples
    --------
    >>> runs = Outcomes(
    ...     truth=np.full(4, 0.02), value=np.array([0.01, 0.02, 0.02, 0.03]), se=np.full(4, 0.007),
    ...     everybody=np.array([0.01, 0.02, 0.02, 0.03]), n=np.full(4, 400.0),
    ...     intervals={"verdict": np.array([[0.0] * 4, [0.019, 0.03, 0.03, 0.04]])}, frame=10_000)
    >>> found = perform(runs, county_adcode="990001", indicator="wrong_exit_rate", p0=0.02)
    >>> found.bounds[0].upper.value, found.bounds[0].met.value, round(found.deff.value, 2)
    (0.75, 0.25, 1.06)
    """
    told = np.isfinite(outcomes.value) & np.isfinite(outcomes.se)
    truth, value, n = outcomes.truth[told], outcomes.value[told], outcomes.n[told]
    error, scale = value - truth, outcomes.scale
    limit = (p0 - outcomes.offset) / scale
    households = Measured.mean(n)
    square = Measured.mean(error**2)
    simple = _simple_variance(truth, households.value, outcomes.frame)
    deff = square.times(1 / simple) if simple > 0 else Measured(math.nan, math.nan)
    return Performance(
        county_adcode=county_adcode,
        indicator=indicator,
        truth=outcomes.offset + scale * float(outcomes.truth.mean()),
        runs=told.size,
        estimable=int(told.sum()),
        bias=Measured.mean(error).times(scale),
        nonresponse_bias=Measured.mean(value - outcomes.everybody[told]).times(scale),
        spread=_root(square).times(scale),
        shown=_root(Measured.mean(outcomes.se[told] ** 2)).times(scale),
        deff=deff,
        households=households,
        effective=_effective(deff, households.value, outcomes.frame),
        nothing_found=Measured.share(value == 0),
        below=Measured.share(value < limit),
        bounds=tuple(
            _bounds(method, interval[:, told], truth, value, limit, outcomes, runs=told.size)
            for method, interval in outcomes.intervals.items()
        ),
    )


def _bounds(
    method: str,
    interval: Floats,
    truth: Floats,
    value: Floats,
    limit: float,
    figure: Outcomes,
    *,
    runs: int,
) -> Bounds:
    low, high = interval
    settled = np.zeros((2, runs), dtype=bool)  # a run without a figure settles nothing
    settled[0, : value.size] = (high < limit) & (value < limit)
    settled[1, : value.size] = (low >= limit) & (value >= limit)
    return Bounds(
        method=method,
        upper=Measured.share(high >= truth),
        lower=Measured.share(low <= truth),
        both=Measured.share((low <= truth) & (truth <= high)),
        met=Measured.share(settled[0]),
        unmet=Measured.share(settled[1]),
        high=Measured.mean(high).times(figure.scale, figure.offset),
    )


def _simple_variance(truth: Floats, households: float, frame: int) -> float:
    """Variance of a share under simple random sampling without replacement, mean over truths."""
    if not truth.size or not households > 0:
        return math.nan
    return float((truth * (1 - truth)).mean()) / households * max(1 - households / frame, 0.0)


def _effective(deff: Measured, households: float, frame: int) -> Measured:
    """Size m of the simple random sample with (1 - m/N)/m = deff (1 - n/N)/n."""
    if not deff.value > 0:
        return Measured(math.nan, math.nan)
    odds = deff.value * (1 / households - 1 / frame)
    size = 1 / (odds + 1 / frame)
    return Measured(size, size**2 * odds * deff.se / deff.value)


def _root(square: Measured) -> Measured:
    root = math.sqrt(max(square.value, 0.0)) if square.value == square.value else math.nan
    return Measured(root, square.se / (2 * root) if root > 0 else 0.0)
