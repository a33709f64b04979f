"""Suspected findings on their way to a ruling."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, String, Text, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inspect_app.models.base import Base


class Case(Base):
    """One suspected finding about one household; `persons` is what a confirmation counts.

    from_sample : False for a lead from outside the sample, which no rate ever counts
    reopens : the case that this one takes up again, by the commissioner only
    reply_until : until when the county was told that it may answer; moves only later, but for a
        mistake put right
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index(None, "campaign_id", "county_adcode", "id"),
        Index("ix_cases_by_state", "campaign_id", "state", "id"),
        Index(None, "interview_id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    county_adcode: Mapped[str] = mapped_column(String(6))
    unit_id: Mapped[str] = mapped_column(String(120))
    interview_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey("interviews.interview_id")
    )
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(20))
    persons: Mapped[int]
    blocks: Mapped[list[str]] = mapped_column(JSON)
    opened_by: Mapped[str] = mapped_column(String(36))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    from_sample: Mapped[bool] = mapped_column(default=True, server_default=true())
    reopens: Mapped[str | None] = mapped_column(String(36))
    reply_until: Mapped[datetime | None]


class CaseEvent(Base):
    """One step of a case: who moved it where, when, and on what ground.

    lapsed : the deadline had passed without a word of the county, whose silence is on the record
    complete : the county said that nothing more is to come
    """

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
    lapsed: Mapped[bool] = mapped_column(default=False, server_default=false())
    complete: Mapped[bool] = mapped_column(default=False, server_default=false())


class CaseRuling(Base):
    """A ruling as proposed; the signature is what the second person made of it.

    other_grounds : true where it says that it rests on more than papers younger than the visit
    agrees : None until somebody has signed or dissented
    """

    __tablename__ = "case_rulings"

    case_id: Mapped[str] = mapped_column(String(36), ForeignKey("cases.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_state: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(4000))
    proposed_by: Mapped[str] = mapped_column(String(36))
    proposed_at: Mapped[datetime]
    other_grounds: Mapped[bool | None]
    signature: Mapped["CaseSignature | None"] = relationship(lazy="joined")

    @property
    def agrees(self) -> bool | None:
        return self.signature.agrees if self.signature else None

    @property
    def second_reason(self) -> str | None:
        return self.signature.reason if self.signature else None

    @property
    def signed_by(self) -> str | None:
        return self.signature.signed_by if self.signature else None

    @property
    def signed_at(self) -> datetime | None:
        return self.signature.signed_at if self.signature else None


class CaseSignature(Base):
    """The second signature under a ruling, or a dissent with its reason."""

    __tablename__ = "case_signatures"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "n"], ["case_rulings.case_id", "case_rulings.n"]),
    )

    case_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    agrees: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(4000))
    signed_by: Mapped[str] = mapped_column(String(36))
    signed_at: Mapped[datetime]


class Evidence(Base):
    """A file that a county brought to a case; the bytes lie beside the database.

    document_date : the day the document bears; after_visit : it is later than the visit, so what
    it shows does not overturn by itself
    state_at_reference : what it shows of the household at the reference date, in the county's words
    """

    __tablename__ = "evidence"
    __table_args__ = (Index(None, "campaign_id", "sha256"),)

    case_id: Mapped[str] = mapped_column(String(36), ForeignKey("cases.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int]
    type: Mapped[str] = mapped_column(String(40))
    document_date: Mapped[date | None]
    after_visit: Mapped[bool | None]
    state_at_reference: Mapped[str | None] = mapped_column(String(2000))
    uploaded_by: Mapped[str] = mapped_column(String(36))
    uploaded_at: Mapped[datetime]


class FeedbackMeeting(Base):
    """The day on which the findings are told to a county; no evidence is due before it.

    reason : why it takes the place of the entry before, which was a mistake
    """

    __tablename__ = "feedback_meetings"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    county_adcode: Mapped[str] = mapped_column(String(6), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    held_on: Mapped[date]
    entered_by: Mapped[str] = mapped_column(String(36))
    entered_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(String(2000))


class Statement(Base):
    """What a county says to the inspection as a whole, and what the agency answers.

    voice : county or agency
    """

    __tablename__ = "statements"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    county_adcode: Mapped[str] = mapped_column(String(6), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    voice: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    said_by: Mapped[str] = mapped_column(String(36))
    said_at: Mapped[datetime]
