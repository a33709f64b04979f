"""A plan applied to its villages: how many in each stratum, and with what probabilities.

Nothing here depends on the seed, so it can be published with the plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sampling.errors import PlanError
from sampling.plan import Plan
from sampling.selectors.hilbert_curve import DEGREES, curve
from sampling.selectors.probabilities import certainties
from sampling.village_allocation import StratumSize, share_villages

CLASSES = ("E", "P", "N")
HOUSEHOLDS = tuple(f"households_{one.lower()}" for one in CLASSES)

STAYS = ("lpm2", "cube")
"""Methods that have no rule by which villages move from wave to wave."""

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Counts = NDArray[np.int64] | NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Stratum:
    """One stratum with everything that decides its draw except the seed.

    Parameters
    ----------
    code : "<adcode>-<class>"
    county_adcode : county it lies in
    remoteness_class : 1 = near
    villages : (n_villages,) codes in the order to walk: along a Hilbert curve of their points,
        equal points by code; by code alone where a village has no point
    sizes : (n_villages,) whole numbers > 0, size measure
    n : villages to draw (count)
    proportional : whether π follows size; if not, all are equal
    households : class E, P, N -> (n_villages,) households in the frame (count)
    points : (n_villages, 2) whole numbers, 1/100,000 of a degree of latitude to the north and to
        the east; None where a village has no point
    auxiliaries : (n_villages, p) variables that a balanced sample is balanced on, else empty
    """

    code: str
    county_adcode: str
    remoteness_class: int
    villages: tuple[str, ...]
    sizes: tuple[int, ...]
    n: int
    proportional: bool
    households: Mapping[str, tuple[int, ...]]
    points: Floats | None
    auxiliaries: Floats

    @cached_property
    def shares(self) -> tuple[list[bool], int, int]:
        """Which villages are certain; of the others how many are drawn, and their total size."""
        return certainties(self.measures, self.n)

    @property
    def measures(self) -> tuple[int, ...]:
        """What π is proportional to, where a village is not certain."""
        return self.sizes if self.proportional else (1,) * len(self.sizes)

    @cached_property
    def probabilities(self) -> tuple[Fraction, ...]:
        """π of the villages, exactly; they sum to n."""
        certain, left, total = self.shares
        return tuple(
            Fraction(1) if sure else Fraction(left * size, total)
            for size, sure in zip(self.measures, certain, strict=True)
        )

    @cached_property
    def pi(self) -> Floats:
        """(n_villages,) π as the nearest doubles."""
        certain, left, total = self.shares
        pairs = zip(self.measures, certain, strict=True)
        return np.array([1.0 if sure else left * size / total for size, sure in pairs])

    def total(self, household_class: str) -> int:
        """Households of a class in the stratum (count)."""
        return sum(self.households[household_class])

    def expected(self, household_class: str, plan: Plan) -> Fraction:
        """Households of a class that the draw is expected to give (count)."""
        certain, left, total = self.shares
        surely = by_share = 0
        for size, sure, households in zip(
            self.measures, certain, self.households[household_class], strict=True
        ):
            taken = cell_size(plan, household_class, households)
            surely += taken if sure else 0
            by_share += 0 if sure else size * taken
        return surely + (Fraction(left * by_share, total) if left else Fraction(0))

    def rate(self, household_class: str, plan: Plan) -> float:
        """Expected share of the households of a class that are drawn, in [0, 1]."""
        total = self.total(household_class)
        return float(self.expected(household_class, plan) / total) if total else 0.0


def cell_size(plan: Plan, household_class: str, households: int) -> int:
    """Count the households to draw from a village × class with so many households."""
    take = plan.stage2.take(household_class)
    if take == "all" or households < plan.stage2.take_all_below:
        return households
    return min(take, households)


def cell_sizes(plan: Plan, household_class: str, households: Counts | Floats) -> Floats:
    """`cell_size` of many villages at once."""
    take = plan.stage2.take(household_class)
    sizes = np.asarray(households, dtype=np.float64)
    if take == "all":
        return sizes
    return np.where(sizes < plan.stage2.take_all_below, sizes, np.minimum(sizes, take))


def strata(plan: Plan, villages: pl.DataFrame) -> tuple[Stratum, ...]:
    """Share the villages of each county among its strata and compute their probabilities.

    The villages of a county are shared by its plan's allocation rule, N_h being households; for
    size "shares" N_h is half the stratum's share of the county's E households plus half its share
    of the N households. A county with no more villages than the plan asks for is taken whole.

    Parameters
    ----------
    plan : rules of stage 1
    villages : frozen villages, see `sampling.remoteness.freeze`

    Returns
    -------
    strata sorted by code; villages outside the frame (stratum null) are left out

    Raises
    ------
    PlanError : a column is missing; a later wave of a method that has no rule by which villages
        move, or lpm2 where a village has no point, unless all villages are taken; a variable to
        balance on that is no number or missing somewhere
    AllocationError : the villages do not suffice for the minimum of each stratum
    """
    for column in ("village_code", "county_adcode", "remoteness_class", "stratum", *HOUSEHOLDS):
        if column not in villages.columns:
            raise PlanError("plan.column_missing", column=column)
    inside = villages.filter(pl.col("stratum").is_not_null())
    if plan.counties:
        inside = inside.filter(pl.col("county_adcode").is_in(plan.counties))
    if inside.is_empty():
        return ()
    walked = _Walk(inside)
    sizes = _measure(plan.stage1.size, walked.households, walked.bounds)
    drawn = _villages_drawn(plan, walked)
    found = [_stratum(plan, walked, sizes, place=place, n=n) for place, n in enumerate(drawn)]
    return tuple(sorted(found, key=lambda stratum: stratum.code))


def size_measure(plan: Plan, households: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    """Measure the size of villages for drawing them with proportional probabilities.

    "shares": E_i N + N_i E, which is half the village's share of the E households plus half its
    share of the N households, times 2EN; E and N are the sums over the villages given, and a
    class that none of them has is left out. A village that has households but neither E nor N
    ones counts as if it had one N household, so that it can be drawn. "households": all of them.
    "equal": 1 each.

    Parameters
    ----------
    plan : its `stage1.size`
    households : class -> (n_villages,) households (count)

    Returns
    -------
    (n_villages,) whole numbers, 0 only for a village without any household
    """
    columns = tuple(np.array(households[one], dtype=np.int64) for one in CLASSES)
    return tuple(_measure(plan.stage1.size, columns, np.array([0, columns[0].size])).tolist())


class _Walk:
    """Villages in the order to walk, stratum after stratum, as columns."""

    def __init__(self, inside: pl.DataFrame) -> None:
        by_code = inside.sort("county_adcode", "stratum", "village_code")
        bounds = _bounds(by_code.select("county_adcode", "stratum"))
        counts = np.diff(bounds)
        lat, lon = _points(by_code)
        placed = np.logical_and.reduceat(np.isfinite(lat) & np.isfinite(lon), bounds[:-1])
        on_curve = np.repeat(placed, counts)
        place = np.zeros(by_code.height, dtype=np.int64)
        if placed.any():
            starts = np.concatenate([[0], np.cumsum(counts[placed])])
            place[on_curve] = curve(lat[on_curve], lon[on_curve], starts)
        # Stable, so that equal places keep the order of codes.
        stratum = np.repeat(np.arange(counts.size), counts)
        order = np.lexsort((place, stratum))
        self.table = by_code[order]
        self.bounds = bounds
        self.placed = placed.tolist()
        self.lat, self.lon = lat[order], lon[order]
        self.codes: list[str] = self.table["village_code"].to_list()
        self.strata: list[str] = self.table["stratum"].gather(bounds[:-1]).to_list()
        self.counties: list[str] = self.table["county_adcode"].gather(bounds[:-1]).to_list()
        self.classes: list[int] = self.table["remoteness_class"].gather(bounds[:-1]).to_list()
        self.households = tuple(self.table[name].to_numpy().astype(np.int64) for name in HOUSEHOLDS)

    def points(self, place: int) -> Floats | None:
        """Points of a stratum on a plane, none where a village has no point."""
        if not self.placed[place]:
            return None
        here = slice(self.bounds[place], self.bounds[place + 1])
        north, east = np.rint(self.lat[here] * DEGREES), self.lon[here] * DEGREES
        middle = (north.min() + north.max()) / 2 / DEGREES
        return np.column_stack([north, np.rint(east * np.cos(np.radians(middle)))])


def _bounds(keys: pl.DataFrame) -> Codes:
    """Where each run of equal rows begins, and the number of rows."""
    run = keys.select(pl.struct(pl.all()).rle_id()).to_series().to_numpy().astype(np.int64)
    return np.searchsorted(run, np.arange(run[-1] + 2))


def _points(table: pl.DataFrame) -> tuple[Floats, Floats]:
    if not {"lat", "lon"} <= set(table.columns):
        nowhere = np.full(table.height, np.nan)
        return nowhere, nowhere
    lat, lon = (
        table[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in ("lat", "lon")
    )
    return lat, lon


def _measure(size: str, households: tuple[Counts, ...], bounds: Codes) -> Counts:
    """Size of each village within its group, see `size_measure`; groups lie between bounds."""
    e, p, n = households
    everybody = e + p + n
    if size == "equal":
        return (everybody > 0).astype(np.int64)
    if size == "households":
        return everybody
    total_e, total_n = (np.add.reduceat(one, bounds[:-1]) for one in (e, n))
    if 2 * int(total_e.max()) * int(total_n.max()) >= 1 << 62:  # too large for 64 bits
        e, p, n, total_e, total_n = (one.astype(object) for one in (e, p, n, total_e, total_n))
    counts = np.diff(bounds)
    of_e, of_n = (np.repeat(np.maximum(one, 1), counts) for one in (total_n, total_e))
    measured = e * of_e + n * of_n
    measured = np.where((measured == 0) & (p > 0), of_n, measured)
    return np.where(np.repeat(total_e + total_n > 0, counts), measured, everybody)


def _villages_drawn(plan: Plan, walked: _Walk) -> list[int]:
    """Villages to draw in each stratum, county by county."""
    edges = _bounds(pl.DataFrame({"county": walked.counties}))
    of_county = walked.bounds[edges]
    # Every rule but "shares" shares villages by all households, whatever they are drawn by.
    by = "shares" if plan.stage1.size == "shares" else "households"
    measured = _measure(by, walked.households, of_county)
    sizes = _stratum_sizes(plan, walked, measured)
    drawn: list[int] = []
    for first, last in pairwise(edges.tolist()):
        codes = walked.strata[first:last]
        county = dict(zip(codes, sizes[first:last], strict=True))
        shared = share_villages(plan, walked.counties[first], county)
        drawn += [shared[code] for code in codes]
    return drawn


def _stratum_sizes(plan: Plan, walked: _Walk, measured: Counts) -> list[StratumSize]:
    """Each stratum as its share of the villages depends on it."""
    starts, villages = walked.bounds[:-1], np.diff(walked.bounds)
    held = [np.add.reduceat(column, starts) for column in walked.households]
    taken = [
        np.add.reduceat(cell_sizes(plan, one, column), starts) / villages
        for one, column in zip(CLASSES, walked.households, strict=True)
    ]
    return [
        StratumSize(
            measure=int(measure),
            villages=int(villages[place]),
            remoteness_class=walked.classes[place],
            households={one: int(held[k][place]) for k, one in enumerate(CLASSES)},
            takes={one: float(taken[k][place]) for k, one in enumerate(CLASSES)},
        )
        for place, measure in enumerate(np.add.reduceat(measured, starts))
    ]


def _stratum(plan: Plan, walked: _Walk, sizes: Counts, *, place: int, n: int) -> Stratum:
    here = slice(int(walked.bounds[place]), int(walked.bounds[place + 1]))
    method, code = plan.stage1.method, walked.strata[place]
    villages = tuple(walked.codes[here])
    needs_choice = n < len(villages)
    if needs_choice and plan.wave > 1 and method in STAYS:
        raise PlanError("plan.wave", stratum=code, wave=plan.wave, method=method)
    points = walked.points(place) if method == "lpm2" else None
    if needs_choice and method == "lpm2" and points is None:
        raise PlanError("plan.points", stratum=code)
    return Stratum(
        code=code,
        county_adcode=walked.counties[place],
        remoteness_class=walked.classes[place],
        villages=villages,
        sizes=tuple(sizes[here].tolist()),
        n=n,
        proportional=method != "srswor",
        households={
            one: tuple(column[here].tolist())
            for one, column in zip(CLASSES, walked.households, strict=True)
        },
        points=points,
        auxiliaries=_auxiliaries(plan, walked.table[here], sizes[here], code),
    )


def _auxiliaries(plan: Plan, villages: pl.DataFrame, sizes: Counts, code: str) -> Floats:
    """Variables that the cube balances on: those of the plan, else size, households, covariates."""
    if plan.stage1.method != "cube":
        return np.empty((villages.height, 0))
    names = plan.stage1.balance
    if not names:
        covariates = [name for name in plan.remoteness.weights if name in villages.columns]
        complete = [name for name in covariates if villages[name].null_count() == 0]
        names = (*HOUSEHOLDS, *complete)
    columns = [] if plan.stage1.balance else [sizes.astype(np.float64)]
    for name in names:
        if name not in villages.columns:
            raise PlanError("plan.column_missing", column=name)
        values = villages[name]
        if not values.dtype.is_numeric() or values.null_count() or not values.is_finite().all():
            raise PlanError("plan.balance", stratum=code, column=name)
        columns.append(values.cast(pl.Float64).to_numpy())
    return np.column_stack(columns)
