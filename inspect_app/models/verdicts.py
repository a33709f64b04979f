"""Issued verdicts: frozen rows from which JSON and PDF are served again, byte for byte."""

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
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inspect_app.models.base import Base


class Verdict(Base):
    """One version of one county's verdict; a correction is a new version that names this one.

    inputs : all it was computed from but the interviews, see `services.inputs`; older ones: None
    reason, note : why it replaces the version before
    """

    __tablename__ = "verdicts"
    __table_args__ = (UniqueConstraint("campaign_id", "county_adcode", "version"),)

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"), index=True)
    county_adcode: Mapped[str] = mapped_column(String(6))
    replaces: Mapped[int | None]
    interviews: Mapped[bytes] = mapped_column(LargeBinary)
    interviews_sha256: Mapped[str] = mapped_column(String(64))
    inputs: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    reason: Mapped[str | None] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(String(2000))
    issued_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(String(36))
    editions: Mapped[list["Edition"]] = relationship(order_by="Edition.edition", lazy="selectin")


class Edition(Base):
    """One edition of a version, as document and as PDF; rows are never changed, by trigger too.

    edition : full or public
    """

    __tablename__ = "editions"
    __table_args__ = (
        ForeignKeyConstraint(["number", "version"], ["verdicts.number", "verdicts.version"]),
        CheckConstraint("edition IN ('full', 'public')", name="edition"),
    )

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    edition: Mapped[str] = mapped_column(String(8), primary_key=True)
    document: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    document_sha256: Mapped[str] = mapped_column(String(64))
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    pdf_sha256: Mapped[str] = mapped_column(String(64))


class VerdictWaiver(Base):
    """Loose ends of a county that a commissioner let stand; a verdict prints how many.

    ends : `kind/id` of each; one that comes later is not covered
    """

    __tablename__ = "verdict_waivers"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    county_adcode: Mapped[str] = mapped_column(String(6), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ends: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(2000))
    waived_by: Mapped[str] = mapped_column(String(36))
    waived_at: Mapped[datetime]
