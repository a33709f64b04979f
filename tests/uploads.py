"""Files of a phone's interviews, sent whole or piece by piece."""

import hashlib
from typing import Any

from fieldwork import tasks
from phones import AppWire, an_interview
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import CHUNK_TYPE, Phone, Sealed
from inspect_app.models.ledger import LedgerEntry
from inspect_app.services.files import Store
from inspect_app.settings import Settings

HOUSE = b"a house " * 5000


DOOR = b"a door " * 3000


NAME = b"a signature"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def with_files(phone: Phone, place: int = 0, **files: bytes) -> Sealed:
    """Seal the interview of one of the phone's households, which names these files."""
    answers = {field: phone.keep(content) for field, content in files.items()}
    return an_interview(phone, tasks(phone)[place], **answers)


def send(
    phone: Phone,
    content: bytes,
    chunk: bytes,
    offset: int,
    environ: dict[str, Any] | None = None,
    **changes: Any,
) -> Any:
    """One PATCH as any client could make it; headers may be changed or left out (None)."""
    wire = phone.link.wire
    assert isinstance(wire, AppWire)
    headers = {
        "Authorization": f"Bearer {phone.token}",
        "Content-Type": CHUNK_TYPE,
        "Upload-Offset": str(offset),
        "Upload-Length": str(len(content)),
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    return wire.app.test_client().patch(
        f"/api/v1/blobs/{digest(content)}",
        data=chunk,
        headers={name: value for name, value in headers.items() if value is not None},
        environ_overrides=environ,
    )


def ask(phone: Phone, sha256: str) -> Any:
    wire = phone.link.wire
    assert isinstance(wire, AppWire)
    return wire.app.test_client().head(
        f"/api/v1/blobs/{sha256}", headers={"Authorization": f"Bearer {phone.token}"}
    )


def lines(session: Session) -> list[tuple[str, str | None]]:
    session.rollback()  # a new look, not the snapshot of an earlier one
    rows = session.scalars(select(LedgerEntry).order_by(LedgerEntry.seq))
    return [(row.type, row.op_id) for row in rows]


def store_of(settings: Settings, campaign: Any) -> Store:
    return Store(settings.blobs_dir, campaign.id)
