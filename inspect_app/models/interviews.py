"""Households between the phone and the estimate: visits, revisions, rosters, reviews."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from inspect_app.models.base import Base


class Interview(Base):
    """The interview of one household in one round; its answers are the ops of its revisions.

    `current_rev` is the revision that counts, `last_rev` the highest number given out:
    a revision in conflict takes a number without becoming the current one.

    device_id : the phone whose the current revision is; its team has the interview
    urgency : place in the evening's queue, the higher the earlier; see `rules.flags.urgency`
    arrived_at : when its latest revision came
    compared_at : when it was last held against those around it; none since that revision
    """

    __tablename__ = "interviews"
    __table_args__ = (
        # Pages by id; the last column is what a team or a state is picked by on the way.
        Index("ix_interviews_by_id", "campaign_id", "interview_id", "device_id"),
        Index("ix_interviews_by_state", "campaign_id", "state", "interview_id", "device_id"),
        Index("ix_interviews_by_county", "campaign_id", "county_adcode", "interview_id", "state"),
        # What waits for a decision is a small part; its order stands below.
        Index(
            "ix_interviews_counted",
            "campaign_id",
            "device_id",
            "county_adcode",
            "village_code",
            "urgency",
            "in_conflict",
            sqlite_where=text("state = 'received'"),
            postgresql_where=text("state = 'received'"),
        ),
        # The interviews around one: of its village, of its phone within some days.
        Index(
            "ix_interviews_by_village", "campaign_id", "village_code", "arrived_at", "current_rev"
        ),
        Index("ix_interviews_by_device", "device_id", "arrived_at", "current_rev"),
    )

    interview_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    unit_id: Mapped[str] = mapped_column(String(120))
    round: Mapped[str] = mapped_column(String(8))
    county_adcode: Mapped[str] = mapped_column(String(6))
    village_code: Mapped[str] = mapped_column(String(12))
    device_id: Mapped[str] = mapped_column(String(36), ForeignKey("devices.id"))
    current_rev: Mapped[int]
    last_rev: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    in_conflict: Mapped[bool]
    urgency: Mapped[int] = mapped_column(default=0, server_default="0")
    arrived_at: Mapped[datetime | None]
    compared_at: Mapped[datetime | None]


Index(
    "ix_interviews_waiting",
    Interview.campaign_id,
    Interview.urgency.desc(),
    Interview.arrived_at,
    Interview.interview_id,
    Interview.county_adcode,
    Interview.device_id,
    sqlite_where=text("state = 'received'"),
    postgresql_where=text("state = 'received'"),
)
Index(
    "ix_interviews_fresh",
    Interview.campaign_id,
    Interview.urgency.desc(),
    Interview.arrived_at,
    Interview.interview_id,
    Interview.village_code,
    sqlite_where=text("state = 'received' AND compared_at IS NULL"),
    postgresql_where=text("state = 'received' AND compared_at IS NULL"),
)


class Revision(Base):
    """One version of an interview's answers; revisions are added, never changed.

    flags : what reception found odd
    findings : what the rules of the campaign make of the answers
    answers_sha256 : equal for equal answers of two households
    traits : times, position and free text, for comparing interviews; see `rules.quality.Traits`
    """

    __tablename__ = "revisions"
    __table_args__ = (Index("ix_revisions_by_answers", "answers_sha256", "interview_id"),)

    interview_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("interviews.interview_id"), primary_key=True
    )
    rev: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    op_id: Mapped[str] = mapped_column(String(36), ForeignKey("ops.op_id"), unique=True)
    base_rev: Mapped[int] = mapped_column(BigInteger)
    conflict: Mapped[bool]
    stale_form: Mapped[bool]
    offset_ms: Mapped[int] = mapped_column(BigInteger)
    disposition: Mapped[str] = mapped_column(String(16))
    flags: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    findings: Mapped[dict[str, Any]] = mapped_column(JSON)
    answers_sha256: Mapped[str] = mapped_column(String(64))
    traits: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class Comparison(Base):
    """What an interview looked like beside those around it when somebody last looked.

    It may be thrown away at any time: it follows from the interviews, and is only quicker.

    rev, device_id : of the interview when it was compared
    since, until : arrivals between which interviews of the same phone lie around it
    stamp : of the interviews around it; another one now says that this is out of date
    """

    __tablename__ = "comparisons"

    interview_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("interviews.interview_id"), primary_key=True
    )
    rev: Mapped[int]
    device_id: Mapped[str] = mapped_column(String(36))
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    stamp: Mapped[str] = mapped_column(String(120))
    flags: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class Contact(Base):
    """A visit that did not end in an interview; contacts add up and never conflict."""

    __tablename__ = "contacts"
    __table_args__ = (Index(None, "campaign_id", "unit_id"),)

    op_id: Mapped[str] = mapped_column(String(36), ForeignKey("ops.op_id"), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    unit_id: Mapped[str] = mapped_column(String(120))
    round: Mapped[str] = mapped_column(String(8))
    visit_no: Mapped[int]
    disposition: Mapped[str] = mapped_column(String(16))
    at: Mapped[str] = mapped_column(String(40))


class RosterList(Base):
    """A village list as sealed on a phone, and the draw the server repeated from it.

    The first list of a village stands; a later one is kept in conflict. `differs` says that the
    number of households is off the expected one by more than the tolerance.
    """

    __tablename__ = "roster_lists"
    __table_args__ = (Index(None, "campaign_id", "village_code"),)

    op_id: Mapped[str] = mapped_column(String(36), ForeignKey("ops.op_id"), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    village_code: Mapped[str] = mapped_column(String(12))
    household_class: Mapped[str] = mapped_column(String(8))
    device_id: Mapped[str] = mapped_column(String(36), ForeignKey("devices.id"))
    households: Mapped[int]
    expected: Mapped[int | None]
    sealed_at: Mapped[str] = mapped_column(String(40))
    drawn: Mapped[list[str]] = mapped_column(JSON)
    differs: Mapped[bool]
    stands: Mapped[bool]


class RosterDecision(Base):
    """A supervisor's decision on a village list: the draw may begin, or this list shall stand."""

    __tablename__ = "roster_decisions"

    op_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("roster_lists.op_id"), primary_key=True
    )
    decision: Mapped[str] = mapped_column(String(12), primary_key=True)
    reason: Mapped[str] = mapped_column(String(2000))
    decided_by: Mapped[str] = mapped_column(String(36))
    decided_at: Mapped[datetime]


class ConflictChoice(Base):
    """Which of the revisions in conflict counts, who chose it, and why."""

    __tablename__ = "conflict_choices"

    interview_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("interviews.interview_id"), primary_key=True
    )
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rev: Mapped[int]
    reason: Mapped[str] = mapped_column(String(2000))
    decided_by: Mapped[str] = mapped_column(String(36))
    decided_at: Mapped[datetime]


class Return(Base):
    """A reviewer's request to a pair: ask this household again; `device_id` is their phone.

    interpreter : whom the agency brings along. Of returns from before pairs were kept, who the
    two were is not known.
    """

    __tablename__ = "returns"

    return_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    interview_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("interviews.interview_id"), index=True
    )
    device_id: Mapped[str] = mapped_column(String(36), ForeignKey("devices.id"), index=True)
    base_rev: Mapped[int] = mapped_column(BigInteger)
    enumerator_a: Mapped[str | None] = mapped_column(String(36))
    enumerator_b: Mapped[str | None] = mapped_column(String(36))
    interpreter: Mapped[str | None] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(String(2000))
    returned_by: Mapped[str] = mapped_column(String(36))
    returned_at: Mapped[datetime]


class Review(Base):
    """A reviewer's decision on one revision, with the flags that were shown for it.

    without_files : accepted although photos or signatures had not arrived
    """

    __tablename__ = "reviews"

    interview_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("interviews.interview_id"), primary_key=True
    )
    rev: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decision: Mapped[str] = mapped_column(String(12))
    flags: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(2000))
    decided_by: Mapped[str] = mapped_column(String(36))
    decided_at: Mapped[datetime]
    without_files: Mapped[bool] = mapped_column(default=False, server_default=false())


class Revisit(Base):
    """A second visit to a household: blind by another pair, or the recheck of a case.

    It has an interview of its own, never part of an estimate.

    round : the wave with `b` for a blind one, with `c` for a recheck, `c2` for the next one
    kind : blind or recheck; case_id : which a recheck is for, the first of several
    """

    __tablename__ = "revisits"
    __table_args__ = (
        Index(None, "campaign_id", "kind", "interview_id"),
        Index(None, "first_interview_id"),
        Index(None, "device_id"),
    )

    interview_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    unit_id: Mapped[str] = mapped_column(String(120))
    round: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(8))
    first_interview_id: Mapped[str] = mapped_column(String(36))
    county_adcode: Mapped[str] = mapped_column(String(6))
    village_code: Mapped[str] = mapped_column(String(12))
    household_class: Mapped[str] = mapped_column(String(1))
    persons: Mapped[int]
    device_id: Mapped[str] = mapped_column(String(36), ForeignKey("devices.id"))
    enumerator_a: Mapped[str] = mapped_column(String(36), ForeignKey("enumerators.id"))
    enumerator_b: Mapped[str] = mapped_column(String(36), ForeignKey("enumerators.id"))
    case_id: Mapped[str | None] = mapped_column(String(36))
    ordered_by: Mapped[str] = mapped_column(String(36))
    ordered_at: Mapped[datetime]
    interpreter: Mapped[str | None] = mapped_column(String(100))


class Replacement(Base):
    """A team leader's approval that a reserve household takes the place of one in the sample.

    late : given after the day on which the last visit was reported, China time
    """

    __tablename__ = "replacements"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    unit_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    reserve_unit_id: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(2000))
    approved_by: Mapped[str] = mapped_column(String(36))
    approved_at: Mapped[datetime]
    late: Mapped[bool] = mapped_column(default=False, server_default=false())


class ReplacementRefusal(Base):
    """A team leader's refusal to let a reserve take a household's place; go there again."""

    __tablename__ = "replacement_refusals"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    unit_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(String(2000))
    refused_by: Mapped[str] = mapped_column(String(36))
    refused_at: Mapped[datetime]
