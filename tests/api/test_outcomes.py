"""Rows beside a chain that were changed, deleted or added behind our back are missed."""

from typing import Any

import pytest
from fieldwork import sent_out, tasks
from flask import Flask
from phones import a_roster, an_interview, reseal
from pushing import results_of
from sqlalchemy import text
from sqlalchemy.orm import Session
from tampering import change

from inspect_app.demo.outbox import Sealed
from inspect_app.demo.phone import Phone
from inspect_app.rules.roles import Role
from inspect_app.schemas.sync import reread
from inspect_app.services import replays
from inspect_app.settings import Settings

NOWHERE = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def received(app: Flask, as_role: Any, campaign: Any, frozen_clock: Any) -> Phone:
    """Interviews, a visit, a list, a body of no household, one under a used id, a release."""
    phone = sent_out(app, as_role, campaign, now=frozen_clock.moment)
    first, second, third = tasks(phone)[:3]
    sealed = an_interview(phone, first)
    an_interview(phone, second, wage_local=0, wage_away=0, crop_gross=100, livestock_gross=0)
    phone.seal_contact(third.unit_id, visit_no=1, disposition="absent")
    village = first.village_code
    phone.seal_roster(village, a_roster(village))
    phone.push()
    other = reseal(sealed, round="1b")
    results_of(phone, other, {**reseal(sealed, unit_id="530621100201-0007"), "op_id": NOWHERE})
    return phone


def faults_of(session: Session, campaign: Any, settings: Settings) -> tuple[str, ...]:
    session.rollback()
    return replays.verify(session, campaign.id, settings=settings, read=reread).faults


def test_what_was_received_agrees_with_itself(
    received: Phone, session: Session, campaign: Any, settings: Settings
) -> None:
    held = {
        table: session.scalar(text(f"SELECT count(*) FROM {table}"))
        for table in ("revisions", "contacts", "roster_lists", "quarantine")
    }

    assert held == {"revisions": 2, "contacts": 1, "roster_lists": 1, "quarantine": 2}
    assert faults_of(session, campaign, settings) == ()


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("DELETE FROM revisions WHERE rev = 1", "says was stored is not here"),
        ("UPDATE revisions SET rev = 2", "says was stored is not here"),
        ("UPDATE revisions SET conflict = (conflict IS NOT TRUE)", "says was stored is not here"),
        ("DELETE FROM contacts", "says was stored is not here"),
        ("DELETE FROM roster_lists", "says was stored is not here"),
        ("DELETE FROM quarantine WHERE body IS NULL", "is not in quarantine"),
        ("DELETE FROM quarantine WHERE body IS NOT NULL", "is not in quarantine"),
        ("UPDATE quarantine SET body = :other WHERE body IS NOT NULL", "in quarantine has changed"),
        ("UPDATE quarantine SET body = NULL", "in quarantine has changed"),
        ("UPDATE quarantine SET body_sha256 = 'x'", "no line speaks of number"),
        ("UPDATE interviews SET last_rev = 2", "counts another revision"),
        ("UPDATE interviews SET current_rev = 0", "counts another revision"),
        ("DELETE FROM sample_households WHERE household_class = 'N'", "not those drawn from"),
        ("UPDATE roster_lists SET drawn = '[]'", "not those drawn from"),
        ("UPDATE roster_lists SET stands = (stands IS NOT TRUE)", "0 lists of village"),
        ("UPDATE interviews SET state = 'accepted'", "its decisions say otherwise"),
        ("UPDATE interviews SET state = 'returned'", "its decisions say otherwise"),
        ("UPDATE revisions SET findings = '{}'", "is not what its body gives"),
        ("UPDATE revisions SET flags = '[]', traits = '{}'", "is not what its body gives"),
        ("UPDATE revisions SET disposition = 'refused'", "is not what its body gives"),
        ("UPDATE revisions SET answers_sha256 = 'x'", "is not what its body gives"),
        ("UPDATE contacts SET disposition = 'moved_out'", "is not what its body gives"),
        ("UPDATE contacts SET visit_no = 3", "is not what its body gives"),
        ("UPDATE roster_lists SET households = 7", "is not what its body gives"),
    ],
)
def test_a_row_changed_behind_the_triggers_is_missed(
    received: Phone,
    session: Session,
    campaign: Any,
    settings: Settings,
    tampering: str,
    fault: str,
) -> None:
    change(session, text(tampering), **({"other": b"{}"} if ":other" in tampering else {}))

    found = faults_of(session, campaign, settings)

    assert any(fault in one for one in found), found


def test_a_row_of_which_no_line_speaks_is_found(
    received: Phone, session: Session, campaign: Any, settings: Settings
) -> None:
    change(session, text(f"UPDATE contacts SET op_id = '{NOWHERE}'"))

    found = faults_of(session, campaign, settings)

    assert any(f"no line speaks of {NOWHERE} in contacts" in one for one in found)


def test_a_release_and_a_dismissal_keep_their_decisions(
    received: Phone, session: Session, campaign: Any, settings: Settings, as_role: Any
) -> None:
    boss = as_role(Role.TEAM_LEADER, campaign, team="A", login="leader of A")
    path = f"/api/v1/campaigns/{campaign.id}/quarantine"
    one, two = boss.get(path).get_json()["quarantine"]
    for kept in (one, two):
        boss.post(f"{path}/{kept['number']}/dismiss", json={"reason": "重复"})
    whole = faults_of(session, campaign, settings)
    change(session, text("DELETE FROM quarantine_decisions"))

    found = faults_of(session, campaign, settings)

    assert whole == ()
    assert sum("the decision of line" in one for one in found) == 2


def test_what_was_decided_of_an_interview_agrees_with_its_state(
    received: Phone, session: Session, campaign: Any, settings: Settings, as_role: Any
) -> None:
    reviewer = as_role(Role.REVIEWER, campaign)
    first, second = (task.interview_id for task in tasks(received)[:2])
    acts = ((first, "accept", {"reason": "seen"}), (second, "return", {"reason": "ask again"}))
    for interview_id, act, said in acts:
        answer = reviewer.post(f"/api/v1/interviews/{interview_id}/{act}", json=said)
        assert answer.status_code == 200, answer.get_json()
    whole = faults_of(session, campaign, settings)
    change(session, text("UPDATE interviews SET state = 'received'"))

    found = faults_of(session, campaign, settings)

    assert whole == ()
    assert sum("is received, and its decisions say otherwise" in one for one in found) == 2


def test_a_return_that_was_answered_asks_no_more(
    received: Phone, session: Session, campaign: Any, settings: Settings, as_role: Any
) -> None:
    reviewer = as_role(Role.REVIEWER, campaign)
    task = tasks(received)[0]
    path = f"/api/v1/interviews/{task.interview_id}"
    asked = reviewer.post(f"{path}/return", json={"reason": "ask again"}).get_json()
    received.pull()
    sealed = next(one.op for one in received.outbox if one.op["interview_id"] == task.interview_id)
    answer = {**reseal(Sealed(sealed)), "base_rev": 1, "return_id": asked["return_id"]}
    conflicting = {**reseal(Sealed(sealed)), "base_rev": 1}
    other_id, last_id = NOWHERE[:-1] + "2", NOWHERE[:-1] + "3"

    came = results_of(received, {**answer, "op_id": other_id}, {**conflicting, "op_id": last_id})
    chosen = reviewer.post(f"{path}/conflict", json={"rev": 1, "reason": "the first"})

    assert [one["status"] for one in came] == ["accepted", "conflict"]
    assert chosen.status_code == 200
    assert faults_of(session, campaign, settings) == ()
