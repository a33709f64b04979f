"""Suspected findings on their way to a ruling."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from inspect_app.models.base import Base


class Case(Base):
    """One suspected finding about one household; `persons` is what a confirmation counts."""

    __tablename__ = "cases"
    __table_args__ = (
        Index(None, "campaign_id", "county_adcode", "id"),
        Index(None, "interview_id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    county_adcode: Mapped[str] = mapped_column(String(6))
    unit_id: Mapped[str] = mapped_column(String(120))
    interview_id: Mapped[str] = mapped_column(String(36), ForeignKey("interviews.interview_id"))
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(20))
    persons: Mapped[int]
    blocks: Mapped[list[str]] = mapped_column(JSON)
    opened_by: Mapped[str] = mapped_column(String(36))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]


class CaseEvent(Base):
    """One step of a case: who moved it where, when, and on what ground."""

    __tablename__ = "case_events"

    case_id: Mapped[str] = mapped_column(String(36), ForeignKey("cases.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_state: Mapped[str | None] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(4000))
    document_name: Mapped[str | None] = mapped_column(String(200))
    document_sha256: Mapped[str | None] = mapped_column(String(64))
