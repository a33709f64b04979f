"""The log of accesses says when a phone was first told of a village."""

from typing import Any

import pytest
from fieldwork import a_code
from flask import Flask
from phones import a_phone
from sending import reassign
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.extensions import db
from inspect_app.models.samples import AccessEntry, Assignment
from inspect_app.services import access_log


@pytest.fixture
def campaign(a_campaign: Any) -> Any:
    return a_campaign("drawn")


def told(session: Session, phone: Phone) -> list[str]:
    """What the log says that a phone was told."""
    rows = select(AccessEntry.what).where(AccessEntry.actor == phone.device_id)
    found = list(session.scalars(rows.order_by(AccessEntry.id)))
    session.rollback()
    return found


def village(session: Session) -> str:
    code = session.scalars(select(Assignment.village_code)).one()
    session.rollback()
    return code


def test_the_first_delivery_is_written_down_and_no_later_one(
    phone: Phone, campaign: Any, session: Session
) -> None:
    lines = told(session, phone)
    phone.pull()
    phone.cursor = ""
    again = phone.pull()

    assert lines == [f"village {village(session)}, told to the phone"]
    assert any(item["type"] == "assign" for item in again)
    assert told(session, phone) == lines
    assert access_log.broken_entries(session, campaign.id) == []


def test_a_village_that_nobody_fetched_is_told_to_nobody(
    app: Flask, as_role: Any, campaign: Any, session: Session, frozen_clock: Any
) -> None:
    li, wang = campaign.an_enumerator("Li"), campaign.an_enumerator("Wang")
    phone = a_phone(app, now=frozen_clock.moment)
    phone.enrol(a_code(as_role, campaign, li))
    phone.pull()
    campaign.assign(pair=(li, wang))

    assert told(session, phone) == []


def test_who_takes_a_village_over_is_told_of_it_too(
    phone: Phone, app: Flask, as_role: Any, campaign: Any, session: Session
) -> None:
    relief = [campaign.an_enumerator("Zhao"), campaign.an_enumerator("Sun")]
    other = a_phone(app, seed="other", now=phone.now)
    other.enrol(a_code(as_role, campaign, relief[0]))
    held = session.scalars(select(Assignment.id)).one()
    session.rollback()
    reassign(as_role, campaign, held, enumerators=relief)

    phone.pull()  # takes the village back
    other.pull()

    assert len(told(session, phone)) == 1
    assert told(session, other) == told(session, phone)


def test_a_pull_that_tells_of_no_village_does_not_ask_the_log(app: Flask, phone: Phone) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    phone.pull()
    event.remove(engine, "before_cursor_execute", note)

    assert asked
    assert not any("access_entries" in statement for statement in asked)


def test_what_a_phone_was_told_is_found_without_reading_the_whole_log(
    app: Flask, phone: Phone
) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "access_entries" in statement:
            asked.append((statement, values))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    phone.cursor = ""
    phone.pull()
    event.remove(engine, "before_cursor_execute", note)

    ((statement, values),) = asked
    with engine.connect() as connection:
        explain = "EXPLAIN QUERY PLAN"
        if connection.dialect.name != "sqlite":
            explain = "EXPLAIN"
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # the log is short here
        plan = connection.exec_driver_sql(f"{explain} {statement}", values).all()
    assert "ix_access_entries_campaign_id_actor" in str(plan)
