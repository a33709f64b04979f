"""Change of a rate between two waves of a panel, whose samples share villages and households.

Part of the error of two waves is the same where the same villages were visited, and cancels in
their difference. Its variance is taken village by village: what a village adds to the later rate
less what it adds to the earlier one, zero where a wave did not visit it.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from sampling.answers import Answers, prepare
from sampling.errors import EstimationError
from sampling.figures import Estimate
from sampling.indicators import Analysis
from sampling.intervals import critical
from sampling.rates import Part, rate
from sampling.stages import Design, Floats, tally
from sampling.variance import spread

RECURRENCE = "recurrence_rate"


@dataclass(frozen=True, eq=False)
class Wave:
    """A rate sum w y / sum w x in one wave.

    Parameters
    ----------
    design : of that wave's sample
    part : y, x and weights of its rows
    units : (rows,) label of the first-stage unit of each row, the same in every wave
    """

    design: Design
    part: Part
    units: Sequence[str]


@dataclass(frozen=True)
class Change:
    """A rate in two waves and how much it changed; made by `change`.

    Parameters
    ----------
    before, now : estimates of the waves, with the interval that decides in each
    value : now - before, in the unit of the rate
    se : standard error of the difference, the shared villages taken into account
    low, high : interval of the level asked for
    df : the smaller of the two waves'
    correlation : of the two estimates' errors, -1..1; 0 where a wave has no spread
    shared : first-stage units in both waves (count)
    """

    before: Estimate
    now: Estimate
    value: float
    se: float
    low: float
    high: float
    df: int
    correlation: float
    shared: int

    def __repr__(self) -> str:
        return (
            f"Change({self.before.value:.2%} to {self.now.value:.2%}: {self.value:+.2%}, "
            f"{self.low:+.2%} to {self.high:+.2%}, {self.shared} units in both waves)"
        )

    @property
    def se_independent(self) -> float:
        """Standard error the difference would have had without a village in common."""
        return math.hypot(self.before.se, self.now.se)

    def to_polars(self) -> pl.DataFrame:
        """One row a wave and one for the change: `what` and the fields of an estimate."""
        both = [{"what": "before", **asdict(self.before)}, {"what": "now", **asdict(self.now)}]
        own = {name: getattr(self, name) for name in ("value", "se", "low", "high", "df")}
        return pl.DataFrame([*both, {"what": "change", **own, "unit": self.now.unit}])


def change(
    now: Wave,
    before: Wave,
    *,
    level: float = 0.9,
    icc: float = 0.05,
    method: str = "korn-graubard",
    interval: Literal["mover", "t"] = "mover",
    unit: str = "persons",
) -> Change:
    """Estimate by how much a rate changed between two waves.

    The variance is the sum over first-stage units of (e_now - e_before)^2, where e = square root
    of n/(n - 1) times the deviation of the unit's linearised total from the mean of its stratum
    in that wave, 0 in a wave without the unit. Without a common unit it is the sum of the two
    variances, with all units common that of the paired differences.

    Parameters
    ----------
    now, before : the later and the earlier wave
    level : two-sided
    icc, method : of the intervals of the two waves, see `sampling.rates.rate`
    interval : `mover` combines the limits of the waves, so that it keeps a width where nothing
        was found; `t` is value -+ t se
    unit : what is counted

    Raises
    ------
    EstimationError : as `sampling.rates.rate`; `t` where every unit agrees; another interval

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 9.9; Zou and
    Donner (2008), Statistics in Medicine 27, 1693-1702, for the interval of correlated rates.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> villages, ones = [f"v{k // 4}" for k in range(40)], np.ones(40)
    >>> def wave(cases):
    ...     y = np.isin(np.arange(40), cases).astype(float)
    ...     return Wave(describe(ones, psu=villages), Part(y, ones, ones), villages)
    >>> found = change(wave([0, 4, 8]), wave([0, 4]))
    >>> found
    Change(5.00% to 7.50%: +2.50%, -5.09% to +11.53%, 10 units in both waves)
    >>> found.se < found.se_independent
    True
    """
    if interval not in ("mover", "t"):
        raise EstimationError("change.interval", interval=interval)
    rates = [
        rate(wave.design, [wave.part], icc=icc, method=method, what=what)
        for wave, what in ((now, "now"), (before, "before"))
    ]
    later, earlier = (one.estimate(level, unit=unit) for one in rates)
    mine, theirs = _errors(now), _errors(before)
    common = mine.keys() & theirs.keys()
    covariance = math.fsum(mine[label] * theirs[label] for label in common)
    errors = [mine.get(one, 0.0) - theirs.get(one, 0.0) for one in mine.keys() | theirs.keys()]
    se = math.sqrt(math.fsum(error**2 for error in errors))
    both = later.se * earlier.se
    correlation = min(max(covariance / both, -1.0), 1.0) if both > 0 else 0.0
    value, df = later.value - earlier.value, min(later.df, earlier.df)
    if interval == "t":
        low, high = _t_interval(value, se, level, df)
    else:
        low = value - _distance(later.value - later.low, earlier.high - earlier.value, correlation)
        high = value + _distance(later.high - later.value, earlier.value - earlier.low, correlation)
    return Change(earlier, later, value, se, low, high, df, correlation, len(common))


def change_of(
    now: pl.DataFrame,
    before: pl.DataFrame,
    *,
    code: str = RECURRENCE,
    analysis: Analysis | None = None,
    panel: bool = False,
    interval: Literal["mover", "t"] = "mover",
) -> Change:
    """Estimate by how much an indicator of a county changed between two waves.

    Parameters
    ----------
    now, before : interviews of the two waves, see `sampling.answers.prepare`; each wave has
        weights of its own
    code : an indicator that is one ratio; of approval the share that disapproves
    analysis : defaults where None
    panel : only households interviewed in both waves count
    interval : see `change`

    Raises
    ------
    EstimationError : as `prepare` and `change`; waves of different counties; no household in
        both waves where only these count

    Examples
    --------
    >>> rows = pl.DataFrame({
    ...     "unit_id": [f"{k}" for k in range(40)], "psu": [f"v{k // 4}" for k in range(40)],
    ...     "county_adcode": "530101", "stratum": "1", "household_class": "E", "persons": 4,
    ...     "disposition": "completed", "weight": 10.0, "recurrence": [4, 0, 0, 0] + [0] * 36})
    >>> change_of(rows, rows).value
    0.0
    """
    chosen = analysis or Analysis()
    answers = [prepare(rows, single_psu=chosen.single_psu) for rows in (now, before)]
    counties = {one.county for one in answers}
    if len(counties) > 1:
        raise EstimationError("change.counties", counties=", ".join(sorted(counties)))
    later, earlier = (_wave(one, code) for one in answers)
    if panel:
        later, earlier = _panel(answers, (later, earlier), code)
    return change(
        later,
        earlier,
        level=chosen.two_sided,
        icc=chosen.icc,
        method=chosen.interval,
        interval=interval,
        unit="households" if code == "satisfaction_rate" else "persons",
    )


def trend(
    waves: Sequence[pl.DataFrame],
    *,
    code: str = RECURRENCE,
    analysis: Analysis | None = None,
) -> tuple[Change, ...]:
    """Estimate the change of an indicator from each wave to the next; see `change_of`.

    Parameters
    ----------
    waves : interviews, the earliest first, at least two

    Raises
    ------
    EstimationError : fewer than two waves, or as `change_of`

    Examples
    --------
    >>> from sampling import example
    >>> calm = example.interviews()
    >>> worse = calm.with_columns(recurrence="wrong_exit")
    >>> [round(one.value, 4) for one in trend([calm, worse, calm])]
    [0.0159, -0.0159]
    """
    if len(waves) < 2:
        raise EstimationError("change.waves", count=len(waves))
    pairs = zip(waves[1:], waves[:-1], strict=True)
    return tuple(change_of(now, before, code=code, analysis=analysis) for now, before in pairs)


def _wave(answers: Answers, code: str) -> Wave:
    return Wave(answers.design, answers.measure(code).known, answers.units.to_list())


def _panel(answers: Sequence[Answers], waves: tuple[Wave, Wave], code: str) -> tuple[Wave, Wave]:
    """Both waves with nothing but the households measured in both."""
    measured = [
        set(one.rows["unit_id"].filter(pl.Series(one.measure(code).determined))) for one in answers
    ]
    kept = sorted(measured[0] & measured[1])
    if not kept:
        raise EstimationError("change.panel")
    found = []
    for one, wave in zip(answers, waves, strict=True):
        inside = one.rows["unit_id"].is_in(kept).to_numpy()
        part = wave.part
        left = replace(
            part,
            y=np.where(inside, part.y, 0.0),
            x=np.where(inside, part.x, 0.0),
            weight=np.where(inside, part.weight, 0.0),
        )
        found.append(replace(wave, part=left))
    return found[0], found[1]


def _errors(wave: Wave) -> dict[str, float]:
    """What each first-stage unit adds to the error of the rate, its square to the variance."""
    part, first = wave.part, wave.design.stages[0]
    base = float(part.weight @ part.x)
    score: Floats = part.weight * (part.y - part.ratio * part.x) / base
    total = tally(first.unit, score, first.group.size)
    deviation, factor = spread(wave.design, first, total[:, None])
    error = np.sqrt(factor)[first.group] * deviation[:, 0]
    labels = np.empty(first.group.size, dtype=object)
    labels[first.unit] = np.asarray(wave.units, dtype=object)
    return dict(zip(labels.tolist(), error.tolist(), strict=True))


def _distance(one: float, other: float, correlation: float) -> float:
    return math.sqrt(max(one**2 + other**2 - 2 * correlation * one * other, 0.0))


def _t_interval(value: float, se: float, level: float, df: int) -> tuple[float, float]:
    if se <= 0:
        raise EstimationError("change.no_spread")
    reach = critical(level, df) * se
    return value - reach, value + reach
