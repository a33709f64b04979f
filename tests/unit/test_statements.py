"""Statements that are run on the driver's cursor behave as those of Core."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    MetaData,
    String,
    Table,
    bindparam,
    create_engine,
    event,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import StaticPool

from inspect_app.models.base import UTCDateTime
from inspect_app.services.statements import Statement

THINGS = Table(
    "things",
    MetaData(),
    Column("name", String, primary_key=True),
    Column("at", UTCDateTime()),
    Column("said", JSON),
    Column("state", String, default="new"),
)
NOON = datetime(2020, 6, 3, 12, tzinfo=timezone(timedelta(hours=8)))
ROW = {"name": "a", "at": NOON, "said": {"词": [1]}, "state": "old"}
ADD = Statement(THINGS.insert())
ALL = Statement(select(THINGS).order_by(THINGS.c.name).limit(10))


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as connection:
        THINGS.create(connection)
        yield connection
        connection.rollback()
    engine.dispose()


def test_values_are_turned_as_by_core(connection: Connection) -> None:
    ADD.write(connection, [ROW, ROW | {"name": "b", "at": None}])

    ours = ALL.rows(connection, {})

    assert [tuple(row) for row in ours] == [
        tuple(row) for row in connection.execute(select(THINGS))
    ]
    assert ours[0].at == NOON
    assert ours[0].at.tzinfo is UTC


def test_each_set_of_names_is_a_statement_of_its_own(connection: Connection) -> None:
    change = Statement(update(THINGS).where(THINGS.c.name == bindparam("this")))
    ADD.write(connection, [ROW])

    change.write(connection, [{"this": "a", "state": "seen"}])
    change.write(connection, [{"this": "a", "said": None}])

    (row,) = ALL.rows(connection, {})
    assert (row.state, row.said, row.at) == ("seen", None, NOON)


def test_an_error_is_told_as_by_core(connection: Connection) -> None:
    ADD.write(connection, [ROW])
    with pytest.raises(IntegrityError) as told:
        ADD.write(connection, [ROW])
    assert "词" not in str(told.value)


def test_listeners_hear_of_it(connection: Connection) -> None:
    heard: list[tuple[str, bool]] = []

    def listen(_c: object, _cursor: object, sql: str, _p: object, _x: object, many: bool) -> None:
        heard.append((sql.split()[0], many))

    event.listen(connection.engine, "before_cursor_execute", listen)
    ADD.write(connection, [ROW, ROW | {"name": "b"}])
    ALL.rows(connection, {})

    assert heard == [("INSERT", True), ("SELECT", False)]


def test_defaults_of_columns_are_left_to_core(connection: Connection) -> None:
    without: dict[str, Any] = {name: value for name, value in ROW.items() if name != "state"}
    with pytest.raises(ValueError, match="Core"):
        ADD.write(connection, [without])
