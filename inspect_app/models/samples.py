"""Villages of the frame, the sealed sample, its households, and who visits them when."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspect_app.models.base import Base


class Village(Base):
    """A village of the frame; counts of households and persons by register class.

    lat, lon : degrees, where the frame has them
    """

    __tablename__ = "villages"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    village_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    village_name: Mapped[str] = mapped_column(String(100))
    town_code: Mapped[str] = mapped_column(String(12))
    town_name: Mapped[str | None] = mapped_column(String(100))
    county_adcode: Mapped[str] = mapped_column(String(6))
    stratum: Mapped[str | None] = mapped_column(String(40))
    remoteness_class: Mapped[int | None]
    households_e: Mapped[int]
    persons_e: Mapped[int]
    households_p: Mapped[int]
    persons_p: Mapped[int]
    households_n: Mapped[int]
    persons_n: Mapped[int]
    lat: Mapped[float | None]
    lon: Mapped[float | None]


class SealedSample(Base):
    """The first round: the hash of the drawn list, published while the list stays sealed."""

    __tablename__ = "sealed_samples"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    sha256: Mapped[str] = mapped_column(String(64))
    villages: Mapped[int]
    sealed_at: Mapped[datetime]
    sealed_by: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"))


class SampleVillage(Base):
    """A drawn or reserve village; sealed until `released_at`.

    position : place in the county's sealed list, 1 … n drawn, then the reserves; the only name
        by which a planner may speak of a sealed village
    order : place in the draw of its stratum
    """

    __tablename__ = "sample_villages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["campaign_id", "village_code"], ["villages.campaign_id", "villages.village_code"]
        ),
        UniqueConstraint("campaign_id", "county_adcode", "position"),
    )

    campaign_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    village_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    county_adcode: Mapped[str] = mapped_column(String(6))
    position: Mapped[int]
    stratum: Mapped[str] = mapped_column(String(40))
    ticket: Mapped[str] = mapped_column(String(64))
    pi1: Mapped[float]
    certainty: Mapped[bool]
    order: Mapped[int]
    is_reserve: Mapped[bool]
    wave: Mapped[int]
    released_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    given_up_reason: Mapped[str | None] = mapped_column(Text)
    replaces: Mapped[str | None] = mapped_column(String(12))


class SampleHousehold(Base):
    """A drawn or reserve household; a reserve counts once `opened_at` is set."""

    __tablename__ = "sample_households"
    __table_args__ = (
        ForeignKeyConstraint(
            ["campaign_id", "psu"],
            ["sample_villages.campaign_id", "sample_villages.village_code"],
        ),
        Index(None, "campaign_id", "psu", "household_class", "order"),
    )

    campaign_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    unit_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    county_adcode: Mapped[str] = mapped_column(String(6))
    stratum: Mapped[str] = mapped_column(String(40))
    psu: Mapped[str] = mapped_column(String(12))
    household_class: Mapped[str] = mapped_column(String(1))
    persons: Mapped[int]
    ticket: Mapped[str] = mapped_column(String(64))
    order: Mapped[int]
    is_reserve: Mapped[bool]
    pi1: Mapped[float]
    pi2: Mapped[float]
    inclusion_prob: Mapped[float]
    base_weight: Mapped[float]
    wave: Mapped[int]
    interview_id: Mapped[str] = mapped_column(String(36), unique=True)
    opened_at: Mapped[datetime | None]
    replaces: Mapped[str | None] = mapped_column(String(120))


class Enumerator(Base):
    """Someone who asks.

    province_code : two digits of the province the agency comes from
    declared : counties barred from the start, besides the ties of the declaration
    """

    __tablename__ = "enumerators"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    team: Mapped[str] = mapped_column(String(40))
    province_code: Mapped[str] = mapped_column(String(2))
    home_adcode: Mapped[str] = mapped_column(String(6))
    declared: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]


class Declaration(Base):
    """One version of what the agency or one of its people declared, with the signed paper's hash.

    subject : id of an enumerator, or "agency"; ties : list of {county_adcode, kind, until}, as
        this paper states them
    standing : the ties that hold: these, and those of earlier versions that no commissioner dropped
    """

    __tablename__ = "declarations"
    __table_args__ = (UniqueConstraint("campaign_id", "subject", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"))
    subject: Mapped[str] = mapped_column(String(36))
    version: Mapped[int]
    document_sha256: Mapped[str] = mapped_column(String(64))
    signed_on: Mapped[date]
    ties: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    standing: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    languages: Mapped[list[str]] = mapped_column(JSON)
    training_score: Mapped[int | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"))


class Assignment(Base):
    """A village, a day, a pair and the phone they carry."""

    __tablename__ = "assignments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["campaign_id", "village_code"],
            ["sample_villages.campaign_id", "sample_villages.village_code"],
        ),
        UniqueConstraint("campaign_id", "village_code"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(36))
    village_code: Mapped[str] = mapped_column(String(12))
    visit_date: Mapped[date]
    enumerator_a: Mapped[str] = mapped_column(String(36), ForeignKey("enumerators.id"), index=True)
    enumerator_b: Mapped[str] = mapped_column(String(36), ForeignKey("enumerators.id"), index=True)
    device_id: Mapped[str] = mapped_column(String(36), index=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"))
    interpreter: Mapped[str | None] = mapped_column(String(100))


class Reassignment(Base):
    """Who held an assignment for which day until it went to others or was moved, and why."""

    __tablename__ = "reassignments"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"), index=True)
    assignment_id: Mapped[str] = mapped_column(String(36), ForeignKey("assignments.id"), index=True)
    visit_date: Mapped[date]
    enumerator_a: Mapped[str] = mapped_column(String(36), ForeignKey("enumerators.id"))
    enumerator_b: Mapped[str] = mapped_column(String(36), ForeignKey("enumerators.id"))
    device_id: Mapped[str] = mapped_column(String(36))
    began: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"))


class ExchangeApproval(Base):
    """A commissioner's approval that a released village is given up for the next reserve."""

    __tablename__ = "exchange_approvals"
    __table_args__ = (
        ForeignKeyConstraint(
            ["campaign_id", "village_code"],
            ["sample_villages.campaign_id", "sample_villages.village_code"],
        ),
    )

    campaign_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    village_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    document_sha256: Mapped[str] = mapped_column(String(64))
    approved_by: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"))
    approved_at: Mapped[datetime]


class AccessEntry(Base):
    """Who saw which list when; written before the list is shown.

    h : links the entry to those before it in its campaign, so that none can be taken out; empty
        in entries made before there was a chain
    """

    __tablename__ = "access_entries"
    __table_args__ = (Index(None, "campaign_id", "actor"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    campaign_id: Mapped[str] = mapped_column(String(36), ForeignKey("campaigns.id"), index=True)
    actor: Mapped[str] = mapped_column(String(36))
    what: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    h: Mapped[str | None] = mapped_column(String(64))
