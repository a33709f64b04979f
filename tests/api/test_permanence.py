"""Rows that are written once stay as they are: the database itself sees to it, on both engines."""

import json
from collections.abc import Iterator

from fieldwork import tasks
from phones import a_roster, an_interview
from sqlalchemy import (
    Connection,
    Engine,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    create_engine,
    text,
)
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool
from tampering import a_row, unguarded

from inspect_app.demo.phone import Phone
from inspect_app.models import Base
from inspect_app.models.permanence import ADDED_TO, CHANGING, LEAVING, MUTABLE, ON_CONDITION

TABLES = Base.metadata.tables
CHECKED = {
    "sheet_events": {"what": "lost"},
    "notices": {"kind": "told"},
    "editions": {"edition": "full"},
    "objections": {"origin": "county"},
    # What changes from nothing only.
    "roster_lists": {"drawn": '["0"]'},
    "seeds": {column: "2020-06-03 00:00:00" for column in CHANGING["seeds"]},
}
"""Values that a table takes only some of, or that let it be changed no more."""
FREE_FUNCTIONS = (
    "SELECT proname FROM pg_proc WHERE prorettype = 'trigger'::regtype AND pronamespace = "
    "'public'::regnamespace AND proconfig IS DISTINCT FROM '{\"search_path=public, pg_temp\"}'"
)
"""Trigger functions that would look for their tables wherever the session says."""


def engine_of(session: Session) -> Engine:
    engine = session.get_bind().engine
    session.rollback()
    return engine


def acts_on(table: Table, dialect: str) -> Iterator[str]:
    """Every statement that the database has to refuse."""
    conditions = ON_CONDITION.get(table.name, {})
    for column in table.columns:
        is_fixed = table.name in ADDED_TO or column.name not in CHANGING[table.name]
        if is_fixed or column.name in conditions:
            yield f'UPDATE {table.name} SET "{column.name}" = "{column.name}"'
    yield f"DELETE FROM {table.name}"
    if dialect == "sqlite":
        yield from (f"UPDATE {table.name} SET {name} = 77" for name in names_of_a_counter(table))
        yield from (replacement(table, key) for key in keys(table))
    else:
        yield f"TRUNCATE {table.name} CASCADE"


def names_of_a_counter(table: Table) -> tuple[str, ...]:
    """By what names SQLite changes a key that counts the rows."""
    (column, *others) = table.primary_key.columns
    is_counter = not others and isinstance(column.type, Integer)
    return ("rowid", "oid", "_rowid_") if is_counter else ()


def keys(table: Table) -> list[frozenset[str]]:
    """What no two rows share, whatever else they hold."""
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    indexes = [one for one in table.indexes if one.unique and not is_partial(one)]
    return [frozenset(one.columns.keys()) for one in (table.primary_key, *unique, *indexes)]


def is_partial(index: Index) -> bool:
    return index.dialect_options["sqlite"]["where"] is not None


def replacement(table: Table, key: frozenset[str]) -> str:
    """Another row in the place of one, found by this key and different in all others."""
    others = set().union(*keys(table)) - key
    names = [column.name for column in table.columns]
    said = (f'"{one}" || 7' if one in others else f'"{one}"' for one in names)
    return f"INSERT OR REPLACE INTO {table.name} SELECT {', '.join(said)} FROM {table.name}"


def is_refused(connection: Connection, act: str) -> bool:
    before = contents(connection, act)
    try:
        connection.execute(text(act))
    except DatabaseError as refusal:
        connection.rollback()
        return "never changed" in str(refusal)
    ignored = act.startswith("INSERT") and contents(connection, act) == before
    connection.rollback()
    return ignored


def contents(connection: Connection, act: str) -> list[object]:
    return (
        list(connection.execute(text(f"SELECT * FROM {act.split(' FROM ')[-1]}")))
        if (act.startswith("INSERT"))
        else []
    )


def test_every_table_says_what_may_become_of_its_rows() -> None:
    declared = [*ADDED_TO, *CHANGING, *MUTABLE]

    assert sorted(declared) == sorted(TABLES)
    assert set(LEAVING) <= set(CHANGING)
    for table, columns in CHANGING.items():
        assert columns <= set(TABLES[table].columns.keys()), table
        assert not columns & set().union(*keys(TABLES[table])), table


def test_the_database_refuses_to_change_what_was_written_once(session: Session) -> None:
    engine = engine_of(session)
    guarded = [TABLES[name] for name in sorted({*ADDED_TO, *CHANGING})]
    with unguarded(engine) as connection:
        for table in guarded:
            a_row(connection, table, **CHECKED.get(table.name, {}))

    # As any program connects, without what the application asks of SQLite.
    with create_engine(engine.url, poolclass=NullPool).connect() as connection:
        free = [
            act
            for table in guarded
            for act in acts_on(table, engine.dialect.name)
            if not is_refused(connection, act)
        ]

    assert free == []


def test_temporary_tables_open_no_guard(phone: Phone, session: Session) -> None:
    engine = engine_of(session)
    is_sqlite = engine.dialect.name == "sqlite"
    own, nothing = ("main", "x''") if is_sqlite else ("public", "''::bytea")
    an_interview(phone, tasks(phone)[0])
    phone.push()
    shadows = (
        f"ledger AS SELECT campaign_id, op_id, body_sha256, 'void' AS type FROM {own}.ops",
        f"ops AS SELECT op_id, {nothing} AS body FROM {own}.ops",
    )

    with engine.connect() as connection:
        for shadow in shadows:
            connection.execute(text(f"CREATE TEMP TABLE {shadow}"))
        connection.commit()
        acts = (f"UPDATE {own}.ops SET body = {nothing}", "UPDATE revisions SET traits = '{}'")
        refused = [is_refused(connection, act) for act in acts]
        free = [] if is_sqlite else connection.scalars(text(FREE_FUNCTIONS)).all()

    assert refused == [True, True]
    assert free == []


def test_households_go_only_with_a_list_that_stands_no_more_and_unvisited(
    phone: Phone, session: Session
) -> None:
    village = tasks(phone)[0].village_code
    phone.seal_roster(village, a_roster(village, households=phone.draws[village]["expected"]))
    phone.push()
    phone.pull()
    visited, *others = tasks(phone, "N")
    phone.seal_contact(visited.unit_id, visit_no=1, disposition="refused")
    phone.push()
    delete = "DELETE FROM sample_households WHERE unit_id = '{}'"

    with engine_of(session).connect() as connection:
        standing = is_refused(connection, delete.format(others[0].unit_id))
        connection.execute(text("UPDATE roster_lists SET stands = false"))
        connection.commit()
        withdrawn = [
            is_refused(connection, delete.format(one.unit_id)) for one in (visited, others[0])
        ]

    assert standing
    assert withdrawn == [True, False]


def test_a_file_stays_as_long_as_a_copy_in_quarantine_names_it(session: Session) -> None:
    engine = engine_of(session)
    photo = "ab" * 32
    envelope = json.dumps({"blobs": [{"sha256": photo}]})
    with unguarded(engine) as connection:
        a_row(connection, TABLES["blobs"], sha256=photo)
        a_row(connection, TABLES["quarantine"], body=b"kept", envelope=envelope)

    with engine.connect() as connection:
        named = is_refused(connection, "DELETE FROM blobs")
    with unguarded(engine) as connection:
        connection.execute(text("UPDATE quarantine SET body = ''"))
    with engine.connect() as connection:
        destroyed = is_refused(connection, "DELETE FROM blobs")

    assert (named, destroyed) == (True, False)
