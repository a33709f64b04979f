"""What the evening should look at: flags of interviews, alone and beside those around them.

Everything is gathered for many interviews at once, in a number of queries that does not grow with
them. The rules that look are pure: `rules/quality.py`, `rules/revisits.py`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from inspect_app.models.blobs import OpBlob
from inspect_app.models.campaigns import Campaign
from inspect_app.models.interviews import Interview, Revision
from inspect_app.models.ledger import LedgerEntry
from inspect_app.models.samples import Village
from inspect_app.rules import quality
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.flags import urgency
from inspect_app.rules.interviews import Flag
from inspect_app.rules.quality import Point, Seen
from inspect_app.rules.rulebooks import RuleBook
from inspect_app.rules.states import Disposition
from inspect_app.services import blobs, campaigns, judgements, reinterviews

DAYS_AROUND = timedelta(days=2)
HAPPENINGS = {
    EventName.RESERVE_OUT_OF_ORDER.value: "reserve_out_of_order",
    EventName.DRAW_DIFFERS.value: "draw_differs",
}
FlagRow = dict[str, Any]


@dataclass(frozen=True)
class Gathered:
    """Interviews of one campaign and what lies around them."""

    seen: Mapping[str, Seen]
    villages: Mapping[str, Point]
    happened: Mapping[str, tuple[str, ...]]
    waiting: Mapping[str, int]
    gone: Mapping[str, tuple[str, ...]]
    differing: Mapping[str, str]
    book: RuleBook


def flags_of(session: Session, campaign_id: str, ids: Collection[str]) -> dict[str, list[FlagRow]]:
    """Return every flag of these interviews: from reception, the findings, and comparison."""
    if not ids:
        return {}
    rows = session.execute(
        _current().where(Interview.campaign_id == campaign_id, Interview.interview_id.in_(ids))
    ).all()
    found = _gather(session, campaign_id, rows)
    around = list(found.seen.values())
    by_village, by_phone, by_digest, by_photo = _indexed(around)
    flags: dict[str, list[FlagRow]] = {}
    for row in rows:
        one = found.seen[row.interview_id]
        near = {
            other.interview_id: other
            for group in (
                by_village.get(one.village_code, ()),
                by_phone.get(one.device_id, ()),
                by_digest.get(one.digest, ()),
                *(by_photo.get(photo, ()) for photo in sorted(one.photos)),
            )
            for other in group
        }
        compared = quality.likenesses(
            one,
            tuple(near.values()),
            limits=found.book.quality,
            village=found.villages.get(one.village_code),
        )
        flags[row.interview_id] = [*_own(row), *map(_row, compared), *_around(row, found)]
    return flags


def sort_into_queue(session: Session, campaign_id: str, ids: Collection[str], at: datetime) -> None:
    """Give undecided interviews their place in the queue, in the caller's transaction."""
    flags = flags_of(session, campaign_id, ids)
    interviews = session.scalars(
        select(Interview)
        .where(Interview.interview_id.in_(sorted(flags)))
        .order_by(Interview.interview_id)
        .with_for_update()
    )
    current = session.execute(
        _current()
        .with_only_columns(Interview.interview_id, Revision.findings)
        .where(Interview.interview_id.in_(sorted(flags)))
    )
    open_ends = {row.interview_id: row.findings for row in current}
    for interview in interviews:
        interview.urgency = urgency(
            (flag["code"] for flag in flags[interview.interview_id]),
            undetermined=bool(open_ends[interview.interview_id]["undetermined"]),
            in_conflict=interview.in_conflict,
        )
        interview.compared_at = at
    session.flush()


@cache
def _current() -> Select[*tuple[Any, ...]]:
    return select(
        Interview.interview_id,
        Interview.unit_id,
        Interview.village_code,
        Interview.device_id,
        Interview.arrived_at,
        Interview.current_rev,
        Revision.op_id,
        Revision.disposition,
        Revision.flags,
        Revision.findings,
        Revision.stale_form,
        Revision.answers_sha256,
        Revision.traits,
    ).join(
        Revision,
        (Revision.interview_id == Interview.interview_id) & (Revision.rev == Interview.current_rev),
    )


@cache
def _neighbours() -> Select[*tuple[Any, ...]]:
    """The same, without what only the looked-at interviews need."""
    return _current().with_only_columns(
        Interview.interview_id,
        Interview.unit_id,
        Interview.village_code,
        Interview.device_id,
        Revision.op_id,
        Revision.disposition,
        Revision.answers_sha256,
        Revision.traits,
    )


def _gather(session: Session, campaign_id: str, rows: Sequence[Row[Any]]) -> Gathered:
    here = Interview.campaign_id == campaign_id
    villages = sorted({row.village_code for row in rows})
    around = {row.interview_id: row for row in rows}
    query = _neighbours().where(here)
    completed = Revision.disposition == Disposition.COMPLETED.value
    digests = {row.answers_sha256 for row in rows if row.disposition == Disposition.COMPLETED}
    conditions: list[tuple[Any, ...]] = [
        (Interview.village_code.in_(villages),),
        (Revision.answers_sha256.in_(sorted(digests)), completed),
        (Revision.op_id.in_(_sharing(campaign_id, rows)),),
    ]
    if times := [row.arrived_at for row in rows if row.arrived_at is not None]:
        phones = sorted({row.device_id for row in rows})
        since, until = min(times) - DAYS_AROUND, max(times) + DAYS_AROUND
        conditions.append(
            (Interview.device_id.in_(phones), Interview.arrived_at.between(since, until))
        )
    for condition in conditions:
        for row in session.execute(query.where(*condition)):
            around.setdefault(row.interview_id, row)
    photos = _photos(session, [row.op_id for row in around.values()])
    return Gathered(
        seen={
            key: Seen(
                key,
                row.unit_id,
                row.village_code,
                row.device_id,
                row.disposition == Disposition.COMPLETED,
                row.answers_sha256,
                quality.from_json(row.traits),
                photos.get(row.op_id, frozenset()),
            )
            for key, row in around.items()
        },
        villages={
            row.village_code: (float(row.lat), float(row.lon))
            for row in session.execute(
                select(Village.village_code, Village.lat, Village.lon).where(
                    Village.campaign_id == campaign_id,
                    Village.village_code.in_(villages),
                    Village.lat.is_not(None),
                    Village.lon.is_not(None),
                )
            )
        },
        happened=_happened(session, campaign_id, rows),
        waiting={op: len(files) for op, files in blobs.missing(session, _ops(rows)).items()},
        gone=_gone(session, rows),
        differing=reinterviews.alarming(session, campaign_id, [row.interview_id for row in rows]),
        book=campaigns.rulebook(session.get_one(Campaign, campaign_id)),
    )


def _ops(rows: Iterable[Row[Any]]) -> list[str]:
    return [row.op_id for row in rows]


def _sharing(campaign_id: str, rows: Iterable[Row[Any]]) -> Select[*tuple[Any, ...]]:
    """Ops that name a picture of a home which one of these ops names."""
    own = select(OpBlob.sha256).where(OpBlob.op_id.in_(_ops(rows)), OpBlob.is_household_photo)
    return select(OpBlob.op_id).where(
        OpBlob.campaign_id == campaign_id, OpBlob.sha256.in_(own), OpBlob.is_household_photo
    )


def _photos(session: Session, op_ids: Collection[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    rows = session.execute(
        select(OpBlob.op_id, OpBlob.sha256).where(
            OpBlob.op_id.in_(sorted(op_ids)), OpBlob.is_household_photo
        )
    )
    for op_id, sha256 in rows:
        found[op_id] = found.get(op_id, frozenset()) | {sha256}
    return found


def _happened(
    session: Session, campaign_id: str, rows: Iterable[Row[Any]]
) -> dict[str, tuple[str, ...]]:
    """Happenings of the chain that are about these interviews."""
    found: dict[str, tuple[str, ...]] = {}
    events = session.execute(
        select(LedgerEntry.interview_id, LedgerEntry.status)
        .where(
            LedgerEntry.campaign_id == campaign_id,
            LedgerEntry.type == LineType.EVENT.value,
            LedgerEntry.interview_id.in_([row.interview_id for row in rows]),
            LedgerEntry.status.in_(sorted(HAPPENINGS)),
        )
        .distinct()
    )
    for interview_id, status in events:
        about = str(interview_id)
        found[about] = (*found.get(about, ()), HAPPENINGS[status])
    return found


def _gone(session: Session, rows: Sequence[Row[Any]]) -> dict[str, tuple[str, ...]]:
    """Kinds of suspicion that an earlier revision raised and the current one does not."""
    revised = {row.interview_id: row for row in rows if row.current_rev > 1}
    if not revised:
        return {}
    found: dict[str, set[str]] = {}
    earlier = session.execute(
        select(Revision.interview_id, Revision.rev, Revision.findings).where(
            Revision.interview_id.in_(sorted(revised))
        )
    )
    for interview_id, rev, findings in earlier:
        now = revised[interview_id]
        if rev < now.current_rev:
            found.setdefault(interview_id, set()).update(_kinds(findings) - _kinds(now.findings))
    return {key: tuple(sorted(kinds)) for key, kinds in found.items() if kinds}


def _kinds(findings: Mapping[str, Any]) -> set[str]:
    return {one.kind.value for one in judgements.suspicions(dict(findings))}


def _indexed(around: Iterable[Seen]) -> tuple[dict[str, list[Seen]], ...]:
    """Interviews by village, phone, answers and photo."""
    by_village: dict[str, list[Seen]] = {}
    by_phone: dict[str, list[Seen]] = {}
    by_digest: dict[str, list[Seen]] = {}
    by_photo: dict[str, list[Seen]] = {}
    for one in around:
        by_village.setdefault(one.village_code, []).append(one)
        by_phone.setdefault(one.device_id, []).append(one)
        by_digest.setdefault(one.digest, []).append(one)
        for photo in one.photos:
            by_photo.setdefault(photo, []).append(one)
    return by_village, by_phone, by_digest, by_photo


def _own(row: Row[Any]) -> list[FlagRow]:
    """Flags that the interview carries itself."""
    codes = [*row.findings["flags"], *(["stale_form"] if row.stale_form else [])]
    found = [*row.flags, *map(_plain, codes)]
    if row.findings["excluded"]:
        found.append({**_plain("excluded"), "field": "exclusion_items"})
    return found


def _around(row: Row[Any], found: Gathered) -> list[FlagRow]:
    """Flags that other tables raise about it."""
    flags = [_plain(code) for code in found.happened.get(row.interview_id, ())]
    if waiting := found.waiting.get(row.op_id):
        flags.append(_plain("files_missing", str(waiting)))
    if gone := found.gone.get(row.interview_id):
        flags.append(_plain("suspicion_gone", ", ".join(gone)))
    if other := found.differing.get(row.interview_id):
        flags.append(_plain("reinterview_differs", other))
    return flags


def _plain(code: str, detail: str = "") -> FlagRow:
    return {"code": code, "field": "", "row": None, "detail": detail}


def _row(flag: Flag) -> FlagRow:
    return {"code": flag.code, "field": flag.field, "row": flag.row, "detail": flag.detail}
