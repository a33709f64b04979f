"""Household weights that agree with the register's households and persons."""

import numpy as np
import polars as pl

from sampling.calibrated import Calibrated
from sampling.calibration import calibrate
from sampling.distances import Bounds
from sampling.errors import CalibrationError
from sampling.stages import Floats, encode
from sampling.weighting_cells import joined_cells

METHOD = "raking"
MADE = ("calibration_cell", "calibration_persons", "calibration_factor")
CLASSES = ("N", "E", "P")
"""In the order in which a class with few respondents joins its neighbour."""


def to_register(
    rows: pl.DataFrame,
    register: pl.DataFrame,
    *,
    method: str = METHOD,
    bounds: Bounds | None = None,
) -> pl.DataFrame:
    """Calibrate household weights to the register's households and persons.

    Totals are those of the village frame by stratum x class, county by county. A household that
    moved out, was dissolved or died is on the register and stands for others like it: the
    respondents, with their share of the non-response, and those out of scope, with their base
    weight, meet the totals together, and only the respondents keep a weight.

    A cell with fewer than 20 respondents joins its neighbour as weighting cells do: within the
    class along the strata; a class that is short in the whole county joins the next in the order
    N, E, P.

    Parameters
    ----------
    rows : weighted by `sampling.weights.weigh`, with `persons_register` (registered persons, as
        the frame counts them) or else `persons`
    register : village frame with `county_adcode stratum` and `households_x persons_x` for the
        classes e, p, n; all villages of the counties in `rows`
    method, bounds : see `sampling.calibration.calibrate`; `raking` keeps every weight above 0

    Returns
    -------
    the rows with `calibration_cell`, `calibration_persons`, `calibration_factor` (null for
    those who did not take part) and the new `weight`

    Raises
    ------
    CalibrationError : a column or stratum missing, a household without registered persons, a
        class that the register does not have, totals that no positive weights reach; the county
        and the cell are named

    References
    ----------
    Deville, Saerndal and Sautory (1993), J. Am. Stat. Assoc. 88, 1013-1020; Saerndal and
    Lundstroem (2005), Estimation in Surveys with Nonresponse, chapters 6 and 8.

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
    >>> weigh(sample, register=villages)["weight"].round(3).to_list()
    [27.0, 17.0]
    """
    totals = register_totals(register)
    rows = _uncalibrated(rows)
    taking_part = on_register(rows)
    parts = [
        _calibrated(part, totals.filter(county_adcode=county), str(county), method, bounds)
        for (county,), part in taking_part.group_by("county_adcode", maintain_order=True)
    ]
    made = pl.concat(parts).select("county_adcode", "unit_id", *MADE)
    rows = rows.join(made, on=["county_adcode", "unit_id"], how="left", maintain_order="left")
    return rows.with_columns(weight=pl.col("weight") * pl.col("calibration_factor").fill_null(1.0))


def calibration_of(rows: pl.DataFrame) -> Calibrated | None:
    """Find the calibration that weights of a file carry, for the variance of what they estimate.

    Parameters
    ----------
    rows : as `to_register` leaves them, with `outcome`

    Returns
    -------
    for the design of all rows; None where the weights were not calibrated

    Examples
    --------
    >>> calibration_of(pl.DataFrame({"weight": [2.0], "outcome": ["respondent"]})) is None
    True
    """
    if "calibration_factor" not in rows.columns:
        return None
    took_part = rows["calibration_factor"].is_not_null()
    if not took_part.any():
        return None
    part = on_register(rows.filter(took_part))
    columns, names = _auxiliaries(part)
    g = part["calibration_factor"].to_numpy().astype(np.float64)
    weight = part["after"].to_numpy()
    found = Calibrated(weight, g, METHOD, 0, names, weight @ columns, 0.0, columns)
    return found.within(took_part.to_numpy())


def on_register(rows: pl.DataFrame) -> pl.DataFrame:
    """Households that stand for those of the register: respondents, and those out of scope.

    Parameters
    ----------
    rows : weighted by `sampling.weights.weigh`

    Returns
    -------
    those rows with `before` and `after` (weights before and after calibration, those out of
    scope with theirs) and `calibration_persons`

    Raises
    ------
    CalibrationError : registered persons are missing or negative

    Examples
    --------
    >>> rows = pl.DataFrame({
    ...     "unit_id": ["a", "b"], "outcome": ["respondent", "out_of_scope"],
    ...     "weight": [30.0, 0.0], "base_weight": [20.0, 20.0], "persons": [3, 2]})
    >>> on_register(rows).select("after", "calibration_persons").rows()
    [(30.0, 3.0), (20.0, 2.0)]
    """
    known = [name for name in ("persons_register", "persons") if name in rows.columns]
    if "calibration_persons" not in rows.columns:
        if not known:
            raise CalibrationError("calibration.register_column", column="persons")
        persons = pl.col(known[0]).cast(pl.Float64, strict=False)
        rows = rows.with_columns(calibration_persons=persons)
    g = pl.col("calibration_factor") if "calibration_factor" in rows.columns else pl.lit(1.0)
    weight = pl.when(outcome="respondent").then("weight").otherwise(pl.col("base_weight") * g)
    part = rows.filter(pl.col("outcome") != "nonresponse")
    unknown = part.filter(~_is_count("calibration_persons"))
    if unknown.height:
        raise CalibrationError("calibration.persons", unit=unknown["unit_id"][0])
    return part.with_columns(before=weight / g, after=weight)


def _uncalibrated(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as they were before an earlier calibration."""
    if "calibration_factor" not in rows.columns:
        return rows
    weight = pl.col("weight") / pl.col("calibration_factor").fill_null(1.0)
    return rows.with_columns(weight=weight).drop(MADE)


def refuse_calibrated(rows: pl.DataFrame) -> None:
    """Refuse calibrated weights where variances are not those of residuals.

    Raises
    ------
    CalibrationError : naming the county of such a weight

    Examples
    --------
    >>> refuse_calibrated(pl.DataFrame({"weight": [2.0]}))
    """
    if "calibration_factor" not in rows.columns:
        return
    found = rows.filter(pl.col("calibration_factor").is_not_null())
    if found.height:
        county = found["county_adcode"][0]
        raise CalibrationError("calibration.county_by_county", county=county)


def register_totals(register: pl.DataFrame) -> pl.DataFrame:
    """Add up a village frame: `county_adcode stratum household_class households persons`.

    Villages without a stratum are those without a household.

    Raises
    ------
    CalibrationError : a column is missing, or a count in it

    Examples
    --------
    >>> villages = pl.DataFrame({
    ...     "county_adcode": "1", "stratum": ["1-1", "1-1"], "households_e": [44, 6],
    ...     "persons_e": [105, 9], "households_p": 0, "persons_p": 0, "households_n": 0,
    ...     "persons_n": 0})
    >>> register_totals(villages).filter(household_class="E").row(0)
    ('1', '1-1', 'E', 50.0, 114.0)
    """
    needed = [f"{what}_{name.lower()}" for what in ("households", "persons") for name in CLASSES]
    for column in ("county_adcode", "stratum", *needed):
        if column not in register.columns:
            raise CalibrationError("calibration.register_column", column=column)
    inhabited = register.drop_nulls("stratum").with_columns(
        pl.col(needed).cast(pl.Float64, strict=False),
        pl.col("county_adcode", "stratum").cast(pl.String),
    )
    for column in needed:
        uncounted = inhabited.filter(~_is_count(column))
        if uncounted.height:
            stratum = uncounted["stratum"][0]
            raise CalibrationError("calibration.register_value", stratum=stratum, column=column)
    sums = inhabited.group_by("county_adcode", "stratum").agg(pl.col(needed).sum())
    return pl.concat(
        sums.select(
            "county_adcode",
            "stratum",
            household_class=pl.lit(name),
            households=pl.col(f"households_{name.lower()}"),
            persons=pl.col(f"persons_{name.lower()}"),
        )
        for name in CLASSES
    )


def _is_count(column: str) -> pl.Expr:
    """Neither missing, nor NaN or infinite, nor negative."""
    return (pl.col(column).is_finite() & (pl.col(column) >= 0)).fill_null(False)


def _cells(part: pl.DataFrame, totals: pl.DataFrame, county: str) -> pl.DataFrame:
    """Cell of each stratum x class, those of the register that nobody was drawn in too."""
    strata = totals["stratum"].unique().sort().to_list()
    strange = set(part["stratum"].unique()) - set(strata)
    if strange:
        raise CalibrationError("calibration.register_stratum", county=county, stratum=min(strange))
    present = [name for name in CLASSES if name in part["household_class"].unique()]
    counts = {
        (stratum, name): count
        for stratum, name, count in part.filter(outcome="respondent")
        .group_by("stratum", "household_class")
        .len()
        .iter_rows()
    }

    def respondents(names: list[str], within: list[str]) -> int:
        return sum(counts.get((stratum, name), 0) for name in names for stratum in within)

    found = []
    for group in joined_cells([respondents([name], strata) for name in present]):
        names = [present[position] for position in group]
        for cell in joined_cells([respondents(names, [stratum]) for stratum in strata]):
            joined = [strata[position] for position in cell]
            label = "+".join(joined) + "/" + "+".join(names)
            found += [(stratum, name, label) for stratum in joined for name in names]
    schema = ["stratum", "household_class", "calibration_cell"]
    return pl.DataFrame(found, schema=schema, orient="row")


def _calibrated(
    part: pl.DataFrame, totals: pl.DataFrame, county: str, method: str, bounds: Bounds | None
) -> pl.DataFrame:
    """The households of one county with `calibration_cell` and `calibration_factor`."""
    keys = ["stratum", "household_class"]
    cells = _cells(part, totals, county)
    part = part.join(cells, on=keys, how="left", maintain_order="left")
    wanted = (
        totals.join(cells, on=keys)
        .group_by("calibration_cell")
        .agg(pl.col("households", "persons").sum())
        .sort("calibration_cell")
    )
    empty = wanted.filter((pl.col("households") <= 0) | (pl.col("persons") <= 0))
    if empty.height:
        cell = empty["calibration_cell"][0]
        raise CalibrationError("calibration.register_empty", county=county, cell=cell)
    columns, names = _auxiliaries(part)
    found = calibrate(
        part["before"].to_numpy(),
        columns,
        wanted.select("households", "persons").to_numpy().reshape(-1),
        method=method,
        bounds=bounds,
        names=names,
    )
    return part.with_columns(calibration_factor=pl.Series(found.g))


def _auxiliaries(part: pl.DataFrame) -> tuple[Floats, tuple[str, ...]]:
    """Household and persons, each in the columns of its cell; and the names of the columns."""
    codes, labels = encode(part["calibration_cell"])
    persons = part["calibration_persons"].to_numpy().astype(np.float64)
    columns = np.zeros((part.height, len(labels), 2))
    columns[np.arange(part.height), codes] = np.column_stack([np.ones(part.height), persons])
    names = tuple(f"{label} {what}" for label in labels for what in ("households", "persons"))
    return columns.reshape(part.height, -1), names
