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
from threading import Lock
from typing import Any

import numpy as np
import polars as pl
from polars import selectors as cs

from sampling import splitmix
from sampling.engines.contract import Households, Method
from sampling.errors import DrawError
from sampling.tickets import SEPARATOR

_KEY_0, _KEY_1 = pl.col("key_0"), pl.col("key_1")

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
        rows = _inside(_scan(households, columns), villages)
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
            narrow = self.candidates(slim, villages, method=method)
            rows = rows.filter(pl.col(key).is_in(narrow["unit"].implode(), nulls_equal=True))
        seeds = villages["seed"].unique().to_list()
        if len(seeds) == 1:
            if method == "sha256" and not wide:
                rows = _inside(rows, villages)
            hashed = _hashed(rows, method, seeds)
            low = hashed.filter(_at_most(villages["limit"].max()))
            joined = (low if wide else _compact(low)).join(
                villages.lazy().drop("seed"), on=_places(villages)
            )
        else:
            seeded = villages.join(_numbered(seeds), on="seed").drop("seed")
            inside = rows if wide else _inside(rows, villages)
            joined = inside.join(seeded.lazy(), on=_places(villages))
            joined = _hashed(joined, method, seeds)
        found = joined.filter(_at_most(pl.col("limit")))
        if method == "splitmix64":
            found = found.with_columns(pl.when(pl.col("prn").is_not_null()).then("unit"))
        found = found.select("unit", "cell", pl.col("prn").fill_null(0), *carry)
        return _collect(found if wide else _compact(found))


def _numbered(seeds: Sequence[str]) -> pl.DataFrame:
    """Seeds with their number and their keys."""
    keys = [splitmix.keys(seed) for seed in seeds]
    return pl.DataFrame(
        {
            "seed": pl.Series(seeds, dtype=pl.String),
            "seed_number": pl.int_range(len(seeds), eager=True),
            "key_0": pl.Series([first for first, _ in keys], dtype=pl.UInt64),
            "key_1": pl.Series([second for _, second in keys], dtype=pl.UInt64),
        }
    )


def _hashed(rows: pl.LazyFrame, method: Method, seeds: Sequence[str]) -> pl.LazyFrame:
    """Add `prn` under the only seed, or under the seed that the row's columns name."""
    single = len(seeds) == 1
    if method == "sha256":
        read = pl.struct("unit") if single else pl.struct("unit", "seed_number")
        prn = read.map_batches(_first_bytes(seeds), return_dtype=pl.UInt64, is_elementwise=True)
        return rows.with_columns(prn=prn)
    keys = splitmix.literals(splitmix.keys(seeds[0])) if single else (_KEY_0, _KEY_1)
    return splitmix.with_tickets(rows, keys, row_key="row_key", into="prn")


def _first_bytes(seeds: Sequence[str]) -> Callable[[pl.Series], pl.Series]:
    """Make the function from unit, and number of its seed, to the first 8 bytes of its ticket."""
    new = _fast_sha256()
    begin = [new((seed + SEPARATOR).encode()).copy for seed in seeds]
    one_at_a_time = Lock()  # threads that wait for the interpreter would keep interrupting it

    def first_bytes(rows: pl.Series) -> pl.Series:
        columns = rows.struct.unnest()
        units = columns["unit"].cast(pl.Binary).fill_null(b"").to_list()
        begins = (
            repeat(begin[0], len(units))
            if len(begin) == 1
            else [begin[number] for number in columns["seed_number"]]
        )
        digests: list[bytes] = []
        add = digests.append
        with one_at_a_time:
            for begin_one, unit in zip(begins, units, strict=True):  # 30 million times
                ticket = begin_one()
                ticket.update(unit)
                add(ticket.digest())
        heads = np.frombuffer(b"".join(digests), dtype=">u8")[::4].astype(np.uint64)
        heads[columns["unit"].is_null().to_numpy()] = 0
        return pl.Series(heads)

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


def _at_most(limit: Any) -> pl.Expr:
    """Whether a ticket is drawn; a household that has none is let through, to come to light."""
    drawn: pl.Expr = (pl.col("prn") <= limit).fill_null(True)
    return drawn


def _inside(rows: pl.LazyFrame, villages: pl.DataFrame) -> pl.LazyFrame:
    """Leave out other villages: as a filter, which goes into the scan; a join sees every row."""
    return rows.filter(pl.col("village").is_in(villages["village"].unique().implode()))


def _places(villages: pl.DataFrame) -> list[str]:
    return [one for one in ("village", "household_class") if one in villages.columns]


def _collect(rows: pl.LazyFrame) -> pl.DataFrame:
    try:
        return rows.collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise DrawError("draw.engine", engine="polars", reason=reason) from None
