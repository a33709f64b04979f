"""People who log in, their role in each campaign, and the tokens of people and phones."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from inspect_app.models.base import Base


class Account(Base):
    """One person. Phones have no account; they enrol.

    `failed_logins` since the last success, for whoever looks after accounts; `locked_at` when the
    operator closed the account.
    """

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str] = mapped_column(String(200))
    may_commission: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_at: Mapped[datetime | None]


class MembershipRow(Base):
    """One person's one role in one campaign; one that was ended gives no right any more."""

    __tablename__ = "memberships"

    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(20))
    county_adcode: Mapped[str | None] = mapped_column(String(6))
    team: Mapped[str | None] = mapped_column(String(40))
    joined_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(36))


class Token(Base):
    """A token, kept as its SHA-256; it belongs to an account or to a device.

    `kind` is "bearer" for programs and phones, "session" for what a browser's cookie holds; each
    is good in its own place only. `id` names a person's token without giving it away.
    """

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
    id: Mapped[str | None] = mapped_column(String(36), index=True, unique=True)
    kind: Mapped[str] = mapped_column(String(10), default="bearer", server_default="bearer")
    created_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    address: Mapped[str | None] = mapped_column(String(45))
    revoked_at: Mapped[datetime | None]


class PasswordLink(Base):
    """A link from the operator by which a person sets a new password; kept as its SHA-256."""

    __tablename__ = "password_links"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Attempts(Base):
    """Failed log-ins of a login, known or not, or from an address; forgotten after a while."""

    __tablename__ = "attempts"

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    failures: Mapped[int]
    lapses_at: Mapped[datetime] = mapped_column(index=True)


class AccountEvent(Base):
    """What happened to an account: who, when, from where. A login that nobody has is not kept.

    campaign_id : of a part that began or ended; none for what is about the account itself
    """

    __tablename__ = "account_events"
    __table_args__ = (Index("ix_account_events_account_id_id", "account_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("accounts.id"))
    event: Mapped[str] = mapped_column(String(30))
    campaign_id: Mapped[str | None] = mapped_column(String(36))
    address: Mapped[str | None] = mapped_column(String(45))
    actor: Mapped[str | None] = mapped_column(String(36))
    at: Mapped[datetime]
