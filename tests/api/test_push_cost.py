"""What a push asks of the database: a fixed number of statements, and nothing out of date."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import marshmallow as ma
import pytest
from fieldwork import sent_out, tasks
from flask import Flask
from phones import a_roster, an_interview, reseal
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.extensions import db
from inspect_app.models.campaigns import Campaign, CampaignCounty
from inspect_app.models.interviews import Interview, Revision
from inspect_app.rules.faults import Fault
from inspect_app.rules.ops import PushAnswer, Receipt, Result
from inspect_app.schemas.sync import PushAnswerSchema
from inspect_app.services import intake, phones, terms

OTHER = "00000000-0000-4000-8000-000000000002"
STATEMENTS = {
    "who calls, with phone and commission",
    "households given to the phone",
    "the same under the lock",
    "ops",
    "interviews",
    "revisions",
    "last line of the chain",
    "lines of the chain",
    "what the phone said before",
    "what the phone says",
}
LOCK = {"lock of the campaign"}
"""PostgreSQL's; SQLite says it by the way in which the transaction begins."""


@pytest.fixture
def phone(app: Flask, as_role: Any, campaign: Any, frozen_clock: Any) -> Phone:
    """A phone in a village, with a list of households drawn and one interview sent."""
    phone = sent_out(app, as_role, campaign, now=frozen_clock.moment)
    village = next(iter(phone.draws))
    phone.seal_roster(village, a_roster(village, households=60))
    an_interview(phone, tasks(phone)[0])
    phone.push()
    return phone


@pytest.fixture
def statements(app: Flask) -> Callable[[Callable[[], object]], list[str]]:
    """The statements of what is done, without the beginnings of transactions."""

    def counted(act: Callable[[], object]) -> list[str]:
        found: list[str] = []

        def listen(_connection: object, _cursor: object, sql: str, *_: object) -> None:
            found.append(sql)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", listen)
        act()
        event.remove(engine, "before_cursor_execute", listen)
        return [sql for sql in found if not sql.startswith("BEGIN")]

    return counted


def test_a_long_push_takes_no_more_statements_than_a_short_one(
    phone: Phone, app: Flask, statements: Any
) -> None:
    drawn = [task for task in tasks(phone, "N") if not task.is_reserve]
    waiting = [an_interview(phone, task) for task in drawn]
    with app.app_context():
        expected = STATEMENTS | (LOCK if db.engine.dialect.name == "postgresql" else set())

    single = statements(lambda: phone.push_once(waiting[:1]))
    batch = statements(lambda: phone.push_once(waiting[1:]))

    assert len(waiting) >= 2
    assert {one.result["status"] for one in waiting if one.result} == {"accepted"}
    assert len(single) <= len(expected), single
    assert len(batch) <= len(expected), batch


def test_twenty_visits_take_no_more_statements_than_one(phone: Phone, statements: Any) -> None:
    task = tasks(phone)[1]

    def visit(visit_no: int) -> Any:
        return phone.seal_contact(task.unit_id, visit_no=visit_no, disposition="absent")

    single = statements(lambda: phone.push_once([visit(1)]))
    batch = statements(lambda: phone.push_once([visit(n) for n in range(2, 22)]))

    assert len(batch) == len(single), batch


def test_a_heartbeat_reads_the_phone_and_writes_it(
    phone: Phone, app: Flask, statements: Any
) -> None:
    phone.heartbeat()  # after it nothing has left the manifest since
    found = statements(phone.heartbeat)

    with app.app_context():
        locks = int(db.engine.dialect.name == "postgresql")
    assert len(found) == 3 + locks, found


def test_an_interview_that_came_since_the_places_were_read_is_in_conflict(
    phone: Phone, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = intake.places
    monkeypatch.setattr(
        intake,
        "places",
        lambda *told: {key: replace(place, is_here=False) for key, place in read(*told).items()},
    )
    first = phone.outbox[-1]
    told = reseal(first, salt="another-salt-of-22-chars") | {"op_id": OTHER}
    second = replace(first, op=told, result=None)

    (result,) = phone.push_once([second])

    assert result["status"] == "conflict"
    session.rollback()
    kept = session.get_one(Interview, first.op["interview_id"])
    assert (kept.current_rev, kept.last_rev, kept.in_conflict) == (1, 2, True)
    assert len(session.scalars(select(Revision)).all()) == 2


def test_the_terms_of_a_corrected_commission_hold_at_once(
    phone: Phone, session: Session, campaign: Any
) -> None:
    before = terms.of(session, phones.get_one(session, phone.device_id))
    again = terms.of(session, phones.get_one(session, phone.device_id))
    county = session.get_one(CampaignCounty, (campaign.id, campaign.adcode))
    county.line_yuan = before.counties[campaign.adcode].line.yuan + 1
    corrected = session.get_one(Campaign, campaign.id)
    corrected.version, corrected.content_sha256 = 2, "c" * 64
    session.commit()

    after = terms.of(session, phones.get_one(session, phone.device_id))

    assert again is before
    assert after.counties[campaign.adcode].line.yuan == county.line_yuan


def test_an_answer_is_written_as_its_schema_says() -> None:
    receipt = Receipt("r1", "2020-06-03T01:00:00.000Z", "h" * 64, "s" * 86)
    fault = Fault("/answers/wage_local", "not-an-integer", "应为整数 | must be whole")
    answer = PushAnswer(
        "2020-06-03T01:00:00.000Z",
        -753,
        (
            Result("a", "accepted", "1" * 64, rev=1, seq=7, receipt=receipt, need_blobs=("x",)),
            Result("b", "duplicate", "2" * 64, 2, 8, receipt, first_status="conflict"),
            Result("c", "invalid", "3" * 64, seq=9, receipt=receipt, faults=(fault,)),
            Result("d", "failed", "4" * 64, log_id="5" * 32),
            Result("e", "hash_mismatch", "6" * 64),
        ),
    )

    assert PushAnswerSchema().dump(answer) == ma.Schema.dump(PushAnswerSchema(), answer)
