"""Photos and signatures: which of them are awaited, how they arrive, and when an op is complete.

An op is complete when every file that it names lies whole on the disk of the campaign: at its
arrival, or with the last of its files; or when it was destroyed, and names none any more. Then the
chain gets one line of type `complete`, in the commit that says so. All of it happens under the
campaign's lock, as storing an op does, so that an op and its last file cannot miss each other.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, exists, insert, or_, select
from sqlalchemy.orm import Session, aliased

from inspect_app.models.blobs import Blob, OpBlob
from inspect_app.models.devices import Device
from inspect_app.models.interviews import Interview, Revision
from inspect_app.models.ledger import LedgerEntry, Op, Quarantine
from inspect_app.models.samples import Enumerator
from inspect_app.models.seals import OpSeal
from inspect_app.rules.chain import LineType
from inspect_app.rules.errors import (
    BlobNotExpected,
    BlobOffset,
    Invalid,
    QuestionnaireUnknown,
    TooLarge,
    Unknown,
)
from inspect_app.rules.interviews import Interview as Answered
from inspect_app.rules.ops import Blob as Named
from inspect_app.rules.ops import SealedOp
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import access, ledger, openings, rates, reinterviews, room
from inspect_app.services.files import SHA256, Store
from inspect_app.services.ledger import Draft
from inspect_app.services.receipts import key_of
from inspect_app.services.transactions import Source, writing
from inspect_app.settings import Settings

OP_BLOBS: Table = OpBlob.__table__  # type: ignore[assignment]  # declared as FromClause
IDS_AT_ONCE = 10_000
READERS = (Role.REVIEWER, Role.EXPERT, Role.TEAM_LEADER)

SAFE_TYPES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "video/mp4": "mp4",
    "application/pdf": "pdf",
}
"""Types under which a file is handed out, with the ending of its name; no browser runs these."""


@dataclass(frozen=True)
class Progress:
    """How much of a file is here, of how much."""

    offset: int
    length: int


@dataclass(frozen=True)
class Handed:
    """A file for a reader, and as what it may be sent."""

    content: bytes
    sha256: str
    type: str
    name: str


# --- storing an op --------------------------------------------------------------------------


def whole(source: Source, campaign_id: str, hashes: Iterable[str]) -> set[str]:
    """Return which of these files the campaign has."""
    wanted = sorted(set(hashes))
    if not wanted:
        return set()
    return set(
        source.scalars(
            select(Blob.sha256).where(Blob.campaign_id == campaign_id, Blob.sha256.in_(wanted))
        )
    )


def name(
    source: Source,
    ops: Iterable[SealedOp],
    *,
    campaign_id: str,
    device_id: str,
    awaits: Callable[[Named], bool],
) -> None:
    """Note which files newly stored ops name, in the caller's transaction.

    awaits : whether a file can ever arrive; of one that cannot nothing is noted
    """
    ops = list(ops)
    closed = {blob.sha256 for op in ops if op.seal for blob in op.blobs}
    known = _plain_hashes(source, campaign_id, closed)
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for op in ops:
        photos = _household_photos(op)
        for blob in filter(awaits, reversed(op.blobs)):
            plain = known.get(blob.sha256) if op.seal else blob.sha256
            rows[op.op_id, blob.sha256] = {
                "op_id": op.op_id,
                "sha256": blob.sha256,
                "campaign_id": campaign_id,
                "device_id": device_id,
                "bytes": blob.bytes,
                "type": blob.type[:80],
                "is_household_photo": plain in photos,
                "plain_sha256": plain,
            }
    if rows:
        source.execute(insert(OP_BLOBS), [rows[key] for key in sorted(rows)])


def _plain_hashes(source: Source, campaign_id: str, hashes: Collection[str]) -> dict[str, str]:
    """The plain hashes of sealed files that were opened for an earlier op."""
    if not hashes:
        return {}
    rows = source.execute(
        select(OpBlob.sha256, OpBlob.plain_sha256).where(
            OpBlob.campaign_id == campaign_id,
            OpBlob.sha256.in_(sorted(hashes)),
            OpBlob.plain_sha256.is_not(None),
        )
    )
    return {sha256: str(plain) for sha256, plain in rows}


def missing(source: Source, op_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the files that ops name and the campaign does not have yet, by op, sorted."""
    wanted = sorted(set(op_ids))
    if not wanted:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for op_id, sha256 in source.execute(_MISSING, {"ops": wanted}):
        found[op_id] = (*found.get(op_id, ()), sha256)
    return found


_MISSING = (
    select(OpBlob.op_id, OpBlob.sha256)
    .outerjoin(Blob, (Blob.campaign_id == OpBlob.campaign_id) & (Blob.sha256 == OpBlob.sha256))
    .where(OpBlob.op_id.in_(bindparam("ops", expanding=True)), Blob.sha256.is_(None))
    .order_by(OpBlob.op_id, OpBlob.sha256)
)


def complete_ops(session: Session, op_ids: Iterable[str]) -> set[str]:
    """Return which of these ops have all their files: since their arrival, or by now."""
    wanted = sorted(set(op_ids))
    if not wanted:
        return set()
    is_complete = or_(Op.complete, _completed_later())
    return set(session.scalars(select(Op.op_id).where(Op.op_id.in_(wanted), is_complete)))


def _completed_later() -> ColumnElement[bool]:
    return exists().where(
        LedgerEntry.op_id == Op.op_id, LedgerEntry.type == LineType.COMPLETE.value
    )


def completions(session: Session, op_ids: Collection[str]) -> list[Draft]:
    """Return the lines that say of these ops that they are complete, in the order they came."""
    lines = session.scalars(
        select(LedgerEntry)
        .where(LedgerEntry.op_id.in_(sorted(op_ids)), LedgerEntry.type == LineType.OP.value)
        .order_by(LedgerEntry.seq)
    )
    return [
        Draft(
            LineType.COMPLETE,
            "complete",
            op_id=line.op_id,
            kind=line.kind,
            interview_id=line.interview_id,
            rev=line.rev,
            body_sha256=line.body_sha256,
            device_id=line.device_id,
        )
        for line in lines
    ]


Item = dict[str, Any]
"""One entry of the list that a phone keeps of what it has not got rid of."""


def arrived(session: Session, items: Iterable[Item]) -> dict[tuple[str, str], bool]:
    """Return ids and hashes of what is listed as unsent and is here: True with all its files."""
    wanted = sorted({item["op_id"] for item in items})
    return {
        (op_id, digest): is_complete
        for first in range(0, len(wanted), IDS_AT_ONCE)
        for op_id, digest, is_complete in session.execute(
            select(Op.op_id, Op.body_sha256, or_(Op.complete, _completed_later())).where(
                Op.op_id.in_(wanted[first : first + IDS_AT_ONCE])
            )
        )
    }


def outstanding(session: Session, items: Sequence[Item]) -> list[Item]:
    """Return what a phone lists as unsent but for what is here with all its files."""
    found = arrived(session, items)
    return without(items, {key for key, is_complete in found.items() if is_complete})


def without(items: Iterable[Item], known: Collection[tuple[str, str]]) -> list[Item]:
    """Return what a phone lists as unsent but for these ids and hashes."""
    return [item for item in items if (item["op_id"], item["body_sha256"]) not in known]


# --- receiving a file -----------------------------------------------------------------------


def progress(
    session: Session, sha256: str, *, by: Caller, settings: Settings, at: datetime
) -> Progress:
    """Say how much of a file that this phone announced is here.

    Everything of it is said to be here only once that is committed. Should a server have died
    just before, this commits it.

    Raises
    ------
    BlobNotExpected : no op of this phone names the file
    """
    campaign_id, device_id = _whose(by)
    lengths = _announced(session, sha256, device_id)
    length = max(lengths)
    if whole(session, campaign_id, [sha256]):
        return Progress(length, length)
    store = Store(settings.blobs_dir, campaign_id)
    for one in lengths:
        if store.finish(sha256, device_id, length=one):
            _complete(session, store, sha256, one, settings=settings, at=at)
            return Progress(one, one)
    return Progress(store.received(sha256, device_id), length)


def receive(
    session: Session,
    sha256: str,
    chunk: bytes,
    *,
    offset: int,
    length: int,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> Progress:
    """Add a chunk to a file; with the last one the file, and the ops it makes complete, are
    committed.

    A file that the campaign has already is done, whatever is sent of it.

    Raises
    ------
    BlobNotExpected : no op of this phone names the file
    BlobOffset : the chunk does not start where the file ends so far
    BlobHashMismatch : the file is whole and another one; it starts again at 0
    TooLarge : a chunk or a file beyond its limit
    Invalid : the length is not the one that the op said, or the chunk goes beyond it
    TooManyRequests : the phone has sent its chunks of this minute
    Unavailable : the disk is full, or nearly
    """
    campaign_id, device_id = _whose(by)
    lengths = _announced(session, sha256, device_id)
    if whole(session, campaign_id, [sha256]):
        return Progress(length, length)
    limits = settings.limits
    if len(chunk) > limits.chunk_bytes:
        raise TooLarge(f"A chunk has at most {limits.chunk_bytes} bytes.")
    if length not in lengths:
        raise Invalid("The op that names this file gave it another length.", bytes=max(lengths))
    if length > limits.blob_bytes:
        raise TooLarge(f"A file has at most {limits.blob_bytes} bytes.")
    # Counted before the disk works, so that wrong chunks count as right ones do.
    rates.spend(session, device_id, rates.CHUNK, limit=limits.chunks_per_minute, at=at)
    room.require(settings)
    store = Store(settings.blobs_dir, campaign_id)
    try:
        here = store.append(sha256, device_id, chunk, offset=offset, length=length)
    except BlobOffset as error:
        # All bytes may be here from a server that died before it could say so.
        if not store.finish(sha256, device_id, length=length):
            now = store.received(sha256, device_id)
            raise BlobOffset(f"{now} bytes are here.", upload_offset=now) from error
        here = length
    if here == length:
        _complete(session, store, sha256, length, settings=settings, at=at)
    return Progress(here, length)


def bring(
    session: Session,
    campaign_id: str,
    device_id: str,
    sha256: str,
    content: bytes,
    *,
    settings: Settings,
    at: datetime,
) -> None:
    """Take a whole file that somebody carried for a phone, as if its last chunk had come.

    Raises
    ------
    BlobNotExpected : no op of that phone names these bytes
    Unavailable : the disk is full, or nearly
    """
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BlobNotExpected()
    if len(content) not in _announced(session, sha256, device_id):
        raise BlobNotExpected()
    if whole(session, campaign_id, [sha256]):
        return
    room.require(settings)
    store = Store(settings.blobs_dir, campaign_id)
    store.put(content)
    _complete(session, store, sha256, len(content), settings=settings, at=at)


def _complete(
    session: Session,
    store: Store,
    sha256: str,
    length: int,
    *,
    settings: Settings,
    at: datetime,
) -> None:
    """Commit that a file is here, with one line for each op that it makes complete.

    Whoever creates the row of the file writes the lines, so a second upload writes none.
    """
    campaign_id = store.campaign_id
    found = openings.opened(session, store, sha256, settings)
    with writing(session, campaign_id):
        if whole(session, campaign_id, [sha256]):
            return
        if not store.has(sha256):  # destroyed meanwhile with the last op that named it
            raise BlobOffset("The file starts again at 0.", upload_offset=0)
        row = {"campaign_id": campaign_id, "sha256": sha256, "bytes": length, "completed_at": at}
        session.execute(insert(Blob), row)
        naming = session.scalars(
            select(OpBlob.op_id).where(OpBlob.campaign_id == campaign_id, OpBlob.sha256 == sha256)
        ).all()
        # None of these had all its files before: this one was not there.
        done = set(naming) - missing(session, naming).keys()
        drafts = completions(session, done)
        if found is not None:
            drafts += openings.note(session, campaign_id, sha256, found)
        ledger.append(session, campaign_id, drafts, key=key_of(settings), at=at)
    store.clear(sha256)


# --- reading a file -------------------------------------------------------------------------


def hand_out(
    session: Session,
    interview_id: str,
    sha256: str,
    *,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> Handed:
    """Find a file of an interview for who may see its answers; committed: that it was seen.

    Raises
    ------
    Unknown : no such interview for this caller, or none of its revisions names a file that is here
    """
    found = session.execute(
        select(
            Interview.campaign_id,
            Enumerator.team,
            reinterviews.open_to_leaders().label("is_open"),
        )
        .join(Device, Device.id == Interview.device_id)
        .join(Enumerator, Enumerator.id == Device.enumerator_id)
        .where(Interview.interview_id == interview_id)
    ).first()
    membership = by.by_campaign.get(found.campaign_id) if found else None
    if found is None or membership is None or membership.role not in READERS:
        raise Unknown("There is no such interview.")
    if membership.role is Role.TEAM_LEADER and not (
        found.is_open and membership.team == found.team
    ):
        raise Unknown("There is no such interview.")
    named = session.execute(
        select(OpBlob.type, OpBlob.sha256, OpSeal.device_id)
        .join(Revision, Revision.op_id == OpBlob.op_id)
        .join(Blob, (Blob.campaign_id == OpBlob.campaign_id) & (Blob.sha256 == OpBlob.sha256))
        .outerjoin(OpSeal, OpSeal.op_id == OpBlob.op_id)
        .where(Revision.interview_id == interview_id, OpBlob.plain_sha256 == sha256)
        .order_by(Revision.rev.desc())
        .limit(1)
    ).first()
    if named is None:
        raise Unknown("The interview has no such file.")
    access.note_access(
        session,
        found.campaign_id,
        f"file {sha256[:16]} of interview {interview_id}",
        by=by,
        at=at,
    )
    store = Store(settings.blobs_dir, found.campaign_id)
    content = openings.read(store, named.sha256, sealed_by=named.device_id, settings=settings)
    return handed(content, sha256, named.type)


def handed(content: bytes, sha256: str, type: str) -> Handed:
    """Hand out a file under its type where that is harmless."""
    mimetype = type if type in SAFE_TYPES else "application/octet-stream"
    ending = SAFE_TYPES.get(mimetype, "bin")
    return Handed(content, sha256, mimetype, f"{sha256[:16]}.{ending}")


def shared(session: Session, interview_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return for each interview the others whose households were given one of its photos.

    Every revision counts, on either side. Signatures and the card of an interpreter are left out:
    they are the same wherever the same people were.
    """
    if not interview_ids:
        return {}
    its, other = aliased(OpBlob), aliased(OpBlob)
    revision, twin = aliased(Revision), aliased(Revision)
    rows = session.execute(
        select(revision.interview_id, twin.interview_id)
        .join(its, its.op_id == revision.op_id)
        .join(
            other,
            (other.campaign_id == its.campaign_id) & (other.plain_sha256 == its.plain_sha256),
        )
        .join(twin, twin.op_id == other.op_id)
        .where(
            revision.interview_id.in_(sorted(set(interview_ids))),
            twin.interview_id != revision.interview_id,
            its.is_household_photo,
            other.is_household_photo,
        )
        .distinct()
    )
    found: dict[str, set[str]] = {}
    for interview_id, twin_id in rows:
        found.setdefault(interview_id, set()).add(twin_id)
    return {interview_id: tuple(sorted(twins)) for interview_id, twins in found.items()}


# --- what it rests on -----------------------------------------------------------------------


def _whose(by: Caller) -> tuple[str, str]:
    (membership,) = by.memberships
    by.require(membership.campaign_id, Role.ENUMERATOR)
    return membership.campaign_id, str(by.device_id)


def _announced(session: Session, sha256: str, device_id: str) -> list[int]:
    """The lengths that ops of this phone gave a file; nobody may ask for any other's."""
    lengths = (
        session.scalars(
            select(OpBlob.bytes)
            .where(OpBlob.device_id == device_id, OpBlob.sha256 == sha256)
            .distinct()
        ).all()
        if SHA256.fullmatch(sha256)
        else ()
    )
    found = set(lengths) | set(_of_copies(session, sha256, device_id) if not lengths else ())
    if not found:
        raise BlobNotExpected()
    return sorted(found)


def _of_copies(session: Session, sha256: str, device_id: str) -> Iterable[int]:
    """The lengths that bodies kept aside under a used op id gave a file; such bodies are few."""
    envelopes = session.scalars(
        select(Quarantine.envelope)
        .join(Device, Device.campaign_id == Quarantine.campaign_id)
        .where(
            Device.id == device_id,
            Quarantine.device_id == device_id,
            Quarantine.envelope.is_not(None),
        )
    )
    for envelope in envelopes:
        for file in (envelope or {}).get("blobs", ()):
            if file["sha256"] == sha256:
                yield file["bytes"]


def _household_photos(op: SealedOp) -> Collection[str]:
    """The hashes that an interview gives as pictures of the household."""
    if not op.blobs or not isinstance(op.content, Answered):
        return ()
    try:
        fields = openings.photo_fields(op.form_id or "", op.version or "")
    except QuestionnaireUnknown:
        return ()
    return {str(op.content.answers[field]) for field in fields if field in op.content.answers}
