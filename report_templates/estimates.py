"""Estimates and intervals as a verdict.json holds them, and how rows of it are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Interval:
    """Lower and upper end, as fractions."""

    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """A weighted estimate with its sampling error; rates are fractions."""

    value: float
    se: float
    low: float
    high: float
    deff: float
    df: float
    n: int
    n_eff: float
    unit: str


def each(
    rows: Iterable[Mapping[str, Any]], make: Callable[[Mapping[str, Any]], T]
) -> tuple[T, ...]:
    """Read every row of a table."""
    return tuple(make(row) for row in rows)


def estimate(row: Mapping[str, Any]) -> Estimate:
    """Read an estimate."""
    return Estimate(**{name: row[name] for name in Estimate.__dataclass_fields__})


def interval(row: Mapping[str, Any]) -> Interval:
    """Read the two ends of an interval."""
    return Interval(row["low"], row["high"])
