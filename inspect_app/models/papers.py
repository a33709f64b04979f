"""Papers that leave the house: numbered copies of assignment sheets, notices to counties.

Rows are added and never changed, by trigger.
"""

from datetime import datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from inspect_app.models.base import Base


class SheetCopy(Base):
    """A copy of an assignment sheet, signed out by whoever printed it; n counts from 1.

    document : what it was drawn from; pdf_sha256 : of the file that was printed
    """

    __tablename__ = "sheet_copies"

    assignment_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("assignments.id"), primary_key=True
    )
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    document_sha256: Mapped[str] = mapped_column(String(64))
    pdf_sha256: Mapped[str] = mapped_column(String(64))
    printed_by: Mapped[str] = mapped_column(String(36))
    printed_at: Mapped[datetime]


class SheetEvent(Base):
    """What became of a copy. what : returned, destroyed or lost"""

    __tablename__ = "sheet_events"
    __table_args__ = (
        ForeignKeyConstraint(
            ["assignment_id", "n"], ["sheet_copies.assignment_id", "sheet_copies.n"]
        ),
        CheckConstraint("what IN ('returned', 'destroyed', 'lost')", name="what"),
    )

    assignment_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(String(10), primary_key=True)
    note: Mapped[str] = mapped_column(String(1000))
    entered_by: Mapped[str] = mapped_column(String(36))
    entered_at: Mapped[datetime]


class Notice(Base):
    """A notice to a county: its suspected cases, or what became of them.

    kind : told or ruled; cases : id of each case -> state that the notice tells of it
    signed, signer : where a key was configured; stamped : whether an authority confirmed the time
    """

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("kind IN ('told', 'ruled')", name="kind"),
        UniqueConstraint("campaign_id", "county_adcode", "n"),
    )

    number: Mapped[str] = mapped_column(String(40), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    county_adcode: Mapped[str] = mapped_column(String(6))
    n: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    cases: Mapped[dict[str, str]] = mapped_column(JSON)
    document: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    document_sha256: Mapped[str] = mapped_column(String(64))
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    pdf_sha256: Mapped[str] = mapped_column(String(64))
    signed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    signed_sha256: Mapped[str | None] = mapped_column(String(64))
    signer: Mapped[str | None] = mapped_column(String(400))
    stamped: Mapped[bool]
    issued_by: Mapped[str] = mapped_column(String(36))
    issued_at: Mapped[datetime]


class NoticeReceipt(Base):
    """A county official says that a notice has come; the first one counts."""

    __tablename__ = "notice_receipts"

    number: Mapped[str] = mapped_column(String(40), ForeignKey("notices.number"), primary_key=True)
    received_by: Mapped[str] = mapped_column(String(36))
    received_at: Mapped[datetime]
