"""Storing a judged batch under the write lock: what is new, what was here, what is kept aside."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Table, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, OperationalError

from inspect_app.models.ledger import Op, Quarantine
from inspect_app.models.seals import OpSeal
from inspect_app.rules import seals
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.errors import RuleError
from inspect_app.rules.faults import Fault, fault
from inspect_app.rules.ops import (
    NOT_STORED,
    Manifest,
    Push,
    Receipt,
    Result,
    SealedOp,
    missing_from,
)
from inspect_app.rules.states import OpStatus, QuarantineState
from inspect_app.services import blobs, heartbeats, ledger, voids
from inspect_app.services.decisions import Decisions, quarantine_row, standings
from inspect_app.services.intake import Ground, Judged
from inspect_app.services.ledger import LEDGER, Draft, Posted
from inspect_app.services.receipts import ReceiptKey, decode
from inspect_app.services.statements import Statement
from sampling.errors import SamplingError

log = structlog.get_logger()

OPS: Table = Op.__table__  # type: ignore[assignment]  # declared as FromClause
QUARANTINE: Table = Quarantine.__table__  # type: ignore[assignment]  # as above
SEALS: Table = OpSeal.__table__  # type: ignore[assignment]  # as above

INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
ADD_OPS = {
    "sqlite": sqlite.insert(OPS).on_conflict_do_nothing().returning(OPS.c.op_id),
    "postgresql": postgresql.insert(OPS).on_conflict_do_nothing().returning(OPS.c.op_id),
}


ADD_OP = {name: Statement(insert) for name, insert in ADD_OPS.items()}


@dataclass
class Storing:
    """One push being stored; the connection holds the write lock while its methods run.

    one_by_one : each op in its own savepoint, nothing believed that was read before the lock
    carried_by : account of who brings it in the phone's place
    has_voids : whether the campaign may have destroyed bodies, which may come again
    orphans : files that nothing names any more, to discard after the commit
    """

    connection: Connection
    ground: Ground
    key: ReceiptKey
    at: datetime
    one_by_one: bool = True
    carried_by: str | None = None
    has_voids: bool = True
    orphans: set[str] = field(default_factory=set)

    @property
    def insert(self) -> Any:
        return INSERTS[self.connection.dialect.name]

    def store(self, judged: Sequence[Judged]) -> list[Result]:
        """Store a batch as one: results in the order of the request."""
        firsts = _firsts(judged)
        created = self._insert_ops(firsts)
        new = [one for one in firsts if one.op.op_id in created]
        blobs.name(
            self.connection,
            [one.op for one in new],
            campaign_id=self.ground.campaign_id,
            device_id=self.ground.device_id,
            awaits=self.ground.awaits,
        )
        self._keep_seals([one.op for one in new])
        here = standings(self.connection, new, believing=not self.one_by_one)
        decisions = Decisions(self.connection, self.ground, self.at, here)
        decided = {one.op.op_id: decisions.decide(one) for one in new}
        decisions.write()
        batch = decisions.batch
        posted = self._post(batch.drafts)
        known = self._known([one.op for one in judged], created)
        # What follows looks at the visits in the order of their ledger lines.
        decisions.note_reserves()
        reused = self._quarantine_reused(judged, known, set(decided))
        self._post([*batch.events, *reused, *self._quarantine_closed(judged, known)])
        by_op = {
            draft.op_id: (draft, place) for draft, place in zip(batch.drafts, posted, strict=False)
        }
        results, answered = [], set()
        for one in judged:
            op_id = one.op.op_id
            if op_id in decided and op_id not in answered and one.op is decided[op_id].op:
                answered.add(op_id)
                draft, place = by_op[op_id]
                results.append(
                    Result(
                        op_id,
                        draft.status,
                        one.op.body_sha256,
                        rev=draft.rev,
                        seq=place.seq,
                        receipt=place.receipt,
                        faults=decided[op_id].faults,
                    )
                )
            elif one.status in NOT_STORED and not _is_known(one, known):
                told = (op_id, one.status.value, one.op.body_sha256)
                results.append(Result(*told, faults=one.faults))
            elif op_id in by_op:  # a second copy in the same batch
                draft, place = by_op[op_id]
                results.append(_repeated(one.op, draft, place.seq, place.receipt))
            else:
                entry = known[op_id]
                results.append(
                    _repeated(one.op, entry, entry.seq, ledger.receipt_of(entry), entry.campaign_id)
                    if entry.campaign_id == self.ground.campaign_id
                    else Result(op_id, OpStatus.OP_ID_REUSED.value, one.op.body_sha256)
                )
        if self.has_voids:
            came = {(one.op.op_id, one.op.body_sha256) for one in judged}
            self.orphans |= voids.destroy_again(
                self.connection, self.ground.campaign_id, came, key=self.key, at=self.at
            )
        return self._with_needs(results, judged, known)

    def store_alone(self, one: Judged) -> Result:
        """Store one op in its own savepoint; what the rules refuse is kept as invalid.

        So is what the database refuses although it comes alone: it would do so every time.
        """
        try:
            with self.connection.begin_nested():
                return self.store([one])[0]
        except OperationalError:
            raise
        except (RuleError, SamplingError) as error:
            reason = Fault("", "refused", str(error).splitlines()[0][:500])
            return self._store_refused(one, reason)
        except IntegrityError:
            return self._store_refused(one, fault("", "unstorable", log_id=_logged(one)))
        except Exception:
            return self._failed(one)

    def note_carried(self, known: Mapping[str, Any], results: Sequence[Result]) -> None:
        """What somebody else brought is no longer unsent; of the phone itself it says nothing."""
        unsent = _changed(known["unsent"], blobs.without(known["unsent"], _here(results)))
        if unsent:
            heartbeats.write(self.connection, self.ground.device_id, unsent)

    def note_phone(self, push: Push, known: Mapping[str, Any], results: Sequence[Result]) -> None:
        """Keep what the phone says of itself, and raise an alarm for what it lost.

        An older push that arrives late says nothing new about what the phone holds. What this
        push brought is here, and no longer unsent.

        known : the phone's row, read under the lock
        """
        device_id = self.ground.device_id
        said, events = heartbeats.note(
            known, device_id, push, offset_ms=self.ground.offset_ms, at=self.at
        )
        here = _here(results)
        if push.manifest is not None and not heartbeats.is_late(known, push):
            said |= self._note_manifest(known["unsent"], push.manifest, here)
        elif here:
            said |= _changed(known["unsent"], blobs.without(known["unsent"], here))
        self._post(events)
        heartbeats.write(self.connection, device_id, said)

    def _note_manifest(
        self, before: list[dict[str, Any]], manifest: Manifest, here: set[tuple[str, str]]
    ) -> dict[str, Any]:
        """Raise an alarm for what left the manifest unsent; return what changes on the phone.

        here : ids and hashes of what this push brought with all its files
        """
        gone = {
            (item["op_id"], item["body_sha256"]): item
            for item in missing_from(before, manifest.unsent)
        }
        for table in (OPS, QUARANTINE):  # of two bodies under one id the second is set aside
            if gone:
                named = sorted(op_id for op_id, _ in gone)
                arrived = self.connection.execute(
                    select(table.c.op_id, table.c.body_sha256).where(table.c.op_id.in_(named))
                )
                for row in arrived:
                    gone.pop((row.op_id, row.body_sha256), None)
        alarms = [
            Draft(
                LineType.EVENT,
                EventName.LEFT_MANIFEST.value,
                op_id=item["op_id"],
                body_sha256=item["body_sha256"],
                device_id=self.ground.device_id,
            )
            for item in gone.values()
        ]
        self._post(alarms)
        unsent = [
            {
                "op_id": item.op_id,
                "body_sha256": item.body_sha256,
                "bytes": item.bytes,
                "captured_at": item.captured_at,
            }
            for item in manifest.unsent
        ]
        changed = {"free_mb": manifest.free_mb, "persisted": manifest.persisted}
        return changed | _changed(before, blobs.without(unsent, here))

    def _keep_seals(self, ops: Sequence[SealedOp]) -> None:
        """Keep who closed what came sealed; copies that nobody could open before are settled."""
        rows = [
            {
                "op_id": op.op_id,
                "device_id": op.seal.device_id or self.ground.device_id,
                "kid": op.seal.kid,
                "ct_sha256": seals.digest(decode(op.seal.ct)),
                "signature": op.seal.sig,
                "carried_by": self.carried_by,
            }
            for op in ops
            if op.seal is not None
        ]
        if rows:
            self.connection.execute(insert(SEALS), sorted(rows, key=lambda row: str(row["op_id"])))
            self.connection.execute(
                update(QUARANTINE)
                .where(
                    QUARANTINE.c.op_id.in_([row["op_id"] for row in rows]),
                    QUARANTINE.c.status == OpStatus.BAD_SEAL.value,
                    QUARANTINE.c.state == QuarantineState.OPEN.value,
                )
                .values(state=QuarantineState.ARRIVED.value)
            )

    def _quarantine_closed(self, judged: Sequence[Judged], known: Mapping[str, Any]) -> list[Draft]:
        """Keep what could not be opened as it came; each leaves one event, however often it comes.

        What is not signed is not kept: nothing says that it is of this phone.
        """
        closed = {}
        for one in judged:
            if one.status is OpStatus.BAD_SEAL and one.op.seal and not _is_known(one, known):
                closed[one.op.op_id, seals.digest(one.op.seal.raw)] = one
        rows = [
            quarantine_row(
                self.ground,
                one.op,
                OpStatus.BAD_SEAL,
                at=self.at,
                faults=one.faults,
                body=one.op.seal.raw if one.op.seal else b"",
            )
            | {"body_sha256": digest}
            for (_, digest), one in sorted(closed.items(), key=lambda pair: pair[0])
        ]
        new = self._keep_aside(rows)
        return [
            Draft(
                LineType.EVENT,
                EventName.BAD_SEAL.value,
                op_id=op_id,
                kind=closed[op_id, digest].op.kind,
                body_sha256=digest,
                device_id=self.ground.device_id,
            )
            for op_id, digest in sorted(new)
        ]

    def _keep_aside(self, rows: Sequence[Mapping[str, Any]]) -> set[tuple[str, str]]:
        """Put into quarantine what is not there yet; ids and hashes of it."""
        if not rows:
            return set()
        statement = (
            self.insert(QUARANTINE)
            .on_conflict_do_nothing(index_elements=["op_id", "body_sha256"])
            .returning(QUARANTINE.c.op_id, QUARANTINE.c.body_sha256)
        )
        return {(row.op_id, row.body_sha256) for row in self.connection.execute(statement, rows)}

    def _post(self, drafts: Sequence[Draft]) -> list[Posted]:
        return ledger.append(
            self.connection, self.ground.campaign_id, drafts, key=self.key, at=self.at
        )

    def _with_needs(
        self, results: Sequence[Result], judged: Sequence[Judged], known: dict[str, Any]
    ) -> list[Result]:
        """Say with each op that is here which of its files are not."""
        naming = {one.op.op_id for one in judged if one.op.blobs}
        needs = blobs.missing(self.connection, naming | set(known))
        if not needs:
            return list(results)
        return [
            replace(result, need_blobs=needs.get(result.op_id, ()))
            if result.receipt is not None
            else result
            for result in results
        ]

    def _insert_ops(self, firsts: Sequence[Judged]) -> set[str]:
        """Insert, and learn from the database which of them it had not seen before."""
        named = [blob.sha256 for one in firsts for blob in one.op.blobs]
        here = blobs.whole(self.connection, self.ground.campaign_id, named)
        rows = [_op_row(one.op, self.ground, here) for one in firsts]
        if not rows:
            return set()
        rows.sort(key=lambda row: str(row["op_id"]))
        connection = self.connection
        engine = connection.dialect.name
        if len(rows) == 1:
            return {row.op_id for row in ADD_OP[engine].rows(connection, rows[0])}
        return set(connection.execute(ADD_OPS[engine], rows).scalars())

    def _known(self, ops: Iterable[SealedOp], created: set[str]) -> dict[str, Any]:
        """The ledger entries of ops that were here before."""
        wanted = sorted({op.op_id for op in ops} - created)
        if not wanted:
            return {}
        entries = self.connection.execute(
            select(LEDGER)
            .where(LEDGER.c.op_id.in_(wanted), LEDGER.c.type == LineType.OP.value)
            .order_by(LEDGER.c.op_id)
        )
        return {str(entry.op_id): entry for entry in entries}

    def _quarantine_reused(
        self, judged: Sequence[Judged], known: dict[str, Any], decided: set[str]
    ) -> list[Draft]:
        """Keep other bodies under ids in use; each leaves one event, however often it comes."""
        firsts = {one.op.op_id: one.op.body_sha256 for one in reversed(judged)}
        others: dict[tuple[str, str], SealedOp] = {}
        for one in judged:
            op = one.op
            if one.status in NOT_STORED:
                continue
            entry = known.get(op.op_id)
            if op.op_id in decided:
                differs = op.body_sha256 != firsts[op.op_id]
            else:
                differs = entry is not None and (
                    op.body_sha256 != entry.body_sha256
                    or entry.campaign_id != self.ground.campaign_id
                )
            if differs:
                others.setdefault((op.op_id, op.body_sha256), op)
        rows = [
            quarantine_row(
                self.ground, others[key], OpStatus.OP_ID_REUSED, at=self.at, body=others[key].body
            )
            for key in sorted(others)
        ]
        new = self._keep_aside(rows)
        return [
            Draft(
                LineType.EVENT,
                EventName.OP_ID_REUSED.value,
                op_id=op_id,
                kind=others[op_id, digest].kind,
                body_sha256=digest,
                device_id=self.ground.device_id,
            )
            for op_id, digest in sorted(new)
        ]

    def _store_refused(self, one: Judged, reason: Fault) -> Result:
        kept = replace(one, status=OpStatus.INVALID, faults=(reason,))
        try:
            with self.connection.begin_nested():
                return self.store([kept])[0]
        except OperationalError:
            raise
        except Exception:
            return self._failed(one)

    def _failed(self, one: Judged) -> Result:
        log_id = _logged(one)
        return Result(one.op.op_id, OpStatus.FAILED.value, one.op.body_sha256, log_id=log_id)


def _logged(one: Judged) -> str:
    """Log the exception that is being handled; return the id that names the entry."""
    log_id = uuid.uuid4().hex
    log.exception("op failed", log_id=log_id, op_id=one.op.op_id, kind=one.op.kind)
    return log_id


def _firsts(judged: Iterable[Judged]) -> list[Judged]:
    """The first op of each id, without those whose hash is wrong or whose body stays closed."""
    found: dict[str, Judged] = {}
    for one in judged:
        if one.status not in NOT_STORED:
            found.setdefault(one.op.op_id, one)
    return list(found.values())


def _op_row(op: SealedOp, ground: Ground, here: Collection[str]) -> dict[str, Any]:
    return {
        "op_id": op.op_id,
        "campaign_id": ground.campaign_id,
        "device_id": ground.device_id,
        "kind": op.kind,
        "interview_id": op.interview_id,
        "base_rev": op.base_rev,
        "return_id": op.return_id,
        "form_id": op.form_id,
        "version": op.version,
        "captured_at": op.captured_at,
        "boot_id": op.boot_id,
        "mono_ms": op.mono_ms,
        "body_sha256": op.body_sha256,
        "body": op.body,
        "blobs": [
            {"sha256": blob.sha256, "bytes": blob.bytes, "type": blob.type} for blob in op.blobs
        ],
        "complete": all(blob.sha256 in here for blob in op.blobs if ground.awaits(blob)),
    }


def _is_known(one: Judged, known: Mapping[str, Any]) -> bool:
    """Whether something that cannot be opened has arrived before, when it could be."""
    entry = known.get(one.op.op_id)
    return (
        one.status is OpStatus.BAD_SEAL
        and entry is not None
        and entry.body_sha256 == one.op.body_sha256
    )


def _here(results: Iterable[Result]) -> set[tuple[str, str]]:
    """Ids and hashes of what arrived with all its files."""
    return {
        (one.op_id, one.body_sha256)
        for one in results
        if one.receipt is not None and not one.need_blobs
    }


def _changed(before: list[dict[str, Any]], unsent: list[dict[str, Any]]) -> dict[str, Any]:
    """The list of unsent ops where it is another one: it is long, and seldom changes."""
    return {} if unsent == before else {"unsent": unsent}


def _repeated(
    op: SealedOp, first: Any, seq: int, receipt: Receipt, campaign_id: str | None = None
) -> Result:
    """The answer to an op that is here already: the first receipt, or a refusal of other bytes."""
    if op.body_sha256 != first.body_sha256:
        return Result(op.op_id, OpStatus.OP_ID_REUSED.value, op.body_sha256)
    return Result(
        op.op_id,
        OpStatus.DUPLICATE.value,
        op.body_sha256,
        rev=first.rev,
        seq=seq,
        receipt=receipt,
        first_status=first.status,
    )
