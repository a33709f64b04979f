"""The stage before villages: which counties a spot check visits.

Counties are drawn within strata of province and remoteness; villages are then drawn in these
counties only, by the same plan and seeds as if every county were visited. Chance comes from the
seed `counties` of the campaign seed, so what a county's villages are does not depend on which
other counties were drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, fsum

import numpy as np
import polars as pl

from sampling import allocation, tickets
from sampling.classes import dalenius_hodges
from sampling.covariates import FALLBACK
from sampling.errors import DrawError, PlanError
from sampling.messages import say
from sampling.plan import CountyStage, Plan
from sampling.remoteness import rank_index
from sampling.selectors import (
    hilbert,
    pps_probabilities,
    pps_systematic,
    select,
    srswor,
    step_uniforms,
)
from sampling.stages import Floats

SAMPLE_COUNTIES = {
    "county_adcode": pl.String,
    "province": pl.String,
    "remoteness_class": pl.Int64,
    "stratum": pl.String,
    "counties": pl.Int64,
    "ticket": pl.String,
    "pi0": pl.Float64,
    "certainty": pl.Boolean,
    "order": pl.Int64,
}
CLASSES = ("e", "p", "n")
POINT = ("lat", "lon")
ROUNDED = 12
"""Decimals kept of the index of remoteness, so that mathematical libraries cannot differ."""
EVERYWHERE = "all"
"""Stratum of counties that are not divided."""


@dataclass(frozen=True)
class CountyStratum:
    """Counties drawn together, with everything that decides their draw except the seed.

    Parameters
    ----------
    code : "<province>-<class>", "<province>", "<class>" or "all"
    counties : (n_counties,) codes in the order to walk: along a Hilbert curve of their points,
        equal points by code; by code alone where a county has no point
    province : (n_counties,) the first two digits of the code
    remoteness_class : (n_counties,) 1 = near; None where strata are not by remoteness
    probabilities : (n_counties,) π0 of the county, sums to n exactly
    n : counties to draw (count)
    points : (n_counties,) latitude and longitude, or None
    persons : (n_counties, 2) exited and not registered persons, to balance on
    """

    code: str
    counties: tuple[str, ...]
    province: tuple[str, ...]
    remoteness_class: tuple[int | None, ...]
    probabilities: tuple[Fraction, ...]
    n: int
    points: tuple[tuple[float, float] | None, ...]
    persons: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _County:
    """A county of the plan, summed over its villages."""

    adcode: str
    households: int
    persons: tuple[int, int, int]
    point: tuple[float, float] | None
    covariates: tuple[float, ...]


@dataclass(frozen=True)
class _Placed:
    """A county with its class."""

    county: _County
    remoteness_class: int | None

    @property
    def province(self) -> str:
        return self.county.adcode[:2]


def draw_counties(plan: Plan, villages: pl.DataFrame, *, campaign_seed: str) -> pl.DataFrame:
    """Draw the counties that a spot check visits.

    Parameters
    ----------
    plan : its `county_stage`; with `wave` the order of a county stays what it was
    villages : frozen villages, in any order
    campaign_seed : secret until fieldwork ends

    Returns
    -------
    one row a county drawn, columns `SAMPLE_COUNTIES`, sorted by stratum and order; `counties` is
    how many the stratum has, `pi0` exact but for its rounding to a float. `order` counts from 1
    within a stratum, certain counties first

    Raises
    ------
    PlanError : see `county_strata`; lpm2 where a county has no point
    DrawError : a county code that is not clean

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 4.3, for stages
    drawn independently of each other.

    Examples
    --------
    >>> villages = pl.DataFrame({
    ...     "village_code": [f"53{k:04}000001" for k in range(20)], "stratum": "x",
    ...     "county_adcode": [f"53{k:04}" for k in range(20)], "km_to_seat": range(20),
    ...     **{f"{what}_{one}": 50 for what in ("households", "persons") for one in "epn"}})
    >>> plan = Plan().override(["county_stage.method=srswor", 'county_stage.by=["province"]'])
    >>> drawn = draw_counties(plan, villages, campaign_seed="demo-seed")
    >>> drawn["pi0"].to_list(), drawn["counties"].to_list()
    ([0.2, 0.2, 0.2, 0.2], [20, 20, 20, 20])
    """
    strata = county_strata(plan, villages)
    return draw_strata(plan.county_stage, strata, campaign_seed=campaign_seed)


def draw_strata(
    stage: CountyStage, strata: Sequence[CountyStratum], *, campaign_seed: str
) -> pl.DataFrame:
    """Draw counties from strata that `county_strata` has formed; see `draw_counties`.

    Examples
    --------
    >>> from sampling import example
    >>> _, villages = example.plan()
    >>> plan = Plan().override(["county_stage.method=srswor", "county_stage.by=[]",
    ...     "county_stage.minimum=1"])
    >>> strata = county_strata(plan, villages)
    >>> draw_strata(plan.county_stage, strata, campaign_seed="demo-seed")["county_adcode"].to_list()
    ['990001']
    """
    seed = tickets.counties_seed(campaign_seed)
    rows = [row for stratum in strata for row in _rows(stage, stratum, seed)]
    return pl.DataFrame(rows, schema=SAMPLE_COUNTIES, orient="row")


def released_counties(plan: Plan, villages: pl.DataFrame, *, campaign_seed: str) -> tuple[str, ...]:
    """Codes of the counties whose villages are drawn: those of the county stage, else all.

    Parameters
    ----------
    plan, villages, campaign_seed : see `draw_counties`

    Raises
    ------
    PlanError, DrawError : see `draw_counties`

    Examples
    --------
    >>> from sampling import example
    >>> plan, villages = example.plan()
    >>> released_counties(plan, villages, campaign_seed="demo-seed")
    ('990001',)
    """
    if plan.county_stage.method == "none":
        return tuple(county.adcode for county in _counties(plan, villages, ()))
    drawn = draw_counties(plan, villages, campaign_seed=campaign_seed)
    return tuple(drawn["county_adcode"].sort().to_list())


def villages_released(plan: Plan, villages: pl.DataFrame, *, campaign_seed: str) -> pl.DataFrame:
    """Villages of the counties that are visited; all where the plan has no county stage.

    Parameters
    ----------
    plan, villages, campaign_seed : see `draw_counties`

    Examples
    --------
    >>> from sampling import example
    >>> plan, villages = example.plan()
    >>> villages_released(plan, villages, campaign_seed="demo-seed").height
    48
    """
    if plan.county_stage.method == "none":
        return villages
    visited = released_counties(plan, villages, campaign_seed=campaign_seed)
    return villages.filter(pl.col("county_adcode").is_in(visited))


def county_strata(plan: Plan, villages: pl.DataFrame) -> tuple[CountyStratum, ...]:
    """Divide the counties of a plan and compute their probabilities.

    A county's remoteness is the rank, among the counties, of the household-weighted means of its
    covariates, weighted as the plan weighs them for villages (whose own index compares the
    villages of one county only); classes are cut by Dalenius-Hodges, each county counting its
    households. Counties are shared among strata in proportion to their number.

    Parameters
    ----------
    plan : its `county_stage`, counties and covariate weights
    villages : frozen villages; those outside the frame (stratum null) do not count

    Returns
    -------
    strata sorted by code; nothing here depends on the seed

    Raises
    ------
    PlanError : no county stage, more counties asked for than there are or fewer than the strata
        need, a size that the method cannot use, or a covariate that a county lacks

    Examples
    --------
    >>> from sampling import example
    >>> _, villages = example.plan()
    >>> plan = Plan().override(["county_stage.method=srswor", "county_stage.by=[]",
    ...     "county_stage.minimum=1"])
    >>> [(one.code, one.n, one.counties) for one in county_strata(plan, villages)]
    [('all', 1, ('990001',))]
    """
    stage = plan.county_stage
    if stage.method == "none":
        raise PlanError("counties.none")
    if stage.method == "srswor" and stage.size != "equal":
        raise PlanError("counties.size", size=stage.size)
    by_remoteness = "remoteness" in stage.by
    if by_remoteness and not plan.remoteness.weights:
        raise PlanError("counties.no_covariate")
    counties = _counties(plan, villages, _covariates(plan) if by_remoteness else ())
    classes = _classes(plan, counties) if by_remoteness else [None] * len(counties)
    groups: dict[str, list[_Placed]] = {}
    for county, number in zip(counties, classes, strict=True):
        placed = _Placed(county, number)
        groups.setdefault(_label(stage, placed), []).append(placed)
    held = {code: len(groups[code]) for code in sorted(groups)}
    shared = _shared(stage, held)
    return tuple(_stratum(stage, code, groups[code], shared[code]) for code in held)


def county_lines(plan: Plan, villages: pl.DataFrame) -> tuple[str, ...]:
    """Say how many counties each stratum gives and with what probability.

    Parameters
    ----------
    plan, villages : see `county_strata`

    Returns
    -------
    bilingual lines; none where the plan has no county stage

    Raises
    ------
    PlanError : see `county_strata`

    Examples
    --------
    >>> from sampling import example
    >>> plan, villages = example.plan()
    >>> county_lines(plan, villages)
    ()
    """
    if plan.county_stage.method == "none":
        return ()
    strata = county_strata(plan, villages)
    counties, n = sum(len(one.counties) for one in strata), sum(one.n for one in strata)
    method = plan.county_stage.method
    lines = [say("counties.line.total", counties=counties, n=n, method=method)]
    for one in strata:
        low, high = float(min(one.probabilities)), float(max(one.probabilities))
        size = len(one.counties)
        lines.append(
            say(
                "counties.line.stratum",
                stratum=one.code,
                counties=size,
                n=one.n,
                low=low,
                high=high,
            )
        )
        if one.n == 1 < size:
            rule = plan.analysis.single_psu
            lines.append(say("counties.line.alone", stratum=one.code, rule=rule))
    return tuple(lines)


def _counties(plan: Plan, villages: pl.DataFrame, covariates: Sequence[str]) -> list[_County]:
    """Sum the villages of each county, counties by code."""
    needed = [f"{what}_{one}" for what in ("households", "persons") for one in CLASSES]
    for column in ("county_adcode", "stratum", *needed):
        if column not in villages.columns:
            raise PlanError("plan.column_missing", column=column)
    inside = villages.filter(pl.col("stratum").is_not_null())
    if plan.counties:
        inside = inside.filter(pl.col("county_adcode").is_in(plan.counties))
    ordered = inside.sort("county_adcode", "village_code")
    parts = ordered.partition_by("county_adcode", as_dict=True, maintain_order=True)
    return [_county(str(adcode), part, covariates) for (adcode,), part in parts.items()]


def _county(adcode: str, villages: pl.DataFrame, covariates: Sequence[str]) -> _County:
    households = villages.select(pl.sum_horizontal(f"households_{one}" for one in CLASSES))
    weights = households.to_series().to_list()
    means = []
    for name in covariates:
        if name not in villages.columns or villages[name].has_nulls():
            raise PlanError("counties.covariate", covariate=name, adcode=adcode)
        means.append(_mean(villages[name].to_list(), weights))
    point = None
    if {"lat", "lon"} <= set(villages.columns):
        placed = villages.with_columns(weight=pl.Series(weights)).drop_nulls(["lat", "lon"])
        if placed.height:
            lat, lon = (_mean(placed[name].to_list(), placed["weight"].to_list()) for name in POINT)
            point = (lat, lon)
    e, p, n = (int(villages[f"persons_{one}"].sum()) for one in CLASSES)
    return _County(adcode, sum(weights), (e, p, n), point, tuple(means))


def _mean(values: Sequence[float], weights: Sequence[int]) -> float:
    """Weighted mean whose sums are rounded once, so that every machine finds the same."""
    return fsum(w * v for v, w in zip(values, weights, strict=True)) / sum(weights)


def _covariates(plan: Plan) -> tuple[str, ...]:
    """Covariates that counties are compared by; the fallback only where nothing else is named."""
    named = tuple(name for name in plan.remoteness.weights if name != FALLBACK)
    return named or (FALLBACK,)


def _classes(plan: Plan, counties: Sequence[_County]) -> list[int | None]:
    names = _covariates(plan)
    columns = np.array([county.covariates for county in counties], dtype=np.float64).T
    index = rank_index(
        dict(zip(names, columns, strict=True)),
        {name: plan.remoteness.weights[name] for name in names},
    )
    households = np.array([county.households for county in counties], dtype=np.float64)
    found: list[int | None] = []
    found += dalenius_hodges(
        np.round(index, ROUNDED), households, plan.county_stage.classes
    ).tolist()
    return found


def _label(stage: CountyStage, placed: _Placed) -> str:
    parts = {"province": placed.province, "remoteness": str(placed.remoteness_class)}
    return "-".join(parts[one] for one in stage.by) or EVERYWHERE


def _shared(stage: CountyStage, held: dict[str, int]) -> dict[str, int]:
    """How many counties each stratum gives."""
    counties = sum(held.values())
    n = stage.number or ceil(Fraction(repr(stage.share)) * counties)
    if n > counties:
        raise PlanError("counties.number", n=n, counties=counties)
    needed = sum(min(stage.minimum, size) for size in held.values())
    if n < needed:
        raise PlanError(
            "counties.too_few", n=n, strata=len(held), minimum=stage.minimum, needed=needed
        )
    return allocation.proportional(held, n, minimum=stage.minimum)


def _stratum(stage: CountyStage, code: str, placed: Sequence[_Placed], n: int) -> CountyStratum:
    walked = list(placed)
    points = [one.county.point for one in walked]
    known = [point for point in points if point is not None]
    if len(known) == len(points):
        along = dict(zip((one.county.adcode for one in walked), hilbert(known), strict=True))
        walked.sort(key=lambda one: (along[one.county.adcode], one.county.adcode))
    counties = [one.county for one in walked]
    sizes = [_size(stage, county) for county in counties]
    equal = stage.size == "equal"
    return CountyStratum(
        code=code,
        counties=tuple(county.adcode for county in counties),
        province=tuple(one.province for one in walked),
        remoteness_class=tuple(one.remoteness_class for one in walked),
        probabilities=tuple(srswor(len(sizes), n) if equal else pps_probabilities(sizes, n)),
        n=n,
        points=tuple(county.point for county in counties),
        persons=tuple((county.persons[0], county.persons[2]) for county in counties),
    )


def _size(stage: CountyStage, county: _County) -> int:
    return county.households if stage.size == "households" else sum(county.persons)


def _rows(stage: CountyStage, stratum: CountyStratum, seed: str) -> list[tuple[object, ...]]:
    try:
        of = dict(tickets.rank(seed, stratum.counties))
    except ValueError as error:
        raise DrawError("draw.unit_id", where=stratum.code, reason=error) from None
    return [
        (
            stratum.counties[place],
            stratum.province[place],
            stratum.remoteness_class[place],
            stratum.code,
            len(stratum.counties),
            of[stratum.counties[place]].hex(),
            float(stratum.probabilities[place]),
            stratum.probabilities[place] == 1,
            order,
        )
        for order, place in enumerate(_taken(stage, stratum, seed, of), start=1)
    ]


def _taken(
    stage: CountyStage, stratum: CountyStratum, seed: str, of: dict[str, bytes]
) -> list[int]:
    """Places of the counties drawn, certain ones first, then by ticket or along the walk."""
    chances = stratum.probabilities
    if stage.method == "pps_systematic":
        start = tickets.fraction(seed, f"start/{stratum.code}")
        return pps_systematic(chances, start=start)
    own = [of[adcode] for adcode in stratum.counties]
    if stage.method == "srswor":
        return sorted(range(len(own)), key=lambda place: own[place])[: stratum.n]
    pi: Floats = np.array([float(chance) for chance in chances])
    places = select(
        stage.method,
        pi,
        tickets=own,
        coordinates=_points(stratum) if stage.method == "lpm2" else None,
        steps=step_uniforms(seed, stage.method, stratum.code, len(own))
        if stage.method in ("lpm2", "cube")
        else None,
        auxiliaries=np.column_stack([pi, np.array(stratum.persons, dtype=np.float64)]),
    )
    return sorted(places.tolist(), key=lambda place: (chances[place] != 1, own[place]))


def _points(stratum: CountyStratum) -> Floats:
    """Points on a plane, in degrees of latitude."""
    for adcode, point in zip(stratum.counties, stratum.points, strict=True):
        if point is None:
            raise PlanError("counties.points", stratum=stratum.code, adcode=adcode)
    placed: Floats = np.array(stratum.points, dtype=np.float64)
    middle = np.radians((placed[:, 0].min() + placed[:, 0].max()) / 2)
    return np.column_stack([placed[:, 0], np.round(placed[:, 1] * np.cos(middle), 5)])
