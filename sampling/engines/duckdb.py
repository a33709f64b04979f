"""The second, independent engine: duckdb has SHA-256 built in and needs the least memory.

Tables go in and come out as Parquet files in a temporary folder, so that the extra needs duckdb
alone.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from sampling import splitmix
from sampling.engines.contract import Households, Method
from sampling.errors import DrawError, MissingExtra

Run = Callable[[str], pl.DataFrame]

HEAD = 16
"""Hexadecimal digits of the first 8 bytes of a ticket."""


class DuckDB:
    """Draws in duckdb: from Parquet files, a frame in memory, or a table of a connection.

    Parameters
    ----------
    connection : an open `duckdb` connection, where the register is one of its tables
    """

    name = "duckdb"

    def __init__(self, connection: Any = None) -> None:
        self.connection = connection

    def counts(self, households: Households, villages: pl.DataFrame) -> pl.DataFrame:
        """Count the households of each cell; see `sampling.engines.contract.Engine`."""
        columns = households.read(method="sha256", by_class=_by_class(villages))
        with self._tables(households, villages) as (run, register, places):
            return run(f"""
                select cell, count(*) as size
                from ({_select(columns, register)}) join {places} using ({_using(villages)})
                group by cell""")  # nosec B608  # quoted names only

    def candidates(
        self,
        households: Households,
        villages: pl.DataFrame,
        *,
        method: Method,
        carry: Sequence[str] = (),
    ) -> pl.DataFrame:
        """Find the households below the limits; see `sampling.engines.contract.Engine`."""
        columns = households.read(method=method, by_class=_by_class(villages))
        find = _splitmix if method == "splitmix64" else _sha256
        placed = _with_keys(villages) if method == "splitmix64" else _with_hex(villages)
        with self._tables(households, placed) as (run, register, places):
            rows = _select(columns, register, carry=carry)
            names = ", ".join(quote(name) for name in ("unit", "cell", "prn", *carry))
            below = find(rows, places, villages)
            found = run(
                f'select {names} from ({below}) where prn <= "limit"'  # nosec B608  # quoted names
            )
        if method == "sha256":
            prn = pl.col("prn").str.to_integer(base=HEAD, dtype=pl.UInt64)
            found = found.with_columns(prn)
        return found

    @contextmanager
    def _tables(
        self, households: Households, villages: pl.DataFrame
    ) -> Iterator[tuple[Run, str, str]]:
        """What runs a query, and register and villages as SQL."""
        try:
            import duckdb
        except ImportError:
            raise MissingExtra("duckdb") from None
        connection = self.connection.cursor() if self.connection else duckdb.connect()
        with TemporaryDirectory() as folder, connection:
            path, found = Path(folder) / "villages.parquet", Path(folder) / "found.parquet"
            villages.write_parquet(path)

            def run(query: str) -> pl.DataFrame:
                try:
                    connection.execute(f"copy ({query}) to {_text(found)} (format parquet)")
                except duckdb.Error as error:
                    reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
                    raise DrawError("draw.engine", engine="duckdb", reason=reason) from None
                return pl.read_parquet(found, memory_map=False)

            yield run, _source(households.source, Path(folder)), _parquet(path)


def quote(*names: str) -> str:
    """Quote a name for SQL, or the parts of one.

    Examples
    --------
    >>> quote("register", "households")
    '"register"."households"'
    """
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def _sha256(rows: str, places: str, villages: pl.DataFrame) -> str:
    head = f"substr(sha256(seed || chr(31) || unit::varchar), 1, {HEAD})"
    return f"""
        select *, coalesce({head}, '{"0" * HEAD}') as prn
        from ({rows}) join {places} using ({_using(villages)})"""  # nosec B608  # quoted names only


def _splitmix(rows: str, places: str, villages: pl.DataFrame) -> str:
    """Hashing costs less than joining: with one seed for all, the join sees survivors only."""
    unit = "case when row_key is null then null else unit end as unit"
    join = f"join {places} using ({_using(villages)})"
    if villages["seed"].n_unique() == 1:
        first, second = splitmix.keys(villages["seed"][0])
        keys = (splitmix.sql_literal("duckdb", first), splitmix.sql_literal("duckdb", second))
        highest = max(villages["limit"].to_list())
        mixed = _mixed(rows, keys)
        below = (
            f"select * from ({mixed}) where z <= {highest}::uhugeint"  # nosec B608  # a number
            " or row_key is null"
        )
        joined = f"select * from ({below}) {join}"  # nosec B608  # quoted names only
    else:
        both = f"select * from ({rows}) {join}"  # nosec B608  # quoted names only
        joined = _mixed(both, ("key_0::uhugeint", "key_1::uhugeint"))
    ticket = "coalesce(z, 0)::ubigint as prn"
    return f"select * replace ({unit}), {ticket} from ({joined})"  # nosec B608  # quoted names only


def _mixed(rows: str, keys: tuple[str, str]) -> str:
    """Add z, the splitmix64 ticket: each step in a select of its own."""
    wrapped = f"(row_key::hugeint & {splitmix.MASK}::hugeint)::uhugeint"
    query = f"select *, {wrapped} as z from ({rows})"  # nosec B608  # quoted names only
    for step in splitmix.steps("duckdb", keys):
        query = f"select * replace ({step} as z) from ({query})"  # nosec B608  # quoted names only
    return query


def _with_hex(villages: pl.DataFrame) -> pl.DataFrame:
    """Limits as the hexadecimal digits that tickets are compared with."""
    limits = [f"{limit:0{HEAD}x}" for limit in villages["limit"]]
    return villages.with_columns(pl.Series("limit", limits, pl.String))


def _with_keys(villages: pl.DataFrame) -> pl.DataFrame:
    keys_of = {seed: splitmix.keys(seed) for seed in villages["seed"].unique()}
    return villages.with_columns(
        pl.Series(f"key_{place}", [keys_of[seed][place] for seed in villages["seed"]], pl.UInt64)
        for place in (0, 1)
    )


def _select(columns: dict[str, str], register: str, *, carry: Sequence[str] = ()) -> str:
    roles = [f"{quote(name)} as {role}" for role, name in columns.items()]
    carried = [quote(name) for name in carry if columns.get(name) != name]
    return f"select {', '.join([*roles, *carried])} from {register}"  # nosec B608  # quoted names only


def _source(source: Any, folder: Path) -> str:
    if isinstance(source, pl.DataFrame | pl.LazyFrame):
        path = folder / "households.parquet"
        source.lazy().sink_parquet(path)
        return _parquet(path)
    path = Path(source)
    if path.is_dir():
        return _parquet(path / "*.parquet")
    if isinstance(source, Path) or path.suffix == ".parquet":
        return _parquet(path)
    return quote(*str(source).split("."))


def _parquet(path: Path) -> str:
    return f"read_parquet({_text(path)})"


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _by_class(villages: pl.DataFrame) -> bool:
    return "household_class" in villages.columns


def _using(villages: pl.DataFrame) -> str:
    return "village, household_class" if _by_class(villages) else "village"
