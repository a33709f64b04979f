"""How weights look: their range, what they cost in precision, how far from known totals."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from sampling.calibrated import Calibrated
from sampling.errors import CalibrationError
from sampling.register_weights import on_register, register_totals
from sampling.stages import Floats

SHOWN = 24


@dataclass(frozen=True)
class Margin:
    """A known total and what weights give for it.

    Parameters
    ----------
    name : what is counted
    target : the known total, in its unit
    before, after : sums of the weights before and after calibration, same unit
    """

    name: str
    target: float
    before: float
    after: float

    @property
    def distance_before(self) -> float:
        """Signed, as a share of the target; infinite where the target is zero and the sum not."""
        return _distance(self.before, self.target)

    @property
    def distance_after(self) -> float:
        """As `distance_before`, with the weights as they are."""
        return _distance(self.after, self.target)


@dataclass(frozen=True)
class WeightReport:
    """Diagnostics of weights; prints as a few lines.

    Parameters
    ----------
    n : units with a weight (count)
    total : sum of the weights (units represented)
    low, high : smallest and largest weight
    deff : Kish's design effect of the weights, 1 + cv^2
    trimmed : units whose non-response factor was cut (count)
    moved : weight that trimming took from them (units represented)
    g_low, g_high : smallest and largest calibration factor, 1 without calibration
    margins : known totals, in order of their names
    """

    n: int
    total: float
    low: float
    high: float
    deff: float
    trimmed: int = 0
    moved: float = 0.0
    g_low: float = 1.0
    g_high: float = 1.0
    margins: tuple[Margin, ...] = ()

    @property
    def ratio(self) -> float:
        """Largest over smallest weight."""
        return self.high / self.low

    @property
    def distance(self) -> float:
        """Largest distance from a known total, as a share of it; 0 where none is known."""
        return max((abs(margin.distance_after) for margin in self.margins), default=0.0)

    def __repr__(self) -> str:
        lines = [
            f"WeightReport: {self.n:,} units, sum {self.total:,.1f}",
            f"  weights {self.low:.4g} … {self.high:.4g}, ratio {self.ratio:.3g}, "
            f"deff {self.deff:.3f}, calibration factor {self.g_low:.3f} … {self.g_high:.3f}",
        ]
        if self.trimmed:
            lines.append(f"  trimmed {self.trimmed:,} units by {self.moved:,.1f}")
        width = max((len(margin.name) for margin in self.margins), default=0)
        for margin in self.margins[:SHOWN]:
            lines.append(
                f"  {margin.name:<{width}}  {margin.target:>12,.0f}"
                f"  {signed(margin.distance_before):>9} -> {signed(margin.distance_after):>9}"
            )
        if len(self.margins) > SHOWN:
            lines.append(f"  and {len(self.margins) - SHOWN} more")
        return "\n".join(lines)

    def to_polars(self) -> pl.DataFrame:
        """One row a known total: name, target, before, after, and both distances (shares)."""
        names = ("name", "target", "before", "after", "distance_before", "distance_after")
        rows = [tuple(getattr(margin, name) for name in names) for margin in self.margins]
        types = [pl.String, *[pl.Float64] * 5]
        return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def weight_report(weight: ArrayLike | Calibrated) -> WeightReport:
    """Describe weights, or calibrated weights with their targets.

    Parameters
    ----------
    weight : (n,) float, units represented; zeros are left out

    Raises
    ------
    CalibrationError : no weight above 0, or one that is negative or missing

    References
    ----------
    Kish (1992), J. Off. Stat. 8, 183-200; Valliant, Dever and Kreuter (2018), Practical Tools
    for Designing and Weighting Survey Samples, chapter 14.

    Examples
    --------
    >>> weight_report([10.0, 10.0, 40.0])
    WeightReport: 3 units, sum 60.0
      weights 10 … 40, ratio 4, deff 1.500, calibration factor 1.000 … 1.000
    """
    if not isinstance(weight, Calibrated):
        return _report(np.asarray(weight, dtype=np.float64))
    margins = tuple(Margin(*row) for row in weight.to_polars().iter_rows())
    return _report(weight.weight, g=weight.g, margins=margins)


def household_report(rows: pl.DataFrame, register: pl.DataFrame | None = None) -> WeightReport:
    """Describe the weights of interviewed households, against the register if there is one.

    The known totals are the households and persons of each stratum x class that was sampled,
    also where calibration had to join several of them.

    Parameters
    ----------
    rows : weighted by `sampling.weights.weigh`, with or without calibration
    register : see there; None = no totals

    Raises
    ------
    CalibrationError : a column is missing, or nobody has a weight

    Examples
    --------
    >>> from sampling.weights import weigh
    >>> sample = pl.DataFrame({
    ...     "unit_id": ["a", "b"], "county_adcode": "1", "stratum": "1-1", "psu": "v",
    ...     "household_class": "E", "pi1": 0.5, "pi2": 0.1, "persons": [2, 3],
    ...     "disposition": "completed"})
    >>> villages = pl.DataFrame({
    ...     "county_adcode": "1", "stratum": "1-1", "households_e": [44], "persons_e": [105],
    ...     "households_p": 0, "persons_p": 0, "households_n": 0, "persons_n": 0})
    >>> household_report(weigh(sample, register=villages), villages)
    WeightReport: 2 units, sum 44.0
      weights 17 … 27, ratio 1.59, deff 1.052, calibration factor 0.850 … 1.350
      1-1/E households            44     -9.09% ->    +0.00%
      1-1/E persons              105     -4.76% ->    +0.00%
    """
    respondents = rows.filter(outcome="respondent")
    calibrated = "calibration_factor" in rows.columns
    cut = _cut(respondents)
    return _report(
        respondents["weight"].to_numpy(),
        g=rows["calibration_factor"].drop_nulls().to_numpy() if calibrated else None,
        margins=() if register is None else _margins(rows, register),
        trimmed=int((cut > 0).sum()),
        moved=float(cut.clip(lower_bound=0).sum()),
    )


def signed(distance: float) -> str:
    """A distance in percent with its sign; a rounding error below zero counts as none.

    Examples
    --------
    >>> signed(-1e-12), signed(0.0512)
    ('+0.00%', '+5.12%')
    """
    return f"{round(distance, 4) + 0.0:+.2%}"


def _report(
    weight: Floats,
    *,
    g: Floats | None = None,
    margins: tuple[Margin, ...] = (),
    trimmed: int = 0,
    moved: float = 0.0,
) -> WeightReport:
    wrong = ~(np.isfinite(weight) & (weight >= 0))
    if wrong.any():
        row = int(wrong.argmax())
        raise CalibrationError("calibration.weight", row=row + 1, value=f"{weight[row]:g}")
    if not (weight > 0).any():
        raise CalibrationError("calibration.no_weight")
    own = weight[weight > 0]
    factor = np.ones(1) if g is None or g.size == 0 else g
    return WeightReport(
        n=own.size,
        total=float(own.sum()),
        low=float(own.min()),
        high=float(own.max()),
        deff=float(own.size * (own @ own) / own.sum() ** 2),
        trimmed=trimmed,
        moved=moved,
        g_low=float(factor.min()),
        g_high=float(factor.max()),
        margins=margins,
    )


def _cut(respondents: pl.DataFrame) -> pl.Series:
    """Weight that trimming took from each respondent; negative where it gave some."""
    if "trimming_factor" not in respondents.columns:
        return pl.Series([0.0])
    before = pl.col("base_weight") * pl.col("nonresponse_factor")
    return respondents.select(before * (1 - pl.col("trimming_factor"))).to_series()


def _margins(rows: pl.DataFrame, register: pl.DataFrame) -> tuple[Margin, ...]:
    keys = ["county_adcode", "stratum", "household_class"]
    persons = pl.col("calibration_persons")
    sums = (
        on_register(rows)
        .group_by(keys)
        .agg(
            households_before=pl.col("before").sum(),
            households_after=pl.col("after").sum(),
            persons_before=(pl.col("before") * persons).sum(),
            persons_after=(pl.col("after") * persons).sum(),
        )
    )
    table = register_totals(register).join(sums, on=keys).sort(keys)
    return tuple(
        Margin(
            f"{row['stratum']}/{row['household_class']} {what}",
            row[what],
            row[f"{what}_before"],
            row[f"{what}_after"],
        )
        for row in table.iter_rows(named=True)
        for what in ("households", "persons")
    )


def _distance(reached: float, target: float) -> float:
    if target == 0:
        return 0.0 if reached == 0 else float("inf")
    return reached / target - 1
