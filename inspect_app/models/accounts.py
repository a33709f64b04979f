"""People who log in, their role in each campaign, and the tokens of people and phones."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from inspect_app.models.base import Base


class Account(Base):
    """One person. Phones have no account; they enrol."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str] = mapped_column(String(200))
    may_commission: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]


class MembershipRow(Base):
    """One person's one role in one campaign."""

    __tablename__ = "memberships"

    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(20))
    county_adcode: Mapped[str | None] = mapped_column(String(6))
    team: Mapped[str | None] = mapped_column(String(40))


class Token(Base):
    """A bearer token, kept as its SHA-256; it belongs to an account or to a device."""

    __tablename__ = "tokens"
    __table_args__ = (
        CheckConstraint("(account_id IS NULL) <> (device_id IS NULL)", name="one_holder"),
    )

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey("accounts.id"), index=True
    )
    # Devices are made by a later migration, hence no foreign key.
    device_id: Mapped[str | None] = mapped_column(String(36), index=True)
    scope: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[datetime]
