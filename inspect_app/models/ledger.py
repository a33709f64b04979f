"""What phones sent, and the chain that proves when it arrived and what was decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from inspect_app.models.base import Base


class Op(Base):
    """One op as it came, never changed; `op_id` is the idempotency key.

    Times of the phone are kept as text, with the offset it wrote. What the server decided stands
    in the ledger entry of the op.
    """

    __tablename__ = "ops"
    __table_args__ = (
        Index(
            "ix_ops_complete",
            "device_id",
            sqlite_where=text("complete = 1"),  # as queries are written there
            postgresql_where=text("complete"),
        ),
    )

    op_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    device_id: Mapped[str] = mapped_column(String(36), ForeignKey("devices.id"))
    kind: Mapped[str] = mapped_column(String(16))
    interview_id: Mapped[str | None] = mapped_column(String(36))
    base_rev: Mapped[int | None] = mapped_column(BigInteger)
    return_id: Mapped[str | None] = mapped_column(String(36))
    form_id: Mapped[str | None] = mapped_column(String(60))
    version: Mapped[str | None] = mapped_column(String(20))
    captured_at: Mapped[str] = mapped_column(String(40))
    boot_id: Mapped[str | None] = mapped_column(String(40))
    mono_ms: Mapped[int | None] = mapped_column(BigInteger)
    body_sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    blobs: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    complete: Mapped[bool]


class LedgerEntry(Base):
    """One line of a campaign's chain; rows are never updated or deleted, by trigger too."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index(
            "uq_ledger_op_id",
            "op_id",
            unique=True,
            sqlite_where=text("type = 'op'"),
            postgresql_where=text("type = 'op'"),
        ),
        Index(
            "uq_ledger_complete_op_id",
            "op_id",
            unique=True,
            sqlite_where=text("type = 'complete'"),
            postgresql_where=text("type = 'complete'"),
        ),
        Index("ix_ledger_by_device", "device_id", "seq", "type"),
        Index(
            "ix_ledger_alarms",
            "campaign_id",
            "seq",
            sqlite_where=text("type = 'event'"),
            postgresql_where=text("type = 'event'"),
        ),
        # Happenings are few; the review asks which of them are about an interview.
        Index(
            "ix_ledger_events",
            "campaign_id",
            "interview_id",
            sqlite_where=text("type = 'event'"),
            postgresql_where=text("type = 'event'"),
        ),
    )

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(12))
    op_id: Mapped[str | None] = mapped_column(String(36))
    kind: Mapped[str | None] = mapped_column(String(16))
    interview_id: Mapped[str | None] = mapped_column(String(36))
    rev: Mapped[int | None]
    body_sha256: Mapped[str | None] = mapped_column(String(64))
    device_id: Mapped[str | None] = mapped_column(String(36))
    received_at: Mapped[str] = mapped_column(String(24))
    status: Mapped[str] = mapped_column(String(24))
    h: Mapped[str] = mapped_column(String(64))
    kid: Mapped[str] = mapped_column(String(16))
    signature: Mapped[str] = mapped_column(String(100))


class LedgerDay(Base):
    """The root of a finished day of a chain; `count` is the chain's length at its end."""

    __tablename__ = "ledger_days"
    __table_args__ = (UniqueConstraint("campaign_id", "count"),)

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    count: Mapped[int]
    root: Mapped[str] = mapped_column(String(64))


class Quarantine(Base):
    """Something received that a person must judge: kept whatever is wrong with it.

    `body` is empty where the op itself holds the bytes; another body under a used op id has no
    op of its own and is kept here with its `envelope`.

    state : open, dismissed or released; offset_ms : of the push that brought it
    """

    __tablename__ = "quarantine"
    __table_args__ = (
        UniqueConstraint("op_id", "body_sha256"),
        Index("ix_quarantine_campaign_id_state", "campaign_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"), index=True)
    device_id: Mapped[str] = mapped_column(String(36))
    op_id: Mapped[str] = mapped_column(String(36))
    body_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(24))
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    received_at: Mapped[str] = mapped_column(String(24))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    county_adcode: Mapped[str | None] = mapped_column(String(6))
    state: Mapped[str] = mapped_column(String(12), default="open", server_default="open")
    offset_ms: Mapped[int | None] = mapped_column(BigInteger)
    envelope: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class QuarantineDecision(Base):
    """A person's decision on something in quarantine: released with this outcome, or dismissed.

    op_id : under which it counts; another body under a used id gets one made by the server
    """

    __tablename__ = "quarantine_decisions"

    quarantine_id: Mapped[int] = mapped_column(ForeignKey("quarantine.id"), primary_key=True)
    decision: Mapped[str] = mapped_column(String(12), primary_key=True)
    reason: Mapped[str] = mapped_column(String(2000))
    as_device: Mapped[str | None] = mapped_column(String(36))
    op_id: Mapped[str] = mapped_column(String(36))
    status: Mapped[str] = mapped_column(String(24))
    rev: Mapped[int | None]
    seq: Mapped[int]
    decided_by: Mapped[str] = mapped_column(String(36))
    decided_at: Mapped[datetime]


class AlarmAck(Base):
    """Who has seen an alarm of the chain, and what came of it."""

    __tablename__ = "alarm_acks"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(String(2000))
    acked_by: Mapped[str] = mapped_column(String(36))
    acked_at: Mapped[datetime]


class Void(Base):
    """A body that was destroyed on demand; its hashes stay in the chain, line `seq` says so."""

    __tablename__ = "voids"

    op_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    body_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    seq: Mapped[int]
    reason: Mapped[str] = mapped_column(String(2000))
    voided_by: Mapped[str] = mapped_column(String(36))
    voided_at: Mapped[datetime]
