"""A verdict before it is issued: computed from one state of the database, then held to it."""

import json
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.entropy import Entropy
from inspect_app.models.samples import SealedSample
from inspect_app.models.verdicts import Edition, Verdict
from inspect_app.rules import verdicts
from inspect_app.rules.campaigns import Step
from inspect_app.rules.corrections import CorrectionReason
from inspect_app.rules.errors import Conflict, CorrectionUnexplained
from inspect_app.services import (
    circumstances,
    disclosure,
    estimates,
    fieldwork,
    inputs,
    ledger,
    loose_ends,
    rereading,
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
    interviews_csv,
    to_bytes,
)
from inspect_app.services.editions import FULL, PUBLIC
from inspect_app.services.estimates import CountyData
from inspect_app.services.inputs import Computed, Inputs, Version
from inspect_app.settings import Settings
from inspect_app.version import SOFTWARE
from report_templates import gate
from report_templates import verdict as verdict_report


@dataclass(frozen=True)
class Why:
    """Why the version before is replaced; see `rules.corrections`."""

    reason: CorrectionReason | None = None
    note: str | None = None


@dataclass(frozen=True, eq=False)
class Draft:
    """A verdict as it would be issued, and what it was made from.

    rows : of the county's interviews, to be read again under the lock
    latest : version of this number that stood, 0 for none; again : the verdict this repeats
    frozen : the inputs as they are kept
    """

    inputs: Inputs
    computed: Computed
    rows: list[dict[str, Any]]
    content: dict[str, Any]
    latest: int
    interviews: bytes
    again: tuple[str, int] | None = None
    frozen: bytes | None = None
    editions: tuple[Edition, ...] = ()

    @property
    def number(self) -> str:
        return self.inputs.release.number

    @property
    def version(self) -> int:
        return self.latest + 1

    @property
    def replaces(self) -> int | None:
        return self.latest or None


def make(
    session: Session,
    campaign_id: str,
    adcode: str,
    *,
    release_date: date,
    why: Why,
    settings: Settings,
) -> Draft:
    """Compute a verdict from one state of the database; reads only, and holds up nobody."""
    steps.refuse_after(session, campaign_id, Step.CLOSED)
    loose_ends.refuse(session, campaign_id, adcode)
    rows = estimates.rows(session, campaign_id, adcode)
    data = estimates.gather(session, campaign_id, adcode, settings=settings)
    data = rereading.with_readings(session, data)
    computed = inputs.compute(data)
    verdicts.refuse_undecided(computed.decision)
    interviews = interviews_csv(data.interviews)
    taken = _inputs(session, data, interviews, release_date, settings.verify_base)
    content = inputs.content(taken, computed)
    number = taken.release.number
    latest = _latest(session, number)
    if latest is not None and latest.campaign_id != campaign_id:
        raise Conflict("Another campaign has issued verdicts under this number.", number=number)
    draft = Draft(taken, computed, rows, content, latest.version if latest else 0, interviews)
    shown = disclosure.restrained(data, content)
    if latest is not None:
        if _is_repeated(session, latest, shown):
            return replace(draft, again=(number, latest.version))
        if why.reason is None:
            raise CorrectionUnexplained(number=number, version=latest.version)
    purpose = f"verdict/{number}/{draft.version}"
    version = Version(
        draft.version,
        draft.replaces,
        Entropy(settings.demo_seed).secret_bytes(NONCE_BYTES, purpose).hex(),
        _corrections(session, number, shown, why),
    )
    both = inputs.editions(data, shown, version)
    return replace(
        draft,
        frozen=inputs.freeze(taken, version),
        editions=tuple(_edition(number, version.version, one) for one in both),
    )


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
    data = draft.inputs.data
    campaign_id, adcode = data.campaign.id, data.county.adcode
    steps.refuse_after(session, campaign_id, Step.CLOSED)
    loose_ends.refuse(session, campaign_id, adcode)
    latest = _latest(session, draft.number)
    if (latest.version if latest else 0) != draft.latest:
        return False
    if estimates.rows(session, campaign_id, adcode) != draft.rows:
        return False
    verify_base = draft.inputs.provenance.verify_base
    present = _inputs(session, data, draft.interviews, release_date, verify_base)
    content = inputs.content(present, draft.computed)
    return _but_the_ledger(content) == _but_the_ledger(draft.content)


def _but_the_ledger(content: dict[str, Any]) -> dict[str, Any]:
    provenance = {**content["provenance"], "ledger": None}
    return {**content, "provenance": provenance}


def _latest(session: Session, number: str) -> Verdict | None:
    return session.scalars(
        select(Verdict).where(Verdict.number == number).order_by(Verdict.version.desc()).limit(1)
    ).first()


def _number(data: CountyData) -> str:
    return f"{data.county.adcode}-{data.county.exit_year}-{data.campaign.wave:02d}"


def _inputs(
    session: Session,
    data: CountyData,
    interviews: bytes,
    release_date: date,
    verify_base: str | None,
) -> Inputs:
    """Read what a verdict says beside its figures; writes nothing."""
    campaign_id = data.campaign.id
    first, last = fieldwork.days(session, campaign_id, data.county.adcode)
    seed = seeds.read(session, campaign_id)
    root, count, day = ledger.root(session, campaign_id)
    sealed = session.get_one(SealedSample, campaign_id)
    return Inputs(
        data,
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


def _corrections(
    session: Session, number: str, content: dict[str, Any], why: Why
) -> list[dict[str, Any]]:
    """Every version so far, with what the one after it changed, and why."""
    editions = session.scalars(
        select(Edition).where(Edition.number == number).order_by(Edition.version)
    ).all()
    digests: dict[int, dict[str, str]] = {}
    for edition in editions:
        digests.setdefault(edition.version, {})[edition.edition] = edition.document_sha256
    said = [json.loads(one.document) for one in editions if one.edition == FULL]
    reasons = session.execute(
        select(Verdict.reason, Verdict.note)
        .where(Verdict.number == number, Verdict.version > 1)
        .order_by(Verdict.version)
    ).all()
    replaced = zip(pairwise([*said, content]), [*reasons, (why.reason, why.note)], strict=True)
    return (
        [
            correction(
                earlier, later, digests=digests[earlier["version"]], reason=reason, note=note
            )
            for (earlier, later), (reason, note) in replaced
        ]
        if said
        else []
    )
