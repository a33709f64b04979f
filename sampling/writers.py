"""Tables into files whose bytes depend on the table alone, so that one hash speaks for them."""

import io
from pathlib import Path

import polars as pl
from polars import selectors as cs

ROW_GROUP = 1 << 18


def write_table(data: pl.DataFrame, path: Path | str) -> None:
    """Write CSV or Parquet, by the ending of the name.

    Parameters
    ----------
    data : the table, in the order of rows and columns to keep
    path : file to write, replaced if there; anything but `.parquet` becomes CSV in UTF-8

    Raises
    ------
    OSError : the system refuses
    """
    path = Path(path)
    is_parquet = path.suffix.lower() == ".parquet"
    path.write_bytes(parquet_bytes(data) if is_parquet else csv_bytes(data))


def csv_bytes(data: pl.DataFrame) -> bytes:
    """CSV in UTF-8: true and false are 1 and 0, floats keep all their digits, null is empty."""
    return data.with_columns(cs.boolean().cast(pl.Int8)).write_csv(line_terminator="\n").encode()


def parquet_bytes(data: pl.DataFrame) -> bytes:
    """Parquet, compressed by zstd, in row groups of fixed size."""
    buffer = io.BytesIO()
    data.rechunk().write_parquet(
        buffer, compression="zstd", compression_level=3, row_group_size=ROW_GROUP
    )
    return buffer.getvalue()
