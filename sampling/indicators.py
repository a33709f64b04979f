"""The five figures of a county: three rates over persons, approval, and recurrence."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np
import polars as pl

from sampling.answers import MEASURED, Answers, Measure, prepare
from sampling.errors import EstimationError
from sampling.estimate import Estimate
from sampling.findings import Footing, certain_level
from sampling.rates import Rate, rate

CODES = (
    "wrong_exit_rate",
    "missed_rate",
    "poverty_incidence",
    "satisfaction_rate",
    "recurrence_rate",
)


@dataclass(frozen=True)
class Totals:
    """Official persons of a county or stratum by class, constants of the composite (counts)."""

    persons_e: int
    persons_p: int
    persons_n: int
    persons_rural: int


@dataclass(frozen=True)
class Analysis:
    """How figures are computed; fixed before fieldwork.

    Parameters
    ----------
    confidence : one-sided level of each end of the interval that decides
    interval : method, see `sampling.intervals.share_interval`
    icc : planned intra-village correlation, 0..1, for the cap of the effective sample size
    single_psu : rule for strata of one village, see `sampling.stages.describe`
    missed_denominator : `b` persons of the households interviewed, `a` all non-registered
        persons of the villages sampled (needs whole-village screening)
    round_kind : in a `revisit`, recurrence takes the place of wrong exits in the composite
    """

    confidence: float = 0.95
    interval: str = "korn-graubard"
    icc: float = 0.05
    single_psu: str = "adjust"
    missed_denominator: Literal["a", "b"] = "b"
    round_kind: Literal["exit", "revisit"] = "exit"

    @property
    def two_sided(self) -> float:
        """Level of the interval whose ends are one-sided bounds at `confidence`."""
        return 2 * self.confidence - 1


@dataclass(frozen=True)
class Undetermined:
    """Households not (yet) known; the lowest and highest estimate they could lead to."""

    count: int
    low: float
    high: float


@dataclass(frozen=True)
class Indicator:
    """One figure of a county.

    Parameters
    ----------
    code : one of `CODES`
    numerator, denominator : plain sample counts; for the composite, the persons that the plain
        ratios expand to (not whole) and the rural persons
    unit : persons or households
    estimate : design-weighted, with the interval whose ends are one-sided bounds
    interval_95 : two-sided
    interval_certain : ends at one-sided 1 - alpha/4, for a failure beyond chance
    undetermined : see there
    sample : the plain sample ratio, exact
    footing : for findings, flips and extensions
    """

    code: str
    numerator: float
    denominator: int
    unit: str
    estimate: Estimate
    interval_95: tuple[float, float]
    interval_certain: tuple[float, float]
    undetermined: Undetermined
    sample: Fraction
    footing: Footing

    @property
    def nothing_found(self) -> bool:
        """No case at all: the bound rests on the planned design effect alone."""
        return self.footing.share == 0


def indicators(
    interviews: pl.DataFrame,
    *,
    totals: Totals,
    analysis: Analysis | None = None,
    village_persons: Mapping[str, int] | None = None,
) -> tuple[Indicator, ...]:
    """Compute the five figures of one county.

    Rates over persons are sum w y / sum w m. The composite is (P + R_we E + R_m N)/rural with
    the official persons as constants; its share q = (R_we E + R_m N)/(E + N) has the variance
    of the joint linearised value, its bounds are carried over. Approval is a share of
    households. Weights follow the class of the frame, what is counted the class found.

    Parameters
    ----------
    interviews : see `sampling.answers.prepare`
    totals : official persons of the county
    analysis : defaults where None
    village_persons : village code -> non-registered persons, needed for basis (a)

    Returns
    -------
    in the order of `CODES`; a revisit that did not ask for wrong exits has none

    Raises
    ------
    EstimationError : see `prepare`; an indicator nobody was measured for, or without degrees
        of freedom

    References
    ----------
    Cochran (1977), Sampling Techniques, chapter 6; Woodruff (1971), J. Am. Stat. Assoc. 66.

    Examples
    --------
    >>> from sampling import example
    >>> official = Totals(*example.totals().select("^persons_.*$").row(0))
    >>> for one in indicators(example.interviews(), totals=official):
    ...     print(one.code, f"{one.estimate.value:.2%}", f"{one.estimate.high:.2%}")
    wrong_exit_rate 1.59% 3.75%
    missed_rate 0.87% 2.64%
    poverty_incidence 1.59% 3.40%
    satisfaction_rate 94.09% 96.38%
    recurrence_rate 0.00% 1.31%
    """
    chosen = analysis or Analysis()
    answers = prepare(interviews, single_psu=chosen.single_psu)
    in_revisit = chosen.round_kind == "revisit"
    left_out = ("wrong_exit_rate",) if in_revisit and not answers.asked("wrong_exit_rate") else ()
    measures = {code: answers.measure(code) for code in MEASURED if code not in left_out}
    missed = measures["missed_rate"]
    basis = _basis(answers, missed, chosen, village_persons)
    fallen = measures["recurrence_rate" if in_revisit else "wrong_exit_rate"]
    found = {
        code: _simple(answers, measure, chosen, basis if measure is missed else None)
        for code, measure in measures.items()
    }
    found["poverty_incidence"] = incidence(answers, fallen, missed, totals, chosen, basis)
    return tuple(found[code] for code in CODES if code in found)


def incidence(
    answers: Answers,
    fallen: Measure,
    missed: Measure,
    totals: Totals,
    analysis: Analysis,
    basis: Measure | None = None,
) -> Indicator:
    """Composite incidence from the measures of E and N households; see `indicators`.

    Parameters
    ----------
    fallen : wrong exits, in a revisit recurrence
    missed : on basis (b)
    basis : the missed on basis (a), if that is to count

    Raises
    ------
    EstimationError : E and N persons of the totals are both zero

    Examples
    --------
    >>> from sampling import example
    >>> from sampling.answers import prepare
    >>> answers = prepare(example.interviews(), single_psu="adjust")
    >>> fallen, missed = (answers.measure(code) for code in ("wrong_exit_rate", "missed_rate"))
    >>> found = incidence(answers, fallen, missed, Totals(8028, 240, 32832, 41100), Analysis())
    >>> f"{found.estimate.value:.2%}"
    '1.59%'
    """
    e, n, rural = totals.persons_e, totals.persons_n, totals.persons_rural
    if e + n <= 0:
        raise EstimationError("estimate.zero_denominator", what="poverty_incidence")
    used = basis or missed
    shares = {fallen: e / (e + n), used: n / (e + n)}
    found = _rate(answers, shares, analysis, "poverty_incidence")
    if basis is not None:
        plain = _rate(answers, {fallen: e / (e + n), missed: n / (e + n)}, analysis, "")
        found = _on_villages(answers, shares, analysis, plain, "poverty_incidence")
    sample = (totals.persons_p + fallen.sample * e + used.sample * n) / Fraction(rural)
    ends = zip(fallen.range, used.range, strict=True)
    low, high = ((totals.persons_p + f * e + m * n) / rural for f, m in ends)
    undecided = int((fallen.undetermined | missed.undetermined).sum())
    footing = Footing(
        share=found.value,
        n_eff=found.interval(analysis.two_sided).n_eff,
        step=max(fallen.step * e, used.step * n) / (e + n),
        households=found.n,
        villages=_villages(answers, fallen, missed),
        offset=totals.persons_p / rural,
        scale=(e + n) / rural,
        method=analysis.interval,
        confidence=analysis.confidence,
    )
    return _indicator(
        "poverty_incidence",
        found,
        footing,
        counts=(float(sample * rural), rural),
        sample=sample,
        undetermined=Undetermined(undecided, low, high),
    )


def _simple(
    answers: Answers, measure: Measure, analysis: Analysis, basis: Measure | None = None
) -> Indicator:
    """A rate that is one ratio; `basis` replaces the measure but not what the cap rests on."""
    code, used = measure.code, basis or measure
    found = _rate(answers, {measure: 1.0}, analysis, code)
    if basis is not None:
        found = _on_villages(answers, {basis: 1.0}, analysis, found, code)
    mirrored = code == "satisfaction_rate"
    bad, counted = used.counts
    footing = Footing(
        share=found.value,
        n_eff=found.interval(analysis.two_sided).n_eff,
        step=used.step,
        households=found.n,
        villages=_villages(answers, measure),
        mirrored=mirrored,
        method=analysis.interval,
        confidence=analysis.confidence,
    )
    low, high = used.range
    return _indicator(
        code,
        found,
        footing,
        counts=(counted - bad if mirrored else bad, counted),
        sample=1 - used.sample if mirrored else used.sample,
        undetermined=Undetermined(
            int(measure.undetermined.sum()), *((1 - high, 1 - low) if mirrored else (low, high))
        ),
    )


def _indicator(
    code: str,
    found: Rate,
    footing: Footing,
    *,
    counts: tuple[float, int],
    sample: Fraction,
    undetermined: Undetermined,
) -> Indicator:
    unit = "households" if code == "satisfaction_rate" else "persons"
    confidence = footing.confidence
    decisive, plain, certain = (
        _estimate(found, level, footing, unit)
        for level in (2 * confidence - 1, 0.95, 2 * certain_level(confidence) - 1)
    )
    return Indicator(
        code,
        *counts,
        unit,
        decisive,
        (plain.low, plain.high),
        (certain.low, certain.high),
        undetermined,
        sample,
        footing,
    )


def _estimate(found: Rate, level: float, footing: Footing, unit: str) -> Estimate:
    estimate = found.estimate(level, unit=unit, offset=footing.offset, scale=footing.scale)
    return estimate.mirror() if footing.mirrored else estimate


def _rate(answers: Answers, shares: Mapping[Measure, float], analysis: Analysis, what: str) -> Rate:
    parts = [replace(measure.known, share=share) for measure, share in shares.items() if share]
    return rate(answers.design, parts, icc=analysis.icc, method=analysis.interval, what=what)


def _on_villages(
    answers: Answers,
    shares: Mapping[Measure, float],
    analysis: Analysis,
    plain: Rate,
    what: str,
) -> Rate:
    """On basis (a) the effective size is still that of the households interviewed."""
    parts = [replace(measure.known, share=share) for measure, share in shares.items() if share]
    return rate(
        answers.village_design(),
        parts,
        icc=analysis.icc,
        method=analysis.interval,
        what=what,
        n=plain.n,
        cap=plain.cap,
    )


def _basis(
    answers: Answers,
    missed: Measure,
    analysis: Analysis,
    village_persons: Mapping[str, int] | None,
) -> Measure | None:
    if analysis.missed_denominator == "b":
        return None
    return answers.by_village(missed, village_persons or {})


def _villages(answers: Answers, *measures: Measure) -> int:
    live = np.logical_or.reduce([measure.determined for measure in measures])
    return int(answers.rows["psu"].filter(pl.Series(live)).n_unique())
