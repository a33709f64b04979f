"""A plan applied to its villages: how many in each stratum, and with what probabilities.

Nothing here depends on the seed, so it can be published with the plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from sampling import allocation
from sampling.errors import PlanError
from sampling.plan import Plan
from sampling.selectors import hilbert, pps_probabilities, srswor

CLASSES = ("E", "P", "N")


@dataclass(frozen=True)
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
    probabilities : (n_villages,) π of the village, sums to n exactly
    households : class E, P, N -> (n_villages,) households in the frame (count)
    """

    code: str
    county_adcode: str
    remoteness_class: int
    villages: tuple[str, ...]
    sizes: tuple[int, ...]
    n: int
    probabilities: tuple[Fraction, ...]
    households: Mapping[str, tuple[int, ...]]

    def total(self, household_class: str) -> int:
        """Households of a class in the stratum (count)."""
        return sum(self.households[household_class])

    def expected(self, household_class: str, plan: Plan) -> Fraction:
        """Households of a class that the draw is expected to give (count)."""
        cells = zip(self.probabilities, self.households[household_class], strict=True)
        return sum(
            (p * cell_size(plan, household_class, size) for p, size in cells), start=Fraction(0)
        )

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
    PlanError : a column is missing, or a wave after the first with pps_systematic, which has no
        rotation of villages, where not all of them are taken
    AllocationError : the villages do not suffice for the minimum of each stratum
    """
    needed = ("village_code", "county_adcode", "remoteness_class", "stratum")
    for column in (*needed, *(f"households_{one.lower()}" for one in CLASSES)):
        if column not in villages.columns:
            raise PlanError("plan.column_missing", column=column)
    inside = villages.filter(pl.col("stratum").is_not_null()).sort("village_code")
    found = []
    for (adcode,), county in inside.group_by("county_adcode", maintain_order=True):
        if not plan.counties or adcode in plan.counties:
            found += _county(plan, str(adcode), county)
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
    cells = list(zip(*(households[one] for one in CLASSES), strict=True))
    if plan.stage1.size == "equal":
        return tuple(int(e + p + n > 0) for e, p, n in cells)
    total_e, total_n = sum(households["E"]), sum(households["N"])
    if plan.stage1.size == "households" or not total_e + total_n:
        return tuple(e + p + n for e, p, n in cells)
    of_e, of_n = total_n or 1, total_e or 1
    return tuple((e * of_e + n * of_n) or (of_n if p else 0) for e, p, n in cells)


def _county(plan: Plan, adcode: str, county: pl.DataFrame) -> list[Stratum]:
    households = {one: tuple(county[f"households_{one.lower()}"].to_list()) for one in CLASSES}
    measure = (
        size_measure(plan, households)
        if plan.stage1.size == "shares"
        else tuple(map(sum, zip(*households.values(), strict=True)))
    )
    codes, numbers = county["stratum"].to_list(), county["remoteness_class"].to_list()
    sizes = dict.fromkeys(sorted(set(codes)), 0)
    for code, size in zip(codes, measure, strict=True):
        sizes[code] += size
    shared = _allocate(
        plan,
        sizes,
        caps={code: codes.count(code) for code in sizes},
        classes=dict(zip(codes, numbers, strict=True)),
    )
    parts = county.partition_by("stratum", as_dict=True, maintain_order=True)
    return [_stratum(plan, adcode, code, parts[(code,)], n) for code, n in shared.items()]


def _allocate(
    plan: Plan, sizes: dict[str, int], *, caps: dict[str, int], classes: dict[str, int]
) -> dict[str, int]:
    rule = plan.stage1
    n = sum(caps.values()) if rule.villages == "all" else min(rule.villages, sum(caps.values()))
    if rule.allocation == "remote":
        return allocation.remote(
            sizes, n, classes=classes, factor=rule.remote_factor, minimum=rule.minimum, caps=caps
        )
    if rule.allocation == "power":
        return allocation.power(sizes, n, exponent=rule.power, minimum=rule.minimum, caps=caps)
    simple = {"proportional": allocation.proportional, "equal": allocation.equal}
    return simple[rule.allocation](sizes, n, minimum=rule.minimum, caps=caps)


def _stratum(plan: Plan, adcode: str, code: str, villages: pl.DataFrame, n: int) -> Stratum:
    walked = _along_curve(villages)
    households = {one: tuple(walked[f"households_{one.lower()}"].to_list()) for one in CLASSES}
    sizes = size_measure(plan, households)
    systematic = plan.stage1.method == "pps_systematic"
    if systematic and plan.wave > 1 and n < len(sizes):
        raise PlanError("plan.wave", stratum=code, wave=plan.wave)
    probabilities = pps_probabilities(sizes, n) if systematic else srswor(len(sizes), n)
    return Stratum(
        code=code,
        county_adcode=adcode,
        remoteness_class=walked["remoteness_class"][0],
        villages=tuple(walked["village_code"].to_list()),
        sizes=sizes,
        n=n,
        probabilities=tuple(probabilities),
        households=households,
    )


def _along_curve(villages: pl.DataFrame) -> pl.DataFrame:
    by_code = villages.sort("village_code")
    if not {"lat", "lon"} <= set(villages.columns):
        return by_code
    points = by_code.select(pl.col("lat", "lon").cast(pl.Float64).fill_nan(None))
    if points.null_count().sum_horizontal()[0]:
        return by_code
    place = pl.Series("place", hilbert(points.rows()), dtype=pl.Int64)
    return by_code.with_columns(place).sort("place", "village_code").drop("place")
