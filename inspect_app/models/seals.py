"""Keys that phones seal to, seals of ops that were opened, and files that somebody carried."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from inspect_app.models.base import Base


class SealKeyRow(Base):
    """The public half of a seal key; the private one lies in a file, never here.

    retired_at : since when it is given to no phone; what was sealed to it is opened all the same
    rehearsed_at : when a copy in somebody's safe was last shown to open what phones seal
    """

    __tablename__ = "seal_keys"

    kid: Mapped[str] = mapped_column(String(20), primary_key=True)
    public_key: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    rehearsed_at: Mapped[datetime | None]


class OpSeal(Base):
    """Who closed an op that came sealed: key, hash of the ciphertext, signature of the phone.

    With the op's own row that is all a later check of the signature needs; never changed.

    device_id : of the phone that sealed; carried_by : account of who brought it, None for itself
    """

    __tablename__ = "op_seals"

    op_id: Mapped[str] = mapped_column(String(36), ForeignKey("ops.op_id"), primary_key=True)
    device_id: Mapped[str] = mapped_column(String(36), ForeignKey("devices.id"))
    kid: Mapped[str] = mapped_column(String(20))
    ct_sha256: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(100))
    carried_by: Mapped[str | None] = mapped_column(String(36))


class CarriedFile(Base):
    """A sealed file that somebody brought in a phone's place, and what was answered; never changed.

    made_at : as the phone wrote it; results : as its receipts tell the phone
    """

    __tablename__ = "carried_files"
    __table_args__ = (Index(None, "campaign_id", "carried_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    device_id: Mapped[str] = mapped_column(String(36), ForeignKey("devices.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[str] = mapped_column(String(40))
    results: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    carried_by: Mapped[str] = mapped_column(String(36))
    carried_at: Mapped[datetime]
