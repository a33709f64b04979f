"""Drawing households in one stage: a simple random sample in every stratum of a register.

The other way to a sample beside two stages: no villages are drawn, every household of a stratum has
the same probability. It spreads the sample over all villages, which suits telephone rounds, desk
checks and simulation; visits would cost too much.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from sampling import tickets
from sampling.engines.cells import draw_cells
from sampling.engines.contract import Engine, Households, Method
from sampling.engines.polars import Polars
from sampling.errors import DrawError
from sampling.household_draw import SAMPLE_HOUSEHOLDS


def draw_stratified(
    villages: pl.DataFrame,
    take: Mapping[str, int],
    households: pl.DataFrame | Households,
    *,
    seed: str,
    sizes: Mapping[str, int] | None = None,
    engine: Engine | None = None,
    method: Method = "sha256",
    carry: Sequence[str] = (),
) -> pl.DataFrame:
    """Draw n_h households of every stratum: those with the n_h smallest tickets.

    Parameters
    ----------
    villages : frozen villages: `village_code`, `county_adcode`, `stratum` (null = not in the frame)
    take : stratum -> n_h, households to draw (count); a stratum that is not there gives none
    households : household frame, or where it lies; all its households in these villages count,
        whatever their class
    seed : seed of the tickets: a campaign or county seed, or one derived from it
    sizes : stratum -> N_h, households in the register (count); counted there where not given
    engine : what scans the register, see `sampling.engines`; polars unless said otherwise
    method : "sha256", or "splitmix64" for simulation, see `sampling.splitmix`
    carry : further columns of the register to give back; those that a sample has are its own

    Returns
    -------
    one row a household, columns `SAMPLE_HOUSEHOLDS` and those carried, sorted by stratum and
    order: pi1 = 1, pi2 = n_h / N_h; the ticket has 64 hexadecimal digits, with splitmix64 16

    Raises
    ------
    DrawError : a column is missing, a stratum is unknown or smaller than n_h, identifiers that
        are not clean or there twice, or a register that cannot be read

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., chapter 5.

    Examples
    --------
    >>> villages = pl.DataFrame(
    ...     {"village_code": ["v", "w"], "county_adcode": ["c", "c"], "stratum": ["c-1", "c-2"]}
    ... )
    >>> register = pl.DataFrame({
    ...     "household_id": list("abcdef"), "village_code": list("vvvwww"),
    ...     "household_class": ["E"] * 6, "persons": [3] * 6,
    ... })
    >>> drawn = draw_stratified(villages, {"c-1": 2, "c-2": 1}, register, seed="demo-seed")
    >>> drawn.select("unit_id", "stratum", "order", "base_weight").rows()
    [('c', 'c-1', 1, 1.5), ('b', 'c-1', 2, 1.5), ('d', 'c-2', 1, 3.0)]
    """
    for column in ("village_code", "county_adcode", "stratum"):
        if column not in villages.columns:
            raise DrawError("draw.column_missing", what="villages", column=column)
    engine = engine or Polars()
    if isinstance(households, pl.DataFrame):
        households = Households(households)
    strata = villages.filter(pl.col("stratum").is_not_null())
    known = strata["stratum"].unique().sort()
    for stratum in sorted(set(take) - set(known)):
        raise DrawError("draw.no_stratum", stratum=stratum)
    sizes = _counted(strata, known, households, engine) if sizes is None else sizes
    cells = strata.select(
        "village_code",
        pl.col("stratum").alias("cell"),
        pl.lit(seed).alias("seed"),
        pl.col("stratum").replace_strict(take, default=0, return_dtype=pl.Int64).alias("n"),
        pl.col("stratum").replace_strict(sizes, default=0, return_dtype=pl.Int64).alias("size"),
    )
    own = (households.village, households.household_class, "persons")
    taken = {*own, *SAMPLE_HOUSEHOLDS, households.unit}
    carried = [*own, *(name for name in carry if name not in taken)]
    drawn = draw_cells(engine, households, cells, method=method, carry=carried)
    shares = cells.select("cell", "n", "size").unique()
    counties = strata.select(
        pl.col("village_code").alias("psu"), pl.col("county_adcode").alias("county")
    )
    placed = (
        drawn.select(stratum="cell", psu=households.village)
        .join(shares.rename({"cell": "stratum"}), on="stratum", maintain_order="left")
        .join(counties, on="psu", maintain_order="left")
    )
    probability = placed["n"] / placed["size"]
    rows = drawn.with_columns(
        placed["stratum"],
        placed["psu"],
        placed["county"].alias("county_adcode"),
        pl.col(households.household_class).alias("household_class"),
        _tickets(drawn, seed, method).alias("ticket"),
        pl.col("rank").alias("order"),
        pi2=probability,
        inclusion_prob=probability,
        base_weight=1 / probability,
        is_reserve=False,
        pi1=1.0,
        wave=1,
    )
    columns = [name for name in carried if name not in own]
    return rows.select(
        *(pl.col(name).cast(dtype) for name, dtype in SAMPLE_HOUSEHOLDS.items()), *columns
    )


def _counted(
    strata: pl.DataFrame, known: pl.Series, households: Households, engine: Engine
) -> dict[str, int]:
    numbers = {stratum: number for number, stratum in enumerate(known)}
    places = strata.select(
        pl.col("village_code").alias("village"),
        pl.col("stratum").replace_strict(numbers, return_dtype=pl.Int64).alias("cell"),
    )
    counts = engine.counts(households, places).select("cell", "size")
    return {known[cell]: size for cell, size in counts.iter_rows()}


def _tickets(drawn: pl.DataFrame, seed: str, method: Method) -> pl.Series:
    """Tickets as hexadecimal digits."""
    if method == "splitmix64":
        digits = drawn["prn"].to_numpy().astype(">u8").tobytes().hex().encode()
        return pl.Series(np.frombuffer(digits, dtype="S16").tolist(), dtype=pl.Binary).cast(
            pl.String
        )
    of = tickets.tickets(seed)
    return pl.Series([of(unit).hex() for unit in drawn["unit_id"]], dtype=pl.String)
