"""The methods annex of a campaign: from public editions, plan, frame and rule book only."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import CampaignCounty
from inspect_app.models.samples import Village
from inspect_app.models.signatures import Withdrawal
from inspect_app.models.verdicts import Edition, Verdict
from inspect_app.rules import rulebooks
from inspect_app.rules.errors import StepMissing
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import publication
from inspect_app.services.documents import digest, to_bytes
from inspect_app.services.editions import PUBLIC
from inspect_app.services.publication import Publication
from inspect_app.version import SOFTWARE
from report_templates import annex as annex_report
from report_templates import gate
from sampling.plan import Plan

COMMANDS = (
    "python -m sampling verify-draw --frame frame --plan plan --secret SECRET "
    "--public-value VALUE --rosters rosters --sample sample",
    "python -m sampling estimate --interviews interviews.csv --totals totals.csv --plan plan",
    "exit-inspection verdict verify REPORT.pdf",
)
"""What repeats draw and estimates and checks a report; secret and value are published."""


@dataclass(frozen=True)
class Annex:
    """An annex with what it was drawn from."""

    document: bytes
    document_sha256: str


def compose(session: Session, campaign_id: str, *, by: Caller) -> Annex:
    """Write the annex of a campaign from what is public of it; nothing is stored.

    The same verdicts give the same bytes.

    Raises
    ------
    StepMissing : no verdict stands yet
    """
    by.require(campaign_id, *Role)
    editions = _public(session, campaign_id)
    if not editions:
        raise StepMissing("The annex is written once a verdict is issued.")
    said = publication.read(session, campaign_id)
    content = _content(said, _counties(session, campaign_id), editions)
    document = to_bytes(content)
    return Annex(document, digest(document))


def draw(annex: Annex) -> bytes:
    """Draw an annex; nothing is handed out that the gate does not let through."""
    pdf = annex_report.render(annex_report.AnnexSheet.from_json(annex.document))
    gate.check(pdf)
    return pdf


def _public(session: Session, campaign_id: str) -> Sequence[Edition]:
    """The public editions that stand: the last version of each number, unless withdrawn."""
    newest = (
        select(Verdict.number, func.max(Verdict.version).label("version"))
        .where(Verdict.campaign_id == campaign_id)
        .group_by(Verdict.number)
        .subquery()
    )
    return session.scalars(
        select(Edition)
        .join(
            newest,
            (newest.c.number == Edition.number) & (newest.c.version == Edition.version),
        )
        .outerjoin(
            Withdrawal,
            (Withdrawal.number == Edition.number) & (Withdrawal.version == Edition.version),
        )
        .where(Edition.edition == PUBLIC, Withdrawal.number.is_(None))
        .order_by(Edition.number)
    ).all()


def _counties(session: Session, campaign_id: str) -> list[dict[str, Any]]:
    """Count what the frame holds in each county."""
    rows = session.execute(
        select(
            CampaignCounty.adcode,
            CampaignCounty.name_zh,
            func.count(),
            func.sum(Village.households_e),
            func.sum(Village.households_p),
            func.sum(Village.households_n),
        )
        .join(
            Village,
            (Village.campaign_id == CampaignCounty.campaign_id)
            & (Village.county_adcode == CampaignCounty.adcode),
        )
        .where(CampaignCounty.campaign_id == campaign_id)
        .group_by(CampaignCounty.adcode, CampaignCounty.name_zh)
        .order_by(CampaignCounty.adcode)
    )
    return [
        {
            "adcode": adcode,
            "name": name,
            "villages": villages,
            **{"e": int(e), "p": int(p), "n": int(n)},
        }
        for adcode, name, villages, e, p, n in rows
    ]


def _content(
    said: Publication, counties: Sequence[Mapping[str, Any]], editions: Sequence[Edition]
) -> dict[str, Any]:
    documents = [json.loads(one.document) for one in editions]
    plan = Plan.from_toml(said.plan.toml)
    book = rulebooks.parse(said.rulebook.toml)
    return {
        "schema": "annex/1",
        "campaign_id": said.campaign_id,
        "campaign": [said.name_zh, said.name_en],
        "agency": [said.agency_zh, said.agency_en],
        "simulated": said.simulated,
        "released": max(_released(one) for one in documents).isoformat(),
        "frame": {
            "date": field_day(said.frame.loaded_at).isoformat(),
            "sha256": said.frame.frame_sha256,
            "counties": list(counties),
        },
        "plan": {
            "sha256": said.plan.plan_sha256,
            "keys": [list(one) for one in _flat(tomllib.loads(said.plan.toml))],
            "interval": plan.analysis.interval,
            "confidence": plan.analysis.confidence,
        },
        "seed": {
            "commitment": said.commitment,
            "public_value_source": said.public_value_source or "",
            "sample_sha256": said.sealed.sha256 if said.sealed else "",
            "seed": said.campaign_seed,
        },
        "errors": [row for one in documents for row in _errors(one)],
        "quality": [_quality(one) for one in documents],
        "rulebook": {
            "id": said.rulebook.id,
            "sha256": said.rulebook.sha256,
            "settings": [
                [key, _plain(value), book.sources[key].source]
                for key, value in sorted(book.settings.items())
                if key in book.sources
            ],
        },
        "commands": list(COMMANDS),
        "digests": [
            ["commission", said.commission_sha256],
            ["rule book", said.rulebook.sha256],
            ["frame", said.frame.frame_sha256],
            ["plan", said.plan.plan_sha256],
            *([f"verdict {one.number} v{one.version}", one.document_sha256] for one in editions),
        ],
        "software": SOFTWARE,
    }


def _released(document: Mapping[str, Any]) -> date:
    return date.fromisoformat(document["campaign"]["release_date"])


def _errors(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "county": document["county"]["name_zh"],
            "indicator": one["code"],
            **{
                key: one["estimate"][key]
                for key in ("value", "low", "high", "se", "deff", "n", "n_eff", "df")
            },
        }
        for one in document["indicators"]
    ]


def _quality(document: Mapping[str, Any]) -> dict[str, Any]:
    # The first editions said nothing of second visits.
    sample, asked = document["sample"], document.get("open", {})
    return {
        "county": document["county"]["name_zh"],
        "villages": sample["villages"],
        "completed": sum(sample["completed"].values()),
        "response": sample["response_rate"],
        "replaced": sample["replacement_rate"],
        "revisits": asked.get("blind_reinterviews", 0),
        "agreement": asked.get("blind_agreement"),
    }


def _flat(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in tree.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", _plain(value)))
    return found


def _plain(value: object) -> str:
    """Write a value of plan or rule book as it is printed."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(one)}" for key, one in sorted(value.items())) or "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value)) or "-"
    return (value or "-") if isinstance(value, str) else json.dumps(value)
