"""Storing many rows at once: COPY on PostgreSQL, one statement for all of them on SQLite."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspect_app.models.base import Base


def load(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows in the caller's transaction, some ten times quicker than one by one.

    model : whose table takes them
    rows : all with the same columns; nothing is filled in by defaults, and none may be there yet

    Raises
    ------
    DBAPIError : as an insert of the same rows would
    """
    if not rows:
        return
    session.flush()
    connection = session.connection()
    table: Table = model.__table__  # type: ignore[assignment]  # declared as FromClause
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
    else:
        connection.execute(insert(table), [dict(row) for row in rows])


def _copy(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    names = tuple(rows[0])
    dialect = connection.dialect
    quoted = dialect.identifier_preparer.quote
    columns = ", ".join(quoted(name) for name in names)
    statement = f"COPY {quoted(table.name)} ({columns}) FROM STDIN"
    # What a statement would do to its parameters: times to UTC, lists to JSON.
    prepared = [
        (name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is)
        for name in names
    ]
    driver: Any = dialect.dbapi
    raw: Any = connection.connection
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(
                    [row[name] if to is None else to(row[name]) for name, to in prepared]
                )
    except driver.Error as error:
        raise DBAPIError.instance(
            statement, None, error, driver.Error, hide_parameters=True, dialect=dialect
        ) from error


def _as_it_is(value: Any) -> Any:
    return value
