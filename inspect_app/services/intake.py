"""What becomes of one op: judged before the write lock, decided under it.

Judging reads: who the phone is, which households it was given, what the questionnaire asks.
Deciding is about order: which revision is current, which roster came first.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection, Table, bindparam, or_, select

from inspect_app.models.interviews import Interview as InterviewRow
from inspect_app.models.interviews import Return, Revisit
from inspect_app.models.samples import Assignment, SampleHousehold, SampleVillage
from inspect_app.rules import findings, quality, questionnaires
from inspect_app.rules.devices import Phone
from inspect_app.rules.errors import QuestionnaireUnknown
from inspect_app.rules.faults import Fault, fault
from inspect_app.rules.interviews import Contact, Flag, Interview, Occasion, Roster, check
from inspect_app.rules.ops import QUARANTINED, SENDING, Blob, SealedOp, expected_interview_id
from inspect_app.rules.questionnaires import Questionnaire
from inspect_app.rules.rulebooks import RuleBook
from inspect_app.rules.seals import Unopened
from inspect_app.rules.states import DeviceState, OpStatus
from inspect_app.services import judgements, terms
from inspect_app.services.statements import Statement
from inspect_app.services.terms import County

log = structlog.get_logger()

CONDITIONS_OF_VISIT = frozenset({"visit", "attestation"})
"""Blocks about the visit itself, which differ between two households even in a copied interview."""


@dataclass(frozen=True, slots=True)
class Place:
    """A sampled household that was given to the phone, or sent back to it for a second visit.

    is_here : whether an interview of it was stored when this was read; judging does not ask
    is_second : a blind re-interview or a recheck, which no estimate counts
    """

    unit_id: str
    interview_id: str
    county_adcode: str
    village_code: str
    household_class: str
    persons: int
    is_reserve: bool
    is_here: bool = field(default=False, compare=False)
    is_second: bool = False


@dataclass(frozen=True)
class Ground:
    """Everything that judging needs, read before the lock.

    offset_ms : server time minus phone time at this push; former_offset_ms : at the one before
    places : by the interview that the phone may send, since a household may be visited again
    villages : given to the phone; read only where an op asks for them
    received_at : None where a person releases what came, whom no cut-off binds
    blob_bytes : of the largest file that is taken
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
    blob_bytes: int
    former_offset_ms: int | None = None
    form_cut_off: datetime | None = None
    received_at: datetime | None = None

    def awaits(self, file: Blob) -> bool:
        """Whether a file that an op names can ever arrive."""
        return file.bytes <= self.blob_bytes

    @property
    def is_cut_off(self) -> bool:
        """Whether answers to an older questionnaire come too late to count."""
        cut_off, received_at = self.form_cut_off, self.received_at
        return cut_off is not None and received_at is not None and received_at > cut_off


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

    @property
    def is_set_aside(self) -> bool:
        """Kept for a person to judge, and counted nowhere: whatever has a fault is."""
        return self.status in QUARANTINED or bool(self.faults)


def survey(
    connection: Connection,
    phone: Phone,
    ops: Sequence[SealedOp],
    *,
    offset_ms: int,
    blob_bytes: int,
    at: datetime | None = None,
) -> Ground:
    """Read what the judging of these ops needs; `at` is when they were received."""
    campaign_id = phone.campaign_id
    agreed = terms.of(connection, phone)
    named = set(_named(campaign_id, ops))
    found = places(connection, campaign_id, phone.id, named)
    # Who reports only households of the own villages needs no list of them.
    asks_for_villages = len(found) < len(named) or any(op.kind == "roster" for op in ops)
    return Ground(
        campaign_id=campaign_id,
        device_id=phone.id,
        takes_as_own=DeviceState(phone.state) in SENDING,
        form=agreed.form,
        round_kind=agreed.round_kind,
        offset_ms=offset_ms,
        counties=agreed.counties,
        book=agreed.book,
        villages=_villages(connection, campaign_id, phone.id) if asks_for_villages else frozenset(),
        places=found,
        blob_bytes=blob_bytes,
        former_offset_ms=phone.offset_ms,
        form_cut_off=agreed.form_cut_off,
        received_at=at,
    )


def look_again(
    connection: Connection, ground: Ground, judged: Sequence[Judged], *, state: str
) -> tuple[Ground, list[Judged]]:
    """Hold ground that was read before the lock against what is true under it.

    Meanwhile the phone may have been superseded, its village given away or drawn anew. What was
    judged stands where nothing of it has changed, and is judged again otherwise.

    state : of the phone, read under the lock
    """
    ops = [one.op for one in judged]
    named = set(_named(ground.campaign_id, ops))
    found = places(connection, ground.campaign_id, ground.device_id, named)
    is_asked = any(op.kind == "roster" for op in ops)
    now = replace(
        ground,
        takes_as_own=DeviceState(state) in SENDING,
        places=found,
        villages=_villages(connection, ground.campaign_id, ground.device_id)
        if is_asked
        else ground.villages,
    )
    if now != ground:
        return now, [judge(op, now) for op in ops]
    return now, [
        replace(one, place=found[one.place.interview_id])
        if one.place and one.place.is_here != found[one.place.interview_id].is_here
        else one
        for one in judged
    ]


def _villages(connection: Connection, campaign_id: str, device_id: str) -> frozenset[str]:
    """The villages of the sample that were given to a phone."""
    return frozenset(
        connection.scalars(
            select(Assignment.village_code)
            .join(
                SampleVillage,
                (SampleVillage.campaign_id == Assignment.campaign_id)
                & (SampleVillage.village_code == Assignment.village_code),
            )
            .where(Assignment.campaign_id == campaign_id, Assignment.device_id == device_id)
        )
    )


def places(
    connection: Connection, campaign_id: str, device_id: str, interview_ids: Iterable[str]
) -> dict[str, Place]:
    """Find which of these interviews are of households given to this phone.

    Given with their village, returned to it for a repeat by this phone's pair, or ordered as a
    second visit.
    """
    wanted = sorted(set(interview_ids))
    if not wanted:
        return {}
    asked = {f"wanted_{n}": one for n, one in enumerate(wanted)}
    rows = _places(len(wanted)).rows(connection, {**asked, "device_id": device_id})
    found = {row.interview_id: Place(*row[1:]) for row in rows if row.campaign_id == campaign_id}
    missing = [one for one in wanted if one not in found]
    return found | _second_visits(connection, campaign_id, device_id, missing)


_HOUSEHOLDS: Table = SampleHousehold.__table__  # type: ignore[assignment]  # declared as FromClause
_ASSIGNED: Table = Assignment.__table__  # type: ignore[assignment]  # as above
_RETURNS: Table = Return.__table__  # type: ignore[assignment]  # as above
_INTERVIEWS: Table = InterviewRow.__table__  # type: ignore[assignment]  # as above


@cache
def _places(count: int) -> Statement:
    """Ask for so many interviews: those of a push, a hundred at most.

    The campaign is looked at afterwards: named here, it tempts SQLite to read all its households.
    """
    query = (
        select(
            _HOUSEHOLDS.c.campaign_id,
            _HOUSEHOLDS.c.unit_id,
            _HOUSEHOLDS.c.interview_id,
            _HOUSEHOLDS.c.county_adcode,
            _HOUSEHOLDS.c.psu,
            _HOUSEHOLDS.c.household_class,
            _HOUSEHOLDS.c.persons,
            _HOUSEHOLDS.c.is_reserve,
            _INTERVIEWS.c.interview_id.is_not(None).label("is_here"),
        )
        .outerjoin(
            _ASSIGNED,
            (_ASSIGNED.c.campaign_id == _HOUSEHOLDS.c.campaign_id)
            & (_ASSIGNED.c.village_code == _HOUSEHOLDS.c.psu),
        )
        .outerjoin(_INTERVIEWS, _INTERVIEWS.c.interview_id == _HOUSEHOLDS.c.interview_id)
        .where(
            _HOUSEHOLDS.c.interview_id.in_([bindparam(f"wanted_{n}") for n in range(count)]),
            or_(
                _ASSIGNED.c.device_id == bindparam("device_id"),
                _HOUSEHOLDS.c.interview_id.in_(
                    select(_RETURNS.c.interview_id).where(
                        _RETURNS.c.device_id == bindparam("device_id")
                    )
                ),
            ),
        )
    )
    return Statement(query)


def _second_visits(
    connection: Connection, campaign_id: str, device_id: str, wanted: list[str]
) -> dict[str, Place]:
    if not wanted:
        return {}
    returned = select(Return.interview_id).where(Return.device_id == device_id)
    ordered = connection.execute(
        select(Revisit.__table__).where(
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
            is_here=True,  # for all that is known here: then storing looks
            is_second=True,
        )
        for one in ordered
    }


def judge(op: SealedOp, ground: Ground) -> Judged:
    """Give an op the status that its sender, its body and its household allow.

    One that cannot be judged at all is kept as invalid, and takes no other with it.
    """
    try:
        return _judge(op, ground)
    except Exception:
        log_id = uuid.uuid4().hex
        log.exception("op not judged", log_id=log_id, op_id=op.op_id, kind=op.kind)
        return Judged(op, OpStatus.INVALID, faults=(fault("", "unjudgeable", log_id=log_id),))


def _judge(op: SealedOp, ground: Ground) -> Judged:
    if isinstance(op.content, Unopened):
        return Judged(op, OpStatus.BAD_SEAL, faults=op.content.faults)
    if not op.is_intact:
        return Judged(op, OpStatus.HASH_MISMATCH)
    if not ground.takes_as_own:
        return Judged(op, OpStatus.SUPERSEDED_DEVICE)
    if faults := (*op.faults, *_too_large(op, ground)):
        return Judged(op, OpStatus.INVALID, faults=faults)
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


def _too_large(op: SealedOp, ground: Ground) -> Iterable[Fault]:
    """Files that no phone could ever send; the op is complete without them."""
    return [
        fault(f"/blobs/{n}/bytes", "file-too-large", limit=ground.blob_bytes)
        for n, blob in enumerate(op.blobs)
        if not ground.awaits(blob)
    ]


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
    traits = quality.traits_of(
        interview, offset_ms=ground.offset_ms, boot_id=op.boot_id, sealed_ms=op.mono_ms
    )
    stale = (form.form_id, form.version) != ground.form
    if stale and ground.is_cut_off:
        late = fault("/version", "form-cut-off")
        return Judged(op, OpStatus.STALE_FORM, place, faults=(late,), stale_form=True)
    return Judged(
        op,
        OpStatus.STALE_FORM if stale else OpStatus.ACCEPTED,
        place,
        flags=tuple(
            {"code": flag.code, "field": flag.field, "row": flag.row, "detail": flag.detail}
            for flag in (
                *checked.flags,
                *_remarks(interview, traits, ground),
                *_unannounced(op, interview, form),
            )
        ),
        findings=judgements.to_json(finding, interview),
        answers_sha256=likeness(interview, form),
        traits=quality.to_json(traits),
        stale_form=stale,
    )


def _remarks(interview: Interview, traits: quality.Traits, ground: Ground) -> Iterable[Flag]:
    return quality.remarks(
        interview,
        traits=traits,
        offset_ms=ground.offset_ms,
        former_offset_ms=ground.former_offset_ms,
        limits=ground.book.quality,
    )


def _unannounced(op: SealedOp, interview: Interview, form: Questionnaire) -> Iterable[Flag]:
    """Photos and signatures that are answered, and that nobody will ever send.

    Names in a sealed op are those of the plain files, of which only the number can be held to it.
    """
    fields = _files_of(form.form_id, form.version)
    named = {name: str(interview.answers[name]) for name in fields if name in interview.answers}
    if op.seal is not None:
        lacking = len(set(named.values())) - len(op.blobs)
        return [Flag("file_not_announced", "", detail=str(lacking))] if lacking > 0 else []
    announced = {blob.sha256 for blob in op.blobs}
    return [
        Flag("file_not_announced", name)
        for name, sha256 in named.items()
        if sha256 not in announced
    ]


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
def _visit_fields(form_id: str, version: str) -> frozenset[str]:
    form = questionnaires.load(form_id, version)
    return frozenset(
        question.id
        for block in form.blocks
        for question in block.fields
        if block.id in CONDITIONS_OF_VISIT or question.type in ("photo", "signature")
    )


@lru_cache(maxsize=16)
def _files_of(form_id: str, version: str) -> tuple[str, ...]:
    form = questionnaires.load(form_id, version)
    return tuple(
        question.id
        for block in form.blocks
        for question in block.fields
        if question.type in ("photo", "signature")
    )


def _named(campaign_id: str, ops: Iterable[SealedOp]) -> Iterable[str]:
    for op in ops:
        if isinstance(op.content, Interview | Contact):
            with suppress(Exception):  # judging meets it again, and tells of it
                named = expected_interview_id(campaign_id, op.content)
                if named is not None:
                    yield named
