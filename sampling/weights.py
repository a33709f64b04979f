"""What each interviewed household stands for: 1/pi, those who did not answer, known totals."""

from collections.abc import Iterable
from typing import Literal

import polars as pl

from sampling.errors import EstimationError
from sampling.register_weights import to_register
from sampling.trimming import trim_factor
from sampling.weighting_cells import MINIMUM_CELL, joined_cells

Outcome = Literal["respondent", "nonresponse", "out_of_scope"]

OUTCOMES: dict[str, Outcome] = {
    "completed": "respondent",
    "partial": "nonresponse",
    "refused": "nonresponse",
    "absent": "nonresponse",
    "not_visited": "nonresponse",
    "not_found": "nonresponse",
    "moved_out": "out_of_scope",
    "dissolved": "out_of_scope",
    "dead": "out_of_scope",
}
MADE = (
    "pi2_opened",
    "inclusion_prob",
    "base_weight",
    "outcome",
    "cell",
    "nonresponse_factor",
    "trimming_factor",
    "calibration_cell",
    "calibration_persons",
    "calibration_factor",
    "weight",
)
PLACED = ("unit_id", "county_adcode", "stratum", "psu")
"""Columns that say which unit a row is, and where in the design it belongs."""
NEEDED = (
    "unit_id",
    "county_adcode",
    "stratum",
    "psu",
    "household_class",
    "pi1",
    "pi2",
    "disposition",
)


def weigh(
    interviews: pl.DataFrame,
    *,
    trim_above: float | None = None,
    register: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Give every opened household its weight, and keep each factor.

    Base weight: 1/(pi1 pi2), where a village x class that opened k reserves beside its n
    households has pi2 = (n + k)/N, N = n/pi2 as drawn: the opened units are its n + k smallest
    tickets. Non-response: within stratum x class the respondents take over the base weight of
    those who refused, were absent, not visited, only partly interviewed, or not found (nothing
    shows that these left the population; the frame review may reclassify them). A household
    that moved out, was dissolved or died represents others like it: its weight leaves the
    population and is not handed on.

    A cell with fewer than 20 respondents joins the neighbouring stratum of the same class, the
    smaller neighbour first, up to the whole county; a class without any respondent hands its
    weight to all classes of the county.

    Trimming, where a limit is given: no non-response factor of a county exceeds it, the others
    rise equally, see `sampling.trimming.trim_factor`. Calibration, where a register is given:
    see `sampling.register_weights.to_register`.

    Parameters
    ----------
    interviews : one row for each household opened, original and reserve, replaced ones too,
        with `unit_id county_adcode stratum psu household_class pi1 pi2 disposition` and, where
        reserves were opened, `is_reserve`
    trim_above : largest non-response factor; None = no trimming
    register : village frame of the plan with `stratum` and the households and persons of every
        class, all villages of the counties; None = no calibration

    Returns
    -------
    the same rows and order with `pi2_opened`, `inclusion_prob`, `base_weight`, `outcome`
    (respondent / nonresponse / out_of_scope), `cell`, `nonresponse_factor` (null unless a
    respondent), with a limit `trimming_factor`, with a register `calibration_cell`,
    `calibration_persons` and `calibration_factor`, and `weight`, the product (households
    represented; 0 unless a respondent)

    Raises
    ------
    EstimationError : missing column, unknown disposition or class, a household twice, pi outside
        (0, 1], more reserves opened than the village has, nobody interviewed
    CalibrationError : a limit that the factors cannot keep, or as `to_register`

    References
    ----------
    Kalton and Flores-Cervantes (2003), J. Off. Stat. 19, 81-97, for weighting cells.

    Examples
    --------
    >>> rows = pl.DataFrame({
    ...     "unit_id": ["a", "b"], "county_adcode": "1", "stratum": "1-1", "psu": "v",
    ...     "household_class": "E", "is_reserve": False, "pi1": 0.5, "pi2": 0.1,
    ...     "disposition": ["completed", "refused"]})
    >>> weigh(rows)["weight"].to_list()
    [40.0, 0.0]
    """
    _check(interviews)
    rows = interviews.drop(MADE, strict=False).with_columns(pl.col("pi1", "pi2").cast(pl.Float64))
    reserve = pl.col("is_reserve") if "is_reserve" in rows.columns else pl.lit(False)
    rows = rows.with_columns(is_reserve=reserve.cast(pl.Boolean).fill_null(False))
    outcome = pl.col("disposition").replace_strict(OUTCOMES, return_dtype=pl.String)
    rows = _opened(rows.with_columns(outcome=outcome)).with_columns(
        inclusion_prob=pl.col("pi1") * pl.col("pi2_opened")
    )
    rows = rows.with_columns(base_weight=1 / pl.col("inclusion_prob"))
    responded = pl.col("outcome") == "respondent"
    carried = pl.when(pl.col("outcome") == "out_of_scope").then(0.0).otherwise("base_weight")
    rows = spread(rows.with_columns(carried=carried, responded=responded))
    rows = rows.with_columns(
        nonresponse_factor=pl.when(responded).then(pl.col("spread_factor")),
        weight=pl.when(responded).then("spread_weight").otherwise(0.0),
    ).drop("carried", "responded", "spread_factor", "spread_weight")
    if trim_above is not None:
        rows = _trimmed(rows, trim_above)
    return rows if register is None else to_register(rows, register)


def spread(rows: pl.DataFrame, *, minimum: int = MINIMUM_CELL) -> pl.DataFrame:
    """Hand the weight of those without an answer to those with one, in cells.

    Parameters
    ----------
    rows : with `county_adcode stratum household_class`, `carried` (weight before) and
        `responded` (bool)
    minimum : respondents a cell must have, else it joins its neighbour (count)

    Returns
    -------
    the rows with `cell`, `spread_factor` and `spread_weight`; the weights add up as before in
    every cell, or in the county where a class has nobody who answered

    Raises
    ------
    EstimationError : nobody of a county answered

    Examples
    --------
    >>> rows = pl.DataFrame({
    ...     "county_adcode": "1", "stratum": "1-1", "household_class": "E",
    ...     "carried": [40.0, 40.0, 20.0], "responded": [True, False, True]})
    >>> spread(rows)["spread_weight"].round(3).to_list()
    [66.667, None, 33.333]
    """
    strata = rows.group_by("county_adcode", "household_class", "stratum").agg(
        count=pl.col("responded").sum(), carried=pl.col("carried").sum()
    )
    named = [
        (county, household_class, stratum, cell)
        for (county, household_class), part in strata.sort("stratum").group_by(
            "county_adcode", "household_class", maintain_order=True
        )
        for stratum, cell in _cells(part, str(household_class), minimum).items()
    ]
    keys = ["county_adcode", "household_class", "stratum"]
    cells = pl.DataFrame(named, schema=[*keys, "cell"], orient="row")
    joined = rows.drop("cell", strict=False).join(cells, on=keys, how="left", maintain_order="left")
    where = ("cell", "county_adcode")
    kept = pl.col("carried").filter("responded").sum()
    orphan = (kept == 0).over(*where)  # weight, but nobody in the whole class to take it over
    everything = pl.col("carried").sum().over("county_adcode")
    placed = pl.col("carried").filter(~orphan).sum().over("county_adcode")
    joined = joined.with_columns(
        spread_factor=pl.when(orphan)
        .then(None)
        .otherwise((pl.col("carried").sum() / kept).over(*where) * everything / placed)
    )
    lost = joined.filter((everything > 0) & (placed == 0))
    if lost.height:
        raise EstimationError("estimate.empty", what=lost["county_adcode"][0])
    return joined.with_columns(
        spread_weight=pl.when("responded").then(pl.col("carried") * pl.col("spread_factor"))
    )


def _cells(part: pl.DataFrame, household_class: str, minimum: int) -> dict[str, str]:
    """Stratum -> name of its cell, for one class of one county, strata in code order."""
    strata = part["stratum"].to_list()
    return {
        strata[position]: "+".join(strata[one] for one in cell) + "/" + household_class
        for cell in joined_cells(part["count"].to_list(), minimum=minimum)
        for position in cell
    }


def _trimmed(rows: pl.DataFrame, high: float) -> pl.DataFrame:
    """Cut the non-response factors of each county to a limit; `trimming_factor` after/before."""
    keys, changes = ("county_adcode", "unit_id"), []
    for _, part in rows.filter(outcome="respondent").group_by("county_adcode"):
        factor = part["nonresponse_factor"].to_numpy()
        cut = trim_factor(factor, part["base_weight"].to_numpy(), high)
        change = pl.Series(cut.weight / factor)
        changes.append(part.select(*keys, trimming_factor=change))
    rows = rows.join(pl.concat(changes), on=keys, how="left", maintain_order="left")
    weight = pl.col("weight") * pl.col("trimming_factor").fill_null(1.0)
    return rows.with_columns(weight=weight)


def _opened(rows: pl.DataFrame) -> pl.DataFrame:
    """Add pi2 as opened, (n + k)/N in every village x class, k = its opened reserves."""
    keys = ["psu", "household_class"]
    reserve = pl.col("is_reserve")
    cells = rows.group_by(keys, maintain_order=True).agg(
        n=(~reserve).sum(),
        k=reserve.sum(),
        low=pl.col("pi2").min(),
        high=pl.col("pi2").max(),
    )
    cells = cells.with_columns(size=pl.col("n") / pl.col("high"))
    cells = cells.with_columns(opened=(pl.col("n") + pl.col("k")) / pl.col("size"))
    for wrong, code in (
        (pl.col("high") - pl.col("low") > 1e-9, "estimate.cell_pi2"),
        (pl.col("n") == 0, "estimate.cell_reserves"),
        (pl.col("opened") > 1 + 1e-9, "estimate.cell_opened"),
    ):
        bad = cells.filter(wrong)
        if bad.height:
            first = bad.row(0, named=True)
            raise EstimationError(code, psu=first["psu"], household_class=first["household_class"])
    opened = cells.select(*keys, pl.col("opened").clip(upper_bound=1.0))
    joined = rows.join(opened, on=keys, how="left", maintain_order="left")
    return joined.rename({"opened": "pi2_opened"})


def check_units(rows: pl.DataFrame) -> None:
    """Refuse interviews that cannot be told apart or counted, weighted already or not.

    Raises
    ------
    EstimationError : missing column, a unit, stratum or village that is missing, unknown
        disposition or class, a household twice

    Examples
    --------
    >>> check_units(pl.DataFrame({
    ...     "unit_id": ["a", "b"], "county_adcode": "1", "stratum": "1-1", "psu": "v",
    ...     "household_class": "E", "disposition": ["completed", "refused"]}))
    """
    _need(rows, [column for column in NEEDED if column not in ("pi1", "pi2")])
    for column in PLACED:
        nowhere = rows.filter(pl.col(column).is_null())
        if nowhere.height:
            unit = nowhere["unit_id"][0]
            raise EstimationError("estimate.unplaced", unit=unit, column=column)
    known = pl.col("disposition").is_in(list(OUTCOMES)).fill_null(False)
    classes = pl.col("household_class").is_in(["E", "P", "N"]).fill_null(False)
    _refuse_unless(rows, known, "estimate.disposition", "disposition")
    _refuse_unless(rows, classes, "estimate.class", "household_class")
    if rows["unit_id"].n_unique() < rows.height:  # a county may use names of another
        twice = pl.struct("county_adcode", "unit_id").is_duplicated()
        _refuse_unless(rows, ~twice, "estimate.twice", "unit_id")


def _check(rows: pl.DataFrame) -> None:
    _need(rows, NEEDED)
    if rows.is_empty():
        raise EstimationError("estimate.empty", what="interviews")
    check_units(rows)
    number = pl.col("pi1", "pi2").cast(pl.Float64, strict=False)
    probability = pl.all_horizontal(number.is_between(0, 1, closed="right").fill_null(False))
    _refuse_unless(rows, probability, "estimate.probability", "pi2")


def _need(rows: pl.DataFrame, columns: Iterable[str]) -> None:
    for column in columns:
        if column not in rows.columns:
            raise EstimationError("estimate.column", column=column)


def _refuse_unless(rows: pl.DataFrame, good: pl.Expr, code: str, column: str) -> None:
    bad = rows.filter(~good)
    if bad.height:
        first = bad.row(0, named=True)
        raise EstimationError(code, unit=first["unit_id"], value=first[column])
