"""What happens to a verdict after it was issued: rows are added, and never changed, by trigger."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from inspect_app.models.base import Base


def _of_verdict() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["number", "version"], ["verdicts.number", "verdicts.version"])


class Countersignature(Base):
    """The commissioner agrees that a version goes out."""

    __tablename__ = "countersignatures"
    __table_args__ = (_of_verdict(),)

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signed_by: Mapped[str] = mapped_column(String(36))
    signed_at: Mapped[datetime]


class SignedFile(Base):
    """An edition's PDF with the electronic signature appended.

    signer : the certificate's holder; stamped : whether an authority confirmed the time
    """

    __tablename__ = "signed_files"
    __table_args__ = (
        ForeignKeyConstraint(
            ["number", "version", "edition"],
            ["editions.number", "editions.version", "editions.edition"],
        ),
    )

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    edition: Mapped[str] = mapped_column(String(8), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    signer: Mapped[str] = mapped_column(String(400))
    stamped: Mapped[bool]
    signed_at: Mapped[datetime]


class Withdrawal(Base):
    """The commissioner takes a version back; the reason is shown to everybody."""

    __tablename__ = "withdrawals"
    __table_args__ = (_of_verdict(),)

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(String(1000))
    withdrawn_by: Mapped[str] = mapped_column(String(36))
    withdrawn_at: Mapped[datetime]


class PublicNotice(Base):
    """The public notice of a version: days, both included, on which objections are taken."""

    __tablename__ = "public_notices"
    __table_args__ = (_of_verdict(),)

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_day: Mapped[date]
    last_day: Mapped[date]
    published_by: Mapped[str] = mapped_column(String(36))
    published_at: Mapped[datetime]


class Objection(Base):
    """What the county, or somebody of the public, holds against a version.

    origin : county or public; received_on : day on which it reached the commissioner
    """

    __tablename__ = "objections"
    __table_args__ = (
        _of_verdict(),
        CheckConstraint("origin IN ('county', 'public')", name="origin"),
    )

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    origin: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(String(4000))
    received_on: Mapped[date]
    recorded_by: Mapped[str] = mapped_column(String(36))
    recorded_at: Mapped[datetime]


class ObjectionAnswer(Base):
    """What the commissioner answers to an objection, and whether it was right."""

    __tablename__ = "objection_answers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["number", "version", "n"],
            ["objections.number", "objections.version", "objections.n"],
        ),
    )

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    upheld: Mapped[bool]
    text: Mapped[str] = mapped_column(String(4000))
    answered_by: Mapped[str] = mapped_column(String(36))
    answered_at: Mapped[datetime]
