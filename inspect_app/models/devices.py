"""Phones: the codes that let them in, what is known of each, and the feed each one pulls."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from inspect_app.models.base import Base


class EnrolmentCode(Base):
    """A one-time code for one enumerator, known here by its hash only."""

    __tablename__ = "enrolment_codes"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    enumerator_id: Mapped[str] = mapped_column(String(36), ForeignKey("enumerators.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(36))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    device_id: Mapped[str | None] = mapped_column(String(36))


class Device(Base):
    """One enrolled phone: its key, its clock as last seen, and what it says it still holds."""

    __tablename__ = "devices"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    enumerator_id: Mapped[str] = mapped_column(String(36), ForeignKey("enumerators.id"), index=True)
    public_key: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12))
    app: Mapped[str] = mapped_column(String(40))
    enrolled_at: Mapped[datetime]
    last_contact_at: Mapped[datetime | None]
    offset_ms: Mapped[int | None] = mapped_column(BigInteger)
    boot_id: Mapped[str | None] = mapped_column(String(40))
    mono_ms: Mapped[int | None] = mapped_column(BigInteger)
    unsent: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    free_mb: Mapped[int | None] = mapped_column(BigInteger)
    persisted: Mapped[bool | None]


class SpentNonce(Base):
    """A nonce of `hello` that a device has used; unused ones need no storage."""

    __tablename__ = "spent_nonces"

    device_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    nonce_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class FeedItem(Base):
    """One item of a device's feed; numbers grow without gaps within the device."""

    __tablename__ = "feed_items"

    device_id: Mapped[str] = mapped_column(String(36), ForeignKey("devices.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(24))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
