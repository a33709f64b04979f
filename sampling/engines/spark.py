"""The engine for registers that may not leave a Spark cluster; never for speed.

Only the villages to draw from go in and only candidates come out. The session is the one that is
active, or the one that the user's own configuration makes.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from sampling import splitmix
from sampling.engines.contract import Households, Method
from sampling.errors import DrawError, MissingExtra

HEAD = 16
"""Hexadecimal digits of the first 8 bytes of a ticket."""

SIGN = 1 << 63
"""Spark knows signed numbers only: with this bit turned they sort as unsigned ones do."""


class Spark:
    """Draws in Spark: from a table, a Spark data frame, Parquet files or a frame in memory.

    Parameters
    ----------
    session : a `SparkSession`; otherwise the active one, or a new one by the user's configuration
    """

    name = "spark"

    def __init__(self, session: Any = None) -> None:
        self.session = session

    def counts(self, households: Households, villages: pl.DataFrame) -> pl.DataFrame:
        """Count the households of each cell; see `sampling.engines.contract.Engine`."""
        with _errors_in_one_line():
            session = self._session()
            columns = households.read(method="sha256", by_class=_by_class(villages))
            joined = _joined(
                _rows(session, households.source, columns), _placed(session, villages), villages
            )
            return _to_polars(joined.groupBy("cell").count().withColumnRenamed("count", "size"))

    def candidates(
        self,
        households: Households,
        villages: pl.DataFrame,
        *,
        method: Method,
        carry: Sequence[str] = (),
    ) -> pl.DataFrame:
        """Find the households below the limits; see `sampling.engines.contract.Engine`."""
        with _errors_in_one_line():
            session = self._session()
            columns = households.read(method=method, by_class=_by_class(villages))
            rows = _rows(session, households.source, columns, carry=carry)
            kept = ["unit", "cell", "prn", *(f"`{name}`" for name in carry)]
            if method == "sha256":
                placed = _placed(session, _with_hex(villages))
                drawn = _sha256(_joined(rows, placed, villages))
                found = _to_polars(drawn.where("prn <= `limit`").select(*kept))
                return found.with_columns(pl.col("prn").str.to_integer(base=16, dtype=pl.UInt64))
            with _wrapping(session):
                placed = _placed(session, _with_keys(villages))
                drawn = _splitmix(_joined(rows, placed, villages))
                found = _to_polars(drawn.where("turned <= `limit`").select(*kept))
            return found.with_columns(pl.col("prn").cast(pl.UInt64, wrap_numerical=True))

    def _session(self) -> Any:
        if self.session is not None:
            return self.session
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise MissingExtra("spark") from None
        active = SparkSession.getActiveSession()
        if active is not None:
            return active
        if "SPARK_REMOTE" not in os.environ and not has_java():
            raise DrawError("draw.no_java")
        return SparkSession.builder.appName("exit-inspection").getOrCreate()


def has_java() -> bool:
    """Whether a Java runtime is where Spark looks for it."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java") is not None or (
        home is not None and (Path(home) / "bin" / "java").exists()
    )


def _sha256(joined: Any) -> Any:
    head = f"substring(sha2(concat(seed, char(31), cast(unit as string)), 256), 1, {HEAD})"
    return joined.selectExpr("*", f"coalesce({head}, '{'0' * HEAD}') as prn")


def _splitmix(joined: Any) -> Any:
    """Each step of the mix a projection of its own, or Spark would repeat what is below it."""
    mixed = joined.selectExpr("*", "cast(row_key as bigint) as z")
    for step in splitmix.steps("spark", ("key_0", "key_1")):
        mixed = mixed.selectExpr("* except (z)", f"{step} as z")
    lowest = splitmix.sql_literal("spark", SIGN)
    return mixed.selectExpr(
        "* except (unit, z)",
        "case when row_key is null then null else unit end as unit",
        "coalesce(z, 0L) as prn",
        f"coalesce(z ^ {lowest}, {lowest}) as turned",
    )


@contextmanager
def _wrapping(session: Any) -> Iterator[None]:
    """Let multiplication wrap around, which Spark 4 otherwise refuses, and put it back after."""
    setting = "spark.sql.ansi.enabled"
    before = session.conf.get(setting)
    session.conf.set(setting, "false")
    try:
        yield
    finally:
        session.conf.set(setting, before)


def _joined(rows: Any, placed: Any, villages: pl.DataFrame) -> Any:
    from pyspark.sql.functions import broadcast

    keys = ["village", "household_class"] if _by_class(villages) else ["village"]
    return rows.join(broadcast(placed), on=keys)


def _placed(session: Any, villages: pl.DataFrame) -> Any:
    return session.createDataFrame(villages.to_arrow(compat_level=pl.CompatLevel.oldest()))


def _with_hex(villages: pl.DataFrame) -> pl.DataFrame:
    """Limits as the hexadecimal digits that tickets are compared with."""
    limits = [f"{limit:0{HEAD}x}" for limit in villages["limit"]]
    return villages.with_columns(pl.Series("limit", limits, pl.String))


def _with_keys(villages: pl.DataFrame) -> pl.DataFrame:
    keys_of = {seed: splitmix.keys(seed) for seed in villages["seed"].unique()}
    signed = [tuple(map(splitmix.signed, keys_of[seed])) for seed in villages["seed"]]
    limits = [splitmix.signed(limit ^ SIGN) for limit in villages["limit"]]
    return villages.drop("seed").with_columns(
        pl.Series("limit", limits, pl.Int64),
        pl.Series("key_0", [first for first, _ in signed], pl.Int64),
        pl.Series("key_1", [second for _, second in signed], pl.Int64),
    )


def _rows(session: Any, source: Any, columns: dict[str, str], *, carry: Sequence[str] = ()) -> Any:
    roles = [f"`{name}` as {role}" for role, name in columns.items()]
    carried = [f"`{name}`" for name in carry if columns.get(name) != name]
    return _table(session, source).selectExpr(*roles, *carried)


def _table(session: Any, source: Any) -> Any:
    if isinstance(source, pl.DataFrame | pl.LazyFrame):
        return _placed(session, source.lazy().collect(engine="streaming"))
    if isinstance(source, Path) or (isinstance(source, str) and Path(source).exists()):
        return session.read.parquet(str(source))
    return session.table(source) if isinstance(source, str) else source


def _by_class(villages: pl.DataFrame) -> bool:
    return "household_class" in villages.columns


def _to_polars(table: Any) -> pl.DataFrame:
    found = pl.from_arrow(table.toArrow())
    assert isinstance(found, pl.DataFrame)  # nosec B101  # for the type checker
    return found


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    """Say what Spark refuses, without the trace of its engine."""
    try:
        from pyspark.errors import PySparkException
    except ImportError:
        raise MissingExtra("spark") from None
    try:
        yield
    except PySparkException as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise DrawError("draw.engine", engine="spark", reason=reason) from None
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        raise MissingExtra("spark") from None
