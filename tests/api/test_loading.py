"""Many rows at once: the same rows, and the same refusals, as by single inserts."""

from contextlib import nullcontext
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from databases import Databases
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from inspect_app.models.devices import FeedItem
from inspect_app.models.samples import AccessEntry, Enumerator
from inspect_app.services.loading import load
from inspect_app.services.transactions import writing

CHINA = timezone(timedelta(hours=8))
NOON = datetime(2020, 6, 3, 12, 0, tzinfo=CHINA)


def an_enumerator(campaign: Any, n: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-4000-8000-{n:012}",
        "campaign_id": campaign.id,
        "name": "阿\tB\\N\n{x}",
        "team": "A",
        "province_code": "51",
        "home_adcode": "510104",
        "declared": ["420528", 'a"b\\'],
        "created_at": NOON,
        **changes,
    }


@pytest.fixture
def campaign(a_campaign: Any) -> Any:
    return a_campaign("commissioned")


def test_text_lists_and_times_come_back_as_they_went(session: Session, campaign: Any) -> None:
    with writing(session, campaign.id):
        load(session, Enumerator, [an_enumerator(campaign, n) for n in range(300)])

    found = session.scalars(select(Enumerator).order_by(Enumerator.id)).all()

    assert len(found) == 300
    assert found[7].name == "阿\tB\\N\n{x}"
    assert found[7].declared == ["420528", 'a"b\\']
    assert found[7].created_at == NOON
    assert found[7].created_at.utcoffset() == timedelta()


def test_it_is_part_of_the_transaction_and_sees_what_is_pending(
    session: Session, campaign: Any
) -> None:
    session.add(Enumerator(**an_enumerator(campaign, 1)))
    load(session, Enumerator, [an_enumerator(campaign, 2)])
    within = len(session.scalars(select(Enumerator)).all())
    session.rollback()

    assert (within, session.scalars(select(Enumerator)).all()) == (2, [])


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"id": "00000000-0000-4000-8000-000000000001"}, IntegrityError),
        ({"name": None}, IntegrityError),
        ({"created_at": NOON.replace(tzinfo=None)}, (StatementError, ValueError)),
    ],
)
def test_what_an_insert_refuses_is_refused(
    session: Session, campaign: Any, changes: dict[str, Any], error: type[Exception]
) -> None:
    rows = [an_enumerator(campaign, 1), an_enumerator(campaign, 2, **changes)]

    with pytest.raises(error), writing(session, campaign.id):
        load(session, Enumerator, rows)

    assert session.scalars(select(Enumerator)).all() == []


def test_a_row_of_another_phone_is_refused(session: Session, campaign: Any) -> None:
    row = {"device_id": "nobody", "seq": 1, "type": "ack", "payload": {}}

    with pytest.raises(IntegrityError), writing(session, campaign.id):
        load(session, FeedItem, [row])


def test_nothing_to_load_asks_the_database_nothing(session: Session) -> None:
    load(session, AccessEntry, [])

    assert not session.in_transaction()


def test_nul_is_a_fault_of_the_value_where_the_engine_cannot_hold_it(
    session: Session, campaign: Any, databases: Databases
) -> None:
    """The schemas refuse it before; SQLite would take it."""
    refuses = pytest.raises(DataError) if databases.name == "postgres" else nullcontext()

    with refuses, writing(session, campaign.id):
        load(session, Enumerator, [an_enumerator(campaign, 1, name="a\0b")])
