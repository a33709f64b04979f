"""The second stage of drawing: households within village and class, from register or roster.

Chance comes only from `sampling.tickets`; the same frame, plan and seed give the same rows on any
machine, whatever order the rows came in and whichever engine scanned them.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from sampling import tickets
from sampling.design import cell_size
from sampling.engines.cells import draw_cells, unclean
from sampling.engines.contract import Engine, Households
from sampling.engines.polars import Polars
from sampling.errors import DrawError
from sampling.plan import Plan
from sampling.waves import window

SAMPLE_HOUSEHOLDS = {
    "unit_id": pl.String,
    "county_adcode": pl.String,
    "stratum": pl.String,
    "psu": pl.String,
    "household_class": pl.String,
    "persons": pl.Int64,
    "ticket": pl.String,
    "order": pl.Int64,
    "is_reserve": pl.Boolean,
    "pi1": pl.Float64,
    "pi2": pl.Float64,
    "inclusion_prob": pl.Float64,
    "base_weight": pl.Float64,
    "wave": pl.Int64,
}

REGISTERED = ("E", "P")
ROSTER_CLASSES = ("E", "P", "N")


def draw_registered(
    plan: Plan,
    sample_villages: pl.DataFrame,
    households: pl.DataFrame | Households,
    *,
    campaign_seed: str,
    engine: Engine | None = None,
) -> pl.DataFrame:
    """Draw E and P households from the register in the villages given.

    Parameters
    ----------
    plan : takes, reserve and wave of stage 2
    sample_villages : released villages, rows of `draw_villages`
    households : household frame of these villages at least, in any order, or where it lies
    campaign_seed : as for `draw_villages`
    engine : what scans the register, see `sampling.engines`; polars unless said otherwise

    Returns
    -------
    one row a household, columns `SAMPLE_HOUSEHOLDS`, sorted by village, class and order. A cell
    of N households gives n with π2 = n / N, the n smallest tickets of the village seed in wave 1;
    reserve rows follow in order and carry the same π2.

    Raises
    ------
    DrawError : a column is missing, or an identifier is not clean or there twice, or the register
        cannot be read
    """
    _need(sample_villages, ("village_code", "county_adcode", "stratum", "pi1"), "sample_villages")
    engine = engine or Polars()
    if isinstance(households, pl.DataFrame):
        columns = ("household_id", "village_code", "household_class", "persons")
        _need(households, columns, "households")
        households = Households(_clean_cells(households, sample_villages))
    cells = _cells(plan, sample_villages, households, campaign_seed, engine)
    drawn = draw_cells(engine, households, cells, carry=("persons",))
    return _sample_rows(plan, drawn, cells)


def draw_roster(
    plan: Plan,
    village_row: Mapping[str, Any],
    roster: pl.DataFrame,
    *,
    village_seed: str,
    take: int | None = None,
) -> pl.DataFrame:
    """Draw N households from the roster of one village, as the team's phone does on arrival.

    Parameters
    ----------
    plan : take, reserve and wave of stage 2
    village_row : the village's row of `draw_villages`
    roster : households as listed; those of class E or P stay out of the draw
    village_seed : see `sampling.tickets.village_seed`
    take : households to draw instead of the plan's n (count)

    Returns
    -------
    as `draw_registered`, class N only; N of π2 = n / N is counted on the roster

    Raises
    ------
    DrawError : a column is missing, an unknown class, another village's roster, or an identifier
        that is not clean or there twice
    """
    _need(roster, ("unit_id", "household_class", "persons"), "roster")
    strange = roster.filter(~pl.col("household_class").is_in(ROSTER_CLASSES))
    if not strange.is_empty():
        raise DrawError("draw.class", value=strange["household_class"][0])
    village_code = village_row["village_code"]
    if "village_code" in roster.columns:
        other = roster.filter(pl.col("village_code") != village_code)
        if not other.is_empty():
            raise DrawError(
                "draw.roster_village", found=other["village_code"][0], expected=village_code
            )
    codes = pl.repeat(village_code, roster.height, eager=True)
    _refuse_unclean(roster["unit_id"], codes)
    listed = roster.filter(pl.col("household_class") == "N")
    cell = _cell(plan, village_row, "N", listed.height, seed=village_seed, take=take)
    cells = pl.DataFrame([cell], schema=_CELLS, orient="row").filter(pl.col("take") > 0)
    ranked = [unit_id for unit_id, _ in tickets.rank(village_seed, listed["unit_id"])]
    drawn = pl.DataFrame(
        {"unit_id": ranked, "rank": range(1, len(ranked) + 1)},
        schema={"unit_id": pl.String, "rank": pl.Int64},
    ).join(listed.select("unit_id", "persons"), on="unit_id", maintain_order="left")
    return _sample_rows(plan, drawn.with_columns(cell=pl.lit(cell[0])), cells)


def other_counts(
    sample_villages: pl.DataFrame,
    villages: pl.DataFrame,
    households: Households,
    *,
    engine: Engine | None = None,
) -> pl.DataFrame:
    """Compare the households that a register holds with the counts of the village frame.

    Parameters
    ----------
    sample_villages : `village_code` of the villages to look at
    villages : village frame, with `households_e` and `households_p`
    households : the register
    engine : what counts it; polars unless said otherwise

    Returns
    -------
    `village_code`, `household_class`, `counted`, `stated`: one row a village × class that differs

    Raises
    ------
    DrawError : the register cannot be read
    """
    places = _places(sample_villages.sort("village_code")["village_code"].to_list())
    counts = (engine or Polars()).counts(households, places)
    stated = villages.select(
        pl.col("village_code").alias("village"), E="households_e", P="households_p"
    ).unpivot(index="village", variable_name="household_class", value_name="stated")
    return (
        places.join(counts, on="cell", how="left", maintain_order="left")
        .join(stated, on=["village", "household_class"], maintain_order="left")
        .with_columns(counted=pl.col("size").fill_null(0))
        .filter(pl.col("counted") != pl.col("stated"))
        .select(pl.col("village").alias("village_code"), "household_class", "counted", "stated")
    )


_CELLS = {
    "cell": pl.String,
    "village_code": pl.String,
    "county_adcode": pl.String,
    "stratum": pl.String,
    "household_class": pl.String,
    "seed": pl.String,
    "pi1": pl.Float64,
    "size": pl.Int64,
    "take": pl.Int64,
    "first": pl.Int64,
    "held": pl.Int64,
    "n": pl.Int64,
}
"""A village × class: `take` households from the `first` rank on, `held` in reserve after them, for
which the `n` smallest tickets are needed."""


def _cells(
    plan: Plan,
    sample_villages: pl.DataFrame,
    households: Households,
    campaign_seed: str,
    engine: Engine,
) -> pl.DataFrame:
    villages = sample_villages.sort("village_code").rows(named=True)
    places = _places([village["village_code"] for village in villages])
    sizes = dict(engine.counts(households, places).select("cell", "size").iter_rows())
    rows = []
    for number, village in enumerate(villages):
        county = tickets.county_seed(campaign_seed, village["county_adcode"])
        seed = tickets.village_seed(county, village["village_code"])
        for place, household_class in enumerate(REGISTERED, start=len(REGISTERED) * number):
            size = sizes.get(place, 0)
            rows.append(_cell(plan, village, household_class, size, seed=seed))
    return pl.DataFrame(rows, schema=_CELLS, orient="row").filter(pl.col("take") > 0)


def _places(village_codes: list[str]) -> pl.DataFrame:
    """Every village × registered class, numbered in this order."""
    return pl.DataFrame(
        [(code, household_class) for code in village_codes for household_class in REGISTERED],
        schema={"village": pl.String, "household_class": pl.String},
        orient="row",
    ).with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("cell"))


def _cell(
    plan: Plan,
    village: Mapping[str, Any],
    household_class: str,
    size: int,
    *,
    seed: str,
    take: int | None = None,
) -> tuple[Any, ...]:
    n = cell_size(plan, household_class, size) if take is None else min(take, size)
    places = window(
        size, n, reserve=plan.stage2.reserve, rotation=plan.stage2.rotation, wave=plan.wave
    )
    return (
        f"{village['village_code']} {household_class}",
        village["village_code"],
        village["county_adcode"],
        village["stratum"],
        household_class,
        seed,
        village["pi1"],
        size,
        n,
        places.sample.start,
        len(places.reserve),
        min(places.reserve.stop, size),  # past the end the ranks start again at the first
    )


def _sample_rows(plan: Plan, drawn: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Keep the ranks that the wave visits, in its order, with their probabilities."""
    seeds = {cell: tickets.tickets(seed) for cell, seed in cells.select("cell", "seed").iter_rows()}
    order = (pl.col("rank") - 1 - pl.col("first")) % pl.col("size") + 1
    pi2, inclusion = pl.col("take") / pl.col("size"), pl.col("pi1") * pl.col("pi2")
    rows = (
        drawn.join(cells, on="cell", how="left", maintain_order="left")
        .with_columns(order=order, wave=pl.lit(plan.wave, pl.Int64), pi2=pi2)
        .filter(pl.col("order") <= pl.col("take") + pl.col("held"))
        .with_columns(
            psu=pl.col("village_code"),
            is_reserve=pl.col("order") > pl.col("take"),
            inclusion_prob=inclusion,
            base_weight=1 / inclusion,
        )
        .sort("village_code", "household_class", "order")
    )
    units = zip(rows["cell"], rows["unit_id"], strict=True)
    ticket = pl.Series("ticket", [seeds[cell](unit).hex() for cell, unit in units], pl.String)
    return rows.with_columns(ticket).select(
        pl.col(name).cast(dtype) for name, dtype in SAMPLE_HOUSEHOLDS.items()
    )


def _clean_cells(households: pl.DataFrame, sample_villages: pl.DataFrame) -> pl.DataFrame:
    """Households of the cells to draw from, every identifier looked at."""
    inside = (
        households.lazy()
        .filter(
            pl.col("village_code").is_in(sample_villages["village_code"].implode()),
            pl.col("household_class").is_in(REGISTERED),
        )
        .select("household_id", "village_code", "household_class", "persons")
        .collect(engine="streaming")
    )
    _refuse_unclean(inside["household_id"], inside["village_code"])
    return inside


def _refuse_unclean(unit_ids: pl.Series, village_codes: pl.Series) -> None:
    repeated = unit_ids.is_duplicated().arg_true()
    faults = [(place, f"unit id given twice: {unit_ids[place]!r}") for place in repeated[:1]]
    for place, reason in (*faults, *unclean(unit_ids)):
        raise DrawError("draw.unit_id", where=village_codes[place], reason=reason)


def _need(table: pl.DataFrame, columns: tuple[str, ...], what: str) -> None:
    for column in columns:
        if column not in table.columns:
            raise DrawError("draw.column_missing", what=what, column=column)
