"""Decisions of the nightly review: accept, which opens cases, or send back to the field."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.interviews import Interview, Return, Review, Revision, Revisit
from inspect_app.models.ledger import Op
from inspect_app.models.samples import SampleHousehold
from inspect_app.rules.campaigns import Step
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.errors import (
    FilesMissing,
    Invalid,
    MustReturn,
    ReviewClosed,
    RevisionStale,
)
from inspect_app.rules.findings import leaves_exited
from inspect_app.rules.flags import WANTS_A_WORD
from inspect_app.rules.interviews import MUST_RETURN
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import Disposition, InterviewState
from inspect_app.services import (
    access,
    cases,
    comparisons,
    errands,
    feed,
    interviews,
    judgements,
    ledger,
    neighbours,
    parties,
    queues,
    reinterviews,
    steps,
)
from inspect_app.services.ledger import Draft
from inspect_app.services.parties import Party
from inspect_app.services.queues import READERS, REVIEWERS
from inspect_app.services.receipts import key_of
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings


@dataclass(frozen=True)
class Decided:
    """What a decision left: the state, the revision it is about, and what follows from it."""

    interview_id: str
    state: str
    rev: int
    return_id: str | None = None
    cases: tuple[str, ...] = ()


def accept(
    session: Session,
    interview_id: str,
    *,
    rev: int | None,
    reason: str,
    without_files: bool,
    by: Caller,
    at: datetime,
    settings: Settings,
    class_found: str | None = None,
) -> Decided:
    """Accept a revision and open a case for each suspicion, in one commit; again is harmless.

    Where two revisions are in conflict the reviewer names the one that counts, with a reason;
    the other stays readable. What a blind second visit found and the first did not becomes a case
    of the first, once both are accepted; a recheck opens nothing: it serves a case.

    without_files : accept although photos or signatures have not arrived, with a reason; that
    leaves a line in the ledger and is counted in the verdict
    class_found : the class the reviewer holds to be right; needed, with a reason, where an exited
    household of the register was found to be of another class, and must be the class found

    Raises
    ------
    MustReturn : an official was present or interpreting, the room was not cleared, or nobody
        attests that it was; by this revision or another one of the same visit
    FilesMissing : files are still to come
    RevisionStale : a revision that does not exist or is not current
    ReviewClosed : the interview waits for the field
    Invalid : a conflict needs a revision and a reason; doing without files, and flags that want a
        word, a reason
    """
    campaign_id = queues.find(session, interview_id, by, *REVIEWERS).campaign_id
    with writing(session, campaign_id):
        interview = session.get_one(Interview, interview_id, with_for_update=True)
        if interview.state == InterviewState.ACCEPTED and rev in (None, interview.current_rev):
            return _decided(session, interview)
        steps.refuse_after(session, campaign_id, Step.CLOSED)
        if interview.state != InterviewState.RECEIVED:
            raise ReviewClosed(f"The interview is {interview.state}.", state=interview.state)
        revision = _chosen(session, interview, rev, reason)
        interviews.make_current(session, interview, revision)
        found = comparisons.flags_of(session, campaign_id, [interview_id])
        neighbours.keep(session, found.look)
        flags = found.flags[interview_id]
        _require_acceptable(flags, reason)
        waiting = found.waiting.get(interview_id, 0)
        if waiting and not without_files:
            raise FilesMissing(
                f"{waiting} files have not arrived; wait, or accept without them and say why.",
                files=waiting,
            )
        if waiting and not reason.strip():
            raise Invalid("Accepting without files states its reason.")
        _require_the_class(session, interview, revision, class_found)
        interview.state = InterviewState.ACCEPTED.value
        session.add(
            Review(
                interview_id=interview_id,
                rev=revision.rev,
                decision="accepted",
                flags=flags,
                reason=reason,
                decided_by=by.actor,
                decided_at=at,
                without_files=bool(waiting),
            )
        )
        session.flush()
        if waiting:
            _note_in_ledger(session, interview, revision, settings=settings, at=at)
        if session.get(Revisit, interview_id) is None:
            _open_cases(session, interview, revision.findings, by=by, at=at)
        for first, findings in reinterviews.accepted(session, interview_id):
            # One that both found has its case already, from the answers that count.
            _open_cases(session, first, findings, by=by, at=at)
        return _decided(session, interview)


def send_back(
    session: Session,
    interview_id: str,
    *,
    rev: int | None,
    reason: str,
    enumerators: Sequence[str] | None = None,
    interpreter: str | None = None,
    by: Caller,
    at: datetime,
) -> Decided:
    """Return an interview to the field with a reason; the phone hears of it at its next pull.

    Committed: the return with both who are to go, the state, the items of the feed. Another pair
    that is named gets the assignment as well; else the pair is asked whose the household is. Where
    an official was present or the room not cleared, others must go. Every version stays. While
    nothing has answered, a return that names others, or an interpreter, moves this one, which keeps
    its reason; the log of access keeps who was asked before. The same return again changes nothing.

    Raises
    ------
    RevisionStale, ReviewClosed : another revision is current, or the interview is accepted, or
        these were asked already for another reason
    OtherPairNeeded, NotIndependent, Unknown : see `parties.chosen`
    """
    campaign_id = queues.find(session, interview_id, by, *READERS).campaign_id
    membership = by.require(campaign_id, *READERS)
    team = membership.team if membership.role is Role.TEAM_LEADER else None
    with writing(session, campaign_id):
        interview = session.get_one(Interview, interview_id, with_for_update=True)
        if rev not in (None, interview.current_rev):
            raise RevisionStale(current_rev=interview.current_rev)
        is_returned = interview.state == InterviewState.RETURNED
        asked = session.get_one(Return, _return_id(interview)) if is_returned else None
        is_moved = asked and not _is_for(parties.of(session, asked), enumerators, interpreter)
        if asked is not None and not is_moved and reason == asked.reason:
            return _decided(session, interview)
        steps.refuse_after(session, campaign_id, Step.CLOSED)
        if interview.state != InterviewState.RECEIVED and not is_moved:
            raise ReviewClosed(f"The interview is {interview.state}.", state=interview.state)
        own = parties.of(session, asked) if asked else parties.own(session, interview)
        going = parties.chosen(
            session,
            interview,
            own,
            enumerators=enumerators,
            interpreter=interpreter,
            team=team,
            at=at,
            but=asked.return_id if asked else None,
        )
        # Without a return: its village was taken over, or it answered one in another's place.
        holder = asked.device_id if asked else interview.device_id
        if asked is None:
            asked = Return(
                return_id=_return_id(interview),
                interview_id=interview_id,
                base_rev=interview.current_rev,
                reason=reason,
                returned_by=by.actor,
                returned_at=at,
            )
            session.add(asked)
        else:
            what = f"moved the return of {interview_id} from {' and '.join(own.pair)}: {reason}"
            access.record(session, campaign_id, what, by=by, at=at)
        asked.device_id, asked.interpreter = going.device_id, going.interpreter
        asked.enumerator_a = going.pair[0]
        asked.enumerator_b = going.pair[1] if len(going.pair) == 2 else None
        interview.state = InterviewState.RETURNED.value
        session.flush()
        items = [errands.return_item(asked)]
        if going.device_id != holder:
            items.insert(0, _assign_item(session, interview))
        for other in sorted({own.device_id, holder} - {going.device_id}):
            feed.append(session, other, [_revoke_item(interview)])
        feed.append(session, going.device_id, items)
        return _decided(session, interview)


def _is_for(party: Party, enumerators: Sequence[str] | None, interpreter: str | None) -> bool:
    """Whether nobody else is named than who was asked already."""
    same = {*(enumerators or party.pair)} == {*party.pair}
    return same and interpreter in (None, party.interpreter)


def _chosen(session: Session, interview: Interview, rev: int | None, reason: str) -> Revision:
    """The revision that is to count: the current one, or of several in conflict the one named."""
    if interview.in_conflict:
        if rev is None or not reason.strip():
            raise Invalid("Revisions are in conflict: name the one that counts, and say why.")
    elif rev not in (None, interview.current_rev):
        raise RevisionStale(current_rev=interview.current_rev)
    revision = session.get(Revision, (interview.interview_id, rev or interview.current_rev))
    if revision is None:
        raise RevisionStale(current_rev=interview.current_rev)
    return revision


def _open_cases(
    session: Session, interview: Interview, findings: dict[str, Any], *, by: Caller, at: datetime
) -> None:
    """Open a case of this household for each suspicion of these findings."""
    for suspicion in judgements.suspicions(findings):
        cases.open_for(
            session,
            interview,
            suspicion,
            blocks=judgements.failing_blocks(findings),
            by=by,
            at=at,
        )


def _require_the_class(
    session: Session, interview: Interview, revision: Revision, class_found: str | None
) -> None:
    """Take no household out of the rate of wrong exits but by somebody who says of what class."""
    found = revision.findings["class_found"]
    if class_found is not None and class_found != found:
        raise Invalid("Another class was found; send the interview back.", class_found=found)
    frame_class = session.scalar(
        select(SampleHousehold.household_class).where(
            SampleHousehold.interview_id == interview.interview_id
        )
    )
    is_completed = revision.disposition == Disposition.COMPLETED
    if is_completed and leaves_exited(frame_class, found) and class_found is None:
        raise Invalid(
            "The register holds this household as exited: state the class found, with a reason.",
            class_found=found,
        )


def _note_in_ledger(
    session: Session, interview: Interview, revision: Revision, *, settings: Settings, at: datetime
) -> None:
    line = Draft(
        LineType.EVENT,
        EventName.WITHOUT_FILES.value,
        op_id=revision.op_id,
        kind="interview",
        interview_id=interview.interview_id,
        rev=revision.rev,
    )
    ledger.append(session, interview.campaign_id, [line], key=key_of(settings), at=at)


def _require_acceptable(flags: Iterable[dict[str, Any]], reason: str) -> None:
    codes = {flag["code"] for flag in flags}
    if broken := sorted(codes & MUST_RETURN):
        raise MustReturn(flags=broken)
    unexplained = sorted(codes & WANTS_A_WORD)
    if unexplained and not reason.strip():
        raise Invalid("Accepting with these flags states its reason.", flags=unexplained)


def _return_id(interview: Interview) -> str:
    name = f"{interview.interview_id}/return/{interview.current_rev}"
    return str(uuid5(UUID(interview.campaign_id), name))


def _revoke_item(interview: Interview) -> dict[str, Any]:
    return {
        "type": "revoke",
        "interview_id": interview.interview_id,
        "unit_id": interview.unit_id,
        "village_code": interview.village_code,
    }


def _assign_item(session: Session, interview: Interview) -> dict[str, Any]:
    household = session.get_one(SampleHousehold, (interview.campaign_id, interview.unit_id))
    form = session.execute(
        select(Op.form_id, Op.version)
        .join(Revision, Revision.op_id == Op.op_id)
        .where(
            Revision.interview_id == interview.interview_id, Revision.rev == interview.current_rev
        )
    ).one()
    occasion = errands.occasion(session, interview.campaign_id, household.county_adcode)
    return {
        **errands.assign_item(household, (form.form_id, form.version), occasion),
        "interview_id": interview.interview_id,
        "round": interview.round,
    }


def _decided(session: Session, interview: Interview) -> Decided:
    is_returned = interview.state == InterviewState.RETURNED
    return Decided(
        interview.interview_id,
        interview.state,
        interview.current_rev,
        return_id=_return_id(interview) if is_returned else None,
        cases=cases.ids_of(session, interview.interview_id),
    )
