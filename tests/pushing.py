"""Ops as any client could send them, and what the database then holds."""

from typing import Any

from phones import AppWire
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.ledger import LedgerEntry

UUID = "00000000-0000-4000-8000-000000000001"


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [result["status"] for result in results]


def push_raw(phone: Phone, *ops: dict[str, Any], **changes: Any) -> Any:
    wire = phone.link.wire
    assert isinstance(wire, AppWire)
    return wire.app.test_client().post(
        "/api/v1/sync/push",
        json={**phone.envelope([]), "ops": list(ops), **changes},
        headers={"Authorization": f"Bearer {phone.token}"},
    )


def count(session: Session, model: type[Any]) -> int:
    session.rollback()  # a new look, not the snapshot of an earlier one
    return session.scalar(select(func.count()).select_from(model)) or 0


def lines(session: Session) -> list[tuple[int, str, str]]:
    session.rollback()  # a new look, not the snapshot of an earlier one
    rows = session.scalars(select(LedgerEntry).order_by(LedgerEntry.seq))
    return [(row.seq, row.type, row.status) for row in rows]


def sealed_village(phone: Phone) -> str:
    return next(iter(phone.draws))


def results_of(phone: Phone, *ops: dict[str, Any]) -> list[dict[str, Any]]:
    """Push ops as they are; what each came to."""
    results: list[dict[str, Any]] = push_raw(phone, *ops).get_json()["results"]
    return results


def marks(session: Session) -> list[tuple[str, str]]:
    """Type and status of every line of the ledger."""
    return [(kind, status) for _, kind, status in lines(session)]
