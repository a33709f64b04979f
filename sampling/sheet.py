"""The cells of one file, each with the place where a person would look for it."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Sheet:
    """One file as text.

    Parameters
    ----------
    file : file name
    sha256 : of the bytes of the file
    rows : (n,) line of a CSV, row of a spreadsheet, or number of the record in a Parquet file
    headers : name in code -> header as written
    cells : (n, columns) text, null = empty; known columns under their names in code
    whole : false when rows are missing because their structure is broken
    """

    file: str
    sha256: str
    rows: pl.Series
    headers: Mapping[str, str]
    cells: pl.DataFrame
    whole: bool

    def header(self, column: str) -> str:
        """Header as the file writes it."""
        return self.headers.get(column, column)
