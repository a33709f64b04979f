"""Rates of provinces and of the nation from a spot check of counties: three stages of chance.

Counties are the primary units of their strata, villages those of the strata of a county. A county
that was certain to be drawn is no unit of chance: there its villages are the primary units, as in
the estimates of one county.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from sampling.answers import CERTAIN, MEASURED
from sampling.county_answers import CountyAnswers, CountyMeasure, prepare_counties
from sampling.county_indicators import official_persons
from sampling.errors import EstimationError
from sampling.estimate import df_by_domain, shares_by
from sampling.figures import Domains, Figures
from sampling.indicators import CODES, Analysis
from sampling.interval_columns import share_intervals
from sampling.intervals import cap_of
from sampling.stages import (
    Codes,
    Design,
    Flags,
    Floats,
    collapse_strata,
    describe,
    encode,
    tally,
)
from sampling.variance import variances

NATION = "nation"
MIRRORED = "satisfaction_rate"
EQUAL = 1e-9
"""Probabilities that differ by less are equal."""


@dataclass(frozen=True, eq=False, repr=False)
class National:
    """Figures of the nation and of its provinces; made by `national`.

    Parameters
    ----------
    table : one row an area and indicator: `area` ("nation" or the two digits of a province),
        `code unit value se low high deff df n n_eff counties villages`; each end of the interval
        is a one-sided bound at the confidence of the analysis
    analysis : how they were computed
    """

    table: pl.DataFrame
    analysis: Analysis

    def __repr__(self) -> str:
        nation = self.table.filter(area=NATION)
        shown = (
            f"{row['code']} {row['value']:.2%} ({row['low']:.2%} … {row['high']:.2%})"
            for row in nation.iter_rows(named=True)
        )
        provinces = self.table["area"].n_unique() - 1
        return f"National({provinces} provinces; {', '.join(shown)})"

    def to_polars(self) -> pl.DataFrame:
        """The table."""
        return self.table


@dataclass(frozen=True, eq=False)
class _SpotCheck:
    """Interviews of the counties drawn, and how these were drawn.

    Parameters
    ----------
    design : counties, then villages; its weights are those of an indicator, see `weighted`
    expansion : (counties,) 1/pi0
    certain : (counties,) bool, no units of chance
    province : (counties,) int
    provinces : (provinces,) first two digits of the codes
    """

    answers: CountyAnswers
    design: Design
    expansion: Floats
    certain: Flags
    province: Codes
    provinces: tuple[str, ...]

    @property
    def county(self) -> Codes:
        return self.answers.places.county

    def areas(self) -> Iterator[tuple[Codes, tuple[str, ...]]]:
        """The nation, then the provinces: area of each county, and their names."""
        yield np.zeros_like(self.province), (NATION,)
        yield self.province, self.provinces

    def caps(self, area: Codes, size: int, rows: Codes, contribution: Floats, icc: float) -> Floats:
        """Largest effective size of each area, see `sampling.intervals.cap_of`."""
        clusters = self.answers.clusters
        unit = clusters.unit[rows]
        often = np.bincount(unit, minlength=clusters.group.size)
        several = np.bincount(clusters.group[often > 1], minlength=clusters.county.size) > 0
        inside, of = several[clusters.group[unit]], area[self.county[rows]]
        return np.array(
            [
                cap_of(
                    contribution[of == one],
                    clusters=np.unique(unit[inside & (of == one)]).size,
                    icc=icc,
                    clustered=inside[of == one],
                )
                for one in range(size)
            ]
        )


def national(
    interviews: pl.DataFrame,
    counties: pl.DataFrame,
    *,
    totals: pl.DataFrame | None = None,
    analysis: Analysis | None = None,
) -> National:
    """Estimate the figures of the nation and of its provinces from the counties drawn.

    Rates over persons are sum w y / sum w m with w = (weight within the county)/pi0. The
    composite expands the persons each county is estimated to have, (P + R_we E + R_m N)/pi0, over
    its rural persons, likewise expanded. The variance is that of counties within their strata,
    (1 - f) n/(n - 1) times the spread of their totals where they were drawn by equal
    probabilities without replacement, plus f times that of villages within counties; counties
    drawn by unequal probabilities count as if drawn with replacement, which errs on the safe
    side.

    Parameters
    ----------
    interviews : see `sampling.answers.prepare`, of every county drawn; weights, if any, are those
        within the county
    counties : sample of counties, see `sampling.counties.draw_counties`: `county_adcode stratum
        counties pi0`; where all of a stratum have pi0 = n/N, they count as a simple random sample
    totals : official persons of the counties drawn, see `indicators_by_county`; without them
        there is no composite
    analysis : defaults where None; the missed are counted on basis (b)

    Returns
    -------
    a table of areas × indicators, see `National`

    Raises
    ------
    EstimationError : as `indicators_by_county`; a county with interviews that was not drawn, one
        that was drawn and has none or stands twice, pi0 outside (0, 1], a stratum said to have
        fewer counties than were drawn

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, result 4.3.1 and
    section 5.6 for ratios; Korn and Graubard (1998), Survey Methodology 24, 193-201.

    Examples
    --------
    >>> from sampling import example
    >>> drawn = pl.DataFrame({"county_adcode": ["990001"], "stratum": ["99"], "counties": [1],
    ...     "pi0": [1.0]})
    >>> found = national(example.interviews(), drawn, totals=example.totals())
    >>> found.to_polars().filter(area="nation", code="poverty_incidence")["value"].round(4).item()
    0.0159
    """
    chosen = analysis or Analysis()
    answers = prepare_counties(interviews, single_psu=chosen.single_psu)
    check = _spot_check(answers, counties, chosen.single_psu)
    in_revisit = chosen.round_kind == "revisit"
    left_out = in_revisit and not answers.asked("wrong_exit_rate").all()
    everywhere = np.ones(len(answers.names), dtype=bool)
    measures = {
        code: answers.measure(code, everywhere)
        for code in MEASURED
        if not (left_out and code == "wrong_exit_rate")
    }
    found = {code: list(_rates(check, one, chosen)) for code, one in measures.items()}
    if totals is not None:
        fallen = measures["recurrence_rate" if in_revisit else "wrong_exit_rate"]
        parts = (("persons_e", fallen), ("persons_n", measures["missed_rate"]))
        persons = official_persons(totals, answers.names)
        found["poverty_incidence"] = list(_incidence(check, parts, persons, chosen))
    table = pl.concat([part for code in CODES for part in found.get(code, ())])
    order = pl.col("code").replace_strict({code: at for at, code in enumerate(CODES)})
    return National(table.sort(pl.col("area") != NATION, "area", order), chosen)


def _spot_check(answers: CountyAnswers, counties: pl.DataFrame, single_psu: str) -> _SpotCheck:
    drawn = _drawn(answers.names, counties)
    pi0 = drawn["pi0"].cast(pl.Float64).to_numpy()
    certain = pi0 >= CERTAIN
    stratum, labels = encode(drawn["stratum"])
    n = tally(stratum, (~certain).astype(np.float64), len(labels))
    held = np.full(len(labels), np.inf)
    size = drawn["counties"].cast(pl.Float64).to_numpy()
    equal = (
        tally(stratum, (np.abs(pi0 - n[stratum] / size) > EQUAL).astype(np.float64), n.size) == 0
    )
    held[stratum[equal[stratum]]] = size[equal[stratum]]
    if single_psu == "collapse":
        stratum[~certain], held = _collapsed(stratum[~certain], held, labels)
    clusters, county = answers.clusters, answers.places.county
    surely, group = certain[county], clusters.group[clusters.unit]
    infinite = np.full(county.size, np.inf)
    design = describe(
        np.ones(county.size),
        psu=[np.where(surely, certain.size + clusters.unit, county), clusters.unit],
        stratum=[np.where(surely, len(labels) + group, stratum[county]), group],
        fpc=[np.where(surely, np.inf, held[stratum[county]]), infinite],
        single_psu="adjust" if single_psu == "collapse" else single_psu,
    )
    named = (labels[int(code)] if int(code) < len(labels) else "" for code in design.strata)
    design = replace(design, strata=tuple(named))
    province, provinces = encode(pl.Series([name[:2] for name in answers.names]))
    return _SpotCheck(answers, design, 1 / pi0, certain, province, provinces)


def _collapsed(stratum: Codes, held: Floats, labels: tuple[str, ...]) -> tuple[Codes, Floats]:
    """Join strata of one county to a neighbour; strata without a county keep out of it."""
    codes, there = np.unique(stratum, return_inverse=True)
    joined, population, _ = collapse_strata(
        there.reshape(-1), held[codes], tuple(labels[code] for code in codes.tolist())
    )
    return joined, np.concatenate([population, held[population.size :]])


def _drawn(names: tuple[str, ...], counties: pl.DataFrame) -> pl.DataFrame:
    """The rows of the sample of counties, in the order of the interviews' counties."""
    for name in ("county_adcode", "stratum", "counties", "pi0"):
        if name not in counties.columns:
            raise EstimationError("counties.column", column=name)
    wrong = counties.filter(~pl.col("pi0").is_between(0, 1, closed="right").fill_null(False))
    if wrong.height:
        raise EstimationError("counties.pi0", county=wrong["county_adcode"][0])
    twice = counties.filter(pl.col("county_adcode").is_duplicated())
    if twice.height:
        raise EstimationError("counties.twice", county=twice["county_adcode"][0])
    drawn = pl.len().over("stratum")
    short = counties.filter((pl.col("counties") >= drawn).fill_null(False).not_())
    if short.height:
        raise EstimationError("counties.fewer", stratum=short["stratum"][0])
    silent = sorted(set(counties["county_adcode"]) - set(names))
    if silent:
        raise EstimationError("counties.no_interviews", county=silent[0])
    listed = pl.DataFrame({"county_adcode": pl.Series(names, dtype=pl.String)})
    found = listed.join(counties, on="county_adcode", how="left", maintain_order="left")
    strange = found.filter(pl.col("pi0").is_null())
    if strange.height:
        raise EstimationError("counties.not_drawn", county=strange["county_adcode"][0])
    return found


def _rates(check: _SpotCheck, measure: CountyMeasure, analysis: Analysis) -> Iterator[pl.DataFrame]:
    """One indicator that is a ratio, of the nation and of the provinces."""
    part, rows = measure.known, check.design.rows
    y, x, weight = np.zeros(rows), np.zeros(rows), np.zeros(rows)
    y[part.rows], x[part.rows] = part.y, part.x
    weight[part.rows] = part.weight * check.expansion[check.county[part.rows]]
    design = replace(check.design, weight=np.where(x > 0, weight, 0.0))
    live = np.flatnonzero(design.weight)
    for area, names in check.areas():
        caps = check.caps(area, len(names), live, weight[live] * x[live], analysis.icc)
        figures = shares_by(
            design,
            y,
            x,
            domain=np.array(names)[area][check.county],
            method=analysis.interval,
            level=analysis.two_sided,
            df="domain",
            cap=caps,
        )
        yield _table(check, measure.code, area, live, figures)


def _incidence(
    check: _SpotCheck,
    parts: tuple[tuple[str, CountyMeasure], ...],
    persons: Mapping[str, Floats],
    analysis: Analysis,
) -> Iterator[pl.DataFrame]:
    """The composite: what each county is estimated to have, expanded."""
    county, expansion = check.county, check.expansion
    counties = expansion.size
    within, contribution = np.zeros(county.size), np.zeros(county.size)
    poor = persons["persons_p"].copy()
    for name, measure in parts:
        part = measure.known
        of, official = county[part.rows], persons[name] * expansion
        base = tally(of, part.weight * part.x, counties)
        ratio = tally(of, part.weight * part.y, counties) / base
        poor += ratio * persons[name]
        scale = (official / base)[of] * part.weight
        within[part.rows] += scale * (part.y - ratio[of] * part.x)
        contribution[part.rows] += scale * part.x
    live = np.flatnonzero(contribution)
    asked = persons["persons_e"] + persons["persons_n"]
    for area, names in check.areas():
        rural, found, surely, counted = (
            tally(area, expansion * column, len(names))
            for column in (persons["persons_rural"], poor, persons["persons_p"], asked)
        )
        value = found / rural
        between = expansion * (poor - value[area] * persons["persons_rural"])
        score = within + _apart(check, np.where(check.certain, 0.0, between))
        score /= rural[area[county]]
        variance = variances(check.design, score, area[county], len(names))
        offset, scale = surely / rural, counted / rural
        design = replace(check.design, weight=(contribution > 0).astype(np.float64))
        df = df_by_domain(design, Domains(area[county], names))
        n = np.bincount(area[county[live]], minlength=len(names))
        ends = share_intervals(
            (value - offset) / scale,
            np.sqrt(variance) / scale,
            n=n,
            df=df,
            level=analysis.two_sided,
            method=analysis.interval,
            cap=check.caps(area, len(names), live, contribution[live], analysis.icc),
        )
        deff = np.divide(n, ends.n_eff, out=np.full(len(names), np.nan), where=ends.n_eff > 0)
        low, high = offset + scale * ends.low, offset + scale * ends.high
        figures = Figures(names, value, np.sqrt(variance), low, high, deff, df, n, ends.n_eff)
        yield _table(check, "poverty_incidence", area, live, figures)


def _apart(check: _SpotCheck, of_county: Floats) -> Floats:
    """A score of each county shared equally by its units, so that it adds nothing among them."""
    clusters = check.answers.clusters
    of_unit = clusters.county_of_unit
    units = np.bincount(of_unit, minlength=of_county.size)
    first = np.full(of_unit.size, check.county.size)
    np.minimum.at(first, clusters.unit, np.arange(check.county.size))
    score = np.zeros(check.county.size)
    score[first] = (of_county / units)[of_unit]
    return score


def _table(
    check: _SpotCheck, code: str, area: Codes, live: Codes, figures: Figures
) -> pl.DataFrame:
    places = check.answers.places
    seen = np.unique(places.village[live])
    size = len(figures.labels)
    rows = figures.to_polars().rename({"domain": "area"})
    if code == MIRRORED:
        turned = {"value": 1 - rows["value"], "low": 1 - rows["high"], "high": 1 - rows["low"]}
        rows = rows.with_columns(**turned)
    return rows.select(
        "area",
        pl.lit(code).alias("code"),
        pl.lit("households" if code == MIRRORED else "persons").alias("unit"),
        *rows.columns[1:],
        counties=pl.Series(np.bincount(area, minlength=size)),
        villages=pl.Series(np.bincount(area[places.county_of_village[seen]], minlength=size)),
    )
