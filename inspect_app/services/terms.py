"""The terms of a commission that answers are judged by: rule book, form, dates, poverty lines.

They are kept in the process under the edition of the commission, its number and the hashes of its
content and rule book, which each request reads anew with its phone: a corrected commission is
another edition, so nothing out of date is ever found here. Permissions are never kept.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select

from inspect_app.models.campaigns import Campaign, CampaignCounty
from inspect_app.rules import rulebooks
from inspect_app.rules.devices import Phone
from inspect_app.rules.rulebooks import PovertyLine, RuleBook
from inspect_app.services.transactions import Source, connection_of


@dataclass(frozen=True, slots=True)
class County:
    """At which date and against which line a county's households are judged."""

    reference_date: date
    line: PovertyLine


@dataclass(frozen=True, slots=True)
class Terms:
    """What one edition of a commission says."""

    form: tuple[str, str]
    round_kind: str
    book: RuleBook
    counties: Mapping[str, County]
    form_cut_off: datetime | None = None


def of(source: Source, phone: Phone) -> Terms:
    """Return the terms that a phone's answers are judged by."""
    held = _held_by(connection_of(source).engine)
    edition, terms = held.get(phone.campaign_id, ((), None))
    if terms is None or edition != phone.edition:
        terms = read(source, phone.campaign_id)
        held[phone.campaign_id] = (phone.edition, terms)
    return terms


def read(source: Source, campaign_id: str) -> Terms:
    """Return the terms of a campaign as they stand in the database."""
    campaign = source.execute(
        select(
            Campaign.form_id,
            Campaign.form_version,
            Campaign.round_kind,
            Campaign.rulebook_toml,
            Campaign.form_cut_off,
        ).where(Campaign.id == campaign_id)
    ).one()
    counties = source.execute(
        select(
            CampaignCounty.adcode,
            CampaignCounty.reference_date,
            CampaignCounty.line_year,
            CampaignCounty.line_yuan,
            CampaignCounty.line_status,
            CampaignCounty.line_document,
        ).where(CampaignCounty.campaign_id == campaign_id)
    )
    return Terms(
        form=(campaign.form_id, campaign.form_version),
        round_kind=campaign.round_kind,
        book=rulebooks.parse(campaign.rulebook_toml.decode("utf-8")),
        counties={
            row.adcode: County(
                row.reference_date,
                PovertyLine(row.line_year, row.line_yuan, row.line_status, row.line_document),
            )
            for row in counties
        },
        form_cut_off=campaign.form_cut_off,
    )


_Held = dict[str, tuple[tuple[object, ...], Terms | None]]
_held: "WeakKeyDictionary[Engine, _Held]" = WeakKeyDictionary()
_finding = threading.Lock()


def _held_by(engine: Engine) -> _Held:
    """What is kept of the campaigns of one database: one edition each."""
    with _finding:
        return _held.setdefault(engine, {})
