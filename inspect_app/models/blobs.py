"""Files that ops name, and which of them have arrived; the bytes themselves lie on the disk."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from inspect_app.models.base import Base


class OpBlob(Base):
    """One file that an op names; only the phone that sent the op may send the file.

    sha256 : of the bytes that travel and lie on the disk
    bytes, type : as the op said
    plain_sha256 : of the plain file, which answers name; None for one that is sealed still
    is_household_photo : a picture of how a household lives, not a signature or somebody's card
    """

    __tablename__ = "op_blobs"
    __table_args__ = (
        Index("ix_op_blobs_by_hash", "campaign_id", "sha256", "op_id"),
        Index("ix_op_blobs_by_plain_hash", "campaign_id", "plain_sha256", "op_id"),
        Index(None, "device_id", "sha256"),
    )

    op_id: Mapped[str] = mapped_column(String(36), ForeignKey("ops.op_id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    device_id: Mapped[str] = mapped_column(String(36), ForeignKey("devices.id"))
    bytes: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(String(80))
    is_household_photo: Mapped[bool]
    plain_sha256: Mapped[str | None] = mapped_column(String(64))


class Blob(Base):
    """A file that lies whole and flushed in the campaign's folder; one row a campaign and hash."""

    __tablename__ = "blobs"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    completed_at: Mapped[datetime]
