"""The rows of what agencies take away, a part at a time, so that memory stays flat.

Every part has the columns of its data set, in their order and of their kind.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.interviews import Contact, Interview, Return, Review, Revision
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.models.samples import Assignment, SampleHousehold
from inspect_app.rules import exports, halves, questionnaires
from inspect_app.rules.chain import LineType, stamp
from inspect_app.rules.errors import FieldworkUnfinished
from inspect_app.rules.exports import Column
from inspect_app.rules.questionnaires import Questionnaire
from inspect_app.rules.states import InterviewState
from inspect_app.services import blobs, estimates
from inspect_app.services.documents import without_opinion
from inspect_app.settings import Settings

ROWS_AT_ONCE = 1000
AS_STORED = (
    *("seq", "op_id", "kind", "status", "interview_id", "unit_id", "county_adcode", "psu"),
    *("household_class", "is_reserve", "replaces", "round", "visit_no", "captured_at"),
    *("received_at", "offset_ms", "boot_id", "mono_ms", "device_id", "rev", "base_rev"),
)
DTYPES: Mapping[str, Any] = {
    "text": pl.String,
    "whole": pl.Int64,
    "number": pl.Float64,
    "flag": pl.Boolean,
}


def schema(columns: Iterable[Column]) -> dict[str, Any]:
    """The polars types of a data set."""
    return {column.name: DTYPES[column.kind] for column in columns}


def columns_of(
    session: Session, campaign: Campaign, dataset: str, *, opinions: bool = True
) -> tuple[Column, ...]:
    """Return the columns of a data set; those of answers follow from the questionnaires used.

    opinions : whether it may tell what a single household thinks
    """
    if dataset == "interviews":
        return exports.INTERVIEWS if opinions else exports.FIGURES
    if dataset == "paradata":
        return exports.PARADATA
    forms = _forms(session, campaign)
    return exports.answers(forms) if dataset == "answers" else exports.members(forms)


def parts(
    session: Session,
    campaign: Campaign,
    dataset: str,
    columns: Sequence[Column],
    *,
    settings: Settings,
) -> Iterator[pl.DataFrame]:
    """Yield the rows of a data set part by part; reads only."""
    if dataset == "interviews":
        yield from _interviews(session, campaign, columns, settings=settings)
        return
    made = {"paradata": _paradata, "answers": _answers, "members": _members}[dataset]
    for rows in made(session, campaign):
        yield _frame(rows, columns)


def _frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> pl.DataFrame:
    """Rows as a frame of just these columns; a key that is absent is empty."""
    return pl.DataFrame(
        {column.name: [row.get(column.name) for row in rows] for column in columns},
        schema=schema(columns),
    )


# --- interviews -----------------------------------------------------------------------------


def _interviews(
    session: Session, campaign: Campaign, columns: Sequence[Column], *, settings: Settings
) -> Iterator[pl.DataFrame]:
    """The weighted interviews county by county, as the server itself estimates from them."""
    for county in sorted(campaign.counties, key=lambda one: one.adcode):
        try:
            data = estimates.gather(session, campaign.id, county.adcode, settings=settings)
        except FieldworkUnfinished:
            continue  # nothing of this county is accepted yet
        rows = data.interviews
        if isinstance(rows.schema.get("undetermined"), pl.List):
            rows = rows.with_columns(pl.col("undetermined").list.join(";"))
        if columns == exports.FIGURES and "undetermined" in rows.columns:
            rows = rows.with_columns(without_opinion("undetermined"))
        yield rows.select(
            (pl.col(column.name) if column.name in rows.columns else pl.lit(None))
            .cast(DTYPES[column.kind])
            .alias(column.name)
            for column in columns
        )


# --- paradata -------------------------------------------------------------------------------


def _paradata(session: Session, campaign: Campaign) -> Iterator[list[dict[str, Any]]]:
    """One row an op, in the order of the ledger."""
    sent = _assignments(session, campaign.id)
    seq = 0
    while rows := session.execute(_ops(campaign.id, after=seq)).all():
        complete = blobs.complete_ops(session, [row.op_id for row in rows])
        returns = _returns(session, [row.own_interview for row in rows if row.own_interview])
        yield [
            {
                **_from_op(row),
                **sent.get(row.psu, {}),
                "complete": row.op_id in complete,
                "returns": returns.get(row.own_interview, 0) if row.own_interview else None,
                "simulated": campaign.simulated,
            }
            for row in rows
        ]
        seq = rows[-1].seq


def _ops(campaign_id: str, *, after: int) -> Select[*tuple[Any, ...]]:
    unit_id = func.coalesce(Interview.unit_id, Contact.unit_id)
    return (
        select(
            LedgerEntry.seq,
            LedgerEntry.op_id,
            LedgerEntry.kind,
            LedgerEntry.status,
            LedgerEntry.interview_id,
            LedgerEntry.rev,
            LedgerEntry.device_id,
            LedgerEntry.received_at,
            Op.base_rev,
            Op.captured_at,
            Op.boot_id,
            Op.mono_ms,
            Op.body,
            Revision.interview_id.label("own_interview"),
            Revision.disposition,
            Revision.flags,
            Revision.findings,
            Revision.offset_ms,
            Interview.current_rev,
            Interview.state,
            unit_id.label("unit_id"),
            func.coalesce(Interview.round, Contact.round).label("round"),
            func.coalesce(Interview.village_code, SampleHousehold.psu).label("psu"),
            func.coalesce(Interview.county_adcode, SampleHousehold.county_adcode).label(
                "county_adcode"
            ),
            SampleHousehold.household_class,
            SampleHousehold.is_reserve,
            SampleHousehold.replaces,
            Contact.visit_no,
            Contact.disposition.label("contact_disposition"),
            Review.flags.label("review_flags"),
            Review.decision,
            Review.decided_at,
        )
        .join(Op, Op.op_id == LedgerEntry.op_id)
        .outerjoin(Revision, Revision.op_id == LedgerEntry.op_id)
        .outerjoin(Interview, Interview.interview_id == Revision.interview_id)
        .outerjoin(Contact, Contact.op_id == LedgerEntry.op_id)
        .outerjoin(
            SampleHousehold,
            (SampleHousehold.campaign_id == LedgerEntry.campaign_id)
            & (SampleHousehold.unit_id == unit_id),
        )
        .outerjoin(
            Review,
            (Review.interview_id == Revision.interview_id) & (Review.rev == Revision.rev),
        )
        .where(
            LedgerEntry.campaign_id == campaign_id,
            LedgerEntry.type == LineType.OP.value,
            LedgerEntry.seq > after,
        )
        .order_by(LedgerEntry.seq)
        .limit(ROWS_AT_ONCE)
    )


def _from_op(row: Row[Any]) -> dict[str, Any]:
    """What one op tells of the work, and nothing of what was said."""
    found: dict[str, Any] = {name: getattr(row, name) for name in AS_STORED}
    found["disposition"] = row.disposition or row.contact_disposition
    if row.own_interview is None:
        return found
    answers = _answers_in(row.body)
    started, ended = answers.get("started_at"), answers.get("ended_at")
    flags = row.review_flags if row.review_flags is not None else row.flags
    codes = {flag["code"] for flag in flags} | set(row.findings.get("flags", ()))
    is_current = row.rev == row.current_rev
    waiting = row.state if is_current else InterviewState.RETURNED.value
    return found | {
        "visit_no": _whole(answers.get("visit_no")),
        "started_at": _text(started),
        "ended_at": _text(ended),
        "duration_minutes": _minutes(started, ended),
        "has_location": isinstance(answers.get("location"), dict),
        "flags": ";".join(sorted(codes)),
        "is_current": is_current,
        "blind_reinterview": row.round.endswith("b"),
        "decision": row.decision or waiting,
        "decided_at": stamp(row.decided_at) if row.decided_at else None,
    }


def _assignments(session: Session, campaign_id: str) -> dict[str, dict[str, str]]:
    """Who was sent to each village, and for which day."""
    rows = session.execute(
        select(
            Assignment.village_code,
            Assignment.enumerator_a,
            Assignment.enumerator_b,
            Assignment.visit_date,
        ).where(Assignment.campaign_id == campaign_id)
    )
    return {
        row.village_code: {
            "enumerator_a": row.enumerator_a,
            "enumerator_b": row.enumerator_b,
            "visit_date": row.visit_date.isoformat(),
        }
        for row in rows
    }


def _returns(session: Session, interview_ids: Iterable[str]) -> dict[str, int]:
    wanted = sorted(set(interview_ids))
    rows = session.execute(
        select(Return.interview_id, func.count())
        .where(Return.interview_id.in_(wanted))
        .group_by(Return.interview_id)
    )
    return {interview_id: count for interview_id, count in rows}


# --- answers --------------------------------------------------------------------------------


def _answers(session: Session, campaign: Campaign) -> Iterator[list[dict[str, Any]]]:
    """One row an accepted interview, in the order of their ids."""
    for rows in _accepted(session, campaign.id):
        yield [{**head, **_flat(answers)} for head, answers in rows]


def _members(session: Session, campaign: Campaign) -> Iterator[list[dict[str, Any]]]:
    """One row a person of an accepted interview."""
    for rows in _accepted(session, campaign.id):
        yield [
            {**head, "line": line, **_flat(member)}
            for head, answers in rows
            for line, member in enumerate(answers.get("members", ()), 1)
        ]


def _accepted(
    session: Session, campaign_id: str
) -> Iterator[list[tuple[dict[str, Any], dict[str, Any]]]]:
    after = ""
    while rows := session.execute(
        select(
            Interview.interview_id,
            Interview.unit_id,
            Interview.county_adcode,
            Interview.village_code.label("psu"),
            Interview.round,
            Revision.rev,
            SampleHousehold.household_class,
            Op.form_id,
            Op.version,
            Op.body,
        )
        .join(Revision, _is_current())
        .join(Op, Op.op_id == Revision.op_id)
        .outerjoin(
            SampleHousehold,
            (SampleHousehold.campaign_id == Interview.campaign_id)
            & (SampleHousehold.unit_id == Interview.unit_id),
        )
        .where(*_is_accepted(campaign_id), Interview.interview_id > after)
        .order_by(Interview.interview_id)
        .limit(ROWS_AT_ONCE)
    ).all():
        yield [
            (
                {name: value for name, value in row._mapping.items() if name != "body"},
                _answers_in(row.body),
            )
            for row in rows
        ]
        after = rows[-1].interview_id


def _forms(session: Session, campaign: Campaign) -> tuple[Questionnaire, ...]:
    """The questionnaires of accepted interviews, that of the campaign first."""
    used = session.execute(
        select(Op.form_id, Op.version)
        .join(Revision, Revision.op_id == Op.op_id)
        .join(Interview, _is_current())
        .where(*_is_accepted(campaign.id))
        .distinct()
    )
    own = (campaign.form_id, campaign.form_version)
    others = sorted({(str(form_id), str(version)) for form_id, version in used} - {own})
    return tuple(questionnaires.load(*form) for form in (own, *others))


def _is_current() -> ColumnElement[bool]:
    return (Revision.interview_id == Interview.interview_id) & (
        Revision.rev == Interview.current_rev
    )


def _is_accepted(campaign_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Interview.campaign_id == campaign_id,
        Interview.state == InterviewState.ACCEPTED.value,
    )


# --- values ---------------------------------------------------------------------------------


def _answers_in(body: bytes) -> dict[str, Any]:
    """The answers of an interview; of a body that was destroyed on demand there are none."""
    return dict(halves.read(body)["answers"]) if body else {}


def _flat(answers: Mapping[str, Any]) -> dict[str, str]:
    """Answers as text: lists with `;` between, a location in three parts."""
    found: dict[str, str] = {}
    for name, value in answers.items():
        if name == "members":
            continue
        if isinstance(value, dict):
            found |= {f"{name}_{part}": str(inner) for part, inner in value.items()}
        elif isinstance(value, list):
            found[name] = ";".join(map(str, value))
        else:
            found[name] = str(value)
    return found


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    return value if type(value) is int else None


def _minutes(started: Any, ended: Any) -> float | None:
    """Minutes between two times of one phone; both carry their offset."""
    try:
        took = datetime.fromisoformat(ended) - datetime.fromisoformat(started)
    except (TypeError, ValueError):
        return None
    return round(took.total_seconds() / 60, 2)
