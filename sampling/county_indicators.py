"""The five figures of every county of a campaign, in one pass over its interviews."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from sampling.answers import MEASURED
from sampling.county_answers import CountyAnswers, CountyMeasure, prepare_counties
from sampling.county_clusters import Clusters
from sampling.county_rates import CountyPart, CountyRates, county_rates
from sampling.errors import EstimationError
from sampling.findings import Footing, Rule, certain_level
from sampling.indicators import CODES, Analysis
from sampling.passes import Judged
from sampling.stages import Flags, Floats

PERSONS = ("persons_e", "persons_p", "persons_n", "persons_rural")


@dataclass(frozen=True, eq=False, repr=False)
class CountyIndicators:
    """Figures of many counties; made by `indicators_by_county`.

    Parameters
    ----------
    table : one row a county and indicator, in the order of the codes and of `CODES`. Columns:
        `county_adcode code unit` · `numerator denominator sample` plain counts and ratio ·
        `value se low high deff df n n_eff` the estimate with the interval that decides ·
        `low_95 high_95 low_certain high_certain` the two others · `undetermined
        undetermined_low undetermined_high` · `nothing_found` · `villages share step offset
        scale mirrored` what a `Footing` needs
    analysis : how they were computed
    """

    table: pl.DataFrame
    analysis: Analysis

    def __repr__(self) -> str:
        counties = self.table["county_adcode"].n_unique()
        return f"CountyIndicators({counties} counties, {self.table.height} figures)"

    def to_polars(self) -> pl.DataFrame:
        """The table."""
        return self.table

    def footings(self, code: str) -> dict[str, Footing]:
        """County -> footing of one indicator, for what-if questions of `sampling.findings`."""
        rows = self.table.filter(code=code).iter_rows(named=True)
        return {row["county_adcode"]: self._footing(row) for row in rows}

    def judged(self, rules: Mapping[str, Rule]) -> dict[str, list[Judged]]:
        """County -> its figures with their rules, for `sampling.passes`.

        Parameters
        ----------
        rules : indicator -> where it has to lie; indicators without a rule are not judged
        """
        found: dict[str, list[Judged]] = {}
        for row in self.table.iter_rows(named=True):
            if row["code"] in rules:
                judged = Judged(self._footing(row), rules[row["code"]])
                found.setdefault(row["county_adcode"], []).append(judged)
        return found

    def _footing(self, row: Mapping[str, Any]) -> Footing:
        return Footing(
            share=row["share"],
            n_eff=row["n_eff"],
            step=row["step"],
            households=row["n"],
            villages=row["villages"],
            offset=row["offset"],
            scale=row["scale"],
            mirrored=row["mirrored"],
            method=self.analysis.interval,
            confidence=self.analysis.confidence,
        )


@dataclass(frozen=True, eq=False)
class _Figure:
    """One indicator of all counties before its intervals are computed; NaN = not asked for."""

    code: str
    rates: CountyRates
    numerator: Floats
    denominator: Floats
    sample: Floats
    low: Floats
    high: Floats
    undetermined: Floats
    villages: Floats
    step: Floats
    offset: Floats
    scale: Floats
    asked: Flags

    def table(self, names: tuple[str, ...], analysis: Analysis) -> pl.DataFrame:
        mirrored = self.code == "satisfaction_rate"
        decisive, plain, certain = (
            self.rates.intervals(level)
            for level in (
                analysis.two_sided,
                0.95,
                2 * certain_level(analysis.confidence) - 1,
            )
        )
        found = self.rates
        n = found.n.astype(np.float64)
        bare = np.isnan(found.deff) & (decisive.n_eff > 0)
        deff = np.divide(n, decisive.n_eff, out=found.deff.copy(), where=bare)
        ends = {
            name: self.offset + self.scale * end
            for ending, interval in (("", decisive), ("_95", plain), ("_certain", certain))
            for name, end in ((f"low{ending}", interval.low), (f"high{ending}", interval.high))
        }
        value = self.offset + self.scale * found.value
        sample, numerator, low, high = self.sample, self.numerator, self.low, self.high
        if mirrored:
            value, sample, low, high = 1 - value, 1 - sample, 1 - high, 1 - low
            numerator = self.denominator - numerator
            ends = {_other(name): 1 - end for name, end in ends.items()}
        columns = {
            "county_adcode": pl.Series(names, dtype=pl.String),
            "code": pl.Series([self.code] * len(names), dtype=pl.String),
            "unit": ["households" if mirrored else "persons"] * len(names),
            "numerator": numerator,
            "denominator": self.denominator.astype(np.int64),
            "sample": sample,
            "value": value,
            "se": self.scale * found.se,
            "low": ends["low"],
            "high": ends["high"],
            "deff": deff,
            "df": found.df,
            "n": found.n,
            "n_eff": decisive.n_eff,
            **{name: ends[name] for name in ("low_95", "high_95", "low_certain", "high_certain")},
            "undetermined": self.undetermined.astype(np.int64),
            "undetermined_low": low,
            "undetermined_high": high,
            "nothing_found": found.value == 0,
            "villages": self.villages.astype(np.int64),
            "share": found.value,
            "step": self.step,
            "offset": self.offset,
            "scale": self.scale,
            "mirrored": [mirrored] * len(names),
        }
        return pl.DataFrame(columns).filter(pl.Series(self.asked))


def indicators_by_county(
    interviews: pl.DataFrame,
    *,
    totals: pl.DataFrame,
    analysis: Analysis | None = None,
    village_persons: Mapping[str, int] | None = None,
) -> CountyIndicators:
    """Compute the five figures of every county at once.

    For each county the figures that `sampling.indicators.indicators` gives for it alone, to the
    rounding of their sums; the work grows with the rows, not with the counties.

    Parameters
    ----------
    interviews : see `sampling.answers.prepare`; any number of counties, in any order
    totals : official persons, columns `county_adcode persons_e persons_p persons_n
        persons_rural`, one row a county; further counties are not looked at
    analysis, village_persons : see `sampling.indicators.indicators`

    Returns
    -------
    a table of counties × indicators, see `CountyIndicators`

    Raises
    ------
    EstimationError : as for one county, naming the first concerned; a county without totals,
        with two rows of them, or whose rural persons are not the sum of the classes

    References
    ----------
    Cochran (1977), Sampling Techniques, chapter 6; Woodruff (1971), J. Am. Stat. Assoc. 66.

    Examples
    --------
    >>> rows = pl.DataFrame({
    ...     "unit_id": [f"{k}" for k in range(80)], "stratum": "1", "disposition": "completed",
    ...     "county_adcode": ["530101", "530102"] * 40, "psu": [f"v{k // 8}" for k in range(80)],
    ...     "household_class": ["E", "E", "N", "N"] * 20, "persons": 4, "weight": 10.0,
    ...     "wrong_exit": [4] + [0] * 79, "recurrence": 0, "approves": 1,
    ...     "missed": [0, 0, 0, 0] * 20}).with_columns(
    ...     wrong_exit=pl.when(household_class="E").then("wrong_exit"),
    ...     recurrence=pl.when(household_class="E").then("recurrence"))
    >>> totals = pl.DataFrame({
    ...     "county_adcode": ["530101", "530102"], "persons_e": 900, "persons_p": 50,
    ...     "persons_n": 4050, "persons_rural": 5000})
    >>> found = indicators_by_county(rows, totals=totals)
    >>> found
    CountyIndicators(2 counties, 10 figures)
    >>> found.to_polars().filter(code="wrong_exit_rate")["value"].to_list()
    [0.05, 0.0]
    """
    chosen = analysis or Analysis()
    answers = prepare_counties(interviews, single_psu=chosen.single_psu)
    persons = official_persons(totals, answers.names)
    figures = list(_figures(answers, persons, chosen, village_persons))
    table = pl.concat([figure.table(answers.names, chosen) for figure in figures])
    order = pl.col("code").replace_strict({code: at for at, code in enumerate(CODES)})
    return CountyIndicators(table.sort("county_adcode", order), chosen)


def _figures(
    answers: CountyAnswers,
    persons: Mapping[str, Floats],
    analysis: Analysis,
    village_persons: Mapping[str, int] | None,
) -> Iterator[_Figure]:
    everywhere = np.ones(len(answers.names), dtype=bool)
    in_revisit = analysis.round_kind == "revisit"
    asked = dict.fromkeys(MEASURED, everywhere)
    if in_revisit:
        asked["wrong_exit_rate"] = answers.asked("wrong_exit_rate")
    measures = {code: answers.measure(code, asked[code]) for code in MEASURED if asked[code].any()}
    missed = measures["missed_rate"]
    basis, villages = None, None
    if analysis.missed_denominator == "a":
        basis = answers.by_village(missed, village_persons or {})
        villages = answers.village_clusters()
    for code, measure in measures.items():
        used = basis if measure is missed else None
        yield _simple(answers, measure, asked[code], analysis, used, villages)
    fallen = measures["recurrence_rate" if in_revisit else "wrong_exit_rate"]
    yield _incidence(answers, fallen, missed, persons, analysis, basis, villages)


def _simple(
    answers: CountyAnswers,
    measure: CountyMeasure,
    asked: Flags,
    analysis: Analysis,
    basis: CountyMeasure | None,
    villages: Clusters | None,
) -> _Figure:
    used = basis or measure
    rates = _rates(answers.clusters, [measure.known], analysis, measure.code, asked)
    if basis is not None and villages is not None:
        rates = _on_villages(villages, [basis.known], analysis, measure.code, rates)
    counties = len(answers.names)
    return _Figure(
        measure.code,
        rates,
        used.found.astype(np.float64),
        used.base.astype(np.float64),
        np.divide(used.found, used.base, out=np.full(counties, np.nan), where=used.base > 0),
        used.low,
        used.high,
        answers.by_county(np.flatnonzero(measure.undetermined)),
        answers.villages(measure.determined).astype(np.float64),
        used.step,
        np.zeros(counties),
        np.ones(counties),
        asked,
    )


def _incidence(
    answers: CountyAnswers,
    fallen: CountyMeasure,
    missed: CountyMeasure,
    persons: Mapping[str, Floats],
    analysis: Analysis,
    basis: CountyMeasure | None,
    villages: Clusters | None,
) -> _Figure:
    e, p, n, rural = (persons[name] for name in PERSONS)
    everywhere = np.ones(len(answers.names), dtype=bool)
    code, used = "poverty_incidence", basis or missed
    if (e + n <= 0).any():
        first = answers.names[int(np.flatnonzero(e + n <= 0)[0])]
        raise EstimationError("estimate.zero_denominator", what=f"{code}, {first}")
    of_e, of_n = e / (e + n), n / (e + n)
    parts = [replace(fallen.known, share=of_e), replace(missed.known, share=of_n)]
    rates = _rates(answers.clusters, parts, analysis, code, everywhere)
    if basis is not None and villages is not None:
        parts = [parts[0], replace(basis.known, share=of_n)]
        rates = _on_villages(villages, parts, analysis, code, rates)
    expected = p + fallen.found / fallen.base * e + used.found / used.base * n
    return _Figure(
        code,
        rates,
        expected,
        rural,
        expected / rural,
        (p + fallen.low * e + used.low * n) / rural,
        (p + fallen.high * e + used.high * n) / rural,
        answers.by_county(np.flatnonzero(fallen.undetermined | missed.undetermined)),
        answers.villages(fallen.determined | missed.determined).astype(np.float64),
        np.maximum(fallen.step * e, used.step * n) / (e + n),
        p / rural,
        (e + n) / rural,
        everywhere,
    )


def _rates(
    clusters: Clusters, parts: list[CountyPart], analysis: Analysis, what: str, asked: Flags
) -> CountyRates:
    return county_rates(
        clusters, parts, icc=analysis.icc, method=analysis.interval, what=what, wanted=asked
    )


def _on_villages(
    villages: Clusters,
    parts: list[CountyPart],
    analysis: Analysis,
    what: str,
    plain: CountyRates,
) -> CountyRates:
    """On basis (a) the effective size is still that of the households interviewed."""
    return county_rates(
        villages,
        parts,
        icc=analysis.icc,
        method=analysis.interval,
        what=what,
        n=plain.n,
        cap=plain.cap,
    )


def official_persons(totals: pl.DataFrame, names: tuple[str, ...]) -> dict[str, Floats]:
    """Official persons of counties, in their order, one column a class and one of all rural.

    Raises
    ------
    EstimationError : a county without totals, with two rows of them, or whose rural persons are
        not the sum of the classes

    Examples
    --------
    >>> from sampling import example
    >>> official_persons(example.totals(), ("990001",))["persons_rural"].tolist()
    [41100.0]
    """
    for name in ("county_adcode", *PERSONS):
        if name not in totals.columns:
            raise EstimationError("estimate.column", column=name)
    twice = totals.filter(pl.col("county_adcode").is_duplicated())
    if twice.height:
        raise EstimationError("estimate.totals_twice", county=twice["county_adcode"][0])
    wanted = pl.DataFrame({"county_adcode": pl.Series(names, dtype=pl.String)})
    rows = wanted.join(totals, on="county_adcode", how="left", maintain_order="left")
    absent = rows.filter(pl.any_horizontal(pl.col(PERSONS).is_null()))
    if absent.height:
        raise EstimationError("estimate.totals_missing", county=absent["county_adcode"][0])
    classes = pl.sum_horizontal(PERSONS[:3])
    uneven = rows.filter(classes != pl.col("persons_rural")).select(
        "county_adcode", "persons_rural", sum=classes
    )
    if uneven.height:
        county, rural, total = uneven.row(0)
        raise EstimationError("estimate.totals_sum", county=county, rural=rural, sum=total)
    return {name: rows[name].cast(pl.Float64).to_numpy() for name in PERSONS}


def _other(name: str) -> str:
    """The opposite end of an interval."""
    return name.replace("low", "high") if name.startswith("low") else name.replace("high", "low")
