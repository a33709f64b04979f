"""Kept days give the roots and proofs of a walk over the whole chain, wherever it is cut."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, select
from sqlalchemy.orm import Session

from inspect_app.models.ledger import LedgerDay, LedgerEntry
from inspect_app.rules import chain
from inspect_app.rules.chain import LineType
from inspect_app.services import days, ledger, replays
from inspect_app.services.ledger import Draft
from inspect_app.services.receipts import ReceiptKey
from inspect_app.settings import Settings

CAMPAIGN, OTHER = "6b1fd3a2-0000-5000-8000-00000000000a", "6b1fd3a2-0000-5000-8000-00000000000b"
KEY = ReceiptKey("r1", Ed25519PrivateKey.from_private_bytes(bytes(32)), bytes(32))
START = datetime(2020, 6, 3, 1, 0, tzinfo=UTC)

steps = st.lists(
    st.tuples(st.sampled_from((0, 1, 7, 15, 16, 24, 49, 100)), st.integers(1, 5)), max_size=12
)


def whole_walk(session: Session, campaign_id: str) -> list[chain.Day]:
    rows = session.execute(
        select(LedgerEntry.received_at, LedgerEntry.h)
        .where(LedgerEntry.campaign_id == campaign_id)
        .order_by(LedgerEntry.seq)
    )
    return chain.days(
        campaign_id, ((chain.day_of(row.received_at), bytes.fromhex(row.h)) for row in rows)
    )


def told(day: chain.Day | days.Standing) -> tuple[str, int, bytes]:
    return day.day, day.count, day.root


@settings(max_examples=80, deadline=None)
@given(steps, st.integers(0, 12))
def test_kept_days_agree_with_the_whole_chain(
    hours_and_lines: list[tuple[int, int]], forgotten_at: int
) -> None:
    engine = create_engine("sqlite://")
    tables = [LedgerEntry.__table__, LedgerDay.__table__]
    LedgerEntry.metadata.create_all(engine, tables=tables)  # type: ignore[arg-type]  # Tables
    at = START
    with Session(engine) as session:
        for n, (hours, lines) in enumerate(hours_and_lines):
            at += timedelta(hours=hours)
            for campaign_id in (CAMPAIGN, OTHER):
                drafts = [Draft(LineType.EVENT, "left_manifest")] * lines
                ledger.append(session, campaign_id, drafts, key=KEY, at=at)
            if n == forgotten_at:  # a chain that is older than the table
                session.execute(delete(LedgerDay))
        walked = whole_walk(session, CAMPAIGN)

        kept = session.scalars(
            select(LedgerDay).where(LedgerDay.campaign_id == CAMPAIGN).order_by(LedgerDay.count)
        ).all()
        found = {(day.day, day.count, day.root.hex()) for day in walked}
        assert {(day.day, day.count, day.root) for day in kept} <= found
        if forgotten_at >= len(hours_and_lines):
            assert len(kept) == max(0, len(walked) - 1)
        last = days.last(session, CAMPAIGN)
        assert (last and told(last)) == (told(walked[-1]) if walked else None)
        for day in walked:
            for seq in range(day.count - len(day.hashes) + 1, day.count + 1):
                assert told(days.of_line(session, CAMPAIGN, seq)) == told(day)
        assert list(days.faults(session, CAMPAIGN, walked)) == []
    engine.dispose()


def test_proofs_of_an_open_day_read_only_what_has_come_since(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = create_engine("sqlite://")
    LedgerEntry.metadata.create_all(engine)
    drafts = [Draft(LineType.EVENT, "left_manifest")] * 300
    read: list[int] = []
    with Session(engine) as session:
        ledger.append(session, CAMPAIGN, drafts, key=KEY, at=START)
        days.of_line(session, CAMPAIGN, 7)

        real = days._lines

        def lines(*of: Any) -> Any:
            read.append(of[2])
            return real(*of)

        monkeypatch.setattr(days, "_lines", lines)
        ledger.append(session, CAMPAIGN, drafts[:2], key=KEY, at=START)

        one, two = (days.of_line(session, CAMPAIGN, seq) for seq in (7, 302))

        assert read == [300, 302]
        assert told(one) == told(two) == told(whole_walk(session, CAMPAIGN)[-1])
        session.rollback()
        assert days.last(session, CAMPAIGN) is None  # the lines are gone, and so is the tree
    engine.dispose()


def test_a_day_kept_wrongly_is_found(tmp_path: Path) -> None:
    engine = create_engine("sqlite://")
    LedgerEntry.metadata.create_all(engine)
    settings = Settings.for_folder(tmp_path)
    drafts = [Draft(LineType.EVENT, "left_manifest")] * 3
    with Session(engine) as session:
        key = ledger.key_of(settings)
        ledger.append(session, CAMPAIGN, drafts, key=key, at=START)
        ledger.append(session, CAMPAIGN, drafts, key=key, at=START + timedelta(days=1))
        session.commit()
        assert replays.verify(session, CAMPAIGN, settings=settings).faults == ()
        kept = session.get_one(LedgerDay, (CAMPAIGN, "2020-06-03"))
        kept.root = "00" * 32
        session.commit()

        report = replays.verify(session, CAMPAIGN, settings=settings)
    engine.dispose()
    assert report.faults == ("2020-06-03 的日根不符 · the root kept for 2020-06-03 differs",)
