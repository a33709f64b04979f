"""Release from quarantine: what could not count is judged again, for the phone that it counts for.

The household's present phone stands for the sender. What is released takes the same road as a
push: it never overwrites, and is a revision in conflict where another one is current.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.devices import Device
from inspect_app.models.interviews import Return, Revisit
from inspect_app.models.ledger import Quarantine, QuarantineDecision
from inspect_app.models.samples import Assignment, Enumerator, SampleHousehold
from inspect_app.rules.campaigns import Step
from inspect_app.rules.chain import LineType
from inspect_app.rules.errors import AlreadyDecided, NotReleasable, Unknown
from inspect_app.rules.faults import Fault
from inspect_app.rules.interviews import Roster
from inspect_app.rules.ops import QUARANTINED, SealedOp, expected_interview_id
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.seals import Unopened
from inspect_app.rules.states import OpStatus, QuarantineState
from inspect_app.services import intake, ledger, phones, quarantine, seals, steps, voids
from inspect_app.services.decisions import Decisions, standings
from inspect_app.services.files import Store
from inspect_app.services.intake import Ground, Judged
from inspect_app.services.quarantine import Decided
from inspect_app.services.receipts import key_of
from inspect_app.services.seals import Read
from inspect_app.services.storing import Storing
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings


def release(
    session: Session,
    campaign_id: str,
    number: int,
    *,
    reason: str,
    as_device: str | None,
    read: Read,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> Decided:
    """Let something from quarantine count, with a reason; the same again changes nothing.

    Committed: revision, visit or roster as by a push, a line of type `release`, the decision.
    Another body under a used op id is stored as an op of its own, under an id that follows from
    the used one and the body's hash, with its own line before that of the release.

    as_device : for which phone it counts; by default the one that the household is assigned to

    Raises
    ------
    Unknown : nothing of this number, or no such phone, that the caller may know of
    NotReleasable : it cannot count as it is, or is here by now; `op_status` and `faults` say why
    StepTaken : the campaign is closed; what came late is kept, and may be dismissed
    """
    orphans: set[str] = set()
    with writing(session, campaign_id):
        row = quarantine.find(session, campaign_id, number, by=by)[0]
        known = session.get(QuarantineDecision, (number, QuarantineState.RELEASED.value))
        if known is not None:
            if as_device not in (None, known.as_device):
                raise AlreadyDecided("This was released for another phone.")
            return quarantine.decided(known)
        steps.refuse_after(session, campaign_id, Step.CLOSED)
        op = _read(session, row, read=read, settings=settings)
        if as_device is not None:
            _require_phone(session, campaign_id, as_device, by=by)
        phone = as_device or _phone_of(session, campaign_id, op) or row.device_id
        sender = phones.get_one(session, phone)
        ground = intake.survey(
            session.connection(),
            sender,
            [op],
            offset_ms=row.offset_ms or 0,
            blob_bytes=settings.limits.blob_bytes,
        )
        if row.status == OpStatus.BAD_SEAL:
            draft = _store_own(session, op, ground, orphans=orphans, settings=settings, at=at)
        elif row.envelope is not None:
            op = replace(op, op_id=str(uuid5(UUID(campaign_id), f"{op.op_id}/{op.body_sha256}")))
            draft = _store_own(session, op, ground, orphans=orphans, settings=settings, at=at)
        else:
            draft = _store(session, op, ground, settings=settings, at=at)
        draft = replace(draft, type=LineType.RELEASE, op_id=row.op_id)
        (posted,) = ledger.append(session, campaign_id, [draft], key=key_of(settings), at=at)
        row.state = QuarantineState.RELEASED.value
        decision = QuarantineDecision(
            quarantine_id=number,
            decision=QuarantineState.RELEASED.value,
            reason=reason,
            as_device=phone,
            op_id=op.op_id,
            status=draft.status,
            rev=draft.rev,
            seq=posted.seq,
            decided_by=by.actor,
            decided_at=at,
        )
        session.add(decision)
        session.flush()
        told = quarantine.decided(decision)
    voids.discard(session, Store(settings.blobs_dir, campaign_id), orphans)
    return told


def _read(session: Session, row: Quarantine, *, read: Read, settings: Settings) -> SealedOp:
    """Read what is kept; what could not be opened when it came may be openable by now.

    Raises
    ------
    NotReleasable : it still does not open
    """
    envelope, body = quarantine.content(session, row)
    if row.status != OpStatus.BAD_SEAL:
        return read(envelope, body)
    (op,) = seals.opened(
        session.connection(),
        [seals.closed(envelope, body)],
        row.campaign_id,
        row.device_id,
        read=read,
        settings=settings,
    )
    if isinstance(op.content, Unopened):
        _require_counts(row.status, op.faults)
    return op


def _store(
    session: Session, op: SealedOp, ground: Ground, *, settings: Settings, at: datetime
) -> ledger.Draft:
    """Decide an op that is stored already; return what its line says."""
    judged = intake.judge(op, ground)
    connection = session.connection()
    decisions = Decisions(connection, ground, at, standings(connection, [judged]))
    decided = decisions.decide(judged)
    _require_counts(decided.status.value, decided.faults)
    decisions.write()
    decisions.note_reserves()
    (draft,) = decisions.batch.drafts
    key = key_of(settings)
    ledger.append(session, ground.campaign_id, decisions.batch.events, key=key, at=at)
    return draft


def _store_own(
    session: Session,
    op: SealedOp,
    ground: Ground,
    *,
    orphans: set[str],
    settings: Settings,
    at: datetime,
) -> ledger.Draft:
    """Store an op that has none yet, as a push does; return what its line says."""
    judged: Judged = intake.judge(op, ground)
    key = key_of(settings)
    storing = Storing(session.connection(), ground, key, at, orphans=orphans)
    (result,) = storing.store([judged])
    if result.status == OpStatus.DUPLICATE:
        raise NotReleasable(
            f"It came again and is here: line {result.seq} says {result.first_status}.",
            op_status=result.first_status,
            faults=[],
        )
    _require_counts(result.status, result.faults)
    return ledger.Draft(
        LineType.OP,
        result.status,
        op.op_id,
        op.kind,
        op.interview_id,
        result.rev,
        op.body_sha256,
        ground.device_id,
    )


def _require_counts(status: str, faults: tuple[Fault, ...]) -> None:
    if OpStatus(status) in QUARANTINED or status == OpStatus.HASH_MISMATCH:
        raise NotReleasable(
            f"Judged again it is {status}.",
            op_status=status,
            faults=[
                {"pointer": one.pointer, "code": one.code, "detail": one.detail} for one in faults
            ],
        )


def _require_phone(session: Session, campaign_id: str, device_id: str, *, by: Caller) -> None:
    """A phone of the campaign; for a team leader, of the own team."""
    team = session.scalar(
        select(Enumerator.team)
        .join(Device, Device.enumerator_id == Enumerator.id)
        .where(Device.id == device_id, Device.campaign_id == campaign_id)
    )
    membership = by.require(campaign_id, *quarantine.READERS)
    foreign = membership.role is Role.TEAM_LEADER and team != membership.team
    if team is None or foreign:
        raise Unknown("There is no such phone.")


def _phone_of(session: Session, campaign_id: str, op: SealedOp) -> str | None:
    """The phone that the household, or the village of a list, is assigned to now."""
    assigned = select(Assignment.device_id).where(Assignment.campaign_id == campaign_id)
    if isinstance(op.content, Roster):
        return session.scalar(assigned.where(Assignment.village_code == op.content.village_code))
    named = expected_interview_id(campaign_id, op.content)
    asked = session.scalar(
        select(Return.device_id).where(
            Return.return_id == op.return_id, Return.interview_id == named
        )
    )
    return (
        asked
        or session.scalar(
            assigned.join(
                SampleHousehold,
                (SampleHousehold.campaign_id == Assignment.campaign_id)
                & (SampleHousehold.psu == Assignment.village_code),
            ).where(SampleHousehold.interview_id == named)
        )
        or session.scalar(
            select(Revisit.device_id).where(
                Revisit.campaign_id == campaign_id, Revisit.interview_id == named
            )
        )
    )
