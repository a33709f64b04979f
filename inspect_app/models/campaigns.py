"""A commission and what is frozen with it: counties, rule book, frame, plan, seed."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inspect_app.models.base import Base


class Campaign(Base):
    """One inspection, with the rule book and the questionnaire it was commissioned under.

    version : of the commission that holds, see `Commission`
    release_hours : before a visit day begins, from when its village may be named
    form_cut_off : after it, answers to an older questionnaire no longer count by themselves
    """

    __tablename__ = "campaigns"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    agency_zh: Mapped[str] = mapped_column(String(200))
    agency_en: Mapped[str] = mapped_column(String(200))
    round_kind: Mapped[str] = mapped_column(String(20))
    wave: Mapped[int]
    rulebook_id: Mapped[str] = mapped_column(String(60))
    rulebook_sha256: Mapped[str] = mapped_column(String(64))
    rulebook_toml: Mapped[bytes] = mapped_column(LargeBinary)
    form_id: Mapped[str] = mapped_column(String(60))
    form_version: Mapped[str] = mapped_column(String(20))
    simulated: Mapped[bool]
    content_sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"))
    agency_province: Mapped[str | None] = mapped_column(String(2))
    release_hours: Mapped[int] = mapped_column(default=24, server_default="24")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    form_cut_off: Mapped[datetime | None]
    counties: Mapped[list["CampaignCounty"]] = relationship(
        order_by="CampaignCounty.adcode", lazy="selectin", cascade="all, delete-orphan"
    )


class CampaignCounty(Base):
    """A county under inspection, with the date and the poverty line it is judged at.

    line_yuan : income per person and year, yuan; line_status : as in the rule book, or "simulated"
    """

    __tablename__ = "campaign_counties"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    adcode: Mapped[str] = mapped_column(String(6), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str | None] = mapped_column(String(100))
    province_zh: Mapped[str] = mapped_column(String(100))
    province_en: Mapped[str] = mapped_column(String(100))
    city_zh: Mapped[str] = mapped_column(String(100))
    region_group: Mapped[str] = mapped_column(String(20))
    exit_year: Mapped[int]
    reference_date: Mapped[date]
    line_year: Mapped[int]
    line_yuan: Mapped[int]
    line_status: Mapped[str] = mapped_column(String(30))
    line_document: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(20))


class Commission(Base):
    """One version of a commission, as signed off: its text, the hash of the text, who and when.

    A correction is a new version; the text of the one before stays.
    """

    __tablename__ = "commissions"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    document_sha256: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"))


class CampaignStep(Base):
    """A step by which a campaign comes to its end. until : end of a period that it opens."""

    __tablename__ = "campaign_steps"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    step: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"))
    until: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(Text)


class FrameVersion(Base):
    """The frame a campaign draws from; fixed once the seed is committed."""

    __tablename__ = "frame_versions"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(100))
    frame_sha256: Mapped[str] = mapped_column(String(64))
    villages_sha256: Mapped[str] = mapped_column(String(64))
    households_sha256: Mapped[str] = mapped_column(String(64))
    simulated: Mapped[bool]
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str | None] = mapped_column(String(36))


class PlanVersion(Base):
    """The plan a campaign draws by; fixed once the seed is committed."""

    __tablename__ = "plan_versions"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(100))
    plan_sha256: Mapped[str] = mapped_column(String(64))
    toml: Mapped[str] = mapped_column(Text)
    accepted_at: Mapped[datetime]
    accepted_by: Mapped[str | None] = mapped_column(String(36))


class Seed(Base):
    """The campaign's chance: committed, then opened to the server, then published.

    public_value_source : what will be the public value, named with the promise
    public_value_at : when the public value appears, which nobody may know earlier
    access_log_sha256 : what the access log stood at when the secret was published
    """

    __tablename__ = "seeds"

    campaign_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("campaigns.id"), primary_key=True
    )
    commitment: Mapped[str] = mapped_column(String(64))
    committed_at: Mapped[datetime]
    committed_by: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"))
    public_value: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[datetime | None]
    opened_by: Mapped[str | None] = mapped_column(String(36), ForeignKey("accounts.id"))
    campaign_seed: Mapped[str | None] = mapped_column(String(64))
    secret: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime | None]
    public_value_at: Mapped[datetime | None]
    public_value_source: Mapped[str | None] = mapped_column(Text)
    access_log_sha256: Mapped[str | None] = mapped_column(String(64))
