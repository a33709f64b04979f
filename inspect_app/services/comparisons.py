"""What the evening should look at: flags of interviews, alone and beside those around them.

Those around them: `services/neighbours.py`. Everything is gathered for many interviews at once, in
a number of queries that does not grow with them. The rules that look are pure: `rules/quality.py`,
`rules/revisits.py`, `rules/versions.py`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from inspect_app.models.interviews import Interview, Revision
from inspect_app.models.ledger import LedgerEntry
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.flags import urgency
from inspect_app.rules.interviews import MUST_RETURN
from inspect_app.rules.versions import Version, broken_in, suspicions_gone
from inspect_app.services import (
    blobs,
    campaigns,
    holders,
    judgements,
    neighbours,
    partiality,
    reinterviews,
)
from inspect_app.services.neighbours import Look

HAPPENINGS = {
    EventName.RESERVE_OUT_OF_ORDER.value: "reserve_out_of_order",
    EventName.DRAW_DIFFERS.value: "draw_differs",
}
FlagRow = dict[str, Any]


@dataclass(frozen=True)
class Gathered:
    """What other tables say about interviews of one campaign."""

    happened: Mapping[str, tuple[str, ...]]
    waiting: Mapping[str, int]
    versions: Mapping[str, Sequence[Version]]
    differing: Mapping[str, str]
    doubted: Mapping[str, str]


@dataclass(frozen=True)
class Flagged:
    """Every flag of some interviews: from reception, the findings, and comparison.

    look : what comparing found, for `neighbours.keep`
    waiting : files still to come, where there are any
    """

    flags: Mapping[str, list[FlagRow]]
    look: Look
    waiting: Mapping[str, int] = field(default_factory=dict)


def flags_of(session: Session, campaign_id: str, ids: Collection[str]) -> Flagged:
    """Return every flag of these interviews; reads only."""
    if not ids:
        return Flagged({}, Look({}))
    rows = session.execute(_these(), {"campaign_id": campaign_id, "ids": sorted(ids)}).all()
    book = campaigns.rulebook_of(session, campaign_id)
    look = neighbours.look(session, campaign_id, rows, limits=book.quality)
    found = _gather(session, campaign_id, rows)
    flags = {
        row.interview_id: [
            *_own(row),
            *look.flags.get(row.interview_id, ()),
            *_around(row, found),
        ]
        for row in rows
    }
    waiting = {
        row.interview_id: found.waiting[row.op_id] for row in rows if row.op_id in found.waiting
    }
    return Flagged(flags, look, waiting)


def sort_into_queue(session: Session, campaign_id: str, ids: Collection[str], at: datetime) -> None:
    """Give undecided interviews their place in the queue, in the caller's transaction."""
    found = flags_of(session, campaign_id, ids)
    flags = found.flags
    neighbours.keep(session, found.look)
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
        Interview.county_adcode,
        Interview.village_code,
        Interview.device_id,
        Interview.arrived_at,
        Interview.current_rev,
        Interview.last_rev,
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


@cache  # building a query costs more than running it
def _these() -> Select[*tuple[Any, ...]]:
    return _current().where(
        Interview.campaign_id == bindparam("campaign_id"),
        Interview.interview_id.in_(bindparam("ids", expanding=True)),
    )


def _gather(session: Session, campaign_id: str, rows: Sequence[Row[Any]]) -> Gathered:
    return Gathered(
        happened=_happened(session, campaign_id, rows),
        waiting={op: len(files) for op, files in blobs.missing(session, _ops(rows)).items()},
        versions=_versions(session, rows),
        differing=reinterviews.alarming(session, campaign_id, [row.interview_id for row in rows]),
        doubted=partiality.doubted(session, campaign_id, rows),
    )


def _ops(rows: Iterable[Row[Any]]) -> list[str]:
    return [row.op_id for row in rows]


def _happened(
    session: Session, campaign_id: str, rows: Iterable[Row[Any]]
) -> dict[str, tuple[str, ...]]:
    """Happenings of the chain that are about these interviews."""
    found: dict[str, tuple[str, ...]] = {}
    about_these = {"campaign_id": campaign_id, "ids": [row.interview_id for row in rows]}
    events = session.execute(_happenings(), about_these)
    for interview_id, status in events:
        about = str(interview_id)
        found[about] = (*found.get(about, ()), HAPPENINGS[status])
    return found


@cache
def _happenings() -> Select[*tuple[Any, ...]]:
    return (
        select(LedgerEntry.interview_id, LedgerEntry.status)
        .where(
            LedgerEntry.campaign_id == bindparam("campaign_id"),
            LedgerEntry.type == LineType.EVENT.value,
            LedgerEntry.interview_id.in_(bindparam("ids", expanding=True)),
            LedgerEntry.status.in_(sorted(HAPPENINGS)),
        )
        .distinct()
    )


def _versions(session: Session, rows: Sequence[Row[Any]]) -> dict[str, list[Version]]:
    """All revisions of the interviews that have several."""
    several = sorted(row.interview_id for row in rows if row.last_rev > 1)
    found: dict[str, list[Version]] = {}
    if several:
        held = holders.of_revisions(session, several)
        for row in session.execute(_revisions(), {"ids": several}):
            version = Version(
                row.rev,
                held[row.interview_id, row.rev],
                answers_return=row.base_rev > 0 and not row.conflict,
                broken=MUST_RETURN & {flag["code"] for flag in row.flags},
                suspicions=frozenset(_kinds(row.findings)),
            )
            found.setdefault(row.interview_id, []).append(version)
    return found


@cache
def _revisions() -> Select[*tuple[Any, ...]]:
    return select(
        Revision.interview_id,
        Revision.rev,
        Revision.base_rev,
        Revision.conflict,
        Revision.flags,
        Revision.findings,
    ).where(Revision.interview_id.in_(bindparam("ids", expanding=True)))


def _kinds(findings: Mapping[str, Any]) -> set[str]:
    return {one.kind.value for one in judgements.suspicions(dict(findings))}


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
    if versions := found.versions.get(row.interview_id):
        broken = broken_in(versions, row.current_rev)
        flags += [_plain(code, f"rev {rev}") for code, rev in broken.items()]
        if gone := suspicions_gone(versions, row.current_rev):
            flags.append(_plain("suspicion_gone", ", ".join(sorted(gone))))
    if other := found.differing.get(row.interview_id):
        flags.append(_plain("reinterview_differs", other))
    if reasons := found.doubted.get(row.interview_id):
        flags.append(_plain("independence_doubted", reasons))
    return flags


def _plain(code: str, detail: str = "") -> FlagRow:
    return {"code": code, "field": "", "row": None, "detail": detail}
