"""What an engine is given and what it gives back: the contract of all engines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import polars as pl

Method = Literal["sha256", "splitmix64"]

ALL = (1 << 64) - 1
"""Limit that every ticket keeps."""


@dataclass(frozen=True)
class Households:
    """A household register where it lies, and what its columns are called.

    Parameters
    ----------
    source : one Parquet file, a folder of them or a pattern (polars, duckdb, spark); a polars frame
        (polars, duckdb, spark); the name of a table, `schema.table` (duckdb, spark)
    unit : identifier of a household, text; for splitmix64 it may be the row key itself
    village : village it lies in
    household_class : E, P or N; read only where cells are told apart by class
    row_key : int64, read only for splitmix64

    Examples
    --------
    >>> Households("register.households", village="cunbianma").unit
    'household_id'
    """

    source: Any
    unit: str = "household_id"
    village: str = "village_code"
    household_class: str = "household_class"
    row_key: str = "row_key"

    def read(self, *, method: Method, by_class: bool) -> dict[str, str]:
        """Columns that a draw reads: role -> name in the register."""
        found = {"village": self.village, "unit": self.unit}
        if by_class:
            found["household_class"] = self.household_class
        if method == "splitmix64":
            found["row_key"] = self.row_key
        return found


class Engine(Protocol):
    """A way to scan a register.

    `villages` has one row a place: `village`, `cell` (int64), `seed` (text) and, where cells are
    told apart by class, `household_class`. Households elsewhere are not drawn, nor hashed where
    that can be avoided.
    """

    @property
    def name(self) -> str:
        """Word by which a command names it."""

    def counts(self, households: Households, villages: pl.DataFrame) -> pl.DataFrame:
        """Count the households of each cell: `cell`, `size`; a cell without any has no row."""

    def candidates(
        self,
        households: Households,
        villages: pl.DataFrame,
        *,
        method: Method,
        carry: Sequence[str] = (),
    ) -> pl.DataFrame:
        """Find the households whose ticket does not exceed `limit` (uint64) of their village.

        Returns
        -------
        `unit`, `cell` (int64), `prn` (uint64: the splitmix64 ticket, or the first 8 bytes of the
        SHA-256 ticket, big-endian) and the columns to carry, in any order. A household without
        identifier or row key has prn 0 and unit null, so that it comes to light.
        """
