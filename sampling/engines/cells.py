"""The draw itself, shared by all engines: thresholds, candidates, exact ranks.

A cell of N households from which n are wanted gives the households whose ticket is at most T, with

    T = (n + 7 sqrt(n) + 25) / N

of the whole range of tickets: seven standard deviations and a margin above what is needed, so the n
smallest tickets are practically always among them. Where they are not, the cell is drawn again with
T = 1. The result is exact either way, and depends neither on the order of rows nor on the engine;
only the cost depends on T.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from sampling import tickets
from sampling.engines.contract import ALL, Engine, Households, Method
from sampling.errors import DrawError

CELL_COLUMNS = ("village_code", "cell", "seed", "n", "size")
OWN_COLUMNS = frozenset(
    {"unit", "cell", "prn", "rank", "village", "seed", "limit", "place", "key_0", "key_1"}
    | {"z", "row", "rest", "number", "first", "n"}
)
"""Names that a draw uses itself, so that no column of a register can be carried under them."""


def draw_cells(
    engine: Engine,
    households: Households,
    cells: pl.DataFrame,
    *,
    method: Method = "sha256",
    carry: Sequence[str] = (),
) -> pl.DataFrame:
    """Draw a simple random sample without replacement from every cell.

    Parameters
    ----------
    engine : see `sampling.engines.engine`
    households : the register
    cells : one row a village, or a village × class if there is a column `household_class`:
        `village_code`, `cell` (label; a cell may hold many villages), `seed` of its tickets (text),
        `n` smallest tickets wanted (count, 0 <= n <= size) and `size` of the cell in the register
        (count); the last three are the same in all rows of a cell
    method : "sha256", or "splitmix64" for draws under a seed that need not stay secret
    carry : further columns of the register to give back

    Returns
    -------
    `unit_id`, `cell`, `prn` (uint64: the ticket, or its first 8 bytes), `rank` (1 … n) and the
    columns carried, sorted by cell and rank

    Raises
    ------
    DrawError : a column is missing, a place stands twice, a size that the register does not have,
        an identifier that is not clean or there twice, a column to carry whose name the draw uses
        itself, or a register that cannot be read

    References
    ----------
    Ohlsson (1995), Coordination of samples using permanent random numbers, in Business Survey
    Methods, Wiley, 153-169.

    Examples
    --------
    >>> from sampling.engines.polars import Polars
    >>> register = pl.DataFrame({"household_id": ["a", "b", "c"], "village_code": ["v"] * 3})
    >>> cells = pl.DataFrame(
    ...     {"village_code": ["v"], "cell": ["v"], "seed": ["demo-seed"], "n": [2], "size": [3]}
    ... )
    >>> draw_cells(Polars(), Households(register), cells)["unit_id"].to_list()
    ['c', 'b']
    """
    _check(cells)
    for column in OWN_COLUMNS.intersection(carry):
        raise DrawError("draw.column_own", column=column)
    labels = cells.select(pl.col("cell").unique().sort()).with_row_index("number")
    numbered = cells.join(labels, on="cell").with_columns(pl.col("number").cast(pl.Int64))
    wanted = numbered.select("number", "seed", "n", "size").unique(subset="number").sort("number")
    wanted = wanted.with_columns(limit=_limits())
    classes = [pl.col("household_class")] if "household_class" in cells.columns else []
    villages = numbered.select(
        pl.col("village_code").alias("village"), *classes, pl.col("number").alias("cell"), "seed"
    ).join(wanted.select(cell="number", limit="limit", n="n"), on="cell")
    villages = villages.filter(pl.col("n") > 0).drop("n")
    found = engine.candidates(households, villages, method=method, carry=carry)
    short = _short(found, wanted.filter(pl.col("limit") < ALL))
    if len(short):
        again = villages.filter(pl.col("cell").is_in(short.implode())).with_columns(
            limit=pl.lit(ALL, pl.UInt64)
        )
        more = engine.candidates(households, again, method=method, carry=carry)
        found = pl.concat([found.filter(~pl.col("cell").is_in(short.implode())), more])
        whole = pl.col("number").is_in(short.implode())
        wanted = wanted.with_columns(
            limit=pl.when(whole).then(pl.lit(ALL, pl.UInt64)).otherwise("limit")
        )
    _refuse_unclean(found, labels)
    _refuse_other_sizes(found, wanted, labels)
    return _ranked(found, wanted, labels, method)


def fingerprint(drawn: pl.DataFrame) -> str:
    """Hash the units of a draw whatever their order: SHA-256 of the sorted ids, one a line.

    Examples
    --------
    >>> fingerprint(pl.DataFrame({"unit_id": ["b", "a"]})) == tickets.fingerprint(["a", "b"])
    True
    """
    return tickets.fingerprint(drawn["unit_id"].cast(pl.String))


def unclean(unit_ids: pl.Series) -> Iterator[tuple[int, str]]:
    """Find identifiers that no ticket can be computed of: place and reason of each.

    Examples
    --------
    >>> list(unclean(pl.Series(["a", "b\\x1f"])))
    [(1, "unit id holds U+001F: 'b\\\\x1f'")]
    """
    text = pl.col("unit")
    doubtful = (
        text.is_null()
        | (text == "")
        | text.str.contains(tickets.SEPARATOR, literal=True)
        | (text.str.len_bytes() != text.str.len_chars())  # beyond ASCII, where NFC may be at stake
    )
    rows = unit_ids.to_frame("unit").with_row_index("row").filter(doubtful)
    for place, unit_id in rows.iter_rows():
        try:
            tickets.ticket("any", unit_id or "")
        except ValueError as error:
            yield place, str(error)


def _limits() -> pl.Expr:
    n, size = pl.col("n").cast(pl.Float64), pl.col("size").cast(pl.Float64)
    share = (n + 7 * n.sqrt() + 25) / size
    below = (share * 2.0**64).cast(pl.UInt64, strict=False)
    return pl.when(share < 1).then(below).otherwise(pl.lit(ALL, pl.UInt64))


def _short(found: pl.DataFrame, wanted: pl.DataFrame) -> pl.Series:
    """Cells that gave fewer candidates than are wanted of them."""
    given = found.group_by("cell").agg(pl.len().alias("given"))
    both = wanted.join(given, left_on="number", right_on="cell", how="left")
    return both.filter(pl.col("given").fill_null(0) < pl.col("n"))["number"]


def _ranked(
    found: pl.DataFrame, wanted: pl.DataFrame, labels: pl.DataFrame, method: Method
) -> pl.DataFrame:
    ordered = found.select("cell", "prn").with_row_index("row").sort("cell", "prn")
    tied = (pl.col("cell") == pl.col("cell").shift()) & (pl.col("prn") == pl.col("prn").shift())
    if ordered.select(tied.any()).item():
        ordered = _untied(ordered, found, wanted, labels, method)
    # Cells are numbered from 0 on and sorted: the first row of each is where its number begins.
    first = ordered["cell"].search_sorted(wanted["number"], side="left")
    rank = pl.int_range(1, ordered.height + 1, eager=True) - first.gather(ordered["cell"])
    is_drawn = rank <= wanted["n"].gather(ordered["cell"])
    drawn = ordered.with_columns(rank.alias("rank")).filter(is_drawn)
    carried = [name for name in found.columns if name not in ("unit", "cell", "prn")]
    rows = found.select("unit", *carried)[drawn["row"]]  # the wide table is put in order once
    return rows.select(
        pl.col("unit").alias("unit_id"),
        labels["cell"].gather(drawn["cell"]),
        drawn["prn"],
        drawn["rank"],
        *carried,
    )


def _untied(
    ordered: pl.DataFrame,
    found: pl.DataFrame,
    wanted: pl.DataFrame,
    labels: pl.DataFrame,
    method: Method,
) -> pl.DataFrame:
    """Order equal first bytes by the rest of the ticket, then by identifier."""
    seeds = dict(wanted.select("number", "seed").iter_rows())
    tied = ordered.filter(pl.struct("cell", "prn").is_duplicated())
    tied = tied.with_columns(found["unit"].gather(tied["row"]))
    repeated = tied.filter(pl.struct("cell", "unit").is_duplicated())
    for cell, unit in repeated.select("cell", "unit").iter_rows():
        where = labels["cell"][cell]
        raise DrawError("draw.unit_id", where=where, reason=f"unit id given twice: {unit!r}")
    rest = [
        tickets.ticket(seeds[cell], unit)[8:] if method == "sha256" else b""
        for cell, unit in tied.select("cell", "unit").iter_rows()
    ]
    rests = tied.select("row", "unit", pl.Series("rest", rest, pl.Binary))
    joined = ordered.join(rests, on="row", how="left").sort("cell", "prn", "rest", "unit")
    return joined.drop("rest", "unit")


def _check(cells: pl.DataFrame) -> None:
    for column in CELL_COLUMNS:
        if column not in cells.columns:
            raise DrawError("draw.column_missing", what="cells", column=column)
    places = [one for one in ("village_code", "household_class") if one in cells.columns]
    for row in cells.filter(pl.struct(places).is_duplicated()).head(1).iter_rows(named=True):
        where = " ".join(str(row[one]) for one in places)
        raise DrawError("draw.place_twice", where=where)
    differing = cells.group_by("cell").agg(pl.struct("seed", "n", "size").n_unique().alias("kinds"))
    for cell in differing.filter(pl.col("kinds") > 1)["cell"]:
        raise DrawError("draw.cell_differs", cell=cell)
    for row in _impossible(cells):
        raise DrawError("draw.cell_size", cell=row["cell"], n=row["n"], size=row["size"])


def _impossible(cells: pl.DataFrame) -> Iterator[dict[str, Any]]:
    possible = pl.col("n").is_between(0, pl.col("size")).fill_null(False)
    yield from cells.filter(~possible).iter_rows(named=True)


def _refuse_unclean(found: pl.DataFrame, labels: pl.DataFrame) -> None:
    unit_ids = found["unit"]
    if unit_ids.dtype != pl.String and not unit_ids.null_count():
        return
    for place, reason in unclean(unit_ids.cast(pl.String)):
        raise DrawError("draw.unit_id", where=labels["cell"][found["cell"][place]], reason=reason)


def _refuse_other_sizes(found: pl.DataFrame, wanted: pl.DataFrame, labels: pl.DataFrame) -> None:
    """A cell whose households all came must have as many as was said, or π would be wrong."""
    whole = wanted.filter((pl.col("limit") == ALL) & (pl.col("n") > 0))
    given = found.group_by("cell").agg(pl.len().cast(pl.Int64).alias("given"))
    both = whole.join(given, left_on="number", right_on="cell", how="left").fill_null(0)
    for row in both.filter(pl.col("given") != pl.col("size")).iter_rows(named=True):
        where = labels["cell"][row["number"]]
        raise DrawError("draw.other_size", cell=where, found=row["given"], expected=row["size"])
