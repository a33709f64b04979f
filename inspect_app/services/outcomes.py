"""What came of each line of a chain: its revision, visit, list, or copy in quarantine.

A chain says what arrived and what became of it; the rows that say what it holds lie beside it.
Each side is held to the other, so that a row that was deleted, added or moved is missed.
"""

import hashlib
from collections.abc import Iterator, Set
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from inspect_app.models.blobs import OpBlob
from inspect_app.models.interviews import (
    ConflictChoice,
    Contact,
    Interview,
    Return,
    Review,
    Revision,
    RosterList,
)
from inspect_app.models.ledger import LedgerEntry, Quarantine, QuarantineDecision
from inspect_app.models.samples import SampleHousehold
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.ops import QUARANTINED
from inspect_app.rules.states import InterviewState, OpStatus, QuarantineState
from inspect_app.services.ledger import ROWS_AT_ONCE

Void = Set[tuple[str | None, str | None]]
"""Op id and hash of the bodies that the chain says were destroyed."""

SET_ASIDE = frozenset(status.value for status in QUARANTINED)
KEPT_ASIDE = (EventName.OP_ID_REUSED.value, EventName.BAD_SEAL.value)


def faults(session: Session, campaign_id: str, void: Void) -> Iterator[str]:
    """Lines of which nothing came, and rows of which no line speaks; for whoever replays."""
    counted: set[str] = set()
    aside: set[tuple[str, str]] = set()
    for row in _stream(session, _lines(campaign_id)):
        if _is_aside(row):
            aside.add((row.op_id, row.body_sha256))
            if row.kept is None:
                yield f"第 {row.seq} 条隔离件缺失 · line {row.seq} is not in quarantine"
            continue
        counted.add(row.op_id)
        if not _came(row):
            yield f"第 {row.seq} 条无所存 · what line {row.seq} says was stored is not here"
    for row in _stream(session, _decided(campaign_id)):
        if row.counts_as is None:
            yield f"第 {row.seq} 条无决定 · the decision of line {row.seq} is not here"
        elif row.type == LineType.RELEASE:
            counted.add(row.counts_as)
            if not _came(row):
                yield f"第 {row.seq} 条无所存 · what line {row.seq} says was stored is not here"
    for row in _stream(session, _events(campaign_id)):
        aside.add((row.op_id, row.body_sha256))
        if row.kept is None and not _is_of_a_file(row, void):
            yield f"第 {row.seq} 条隔离件缺失 · line {row.seq} is not in quarantine"
    yield from _strangers(session, campaign_id, counted, aside)
    yield from _changed_copies(session, campaign_id, void)
    yield from _interview_faults(session, campaign_id)
    yield from _state_faults(session, campaign_id)
    yield from _list_faults(session, campaign_id)


def _is_aside(line: Row[*tuple[Any, ...]]) -> bool:
    """Whether an op went to quarantine: by its status, or an interview that is no revision."""
    return line.status in SET_ASIDE or (line.kind == "interview" and line.rev is None)


def _came(line: Row[*tuple[Any, ...]]) -> bool:
    """Whether what counts is there, as its line says."""
    match line.kind:
        case "interview":
            said = (line.interview_id, line.rev, line.status == OpStatus.CONFLICT)
            return said == (line.in_interview, line.as_rev, line.conflict)
        case "contact":
            return line.contact is not None
        case _:
            return line.roster is not None


def _is_of_a_file(event: Row[*tuple[Any, ...]], void: Void) -> bool:
    """Whether what could not be opened is a file of an op, which lies on the disk."""
    return event.file is not None or any(op_id == event.op_id for op_id, _ in void)


WHAT_CAME = (
    Revision.interview_id.label("in_interview"),
    Revision.rev.label("as_rev"),
    Revision.conflict,
    Contact.op_id.label("contact"),
    RosterList.op_id.label("roster"),
)
A_LINE = (
    LedgerEntry.seq,
    LedgerEntry.type,
    LedgerEntry.status,
    LedgerEntry.kind,
    LedgerEntry.interview_id,
    LedgerEntry.rev,
    LedgerEntry.op_id,
    LedgerEntry.body_sha256,
)
ITS_COPY = and_(
    Quarantine.op_id == LedgerEntry.op_id,
    Quarantine.body_sha256 == LedgerEntry.body_sha256,
    Quarantine.campaign_id == LedgerEntry.campaign_id,
)


def _with_what_came(query: Select[*tuple[Any, ...]], op_id: Any) -> Select[*tuple[Any, ...]]:
    for model in (Revision, Contact, RosterList):
        query = query.outerjoin(model, model.op_id == op_id)
    return query


def _lines(campaign_id: str) -> Select[*tuple[Any, ...]]:
    lines = select(*A_LINE, *WHAT_CAME, Quarantine.id.label("kept"))
    query = _with_what_came(lines.select_from(LedgerEntry), LedgerEntry.op_id)
    return query.outerjoin(Quarantine, ITS_COPY).where(
        LedgerEntry.campaign_id == campaign_id, LedgerEntry.type == LineType.OP.value
    )


def _decided(campaign_id: str) -> Select[*tuple[Any, ...]]:
    """Releases and dismissals; what was released may count under an id of its own."""
    taken = (
        select(
            QuarantineDecision.op_id.label("counts_as"),
            QuarantineDecision.decision,
            QuarantineDecision.seq,
            Quarantine.op_id,
        )
        .join(Quarantine, Quarantine.id == QuarantineDecision.quarantine_id)
        .where(Quarantine.campaign_id == campaign_id)
        .subquery()
    )
    is_release = LedgerEntry.type == LineType.RELEASE.value
    decision = case(
        (is_release, QuarantineState.RELEASED.value), else_=QuarantineState.DISMISSED.value
    )
    query = (
        select(*A_LINE, *WHAT_CAME, taken.c.counts_as)
        .select_from(LedgerEntry)
        .outerjoin(
            taken,
            (taken.c.seq == LedgerEntry.seq)
            & (taken.c.op_id == LedgerEntry.op_id)
            & (taken.c.decision == decision),
        )
    )
    return _with_what_came(query, taken.c.counts_as).where(
        LedgerEntry.campaign_id == campaign_id,
        or_(
            is_release,
            (LedgerEntry.type == LineType.EVENT.value)
            & (LedgerEntry.status == EventName.DISMISSED.value),
        ),
    )


def _events(campaign_id: str) -> Select[*tuple[Any, ...]]:
    """Bodies that are kept in quarantine only, and files that did not open."""
    return (
        select(*A_LINE, Quarantine.id.label("kept"), OpBlob.sha256.label("file"))
        .select_from(LedgerEntry)
        .outerjoin(Quarantine, ITS_COPY)
        .outerjoin(
            OpBlob,
            (OpBlob.op_id == LedgerEntry.op_id) & (OpBlob.sha256 == LedgerEntry.body_sha256),
        )
        .where(
            LedgerEntry.campaign_id == campaign_id,
            LedgerEntry.type == LineType.EVENT.value,
            LedgerEntry.status.in_(KEPT_ASIDE),
        )
    )


def _strangers(
    session: Session, campaign_id: str, counted: set[str], aside: set[tuple[str, str]]
) -> Iterator[str]:
    """Rows of which no line speaks."""
    of_interviews = (
        select(Revision.op_id)
        .join(Interview, Interview.interview_id == Revision.interview_id)
        .where(Interview.campaign_id == campaign_id)
    )
    for table, query in (
        ("revisions", of_interviews),
        ("contacts", select(Contact.op_id).where(Contact.campaign_id == campaign_id)),
        ("roster_lists", select(RosterList.op_id).where(RosterList.campaign_id == campaign_id)),
    ):
        for (op_id,) in _stream(session, query):
            if op_id not in counted:
                yield f"{table} 中 {op_id} 无账目 · no line speaks of {op_id} in {table}"
    copies = select(Quarantine.id, Quarantine.op_id, Quarantine.body_sha256)
    for row in _stream(session, copies.where(Quarantine.campaign_id == campaign_id)):
        if (row.op_id, row.body_sha256) not in aside:
            yield f"隔离第 {row.id} 号无账目 · no line speaks of number {row.id} in quarantine"


def _changed_copies(session: Session, campaign_id: str, void: Void) -> Iterator[str]:
    """Bodies in quarantine that are not those of their lines."""
    destroyed = {digest for _, digest in void}
    copies = select(
        Quarantine.id,
        Quarantine.body_sha256,
        Quarantine.body,
        Quarantine.envelope["body_sha256"].as_string().label("opens_to"),
    ).where(Quarantine.campaign_id == campaign_id, Quarantine.envelope.is_not(None))
    for row in _stream(session, copies):
        if destroyed & {row.body_sha256, row.opens_to}:
            if row.body:
                yield (
                    f"隔离第 {row.id} 号原文未销毁 · "
                    f"number {row.id} in quarantine is void, and here"
                )
        elif hashlib.sha256(row.body or b"").hexdigest() != row.body_sha256:
            yield (
                f"隔离第 {row.id} 号原文已变 · "
                f"the body of number {row.id} in quarantine has changed"
            )


def _interview_faults(session: Session, campaign_id: str) -> Iterator[str]:
    """Interviews that count another revision than arrival or a person's choice made current."""
    arrived = (
        select(
            Revision.interview_id,
            func.max(Revision.rev).label("last_rev"),
            func.max(case((Revision.conflict, 0), else_=Revision.rev)).label("current_rev"),
        )
        .join(Interview, Interview.interview_id == Revision.interview_id)
        .where(Interview.campaign_id == campaign_id)
        .group_by(Revision.interview_id)
        .subquery()
    )
    chosen = [
        select(model.interview_id)
        .where(model.interview_id == Interview.interview_id, model.rev == Interview.current_rev)
        .exists()
        for model in (ConflictChoice, Review)
    ]
    query = (
        select(Interview.interview_id)
        .outerjoin(arrived, arrived.c.interview_id == Interview.interview_id)
        .where(
            Interview.campaign_id == campaign_id,
            or_(
                arrived.c.interview_id.is_(None),
                Interview.last_rev != arrived.c.last_rev,
                and_(
                    Interview.current_rev != arrived.c.current_rev, *(~choice for choice in chosen)
                ),
            ),
        )
        .order_by(Interview.interview_id)
    )
    for (interview_id,) in _stream(session, query):
        yield (
            f"访谈 {interview_id} 的版次不符 · "
            f"interview {interview_id} counts another revision than its lines make current"
        )


def _state_faults(session: Session, campaign_id: str) -> Iterator[str]:
    """Interviews accepted, or sent back, without a decision on what counts; or not, in spite of it.

    A return that was answered asks no more, also where a person chose the revision before it.
    """
    of_current = {
        model: select(model.interview_id).where(model.interview_id == Interview.interview_id)
        for model in (Review, Return, Revision)
    }
    reviewed = of_current[Review].where(Review.rev == Interview.current_rev).exists()
    asked = of_current[Return].where(Return.base_rev == Interview.current_rev).exists()
    answers = of_current[Revision].where(Revision.base_rev == Interview.current_rev)
    answered = answers.where(~Revision.conflict).exists()
    accepted = Interview.state == InterviewState.ACCEPTED.value
    returned = Interview.state == InterviewState.RETURNED.value
    query = (
        select(Interview.interview_id, Interview.state)
        .where(
            Interview.campaign_id == campaign_id,
            or_(
                accepted.is_distinct_from(reviewed),
                returned.is_distinct_from(and_(asked, ~answered)),
            ),
        )
        .order_by(Interview.interview_id)
    )
    for row in _stream(session, query):
        yield (
            f"访谈 {row.interview_id} 的状态与决定不符 · "
            f"interview {row.interview_id} is {row.state}, and its decisions say otherwise"
        )


def _list_faults(session: Session, campaign_id: str) -> Iterator[str]:
    """Villages where not one list stands, or whose households are not those drawn from it."""
    lists = select(RosterList.village_code, RosterList.stands, RosterList.drawn).where(
        RosterList.campaign_id == campaign_id
    )
    standing: dict[str, list[set[str]]] = {}
    for row in _stream(session, lists):
        here = standing.setdefault(row.village_code, [])
        if row.stands:
            here.append(set(row.drawn))
    households = select(SampleHousehold.psu, SampleHousehold.unit_id).where(
        SampleHousehold.campaign_id == campaign_id, SampleHousehold.household_class == "N"
    )
    sampled: dict[str, set[str]] = {}
    for row in _stream(session, households):
        sampled.setdefault(row.psu, set()).add(row.unit_id)
    for village, drawn in sorted(standing.items()):
        if len(drawn) != 1:
            yield (
                f"村 {village} 有效名单 {len(drawn)} 份 · "
                f"{len(drawn)} lists of village {village} stand"
            )
        elif drawn != [sampled.get(village, set())]:
            yield (
                f"村 {village} 样本户与名单所抽不符 · "
                f"the households of village {village} are not those drawn from its list"
            )


def _stream(session: Session, query: Select[*tuple[Any, ...]]) -> Iterator[Row[*tuple[Any, ...]]]:
    yield from session.execute(query.execution_options(yield_per=ROWS_AT_ONCE))
