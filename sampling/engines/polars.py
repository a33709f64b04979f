"""The engine in the core: polars streams the register, the standard library hashes.

`hashlib` goes through OpenSSL, which sets up a context for every hash; for identifiers of some
twenty bytes that costs more than the hash. Python's own SHA-256, which `hashlib` falls back on, has
no such cost: the same bytes for two thirds of the time. Either may be there.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from importlib import import_module
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from polars import selectors as cs

from sampling import splitmix
from sampling.engines.contract import Households, Method
from sampling.errors import DrawError
from sampling.tickets import SEPARATOR


class Polars:
    """Streams Parquet files or a frame in memory; needs nothing beyond the core."""

    name = "polars"

    def counts(self, households: Households, villages: pl.DataFrame) -> pl.DataFrame:
        """Count the households of each cell; see `sampling.engines.contract.Engine`."""
        by_class = "household_class" in villages.columns
        columns = households.read(method="sha256", by_class=by_class)
        del columns["unit"]
        places = _places(villages)
        rows = _scan(households, columns).filter(_inside(villages))
        sizes = rows.group_by(places).agg(pl.len().alias("size"))
        cells = sizes.join(villages.lazy().select(*places, "cell"), on=places)
        return _collect(cells.group_by("cell").agg(pl.col("size").sum().cast(pl.Int64)))

    def candidates(
        self,
        households: Households,
        villages: pl.DataFrame,
        *,
        method: Method,
        carry: Sequence[str] = (),
    ) -> pl.DataFrame:
        """Find the households below the limits; see `sampling.engines.contract.Engine`."""
        by_class = "household_class" in villages.columns
        columns = households.read(method=method, by_class=by_class)
        rows = _scan(households, columns, carry=carry).filter(_inside(villages))
        hashed = _splitmix(rows, villages) if method == "splitmix64" else _sha256(rows, villages)
        below = hashed.filter(pl.col("prn") <= pl.col("limit"))
        return _collect(_compact(below.select("unit", "cell", "prn", *carry)))


def _splitmix(rows: pl.LazyFrame, villages: pl.DataFrame) -> pl.LazyFrame:
    """Hashing costs less than joining: with one seed for all, the join sees survivors only."""
    seeds = villages["seed"].unique().to_list()
    prn = pl.col("prn").fill_null(0)
    unit = pl.when(pl.col("row_key").is_not_null()).then("unit").alias("unit")
    if len(seeds) == 1:
        keys = splitmix.literals(splitmix.keys(seeds[0]))
        hashed = splitmix.with_tickets(rows, keys, row_key="row_key", into="prn")
        below = hashed.with_columns(prn).filter(pl.col("prn") <= villages["limit"].max())
        joined = _compact(below).join(villages.lazy(), on=_places(villages))
    else:
        keys_of = {seed: splitmix.keys(seed) for seed in seeds}
        keyed = villages.with_columns(
            pl.Series(f"key_{place}", [keys_of[one][place] for one in villages["seed"]], pl.UInt64)
            for place in (0, 1)
        )
        joined = rows.join(keyed.lazy().drop("seed"), on=_places(villages))
        columns = (pl.col("key_0"), pl.col("key_1"))
        joined = splitmix.with_tickets(joined, columns, row_key="row_key", into="prn")
    return joined.with_columns(prn, unit)


def _sha256(rows: pl.LazyFrame, villages: pl.DataFrame) -> pl.LazyFrame:
    """Joining costs less than hashing: only households of the villages given are hashed."""
    seeds = villages.select(pl.col("seed").unique().sort()).with_row_index("place")
    placed = villages.join(seeds, on="seed").drop("seed")
    prn = pl.struct("unit", "place").map_batches(
        _first_bytes(seeds["seed"].to_list()), return_dtype=pl.UInt64, is_elementwise=True
    )
    return rows.join(placed.lazy(), on=_places(villages)).with_columns(prn=prn)


def _first_bytes(seeds: Sequence[str]) -> Callable[[pl.Series], pl.Series]:
    """Make the function from (unit, place of its seed) to the first 8 bytes of its ticket."""
    new = _fast_sha256()
    started = [new((seed + SEPARATOR).encode()) for seed in seeds]

    def first_bytes(rows: pl.Series) -> pl.Series:
        units = rows.struct.field("unit").cast(pl.Binary).to_list()
        places = rows.struct.field("place")
        states = repeat(started[0]) if len(started) == 1 else (started[one] for one in places)
        digests = []
        for unit, state in zip(units, states, strict=False):
            if unit is None:
                digests.append(bytes(32))
                continue
            ticket = state.copy()
            ticket.update(unit)
            digests.append(ticket.digest())
        heads = np.frombuffer(b"".join(digests), dtype=">u8")[::4]
        return pl.Series(heads.astype(np.uint64))

    return first_bytes


def _fast_sha256() -> Callable[[bytes], Any]:
    for module in ("_sha2", "_sha256"):  # Python 3.12 and later; 3.11
        try:
            return import_module(module).sha256  # type: ignore[no-any-return]  # untyped module
        except ImportError:
            continue
    return sha256


def _scan(
    households: Households, columns: dict[str, str], *, carry: Sequence[str] = ()
) -> pl.LazyFrame:
    source = households.source
    if isinstance(source, pl.DataFrame | pl.LazyFrame):
        rows = source.lazy()
    else:
        path = Path(source)
        rows = pl.scan_parquet(path / "*.parquet" if path.is_dir() else path)
    roles = [pl.col(name).alias(role) for role, name in columns.items()]
    return rows.select(*roles, *(name for name in carry if columns.get(name) != name))


def _compact(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Copy the texts: after a filter, a column of texts still holds those that were left out."""
    return rows.with_columns(cs.string() + "")


def _inside(villages: pl.DataFrame) -> pl.Expr:
    """A filter that polars takes into the scan, where a join would see every row."""
    return pl.col("village").is_in(villages["village"].unique().implode())


def _places(villages: pl.DataFrame) -> list[str]:
    return [one for one in ("village", "household_class") if one in villages.columns]


def _collect(rows: pl.LazyFrame) -> pl.DataFrame:
    try:
        return rows.collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise DrawError("draw.engine", engine="polars", reason=reason) from None
