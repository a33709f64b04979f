"""splitmix64 tickets: fast tickets of whole-number row keys, for simulation and replicates only.

The ticket of a row key k under the two 64-bit keys of a seed is f(f(k xor key 0) xor key 1), where

    f(z): z = z + 0x9E3779B97F4A7C15
          z = (z xor (z >> 30)) * 0xBF58476D1CE4E5B9
          z = (z xor (z >> 27)) * 0x94D049BB133111EB
          z xor (z >> 31)

on unsigned 64-bit numbers that wrap around. f can be undone step by step and was never made to hide
its keys, so these tickets are not published under a secret seed. A draw that must stand up to
anybody uses SHA-256 (`sampling.tickets`); this one serves draws that are repeated thousands of
times, at a tenth of the cost. Different row keys never share a ticket.

One definition, five spellings: a whole number, a numpy array, polars expressions, and SQL for
duckdb and Spark. Each step of the mix is an expression of its own: nested into one expression every
step would repeat the whole of the one before it twice.

References
----------
Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators, OOPSLA '14, 453-472.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sampling import tickets as sha256_tickets

Keys = tuple[int, int]
Dialect = Literal["duckdb", "spark"]

GAMMA = 0x9E3779B97F4A7C15
STEPS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
"""Shift and multiplier of the middle steps of f."""

LAST_SHIFT = 31

MASK = (1 << 64) - 1


def keys(seed: str) -> Keys:
    """Make the two keys of a seed: the first 16 bytes of its SHA-256 ticket of "splitmix64".

    Parameters
    ----------
    seed : as for `sampling.tickets.ticket`, but one that need not stay secret

    Returns
    -------
    two whole numbers in [0, 2^64), read big-endian

    Raises
    ------
    ValueError : a seed that is empty, not in NFC, or holds U+001F

    Examples
    --------
    >>> [f"{key:016x}" for key in keys("demo-seed")]
    ['03da02a15f326231', 'f64a45b339d978c5']
    """
    digest = sha256_tickets.ticket(seed, "splitmix64")
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")


def ticket(keys: Keys, row_key: int) -> int:
    """Compute the ticket of one row key.

    Parameters
    ----------
    keys : see `keys`
    row_key : whole number in [-2^63, 2^63); a negative one stands for itself plus 2^64

    Returns
    -------
    whole number in [0, 2^64); smaller means drawn earlier

    Examples
    --------
    >>> f"{ticket((0, 0), 0):016x}"
    'a706dd2f4d197e6f'
    """
    z = row_key & MASK
    for key in keys:
        z = ((z ^ key) + GAMMA) & MASK
        for shift, factor in STEPS:
            z = ((z ^ (z >> shift)) * factor) & MASK
        z ^= z >> LAST_SHIFT
    return z


def tickets(keys: Keys, row_keys: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Compute the tickets of many row keys.

    Parameters
    ----------
    keys : see `keys`
    row_keys : (n,) int64

    Returns
    -------
    (n,) uint64, in the order given

    Raises
    ------
    TypeError : row keys that are not int64; a float would have lost the key already

    Examples
    --------
    >>> tickets((0, 0), np.array([0, -1])).tolist() == [ticket((0, 0), 0), ticket((0, 0), -1)]
    True
    """
    if row_keys.dtype != np.int64:
        raise TypeError(f"row keys must be int64, not {row_keys.dtype}")
    z = row_keys.view(np.uint64).copy()
    for key in keys:
        z ^= np.uint64(key)
        z += np.uint64(GAMMA)
        for shift, factor in STEPS:
            z ^= z >> np.uint64(shift)
            z *= np.uint64(factor)
        z ^= z >> np.uint64(LAST_SHIFT)
    return z


def with_tickets(
    frame: pl.LazyFrame, keys: tuple[pl.Expr, pl.Expr], *, row_key: str, into: str
) -> pl.LazyFrame:
    """Add the tickets of a column of row keys, as polars expressions.

    Parameters
    ----------
    frame : holds the row keys (int64) and whatever the keys name
    keys : the two keys as uint64, literals (`literals`) or columns
    row_key : name of the column of row keys
    into : name of the column to add, uint64

    Returns
    -------
    the frame with one more column

    Examples
    --------
    >>> rows = pl.LazyFrame({"row_key": [0, -1]})
    >>> added = with_tickets(rows, literals((0, 0)), row_key="row_key", into="prn").collect()
    >>> added["prn"][0] == ticket((0, 0), 0)
    True
    """
    z = pl.col(into)
    mixed = frame.with_columns(pl.col(row_key).cast(pl.UInt64, wrap_numerical=True).alias(into))
    for key in keys:
        mixed = mixed.with_columns((z ^ key) + _uint64(GAMMA))
        for shift, factor in STEPS:
            mixed = mixed.with_columns((z ^ (z // _uint64(1 << shift))) * _uint64(factor))
        mixed = mixed.with_columns(z ^ (z // _uint64(1 << LAST_SHIFT)))
    return mixed


def literals(keys: Keys) -> tuple[pl.Expr, pl.Expr]:
    """Spell two keys as polars literals.

    Examples
    --------
    >>> pl.select(literals((1, 2))[1].alias("key"))["key"].to_list()
    [2]
    """
    return _uint64(keys[0]), _uint64(keys[1])


def steps(dialect: Dialect, keys: tuple[str, str]) -> Iterator[str]:
    """Spell the mix in SQL: expressions of `z`, to be applied one after the other.

    Parameters
    ----------
    dialect : "duckdb", where z is a uhugeint below 2^64, or "spark", where z is a bigint that
        wraps around, which needs `spark.sql.ansi.enabled=false`
    keys : the two keys as SQL, literals (`sql_literal`) or columns

    Returns
    -------
    expressions; the value of each becomes the z of the next

    Examples
    --------
    >>> next(steps("spark", ("k0", "k1")))
    '(z ^ k0) + -7046029254386353131L'
    """
    for key in keys:
        if dialect == "duckdb":
            yield f"(xor(z, {key}) + {GAMMA}::uhugeint) & {MASK}::uhugeint"
            for shift, factor in STEPS:
                yield f"(xor(z, z >> {shift}) * {factor}::uhugeint) & {MASK}::uhugeint"
            yield f"xor(z, z >> {LAST_SHIFT})"
        else:
            yield f"(z ^ {key}) + {sql_literal(dialect, GAMMA)}"
            for shift, factor in STEPS:
                yield f"(z ^ shiftrightunsigned(z, {shift})) * {sql_literal(dialect, factor)}"
            yield f"z ^ shiftrightunsigned(z, {LAST_SHIFT})"


def sql_literal(dialect: Dialect, number: int) -> str:
    """Spell a number of [0, 2^64) as a literal of the dialect.

    Examples
    --------
    >>> sql_literal("spark", 2**64 - 1), sql_literal("duckdb", 2**64 - 1)
    ('-1L', '18446744073709551615::uhugeint')
    """
    return f"{number}::uhugeint" if dialect == "duckdb" else f"{signed(number)}L"


def signed(number: int) -> int:
    """Read a number of [0, 2^64) as a signed 64-bit one with the same bits.

    Examples
    --------
    >>> signed(2**64 - 1), signed(5)
    (-1, 5)
    """
    return number - (1 << 64) if number >> 63 else number


def _uint64(number: int) -> pl.Expr:
    return pl.lit(number, dtype=pl.UInt64)
