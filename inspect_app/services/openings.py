"""Openings: sealed photos and drawings, opened once they are whole and for each of their readers.

On the disk they stay sealed. What is noted is the hash of the plain file, by which answers name it
and by which one picture in two households shows.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inspect_app.models.blobs import OpBlob
from inspect_app.models.interviews import Interview, Revision
from inspect_app.models.ledger import Op
from inspect_app.models.seals import OpSeal
from inspect_app.rules import halves, questionnaires
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.errors import QuestionnaireUnknown, Unavailable
from inspect_app.services import keyrings, seals
from inspect_app.services.files import Store
from inspect_app.services.ledger import Draft
from inspect_app.settings import Settings

ABOUT_THE_VISIT = frozenset({"visit", "attestation"})
"""Blocks whose pictures may well be the same in many households: signatures, an interpreter."""


@dataclass(frozen=True)
class Opened:
    """A sealed file that is whole: the hash of its plain bytes, None where it does not open."""

    plain_sha256: str | None


def opened(session: Session, store: Store, sha256: str, settings: Settings) -> Opened | None:
    """Open a file that is whole, if an op says that it is sealed; before the lock is taken."""
    device_id = _sealed_by(session, store.campaign_id, sha256)
    if device_id is None:
        return None
    with store.open(sha256) as file:
        data = file.read()
    plain = seals.open_file(data, store.campaign_id, device_id, keyrings.usable(settings))
    return Opened(None if plain is None else hashlib.sha256(plain).hexdigest())


def _sealed_by(session: Session, campaign_id: str, sha256: str) -> str | None:
    """The phone that sealed a file, None for one that is not sealed."""
    return session.scalar(
        select(OpSeal.device_id)
        .join(OpBlob, OpBlob.op_id == OpSeal.op_id)
        .where(OpBlob.campaign_id == campaign_id, OpBlob.sha256 == sha256)
        .limit(1)
    )


def note(session: Session, campaign_id: str, sha256: str, found: Opened) -> list[Draft]:
    """Note under which hash answers name a sealed file; an event where it does not open.

    Beside which households it stands out is looked at anew.
    """
    rows = session.execute(
        select(OpBlob, Op)
        .join(Op, Op.op_id == OpBlob.op_id)
        .join(OpSeal, OpSeal.op_id == OpBlob.op_id)
        .where(OpBlob.campaign_id == campaign_id, OpBlob.sha256 == sha256)
        .order_by(OpBlob.op_id)
    ).all()
    if found.plain_sha256 is None:
        op = rows[0][1]
        return [
            Draft(
                LineType.EVENT,
                EventName.BAD_SEAL.value,
                op_id=op.op_id,
                kind=op.kind,
                interview_id=op.interview_id,
                body_sha256=sha256,
                device_id=op.device_id,
            )
        ]
    for blob, op in rows:
        blob.plain_sha256 = found.plain_sha256
        blob.is_household_photo = found.plain_sha256 in _photos_in(op)
    named = select(Revision.interview_id).where(Revision.op_id.in_([op.op_id for _, op in rows]))
    session.execute(
        update(Interview)
        .where(Interview.interview_id.in_(named))
        .values(compared_at=None)
        .execution_options(synchronize_session=False)
    )
    session.flush()
    return []


def read(store: Store, sha256: str, *, sealed_by: str | None, settings: Settings) -> bytes:
    """Read a file that is here, opened where a phone sealed it.

    Raises
    ------
    Unavailable : it does not open with the keys that are here
    """
    with store.open(sha256) as file:
        data: bytes = file.read()
    if sealed_by is None:
        return data
    plain = seals.open_file(data, store.campaign_id, sealed_by, keyrings.usable(settings))
    if plain is None:
        raise Unavailable("The file does not open with the seal keys that are here.")
    return plain


@lru_cache(maxsize=16)
def photo_fields(form_id: str, version: str) -> frozenset[str]:
    form = questionnaires.load(form_id, version)
    return frozenset(
        question.id
        for block in form.blocks
        if block.id not in ABOUT_THE_VISIT
        for question in block.fields
        if question.type == "photo"
    )


def _photos_in(op: Op) -> Collection[str]:
    """The hashes that a stored interview gives as pictures of the household."""
    try:
        answers = halves.read(op.body)["answers"]
        fields = photo_fields(op.form_id or "", op.version or "")
        return {str(answers[field]) for field in fields if field in answers}
    except (ValueError, KeyError, TypeError, QuestionnaireUnknown):
        return ()
