"""The ledger: what was received can be proved, and cannot be changed unnoticed."""

import json
from typing import Any

import pytest
from databases import Databases
from fieldwork import sent_out, tasks
from flask import Flask
from phones import an_interview
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from inspect_app.demo.link import LinkDown
from inspect_app.demo.phone import Phone
from inspect_app.rules import chain
from inspect_app.rules.chain import LineType
from inspect_app.rules.errors import NotReady
from inspect_app.rules.roles import Role
from inspect_app.services import keys, ledger, receipts, replays
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings


@pytest.fixture
def phone(app: Flask, as_role: Any, campaign: Any, frozen_clock: Any) -> Phone:
    """A phone whose village has been reported on over two days."""
    phone = sent_out(app, as_role, campaign, now=frozen_clock.moment)
    for task in tasks(phone)[:3]:
        an_interview(phone, task)
    phone.push(batch=2)
    frozen_clock.pass_by(hours=16)
    phone.now = frozen_clock.moment
    phone.seal_contact(tasks(phone)[0].unit_id, visit_no=2, disposition="partial")
    phone.push()
    return phone


def test_an_op_can_be_proved_with_nothing_but_hashes(
    phone: Phone, as_role: Any, campaign: Any
) -> None:
    county = as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode)
    root = county.get(f"/api/v1/campaigns/{campaign.id}/ledger").get_json()
    for sealed in phone.outbox:
        proof = county.get(f"/api/v1/ledger/{sealed.op['op_id']}").get_json()

        h = chain.link(bytes.fromhex(proof["h_prev"]), proof["line"])
        assert proof["receipt"]["h"] == h.hex()
        assert receipts.verify(
            root["receipt_key"], chain.receipt_message(proof["line"], h), proof["receipt"]["sig"]
        )
        path = [bytes.fromhex(one) for one in proof["path"]]
        reached = chain.follow(h, proof["leaf"], proof["leaves"], path)
        assert reached.hex() == proof["day_root"]
        assert sealed.op["body_sha256"] in proof["line"].split("\n")
        assert sealed.result is not None
        assert proof["receipt"] == sealed.result["receipt"]
    assert proof["day_root"] == root["root"]
    assert (root["count"], root["day"]) == (4, "2020-06-04")


def test_the_root_is_signed(phone: Phone, as_role: Any, campaign: Any) -> None:
    root = as_role(Role.PLANNER, campaign).get(f"/api/v1/campaigns/{campaign.id}/ledger").get_json()

    message = chain.root_message(
        campaign.id, root["day"], root["count"], bytes.fromhex(root["root"])
    )
    assert receipts.verify(root["receipt_key"], message, root["sig"])


def test_an_empty_chain_has_its_beginning_as_root(session: Session, campaign: Any) -> None:
    assert ledger.root(session, campaign.id) == (chain.genesis(campaign.id).hex(), 0, None)


def test_anybody_recomputes_the_chain_and_nothing_is_said_in_it(
    phone: Phone, campaign: Any, client: Any
) -> None:
    op = phone.outbox[0].op
    root = client.get(f"/api/v1/campaigns/{campaign.id}/ledger")
    proof = client.get(f"/api/v1/ledger/{op['op_id']}")

    assert (root.status_code, proof.status_code) == (200, 200)
    assert proof.get_json()["line"].count("\n") == 9
    unit_id = json.loads(op["body"])["unit_id"]
    assert unit_id not in proof.text
    assert client.get("/api/v1/ledger/no-such-op").status_code == 404
    assert client.get("/api/v1/campaigns/no-such-campaign/ledger").status_code == 404


@pytest.mark.parametrize("table", ["ledger", "ops"])
@pytest.mark.parametrize("change", ["UPDATE {} SET device_id = device_id", "DELETE FROM {}"])
def test_the_database_itself_refuses_changes(
    phone: Phone, session: Session, table: str, change: str
) -> None:
    with pytest.raises(DatabaseError, match="never changed"):
        session.execute(text(change.format(table)))
    session.rollback()


@pytest.mark.parametrize("table", ["ledger", "ops", "ledger_days", "access_entries"])
def test_no_row_is_put_in_the_place_of_another_and_no_table_emptied(
    phone: Phone, session: Session, campaign: Any, as_role: Any, table: str
) -> None:
    boss = as_role(Role.TEAM_LEADER, campaign, team="A", login="leader of A")
    boss.get(f"/api/v1/interviews/{phone.outbox[0].op['interview_id']}")
    before = session.execute(text(f"SELECT * FROM {table}")).all()
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    change = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    session.rollback()

    if is_sqlite and table == "ops":  # ids come again all the time, and nothing comes of it
        columns = [row[1] for row in session.execute(text("PRAGMA table_info(ops)"))]
        told = ", ".join("x'00'" if name == "body" else name for name in columns)
        session.execute(text(f"INSERT OR REPLACE INTO ops SELECT {told} FROM ops"))
    else:
        with pytest.raises(DatabaseError, match="never changed"):
            session.execute(text(change if is_sqlite else f"TRUNCATE {table} CASCADE"))
        session.rollback()

    assert before
    assert session.execute(text(f"SELECT * FROM {table}")).all() == before
    session.rollback()


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE ledger SET status = 'conflict' WHERE seq = 2", "the hash of line 2 differs"),
        ("UPDATE ledger SET h = h || '' , signature = 'AAAA' WHERE seq = 1", "receipt of line 1"),
        ("DELETE FROM ledger WHERE seq = 2", "line 2 is missing"),
        ("UPDATE ops SET body = :other", "the body of line 1 has changed"),
        (
            "UPDATE ledger SET received_at = '2020-06-03T00:00:00.000Z' WHERE seq = 4",
            "line 4 is older",
        ),
    ],
)
def test_tampering_behind_the_triggers_is_found(
    phone: Phone,
    session: Session,
    settings: Settings,
    databases: Databases,
    campaign: Any,
    tampering: str,
    fault: str,
) -> None:
    assert replays.verify(session, campaign.id, settings=settings).faults == ()
    for table in ("ops", "ledger"):
        for act in ("update", "delete"):
            where = f" ON {table}" if databases.name == "postgres" else ""
            session.execute(text(f"DROP TRIGGER {table}_no_{act}{where}"))
    session.execute(text(tampering), {"other": b"{}"} if ":other" in tampering else {})
    session.commit()

    report = replays.verify(session, campaign.id, settings=settings)

    assert any(fault in one for one in report.faults)


def test_a_clock_that_steps_back_a_little_does_not_reach_the_chain(
    phone: Phone, frozen_clock: Any, session: Session, settings: Settings, campaign: Any
) -> None:
    frozen_clock.pass_by(minutes=-3)
    phone.seal_contact(tasks(phone)[1].unit_id, visit_no=2, disposition="partial")

    (result,) = phone.push()

    assert result["receipt"]["received_at"] == "2020-06-03T17:00:00.000Z"
    assert replays.verify(session, campaign.id, settings=settings).faults == ()


@pytest.mark.parametrize("away", [{"hours": -3}, {"days": 15_000}])
def test_a_clock_far_from_the_last_line_adds_none_unless_an_operator_confirms_it(
    phone: Phone,
    frozen_clock: Any,
    session: Session,
    settings: Settings,
    campaign: Any,
    away: dict[str, float],
) -> None:
    asked: dict[str, Any] = {"campaign_id": campaign.id, "settings": settings}
    assert ledger.confirm_clock(session, at=frozen_clock.now(), **asked) is None
    frozen_clock.pass_by(**away)

    def add_a_line() -> None:
        event, key = ledger.Draft(LineType.EVENT, "evidence"), receipts.key_of(settings)
        with writing(session, campaign.id):
            ledger.append(session, campaign.id, [event], key=key, at=frozen_clock.now())

    with pytest.raises(NotReady, match="clock is wrong"):
        add_a_line()
    is_ahead = "hours" in away
    assert len(ledger.clock_faults(session, at=frozen_clock.now())) == is_ahead
    assert ledger.confirm_clock(session, at=frozen_clock.now(), **asked)
    add_a_line()

    assert ledger.clock_faults(session, at=frozen_clock.now()) == []
    report = replays.verify(session, campaign.id, settings=settings)
    assert (report.faults, report.count) == ((), 6)


def test_a_key_made_anew_signs_nothing(phone: Phone, settings: Settings) -> None:
    (settings.keys_dir / "receipt-r1.key").write_text("ab" * 32)
    forget_keys()
    sealed = an_interview(phone, tasks(phone)[3])

    with pytest.raises(LinkDown, match="503"):
        phone.push()
    forget_keys()

    assert sealed.result is None


def forget_keys() -> None:
    """As a process that starts anew."""
    receipts._load.cache_clear()
    keys.secret_key.cache_clear()
