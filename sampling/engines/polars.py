"""The engine in the core: polars streams the register, the standard library hashes.

`hashlib` goes through OpenSSL, which sets up a context for every hash; for identifiers of some
twenty bytes that costs more than the hash. Python's own SHA-256, which `hashlib` falls back on, has
no such cost: the same bytes for two thirds of the time. Either may be there.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
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

FEW = 3
"""Columns that are carried along in one reading of the register."""


class Polars:
    """Streams Parquet files or a frame in memory; needs nothing beyond the core."""

    name = "polars"

    def counts(self, households: Households, villages: pl.DataFrame) -> pl.DataFrame:
        """Count the households of each cell; see `sampling.engines.contract.Engine`."""
        by_class = "household_class" in villages.columns
        columns = households.read(method="sha256", by_class=by_class)
        del columns["unit"]
        places = _places(villages)
        rows = _possible(_scan(households, columns), villages, "sha256")
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
        rows = _scan(households, columns, carry=carry)
        wide = len(carry) > FEW and not isinstance(households.source, pl.DataFrame | pl.LazyFrame)
        if wide:
            # Reading all columns of all rows costs more than reading the narrow ones twice.
            key = "row_key" if method == "splitmix64" else "unit"
            slim = replace(households, unit=columns[key])
            found = self.candidates(slim, villages, method=method)
            rows = rows.filter(pl.col(key).is_in(found["unit"].implode(), nulls_equal=True))
        else:
            rows = _possible(rows, villages, method)
        hashed = _splitmix(rows, villages) if method == "splitmix64" else _sha256(rows, villages)
        below = hashed.filter(pl.col("prn") <= pl.col("limit"))
        below = below.select("unit", "cell", "prn", *carry)
        return _collect(below if wide else _compact(below))


def _possible(rows: pl.LazyFrame, villages: pl.DataFrame, method: Method) -> pl.LazyFrame:
    """Leave out early, at the least cost, most of what cannot be drawn."""
    if method == "sha256" or villages["seed"].n_unique() > 1:
        # A filter goes into the scan, where a join would see every row of the register.
        return rows.filter(pl.col("village").is_in(villages["village"].unique().implode()))
    keys = splitmix.literals(splitmix.keys(villages["seed"][0]))
    hashed = splitmix.with_tickets(rows, keys, row_key="row_key", into="prn")
    low = pl.col("row_key").is_null() | (pl.col("prn") <= villages["limit"].max())
    return _compact(hashed.filter(low).drop("prn"))


def _splitmix(rows: pl.LazyFrame, villages: pl.DataFrame) -> pl.LazyFrame:
    keys_of = {seed: splitmix.keys(seed) for seed in villages["seed"].unique()}
    keyed = villages.drop("seed").with_columns(
        pl.Series(f"key_{place}", [keys_of[seed][place] for seed in villages["seed"]], pl.UInt64)
        for place in (0, 1)
    )
    joined = rows.join(keyed.lazy(), on=_places(villages))
    keys = (pl.col("key_0"), pl.col("key_1"))
    hashed = splitmix.with_tickets(joined, keys, row_key="row_key", into="prn")
    return hashed.with_columns(
        pl.col("prn").fill_null(0),
        pl.when(pl.col("row_key").is_not_null()).then("unit").alias("unit"),
    )


def _sha256(rows: pl.LazyFrame, villages: pl.DataFrame) -> pl.LazyFrame:
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


def _places(villages: pl.DataFrame) -> list[str]:
    return [one for one in ("village", "household_class") if one in villages.columns]


def _collect(rows: pl.LazyFrame) -> pl.DataFrame:
    try:
        return rows.collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise DrawError("draw.engine", engine="polars", reason=reason) from None
