"""Judging stored bodies anew: whether the rows beside them say what the bodies say.

What stands beside a revision, a visit or a list follows from its body, the commission and this
software. It is made again and held against what is stored. A later version of the software may
judge otherwise; that shows here too, and the bodies settle it.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from inspect_app.models.interviews import Contact, Revision, Revisit, RosterList
from inspect_app.models.ledger import Op
from inspect_app.models.samples import SampleHousehold
from inspect_app.rules import interviews
from inspect_app.rules.ops import SealedOp
from inspect_app.services import intake, terms
from inspect_app.services.intake import Ground, Place
from inspect_app.services.ledger import ROWS_AT_ONCE
from inspect_app.services.quarantine import ENVELOPE
from inspect_app.services.seals import Read


def faults(session: Session, campaign_id: str, *, read: Read) -> Iterator[str]:
    """Revisions, visits and lists that are not what their bodies give; reads only.

    A body that was destroyed gives nothing any more, and one that has changed is told of as such:
    both are passed over.

    read : reads an op as its push did
    """
    agreed = terms.read(session, campaign_id)
    ground = Ground(
        campaign_id=campaign_id,
        device_id="",
        takes_as_own=True,
        form=agreed.form,
        round_kind=agreed.round_kind,
        offset_ms=0,
        counties=agreed.counties,
        book=agreed.book,
        villages=frozenset(),
        places={},
        blob_bytes=sys.maxsize,  # what was taken stays taken
    )
    for row in session.execute(_revisions(campaign_id)):
        op = _op(row, read)
        if op.is_intact and _revision_anew(op, row, ground) != _revision(row):
            yield (
                f"访谈 {row.interview_id} 第 {row.rev} 版与原文不符 · "
                f"revision {row.rev} of interview {row.interview_id} is not what its body gives"
            )
    for row in session.execute(_stored(Contact, campaign_id)):
        op = _op(row, read)
        if op.is_intact and _visit_anew(op) != _visit(row):
            yield f"入户记录 {row.op_id} 与原文不符 · visit {row.op_id} is not what its body gives"
    for row in session.execute(_stored(RosterList, campaign_id)):
        op = _op(row, read)
        if op.is_intact and _list_anew(op) != _list(row):
            yield f"名单 {row.op_id} 与原文不符 · list {row.op_id} is not what its body gives"


_OP = tuple(getattr(Op, name).label(f"op_{name}") for name in (*ENVELOPE, "body"))


def _op(row: Row[*tuple[Any, ...]], read: Read) -> SealedOp:
    return read({name: getattr(row, f"op_{name}") for name in ENVELOPE}, row.op_body)


def _stored(model: type[Contact] | type[RosterList], campaign_id: str) -> Select[*tuple[Any, ...]]:
    return (
        select(*model.__table__.columns, *_OP)
        .join(Op, Op.op_id == model.op_id)
        .where(model.campaign_id == campaign_id, Op.body != b"")
        .execution_options(yield_per=ROWS_AT_ONCE)
    )


def _visit(row: Row[*tuple[Any, ...]]) -> tuple[Any, ...]:
    return row.unit_id, row.round, row.visit_no, row.disposition, row.at


def _visit_anew(op: SealedOp) -> tuple[Any, ...] | None:
    said = op.content
    if not isinstance(said, interviews.Contact):
        return None
    return said.unit_id, said.round, said.visit_no, said.disposition, said.at.isoformat()


def _list(row: Row[*tuple[Any, ...]]) -> tuple[Any, ...]:
    return row.village_code, row.household_class, row.sealed_at, row.households


def _list_anew(op: SealedOp) -> tuple[Any, ...] | None:
    said = op.content
    if not isinstance(said, interviews.Roster):
        return None
    listed = sum(one.household_class == "N" for one in said.rows)
    return said.village_code, said.household_class, op.captured_at, listed


def _revisions(campaign_id: str) -> Select[*tuple[Any, ...]]:
    """Revisions with their ops, and with what the register says of their households."""
    household, second = SampleHousehold, Revisit
    return (
        select(
            *Revision.__table__.columns,
            *_OP,
            func.coalesce(household.unit_id, second.unit_id).label("unit_id"),
            func.coalesce(household.county_adcode, second.county_adcode).label("county_adcode"),
            func.coalesce(household.psu, second.village_code).label("village_code"),
            func.coalesce(household.household_class, second.household_class).label(
                "household_class"
            ),
            func.coalesce(household.persons, second.persons).label("persons"),
        )
        .join(Op, Op.op_id == Revision.op_id)
        .outerjoin(household, household.interview_id == Revision.interview_id)
        .outerjoin(second, second.interview_id == Revision.interview_id)
        .where(Op.campaign_id == campaign_id, Op.body != b"")
        .execution_options(yield_per=ROWS_AT_ONCE)
    )


def _revision(row: Row[*tuple[Any, ...]]) -> tuple[Any, ...]:
    return (
        *(row.disposition, row.stale_form, row.answers_sha256),
        *(row.findings, row.traits, _of_the_body(row.flags)),
    )


def _revision_anew(
    op: SealedOp, row: Row[*tuple[Any, ...]], ground: Ground
) -> tuple[Any, ...] | None:
    """What a revision would be today; None where its body would not count at all."""
    place = Place(
        unit_id=row.unit_id,
        interview_id=row.interview_id,
        county_adcode=row.county_adcode,
        village_code=row.village_code,
        household_class=row.household_class,
        persons=row.persons,
        is_reserve=False,
    )
    its_own = replace(ground, offset_ms=row.offset_ms, places={row.interview_id: place})
    judged = intake.judge(op, its_own)
    if judged.is_set_aside or not isinstance(op.content, interviews.Interview):
        return None
    findings, traits, flags = json.loads(json.dumps([judged.findings, judged.traits, judged.flags]))
    return (
        *(op.content.disposition, judged.stale_form, judged.answers_sha256),
        *(findings, traits, _of_the_body(flags)),
    )


def _of_the_body(flags: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Flags without those that rest on the push before, and on whether the op came sealed."""
    return [
        one
        for one in flags
        if one["code"] != "file_not_announced"
        and (one["code"], one["field"]) != ("clock_jumped", "started_at")
    ]
