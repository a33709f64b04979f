"""Records: written once, entered in the ledger by their digest, and missed when they change."""

from typing import Any

import pytest
from fieldwork import tasks
from phones import an_interview
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.ledger import LedgerEntry
from inspect_app.rules.campaigns import Step
from inspect_app.rules.roles import Role
from inspect_app.services import closing, records, replays
from inspect_app.settings import Settings

POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}
RULED = ("case_events", "case_rulings", "case_signatures", "statements")
KEPT = sorted(model.__tablename__ for model in records.MOMENTS)


@pytest.fixture
def ruled(phone: Phone, as_role: Any, campaign: Any, frozen_clock: Any) -> str:
    """A case with a signed ruling, a statement of the county and a refused replacement."""
    reviewer, county = (
        as_role(Role.REVIEWER, campaign),
        as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode),
    )
    task, lost = tasks(phone)[:2]
    an_interview(phone, task, **POOR)
    phone.seal_contact(lost.unit_id, visit_no=1, disposition="moved_out")
    phone.push()
    frozen_clock.pass_by(minutes=5)
    accepted = reviewer.post(f"/api/v1/interviews/{task.interview_id}/accept", json={})
    case = str(accepted.get_json()["cases"][0])
    base = f"/api/v1/cases/{case}"
    reviewer.post(f"{base}/recheck", json={})
    county.post(f"{base}/evidence", json={"text": "见附件", "complete": True})
    reviewer.post(f"{base}/recheck", json={})
    first, second = (
        as_role(Role.EXPERT, campaign),
        as_role(Role.EXPERT, campaign, login="second"),
    )
    first.post(f"{base}/ruling", json={"outcome": "confirmed", "reason": "收入确低"})
    second.post(f"{base}/ruling/signature", json={"agrees": True})
    county.post(
        f"/api/v1/campaigns/{campaign.id}/hearings/{campaign.adcode}/statements",
        json={"text": "无异议"},
    )
    as_role(Role.TEAM_LEADER, campaign, team="A").post(
        f"/api/v1/interviews/{lost.interview_id}/replacement-refusal", json={"reason": "再去"}
    )
    return case


def unguarded(session: Session, table: str, change: str) -> None:
    """Change a table as somebody might who owns the database."""
    if session.get_bind().dialect.name == "sqlite":
        for name in ("update", "delete", "replace"):
            session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{name}"))
    else:
        session.execute(text(f"DROP TRIGGER {table}_no_change ON {table}"))
    session.execute(text(change))
    session.commit()


def test_every_record_made_in_the_field_has_its_line(
    ruled: str, session: Session, campaign: Any, settings: Settings
) -> None:
    lines = select(LedgerEntry.status).where(LedgerEntry.type == "record")

    assert {*RULED, "replacement_refusals"} <= set(session.scalars(lines))
    assert replays.verify(session, campaign.id, settings=settings).faults == ()


@pytest.mark.parametrize("table", [*RULED, "declarations", "replacement_refusals"])
@pytest.mark.parametrize("change", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_the_database_refuses_to_change_a_record(
    ruled: str, session: Session, table: str, change: str
) -> None:
    column = next(
        str(column.name)
        for model in records.MOMENTS
        if model.__tablename__ == table
        for column in model.__table__.columns
    )

    with pytest.raises(DatabaseError, match="never changed"):
        session.execute(text(change.format(table, column)))
    session.rollback()


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("case_rulings", "UPDATE case_rulings SET reason = 'x'"),
        ("case_signatures", "UPDATE case_signatures SET signed_by = 'somebody'"),
        ("statements", "DELETE FROM statements"),
        ("replacement_refusals", "UPDATE replacement_refusals SET n = 2"),
    ],
)
def test_a_change_behind_our_back_is_noticed(
    ruled: str, session: Session, campaign: Any, settings: Settings, table: str, change: str
) -> None:
    unguarded(session, table, change)

    faults = replays.verify(session, campaign.id, settings=settings).faults

    assert faults != ()
    assert all(table in fault for fault in faults)


def test_what_was_declared_before_fieldwork_is_entered_with_the_next_step(
    ruled: str, session: Session, campaign: Any, settings: Settings, frozen_clock: Any
) -> None:
    campaign.end_fieldwork()
    closing.take(
        session,
        campaign.id,
        Step.FIELDWORK_ENDED,
        note=None,
        by=campaign.commissioner,
        settings=settings,
        at=frozen_clock.moment,
    )
    whole = replays.verify(session, campaign.id, settings=settings).faults
    unguarded(session, "declarations", "UPDATE declarations SET training_score = 99")

    changed = replays.verify(session, campaign.id, settings=settings).faults

    assert whole == ()
    assert changed != ()
    assert all("declarations" in fault for fault in changed)


def test_every_table_of_records_is_guarded(session: Session) -> None:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    names = session.scalars(
        text(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            if is_sqlite
            else "SELECT tgname FROM pg_trigger"
        )
    ).all()

    wanted = ("update", "delete", "replace") if is_sqlite else ("change",)
    assert {f"{table}_no_{name}" for table in KEPT for name in wanted} <= set(names)
