"""What becomes of one op: judged before the write lock, decided under it.

Judging reads: who the phone is, which households it was given, what the questionnaire asks.
Deciding is about order: which revision is current, which roster came first.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign, CampaignCounty
from inspect_app.models.devices import Device
from inspect_app.models.interviews import Return, Revisit
from inspect_app.models.samples import Assignment, SampleHousehold, SampleVillage
from inspect_app.rules import findings, quality, questionnaires, rulebooks
from inspect_app.rules.errors import QuestionnaireUnknown
from inspect_app.rules.faults import Fault, fault
from inspect_app.rules.interviews import Contact, Flag, Interview, Occasion, Roster, check
from inspect_app.rules.ops import SENDING, SealedOp, expected_interview_id
from inspect_app.rules.questionnaires import Questionnaire
from inspect_app.rules.rulebooks import PovertyLine, RuleBook
from inspect_app.rules.states import DeviceState, OpStatus
from inspect_app.services import judgements

CONDITIONS_OF_VISIT = frozenset({"visit", "attestation"})
"""Blocks about the visit itself, which differ between two households even in a copied interview."""


@dataclass(frozen=True, slots=True)
class Place:
    """A sampled household that was given to the phone, or sent back to it for a second visit.

    is_second : a blind re-interview or a recheck, which no estimate counts
    """

    unit_id: str
    interview_id: str
    county_adcode: str
    village_code: str
    household_class: str
    persons: int
    is_reserve: bool
    is_second: bool = False


@dataclass(frozen=True, slots=True)
class County:
    """At which date and against which line a county's households are judged."""

    reference_date: date
    line: PovertyLine


@dataclass(frozen=True)
class Ground:
    """Everything that judging needs, read before the lock.

    offset_ms : server time minus phone time at this push; former_offset_ms : at the one before
    places : by the interview that the phone may send, since a household may be visited again
    """

    campaign_id: str
    device_id: str
    takes_as_own: bool
    form: tuple[str, str]
    round_kind: str
    offset_ms: int
    counties: Mapping[str, County]
    book: RuleBook
    villages: frozenset[str]
    places: Mapping[str, Place]
    former_offset_ms: int | None = None


@dataclass(frozen=True)
class Judged:
    """An op with the status it would get if nothing else were current.

    Flags, findings and digest go with an interview that becomes a revision.
    """

    op: SealedOp
    status: OpStatus
    place: Place | None = None
    faults: tuple[Fault, ...] = ()
    flags: tuple[dict[str, Any], ...] = ()
    findings: dict[str, Any] = field(default_factory=dict, repr=False)
    answers_sha256: str = field(default="", repr=False)
    traits: dict[str, Any] = field(default_factory=dict, repr=False)
    stale_form: bool = False


def survey(
    session: Session,
    campaign_id: str,
    device_id: str,
    ops: Iterable[SealedOp],
    *,
    offset_ms: int,
) -> Ground:
    """Read what the judging of these ops needs."""
    device = session.get_one(Device, device_id)
    campaign = session.execute(
        select(
            Campaign.form_id, Campaign.form_version, Campaign.round_kind, Campaign.rulebook_toml
        ).where(Campaign.id == campaign_id)
    ).one()
    villages = session.execute(
        select(Assignment.village_code, SampleVillage.county_adcode)
        .join(
            SampleVillage,
            (SampleVillage.campaign_id == Assignment.campaign_id)
            & (SampleVillage.village_code == Assignment.village_code),
        )
        .where(Assignment.campaign_id == campaign_id, Assignment.device_id == device_id)
    ).all()
    found = places(session, campaign_id, device_id, _named(campaign_id, ops))
    # A roster of this push may yet bring households of any village given to the phone.
    adcodes = {row.county_adcode for row in villages}
    adcodes |= {place.county_adcode for place in found.values()}
    return Ground(
        campaign_id=campaign_id,
        device_id=device_id,
        takes_as_own=DeviceState(device.state) in SENDING,
        form=(campaign.form_id, campaign.form_version),
        round_kind=campaign.round_kind,
        offset_ms=offset_ms,
        counties=_counties(session, campaign_id, adcodes),
        book=_book(campaign.rulebook_toml),
        villages=frozenset(row.village_code for row in villages),
        places=found,
        former_offset_ms=device.offset_ms,
    )


def _counties(session: Session, campaign_id: str, adcodes: set[str]) -> dict[str, County]:
    """The counties a push is about; a campaign may have hundreds."""
    if not adcodes:
        return {}
    rows = session.execute(
        select(
            CampaignCounty.adcode,
            CampaignCounty.reference_date,
            CampaignCounty.line_year,
            CampaignCounty.line_yuan,
            CampaignCounty.line_status,
            CampaignCounty.line_document,
        ).where(
            CampaignCounty.campaign_id == campaign_id, CampaignCounty.adcode.in_(sorted(adcodes))
        )
    )
    return {
        row.adcode: County(
            row.reference_date,
            PovertyLine(row.line_year, row.line_yuan, row.line_status, row.line_document),
        )
        for row in rows
    }


def places(
    session: Session, campaign_id: str, device_id: str, interview_ids: Iterable[str]
) -> dict[str, Place]:
    """Find which of these interviews are of households given to this phone.

    Given with their village, returned to it for a repeat by this phone's pair, or ordered as a
    second visit.
    """
    wanted = sorted(set(interview_ids))
    if not wanted:
        return {}
    returned = select(Return.interview_id).where(Return.device_id == device_id)
    rows = session.execute(
        select(
            SampleHousehold.campaign_id,
            SampleHousehold.unit_id,
            SampleHousehold.interview_id,
            SampleHousehold.county_adcode,
            SampleHousehold.psu,
            SampleHousehold.household_class,
            SampleHousehold.persons,
            SampleHousehold.is_reserve,
        )
        .outerjoin(
            Assignment,
            (Assignment.campaign_id == SampleHousehold.campaign_id)
            & (Assignment.village_code == SampleHousehold.psu),
        )
        # The campaign is looked at below: named here, it tempts SQLite to read all its households.
        .where(
            SampleHousehold.interview_id.in_(wanted),
            or_(Assignment.device_id == device_id, SampleHousehold.interview_id.in_(returned)),
        )
    )
    found = {row.interview_id: Place(*row[1:]) for row in rows if row.campaign_id == campaign_id}
    missing = [one for one in wanted if one not in found]
    return found | _second_visits(session, campaign_id, device_id, missing)


def _second_visits(
    session: Session, campaign_id: str, device_id: str, wanted: list[str]
) -> dict[str, Place]:
    if not wanted:
        return {}
    returned = select(Return.interview_id).where(Return.device_id == device_id)
    ordered = session.scalars(
        select(Revisit).where(
            Revisit.campaign_id == campaign_id,
            Revisit.interview_id.in_(wanted),
            or_(Revisit.device_id == device_id, Revisit.interview_id.in_(returned)),
        )
    )
    return {
        one.interview_id: Place(
            one.unit_id,
            one.interview_id,
            one.county_adcode,
            one.village_code,
            one.household_class,
            one.persons,
            is_reserve=False,
            is_second=True,
        )
        for one in ordered
    }


def judge(op: SealedOp, ground: Ground) -> Judged:
    """Give an op the status that its sender, its body and its household allow."""
    if not op.is_intact:
        return Judged(op, OpStatus.HASH_MISMATCH)
    if not ground.takes_as_own:
        return Judged(op, OpStatus.SUPERSEDED_DEVICE)
    if op.faults:
        return Judged(op, OpStatus.INVALID, faults=op.faults)
    named = expected_interview_id(ground.campaign_id, op.content)
    if op.interview_id is None and op.kind != "interview":
        named = None  # only interviews need to name theirs; the body says enough of the others
    if named is not None and op.interview_id != named:
        return Judged(op, OpStatus.INVALID, faults=(fault("/interview_id", "unit-mismatch"),))
    match op.content:
        case Interview():
            return _judge_interview(op, op.content, ground)
        case Contact():
            place = ground.places.get(expected_interview_id(ground.campaign_id, op.content) or "")
            return Judged(op, OpStatus.ACCEPTED if place else OpStatus.NOT_ASSIGNED, place)
        case Roster(village_code=village_code):
            mine = village_code in ground.villages
            return Judged(op, OpStatus.ACCEPTED if mine else OpStatus.NOT_ASSIGNED)
    raise AssertionError("faulty bodies were judged above")


def _judge_interview(op: SealedOp, interview: Interview, ground: Ground) -> Judged:
    place = ground.places.get(op.interview_id or "")
    if place is None or place.unit_id != interview.unit_id:
        return Judged(op, OpStatus.NOT_ASSIGNED)
    try:
        form = questionnaires.load(op.form_id or "", op.version or "")
    except QuestionnaireUnknown:
        return Judged(op, OpStatus.INVALID, faults=(fault("/version", "questionnaire-unknown"),))
    occasion = Occasion(
        household_class=place.household_class,
        round_kind=ground.round_kind,
        reference_date=ground.counties[place.county_adcode].reference_date,
        max_visits=ground.book.max_visits,
    )
    checked = check(interview, form, occasion)
    if checked.faults:
        return Judged(op, OpStatus.INVALID, place, faults=checked.faults)
    finding = findings.judge(
        interview,
        book=ground.book,
        line=ground.counties[place.county_adcode].line,
        round_kind=ground.round_kind,
        frame_class=place.household_class,
        frame_persons=place.persons,
    )
    stale = (form.form_id, form.version) != ground.form
    return Judged(
        op,
        OpStatus.STALE_FORM if stale else OpStatus.ACCEPTED,
        place,
        flags=tuple(
            {"code": flag.code, "field": flag.field, "row": flag.row, "detail": flag.detail}
            for flag in (*checked.flags, *_remarks(interview, ground))
        ),
        findings=judgements.to_json(finding, interview),
        answers_sha256=likeness(interview, form),
        traits=quality.to_json(
            quality.traits_of(
                interview, offset_ms=ground.offset_ms, boot_id=op.boot_id, sealed_ms=op.mono_ms
            )
        ),
        stale_form=stale,
    )


def _remarks(interview: Interview, ground: Ground) -> Iterable[Flag]:
    return quality.remarks(
        interview,
        offset_ms=ground.offset_ms,
        former_offset_ms=ground.former_offset_ms,
        limits=ground.book.quality,
    )


def likeness(interview: Interview, form: Questionnaire) -> str:
    """Hash what a household answered, leaving out what belongs to the visit.

    Two households with the same hash gave the same answers to every question about their lives.
    """
    left_out = _visit_fields(form.form_id, form.version)
    answers = {key: value for key, value in interview.answers.items() if key not in left_out}
    content = [answers, *interview.members]
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()


@lru_cache(maxsize=16)
def _book(data: bytes) -> RuleBook:
    """Read a campaign's rule book; the same bytes are the same book."""
    return rulebooks.parse(data.decode("utf-8"))


@lru_cache(maxsize=16)
def _visit_fields(form_id: str, version: str) -> frozenset[str]:
    form = questionnaires.load(form_id, version)
    return frozenset(
        question.id
        for block in form.blocks
        for question in block.fields
        if block.id in CONDITIONS_OF_VISIT or question.type in ("photo", "signature")
    )


def _named(campaign_id: str, ops: Iterable[SealedOp]) -> Iterable[str]:
    for op in ops:
        if isinstance(op.content, Interview | Contact):
            named = expected_interview_id(campaign_id, op.content)
            if named is not None:
                yield named
