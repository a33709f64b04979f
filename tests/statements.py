"""Statements are compiled once for all applications of a test run, not once for each."""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

ENOUGH = 5_000


def compile_once() -> None:
    """Let all engines of one kind share what was compiled for the first of them.

    Thousands of tests make an application each, with an engine of its own that would compile the
    same seventy statements again. What is kept is found under the dialect that it is for; two
    dialects count as one where they are of one class and write JSON alike, as all of ours do.
    """
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        _set(kind, "__eq__", lambda one, other: _traits(one) == _traits(other))
        _set(kind, "__hash__", lambda dialect: hash(_traits(dialect)))

    shared: LRUCache[Any, Any] = LRUCache(ENOUGH)
    _set(Engine, "_compiled_cache", property(lambda engine: shared, lambda engine, own: None))


def _traits(dialect: Any) -> tuple[object, ...]:
    return type(dialect), dialect._json_serializer


def _set(kind: type, name: str, method: Any) -> None:
    setattr(kind, name, method)
