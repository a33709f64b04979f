"""A verdict before it is issued: computed from one state of the database, then held to it."""

import json
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.entropy import Entropy
from inspect_app.models.samples import SealedSample
from inspect_app.models.verdicts import Edition, Verdict
from inspect_app.rules import verdicts
from inspect_app.rules.campaigns import Step
from inspect_app.rules.errors import Conflict
from inspect_app.rules.verdicts import Decision
from inspect_app.services import (
    circumstances,
    disclosure,
    estimates,
    fieldwork,
    ledger,
    loose_ends,
    seeds,
    steps,
    tracing,
)
from inspect_app.services.documents import (
    NONCE_BYTES,
    Provenance,
    Release,
    as_version,
    correction,
    digest,
    document,
    interviews_csv,
    to_bytes,
)
from inspect_app.services.editions import FULL, PUBLIC
from inspect_app.services.estimates import CountyData, Figures
from inspect_app.settings import Settings
from inspect_app.version import SOFTWARE
from report_templates import gate
from report_templates import verdict as verdict_report
from sampling.reach import Reach, reach


@dataclass(frozen=True, eq=False)
class Draft:
    """A verdict as it would be issued, and what it was made from.

    rows : of the county's interviews, to be read again under the lock
    latest : version of this number that stood, 0 for none; again : the verdict this repeats
    """

    data: CountyData
    figures: Figures
    decision: Decision
    reach: tuple[Reach, ...]
    rows: list[dict[str, Any]]
    content: dict[str, Any]
    number: str
    latest: int
    interviews: bytes
    again: tuple[str, int] | None = None
    editions: tuple[Edition, ...] = ()

    @property
    def version(self) -> int:
        return self.latest + 1

    @property
    def replaces(self) -> int | None:
        return self.latest or None


def make(
    session: Session, campaign_id: str, adcode: str, *, release_date: date, settings: Settings
) -> Draft:
    """Compute a verdict from one state of the database; reads only, and holds up nobody."""
    loose_ends.refuse(session, campaign_id, adcode)
    rows = estimates.rows(session, campaign_id, adcode)
    data = estimates.gather(session, campaign_id, adcode, settings=settings)
    figures = estimates.compute(data)
    decision = decide(data, figures)
    verdicts.refuse_undecided(decision)
    interviews = interviews_csv(data.interviews)
    number = _number(data)
    parts = (data, figures, decision, _reach(data), rows)
    content = _document(
        session,
        *parts[:4],
        interviews=interviews,
        release_date=release_date,
        verify_base=settings.verify_base,
    )
    latest = _latest(session, number)
    if latest is not None and latest.campaign_id != campaign_id:
        raise Conflict("Another campaign has issued verdicts under this number.", number=number)
    draft = Draft(*parts, content, number, latest.version if latest else 0, interviews)
    shown = disclosure.restrained(data, content)
    if latest is not None and _is_repeated(session, latest, shown):
        return replace(draft, again=(number, latest.version))
    version = draft.version
    nonce = Entropy(settings.demo_seed).secret_bytes(NONCE_BYTES, f"verdict/{number}/{version}")
    issued = as_version(
        shown,
        version,
        replaces=draft.replaces,
        nonce=nonce.hex(),
        corrections=_corrections(session, number, shown),
    )
    both = (issued, disclosure.public_edition(data, issued))
    return replace(draft, editions=tuple(_edition(number, version, one) for one in both))


def _edition(number: str, version: int, content: dict[str, Any]) -> Edition:
    """Write and draw one edition; nothing is issued that the gate does not let through."""
    written = to_bytes(content)
    pdf = verdict_report.render(verdict_report.VerdictSheet.from_json(written))
    gate.check(pdf)
    if content["edition"] == PUBLIC:
        tracing.trace(pdf, content, written)
    return Edition(
        number=number,
        version=version,
        edition=content["edition"],
        document=written,
        document_sha256=digest(written),
        pdf=pdf,
        pdf_sha256=digest(pdf),
    )


def stands(session: Session, draft: Draft, *, release_date: date) -> bool:
    """Whether everything the draft was made from is still so, the county's writers locked out.

    The ledger may have grown by what touches nothing of this: the draft names an earlier root.
    """
    campaign_id, adcode = draft.data.campaign.id, draft.data.county.adcode
    steps.refuse_after(session, campaign_id, Step.CLOSED)
    loose_ends.refuse(session, campaign_id, adcode)
    latest = _latest(session, draft.number)
    if (latest.version if latest else 0) != draft.latest:
        return False
    if estimates.rows(session, campaign_id, adcode) != draft.rows:
        return False
    present = _document(
        session,
        draft.data,
        draft.figures,
        draft.decision,
        draft.reach,
        interviews=draft.interviews,
        release_date=release_date,
        verify_base=draft.content["provenance"]["verify_base"],
    )
    return _but_the_ledger(present) == _but_the_ledger(draft.content)


def _but_the_ledger(content: dict[str, Any]) -> dict[str, Any]:
    provenance = {**content["provenance"], "ledger": None}
    return {**content, "provenance": provenance}


def _latest(session: Session, number: str) -> Verdict | None:
    return session.scalars(
        select(Verdict).where(Verdict.number == number).order_by(Verdict.version.desc()).limit(1)
    ).first()


def decide(data: CountyData, figures: Figures) -> Decision:
    drawn = data.interviews["psu"].n_unique()
    return verdicts.decide(
        figures.indicators,
        rulebook=data.rulebook,
        region_group=data.county.region_group,
        round_kind=data.campaign.round_kind,
        villages_left=sum(village.stratum is not None for village in data.villages) - drawn,
        other_readings=figures.other_readings,
    )


def _number(data: CountyData) -> str:
    return f"{data.county.adcode}-{data.county.exit_year}-{data.campaign.wave:02d}"


def _document(
    session: Session,
    data: CountyData,
    figures: Figures,
    decision: Decision,
    reached: tuple[Reach, ...],
    *,
    interviews: bytes,
    release_date: date,
    verify_base: str | None,
) -> dict[str, Any]:
    """Everything of verdict.json that does not depend on its version; reads, writes nothing."""
    campaign_id = data.campaign.id
    first, last = fieldwork.days(session, campaign_id, data.county.adcode)
    seed = seeds.read(session, campaign_id)
    root, count, day = ledger.root(session, campaign_id)
    sealed = session.get_one(SealedSample, campaign_id)
    return document(
        data,
        figures,
        decision,
        reach=reached,
        beside=circumstances.read(session, data),
        release=Release(_number(data), release_date, first, last),
        provenance=Provenance(
            frame_sha256=seed.frame_sha256,
            plan_sha256=seed.plan_sha256,
            sample_sha256=sealed.sha256,
            interviews_sha256=digest(interviews),
            seed_commitment=seed.commitment,
            public_value_source=seed.public_value_source,
            public_value_at=seed.public_value_at,
            seed=seed.campaign_seed,
            ledger_root=root,
            ledger_count=count,
            ledger_day=day,
            software=SOFTWARE,
            verify_base=verify_base,
        ),
    )


def _is_repeated(session: Session, issued: Verdict, content: dict[str, Any]) -> bool:
    """Whether the document is that of a version that exists, but for what is the version's own."""
    kept = session.get_one(Edition, (issued.number, issued.version, FULL)).document
    own = json.loads(kept)
    return kept == to_bytes(
        as_version(
            content,
            issued.version,
            replaces=issued.replaces,
            nonce=own["nonce"],
            corrections=own.get("corrections", ()),
        )
    )


def _corrections(session: Session, number: str, content: dict[str, Any]) -> list[dict[str, Any]]:
    """Every version so far, with what the one after it changed."""
    editions = session.scalars(
        select(Edition).where(Edition.number == number).order_by(Edition.version)
    ).all()
    digests: dict[int, dict[str, str]] = {}
    for edition in editions:
        digests.setdefault(edition.version, {})[edition.edition] = edition.document_sha256
    said = [json.loads(one.document) for one in editions if one.edition == FULL]
    return [
        correction(earlier, later, digests=digests[earlier["version"]])
        for earlier, later in pairwise([*said, content])
    ]


def _reach(data: CountyData) -> tuple[Reach, ...]:
    return reach(data.plan, data.frozen.filter(pl.col("county_adcode") == data.county.adcode))
