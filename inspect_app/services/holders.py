"""Who held an interview: the people who were there when a revision of it was captured.

A phone is carried by a pair, and pairs change. Whose phone sent a revision says of one of them
that they were there; with whom follows from what they had been sent for.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from inspect_app.models.devices import Device
from inspect_app.models.interviews import Interview, Return, Revision, Revisit
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.models.samples import Assignment, Reassignment
from inspect_app.rules.chain import LineType

People = frozenset[str]
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def of_revisions(session: Session, interview_ids: Collection[str]) -> dict[tuple[str, int], People]:
    """Return who was there when each revision of these interviews was captured, by id and number.

    The two whose return it answers, or whose second visit it is; else the two who had the village
    then. An owner who had been relieved by then was there with whom they had it last, and one who
    never had it is all that is known. In a number of queries that does not grow with them.
    """
    wanted = {"ids": sorted(interview_ids)}
    villages: dict[str, list[tuple[datetime, People]]] = {}
    began: dict[str, datetime] = {}
    for query in (_relieved(), _present()):
        for interview_id, first, second, until in session.execute(query, wanted):
            since = began.get(interview_id, LONG_AGO)
            villages.setdefault(interview_id, []).append((since, frozenset((first, second))))
            began[interview_id] = until
    return {
        (row.interview_id, row.rev): _people(row, villages.get(row.interview_id, ()))
        for row in session.execute(_revisions(), wanted)
    }


def _people(row: Row[Any], village: Sequence[tuple[datetime, People]]) -> People:
    owner, at = row.owner, _captured(row)
    errands = ((row.return_a, row.return_b), (row.second_a, row.second_b))
    own = [(since, pair) for since, pair in village if owner in pair]
    known = [
        *(frozenset(two) for two in errands if owner in two and None not in two),
        *(pair for since, pair in reversed(own) if since <= at),
        *(pair for _, pair in own),
        frozenset({owner}),
    ]
    return known[0]


def _captured(row: Row[Any]) -> datetime:
    """When it was sealed by a clock set right, and not after it arrived."""
    # Without its line, which `exit-inspection ledger verify` misses, its own clock is all there is.
    known = [datetime.fromisoformat(row.received_at)] if row.received_at else []
    with suppress(OverflowError):  # two clocks centuries apart
        sealed = datetime.fromisoformat(row.captured_at)
        known.append(sealed + timedelta(milliseconds=row.offset_ms))
    return min(known, default=LONG_AGO)


@cache  # building a query costs more than running it
def _revisions() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Revision.interview_id,
            Revision.rev,
            Revision.offset_ms,
            Op.captured_at,
            LedgerEntry.received_at,
            Device.enumerator_id.label("owner"),
            Return.enumerator_a.label("return_a"),
            Return.enumerator_b.label("return_b"),
            Revisit.enumerator_a.label("second_a"),
            Revisit.enumerator_b.label("second_b"),
        )
        .join(Op, Op.op_id == Revision.op_id)
        .outerjoin(
            LedgerEntry, (LedgerEntry.op_id == Op.op_id) & (LedgerEntry.type == LineType.OP.value)
        )
        .join(Device, Device.id == Op.device_id)
        .outerjoin(
            Return,
            (Return.return_id == Op.return_id) & (Return.interview_id == Revision.interview_id),
        )
        .outerjoin(Revisit, Revisit.interview_id == Revision.interview_id)
        .where(Revision.interview_id.in_(bindparam("ids", expanding=True)))
    )


@cache
def _present() -> Select[*tuple[Any, ...]]:
    return _village(
        select(
            Interview.interview_id,
            Assignment.enumerator_a,
            Assignment.enumerator_b,
            Assignment.created_at,  # in the place of an end
        )
    )


@cache
def _relieved() -> Select[*tuple[Any, ...]]:
    query = _village(
        select(
            Interview.interview_id,
            Reassignment.enumerator_a,
            Reassignment.enumerator_b,
            Reassignment.at,
        )
    )
    return query.join(Reassignment, Reassignment.assignment_id == Assignment.id).order_by(
        Reassignment.id
    )


def _village(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Holders of the villages of these interviews."""
    return (
        query.select_from(Interview)
        .join(
            Assignment,
            (Assignment.campaign_id == Interview.campaign_id)
            & (Assignment.village_code == Interview.village_code),
        )
        .where(Interview.interview_id.in_(bindparam("ids", expanding=True)))
    )
