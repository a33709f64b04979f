"""Statements of every push, compiled once and run on the driver's own cursor.

A push makes some ten small statements, and SQLAlchemy prepares each execution anew: that costs
several times what the database does. A statement here is written in Core like all others, and
compiled at its first use; values are turned by the column types as ever, listeners are told, and
errors are SQLAlchemy's. Only for statements that run on every push: all else keeps to Core.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError

Turn = Callable[[Any], Any]
Row = Any
"""A named tuple, by the names of the columns."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement in the words of one driver.

    taken : the parameters in the order of the statement, each with how it becomes the driver's
    fixed : parameters that the statement itself gives
    turned_out : how the driver's values become ours, by place
    is_positional : whether the driver takes parameters by place, or by name
    """

    sql: str
    taken: tuple[tuple[str, Turn | None], ...]
    fixed: Mapping[str, Any]
    turned_out: tuple[tuple[int, Turn], ...]
    row: Any
    is_positional: bool

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """Put values in the form that the driver takes."""
        given = {**self.fixed, **values} if self.fixed else values
        if self.is_positional:
            return [turn(given[name]) if turn else given[name] for name, turn in self.taken]
        return {name: turn(given[name]) if turn else given[name] for name, turn in self.taken}

    def rows(self, fetched: Sequence[Sequence[Any]]) -> list[Row]:
        """Turn the driver's rows into ours."""
        if not self.turned_out:
            return [self.row._make(values) for values in fetched]
        found = []
        for values in map(list, fetched):
            for place, turn in self.turned_out:
                values[place] = turn(values[place])
            found.append(self.row._make(values))
        return found


class Statement:
    """A statement whose parameters are all given by name."""

    def __init__(self, statement: Select[Any] | Insert | Update | Delete) -> None:
        self._statement = statement
        self._known: dict[tuple[str, ...], _Compiled] = {}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """Run it and return its rows."""
        compiled = self._compiled(connection, values)
        parameters = compiled.parameters(values)
        return compiled.rows(_run(connection, compiled.sql, parameters).fetchall())

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Row | None:
        """Run it and return its first row, None without any."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def write(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each set of values; all have the same names."""
        compiled = self._compiled(connection, rows[0])
        if len(rows) == 1:
            _run(connection, compiled.sql, compiled.parameters(rows[0]))
        else:
            _run(connection, compiled.sql, [compiled.parameters(row) for row in rows], many=True)

    def _compiled(self, connection: Connection, values: Mapping[str, Any]) -> _Compiled:
        key = (connection.dialect.name, *values)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _compile(self._statement, connection.dialect, list(values))
        return found


def _compile(
    statement: Select[Any] | Insert | Update | Delete, dialect: Dialect, names: list[str]
) -> _Compiled:
    compiled: Any = statement.compile(dialect=dialect, column_keys=names)
    if compiled.insert_prefetch or compiled.update_prefetch or compiled.post_compile_params:
        raise ValueError("defaults of columns and lists of any length are left to Core")
    binds = {compiled.bind_names[bind]: bind for bind in compiled.binds.values()}
    turned_in = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect)
        for name, bind in binds.items()
    }
    columns = statement.exported_columns.values()
    turned_out = [
        (place, turn)
        for place, column in enumerate(columns)
        if (turn := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
    ]
    return _Compiled(
        sql=compiled.string,
        taken=tuple((name, turned_in[name]) for name in (compiled.positiontup or binds)),
        fixed={name: bind.value for name, bind in binds.items() if not bind.required},
        turned_out=tuple(turned_out),
        row=namedtuple("Row", [column.key for column in columns]),  # type: ignore[misc]  # by the statement
        is_positional=compiled.positional,
    )


def _run(connection: Connection, sql: str, parameters: Any, *, many: bool = False) -> Any:
    """Run on a cursor of the connection; what the driver complains of is told as ever."""
    driver: Any = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    listeners = connection.engine.dispatch.before_cursor_execute
    if listeners:
        for tell in listeners:
            tell(connection, cursor, sql, parameters, None, many)
    try:
        (cursor.executemany if many else cursor.execute)(sql, parameters)
    except driver.Error as error:
        dialect: Any = connection.dialect
        is_lost = dialect.is_disconnect(error, connection.connection, cursor)
        if is_lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            sql,
            None,  # parameters are answers and names
            error,
            driver.Error,
            hide_parameters=True,
            connection_invalidated=is_lost,
            dialect=dialect,
        ) from error
    return cursor
