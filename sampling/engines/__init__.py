"""Engines that scan a household register: polars (always there), duckdb, spark.

Each turns a register and a list of villages into `candidates`, the few households whose tickets lie
below the threshold of their cell. Everything after that is code they share (`cells`), so all of
them draw the same households; a test holds them to one fingerprint.
"""

from importlib import import_module

from sampling.engines.contract import Engine

NAMES = {"polars": "Polars", "duckdb": "DuckDB", "spark": "Spark"}
"""Name of each engine and the class in its module."""


def engine(name: str) -> Engine:
    """Make the engine of a name; its library is imported when it first draws.

    Parameters
    ----------
    name : "polars", "duckdb" or "spark"

    Raises
    ------
    KeyError : another name

    Examples
    --------
    >>> engine("polars").name
    'polars'
    """
    found: Engine = getattr(import_module(f"{__name__}.{name}"), NAMES[name])()
    return found
