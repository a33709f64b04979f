"""Interviews beside those around them: of the village, of the phone within days, with equal files.

What a comparison finds is kept with a stamp of the interviews around: how many there are, their
revisions, when the latest came. A later look counts them by index, and only where the stamp has
changed it reads them and compares again. Equal answers and pictures are looked up by their hash
each time. So a page costs the same in a campaign of any size, and always shows what comparing
everything anew would show.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, delete, func, insert, or_, select
from sqlalchemy.orm import Session, aliased

from inspect_app.models.blobs import OpBlob
from inspect_app.models.interviews import Comparison, Interview, Revision
from inspect_app.models.samples import Village
from inspect_app.rules import quality
from inspect_app.rules.interviews import Flag
from inspect_app.rules.quality import Point, Seen
from inspect_app.rules.states import Disposition

DAYS_AROUND = timedelta(days=2)
COMPLETED = Disposition.COMPLETED.value
SHARERS = 20
"""Interviews with one picture that are looked at to name the first; one picture may have many."""

Counted = tuple[int, int, datetime | None]


@dataclass(frozen=True)
class Look:
    """What comparing found, by interview; `anew` is what is to be kept of it."""

    flags: Mapping[str, tuple[dict[str, Any], ...]]
    anew: tuple[dict[str, Any], ...] = ()


def look(
    session: Session, campaign_id: str, rows: Sequence[Row[Any]], *, limits: Mapping[str, int]
) -> Look:
    """Compare interviews, given with their current revisions, with those around them."""
    wanted = [row for row in rows if row.disposition == COMPLETED]
    if not wanted:
        return Look({})
    # The stamps come first: what arrives meanwhile makes the next look compare once more.
    kept = _kept(session, wanted)
    open_ = [row for row in wanted if row.interview_id not in kept]
    anew = _compared(session, campaign_id, open_, limits) if open_ else []
    around = kept | {one["interview_id"]: one["flags"] for one in anew}
    same_answers, same_photo = _with_answers(session, wanted), _with_photo(session, wanted)
    flags = {}
    for row in wanted:
        twins = quality.twins(same_answers.get(row.interview_id), same_photo.get(row.interview_id))
        flags[row.interview_id] = (*map(as_row, twins), *around[row.interview_id])
    return Look(flags, tuple(anew))


def keep(session: Session, found: Look) -> None:
    """Keep what was compared anew, in the caller's transaction, which holds the campaign's lock."""
    rows = sorted(found.anew, key=lambda row: str(row["interview_id"]))
    if rows:
        ids = [row["interview_id"] for row in rows]
        session.execute(
            delete(Comparison).where(Comparison.interview_id.in_(ids)),
            execution_options={"synchronize_session": False},
        )
        session.execute(insert(Comparison), rows)


def as_row(flag: Flag) -> dict[str, Any]:
    """Write a flag as it is stored and shown."""
    return {"code": flag.code, "field": flag.field, "row": flag.row, "detail": flag.detail}


# --- what is kept ---------------------------------------------------------------------------


def _kept(session: Session, rows: Sequence[Row[Any]]) -> dict[str, list[dict[str, Any]]]:
    """What was found before, where nothing around it has changed since."""
    ids = sorted(row.interview_id for row in rows)
    stored = {row.interview_id: row for row in session.execute(_stored(), {"ids": ids})}
    if not stored:
        return {}
    village = _counted(session, _in_village(), ids)
    phone = _counted(session, _of_phone(), ids)
    found = {}
    for row in rows:
        one = stored.get(row.interview_id)
        if one is not None and (one.rev, one.device_id, one.since, one.stamp) == (
            row.current_rev,
            row.device_id,
            _since(row),
            _stamp(village.get(row.interview_id), phone.get(row.interview_id)),
        ):
            found[row.interview_id] = one.flags
    return found


def _counted(
    session: Session, query: Select[*tuple[Any, ...]], ids: Sequence[str]
) -> dict[str, Counted]:
    rows = session.execute(query, {"ids": ids})
    return {interview_id: (n, revs, latest) for interview_id, n, revs, latest in rows}


@cache  # building a query costs more than running it
def _stored() -> Select[*tuple[Any, ...]]:
    return select(*Comparison.__table__.c).where(
        Comparison.interview_id.in_(bindparam("ids", expanding=True))
    )


@cache
def _in_village() -> Select[*tuple[Any, ...]]:
    one, other = aliased(Interview), aliased(Interview)
    return (
        select(
            Comparison.interview_id,
            func.count(),
            func.sum(other.current_rev),
            func.max(other.arrived_at),
        )
        .join(one, one.interview_id == Comparison.interview_id)
        .join(
            other,
            (other.campaign_id == one.campaign_id) & (other.village_code == one.village_code),
        )
        .where(Comparison.interview_id.in_(bindparam("ids", expanding=True)))
        .group_by(Comparison.interview_id)
    )


@cache
def _of_phone() -> Select[*tuple[Any, ...]]:
    other = aliased(Interview)
    return (
        select(
            Comparison.interview_id,
            func.count(),
            func.sum(other.current_rev),
            func.max(other.arrived_at),
        )
        .join(
            other,
            (other.device_id == Comparison.device_id)
            & other.arrived_at.between(Comparison.since, Comparison.until),
        )
        .where(Comparison.interview_id.in_(bindparam("ids", expanding=True)))
        .group_by(Comparison.interview_id)
    )


def _stamp(village: Counted | None, phone: Counted | None) -> str:
    """Two such texts are equal where the same revisions of the same interviews lie around."""
    return "|".join(
        f"{n}.{revs}.{latest.isoformat() if latest else ''}"
        for n, revs, latest in (village or (0, 0, None), phone or (0, 0, None))
    )


def _of_rows(rows: Sequence[Row[Any]]) -> Counted | None:
    if not rows:
        return None
    times = [row.arrived_at for row in rows if row.arrived_at is not None]
    return len(rows), sum(row.current_rev for row in rows), max(times, default=None)


def _since(row: Row[Any]) -> datetime | None:
    return row.arrived_at - DAYS_AROUND if row.arrived_at else None


def _until(row: Row[Any]) -> datetime | None:
    return row.arrived_at + DAYS_AROUND if row.arrived_at else None


# --- comparing ------------------------------------------------------------------------------


def _compared(
    session: Session, campaign_id: str, rows: Sequence[Row[Any]], limits: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Hold interviews against those around them."""
    villages = sorted({row.village_code for row in rows})
    by_village: dict[str, list[Row[Any]]] = {}
    by_phone: dict[str, list[Row[Any]]] = {}
    for row in session.execute(
        _current().where(Interview.campaign_id == campaign_id, Interview.village_code.in_(villages))
    ):
        by_village.setdefault(row.village_code, []).append(row)
    windows = _windows(rows)
    if windows:
        for row in session.execute(_current().where(or_(*windows))):
            by_phone.setdefault(row.device_id, []).append(row)
    places = _places(session, campaign_id, villages)
    seen: dict[str, Seen] = {}
    found = []
    for row in rows:
        village = by_village.get(row.village_code, [])
        since, until = _since(row), _until(row)
        phone = [
            other
            for other in by_phone.get(row.device_id, ())
            if since is not None and until is not None and since <= other.arrived_at <= until
        ]
        for other in (*village, *phone):
            if other.interview_id not in seen:
                seen[other.interview_id] = _seen(other)
        around = {other.interview_id: seen[other.interview_id] for other in (*village, *phone)}
        flags = quality.surroundings(
            seen.get(row.interview_id) or _seen(row),
            tuple(around.values()),
            limits=limits,
            village=places.get(row.village_code),
        )
        found.append(
            {
                "interview_id": row.interview_id,
                "rev": row.current_rev,
                "device_id": row.device_id,
                "since": since,
                "until": until,
                "stamp": _stamp(_of_rows(village), _of_rows(phone)),
                "flags": [as_row(flag) for flag in flags],
            }
        )
    return found


@cache
def _current() -> Select[*tuple[Any, ...]]:
    return select(
        Interview.interview_id,
        Interview.unit_id,
        Interview.village_code,
        Interview.device_id,
        Interview.arrived_at,
        Interview.current_rev,
        Revision.disposition,
        Revision.traits,
    ).join(
        Revision,
        (Revision.interview_id == Interview.interview_id) & (Revision.rev == Interview.current_rev),
    )


def _windows(rows: Iterable[Row[Any]]) -> list[Any]:
    """Arrivals of each phone that lie around any of these, as few stretches as there are."""
    stretches: dict[str, list[list[datetime]]] = {}
    dated = (row for row in rows if row.arrived_at is not None)
    for row in sorted(dated, key=lambda row: (row.device_id, row.arrived_at)):
        of_phone = stretches.setdefault(row.device_id, [])
        since, until = row.arrived_at - DAYS_AROUND, row.arrived_at + DAYS_AROUND
        if of_phone and since <= of_phone[-1][1]:
            of_phone[-1][1] = until
        else:
            of_phone.append([since, until])
    return [
        and_(Interview.device_id == device_id, Interview.arrived_at.between(since, until))
        for device_id, of_phone in stretches.items()
        for since, until in of_phone
    ]


def _seen(row: Row[Any]) -> Seen:
    return Seen(
        row.interview_id,
        row.unit_id,
        row.village_code,
        row.device_id,
        row.disposition == COMPLETED,
        "",  # answers and pictures are looked up by their hash
        quality.from_json(row.traits),
    )


def _places(session: Session, campaign_id: str, villages: Sequence[str]) -> dict[str, Point]:
    rows = session.execute(
        select(Village.village_code, Village.lat, Village.lon).where(
            Village.campaign_id == campaign_id,
            Village.village_code.in_(villages),
            Village.lat.is_not(None),
            Village.lon.is_not(None),
        )
    )
    return {row.village_code: (float(row.lat), float(row.lon)) for row in rows}


# --- equal hashes ---------------------------------------------------------------------------


def _with_answers(session: Session, rows: Sequence[Row[Any]]) -> dict[str, str]:
    """The first other household with the very same answers, by interview."""
    found = session.execute(_first_with_answers(), {"ops": sorted(row.op_id for row in rows)})
    return {interview_id: other for interview_id, other in found if other is not None}


@cache
def _first_with_answers() -> Select[*tuple[Any, ...]]:
    other, revision = aliased(Interview), aliased(Revision)
    # Not a join: SQLite would begin it with all interviews of the campaign.
    is_other = (
        select(other.interview_id)
        .where(
            other.interview_id == revision.interview_id,
            other.current_rev == revision.rev,
            other.campaign_id == Interview.campaign_id,
            other.unit_id != Interview.unit_id,
        )
        .correlate(revision, Interview)
        .exists()
    )
    first = (
        select(revision.interview_id)
        .where(
            revision.answers_sha256 == Revision.answers_sha256,
            revision.disposition == COMPLETED,
            is_other,
        )
        .order_by(revision.interview_id)
        .limit(1)
        .correlate(Revision, Interview)
        .scalar_subquery()
    )
    return (
        select(Revision.interview_id, first)
        .join(Interview, Interview.interview_id == Revision.interview_id)
        .where(Revision.op_id.in_(bindparam("ops", expanding=True)))
    )


def _with_photo(session: Session, rows: Sequence[Row[Any]]) -> dict[str, str]:
    """The first other household that came with a picture of the same home, by interview."""
    found: dict[str, str] = {}
    for interview_id, other in session.execute(
        _first_with_photo(), {"ops": sorted(row.op_id for row in rows)}
    ):
        if other is not None:
            found[interview_id] = min(other, found.get(interview_id, other))
    return found


@cache
def _first_with_photo() -> Select[*tuple[Any, ...]]:
    blob, revision, other = aliased(OpBlob), aliased(Revision), aliased(Interview)
    sharers = (
        select(other.interview_id)
        .select_from(blob)
        .join(revision, revision.op_id == blob.op_id)
        .join(
            other,
            (other.interview_id == revision.interview_id) & (other.current_rev == revision.rev),
        )
        .where(
            blob.campaign_id == OpBlob.campaign_id,
            blob.plain_sha256 == OpBlob.plain_sha256,
            blob.is_household_photo,
            revision.disposition == COMPLETED,
            other.unit_id != Interview.unit_id,
        )
        .order_by(blob.op_id)
        .limit(SHARERS)
        .correlate(OpBlob, Interview)
        .subquery()
    )
    return (
        select(Revision.interview_id, select(func.min(sharers.c.interview_id)).scalar_subquery())
        .select_from(OpBlob)
        .join(Revision, Revision.op_id == OpBlob.op_id)
        .join(Interview, Interview.interview_id == Revision.interview_id)
        .where(OpBlob.is_household_photo, OpBlob.op_id.in_(bindparam("ops", expanding=True)))
    )
