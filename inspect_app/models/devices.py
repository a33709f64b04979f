"""Phones: the codes that let them in, what is known of each, and the feed each one pulls."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from inspect_app.models.base import Base


class EnrolmentCode(Base):
    """A one-time code for one enumerator, known here by its hash only."""

    __tablename__ = "enrolment_codes"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"), index=True)
    enumerator_id: Mapped[str] = mapped_column(String(36), ForeignKey("enumerators.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(36))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    device_id: Mapped[str | None] = mapped_column(String(36))
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(36))


class Device(Base):
    """One enrolled phone: its key, its clock as last seen, and what it says it still holds.

    state : what was ordered; reached_state : what the phone says it has come to
    offset_ms, pull_offset_ms : server minus phone at the last push and at the last pull
    past_boots : its last starts before the present one, whose pushes say nothing new
    clock_jumps : contacts between which that difference changed by more than the tolerance
    push_minute, pushes_in_minute : how often it pushed in the last minute that it pushed in
    """

    __tablename__ = "devices"
    __table_args__ = (Index(None, "campaign_id", "id"),)

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
    past_boots: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    unsent: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    free_mb: Mapped[int | None] = mapped_column(BigInteger)
    persisted: Mapped[bool | None]
    superseded_by: Mapped[str | None] = mapped_column(String(36))
    pull_offset_ms: Mapped[int | None] = mapped_column(BigInteger)
    last_pull_at: Mapped[datetime | None]
    clock_jumps: Mapped[int] = mapped_column(default=0, server_default="0")
    last_jump_ms: Mapped[int | None] = mapped_column(BigInteger)
    last_jump_at: Mapped[datetime | None]
    reached_state: Mapped[str | None] = mapped_column(String(12))
    reached_at: Mapped[datetime | None]
    push_minute: Mapped[int | None] = mapped_column(BigInteger)
    pushes_in_minute: Mapped[int] = mapped_column(default=0, server_default="0")


class DeviceCommand(Base):
    """What a supervisor ordered a phone to become, and why; orders are added, never changed."""

    __tablename__ = "device_commands"

    device_id: Mapped[str] = mapped_column(String(36), ForeignKey("devices.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(2000))
    ordered_by: Mapped[str] = mapped_column(String(36))
    ordered_at: Mapped[datetime]


class Rate(Base):
    """How often one subject did one kind of thing in the last minute that it did it in."""

    __tablename__ = "rates"

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    minute: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int]


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


class FeedEpoch(Base):
    """A life that this database began by being restored; cursors of an earlier one begin anew.

    After a restore numbers are given out again that a phone has seen under other items. A database
    that was never restored has no row.
    """

    __tablename__ = "feed_epochs"

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[str] = mapped_column(String(8))
