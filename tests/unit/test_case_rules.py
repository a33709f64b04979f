"""Steps of a case, who may take them, and deadlines."""

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import pytest

from inspect_app.rules.cases import (
    RULINGS,
    STEPS,
    Calendar,
    Upload,
    after_dissent,
    due,
    fault_of,
    require_signature,
    require_step,
)
from inspect_app.rules.chain import CHINA
from inspect_app.rules.errors import CaseStep, Forbidden, OwnCase, OwnProposal
from inspect_app.rules.roles import Role
from inspect_app.rules.states import CaseState

DATED = date(2020, 6, 1)
FRIDAY = datetime(2020, 6, 12, 21, 0, tzinfo=CHINA)


def test_the_usual_road_of_a_case_is_open() -> None:
    require_step(CaseState.SUSPECTED, CaseState.EVIDENCE_DUE, role=Role.REVIEWER)
    require_step(CaseState.EVIDENCE_DUE, CaseState.EVIDENCE_RECEIVED, role=Role.COUNTY_OFFICIAL)
    require_step(
        CaseState.EVIDENCE_RECEIVED, CaseState.UNDER_RULING, role=Role.REVIEWER, reply_is_over=True
    )
    require_step(CaseState.UNDER_RULING, CaseState.CONFIRMED, role=Role.EXPERT)


@pytest.mark.parametrize("after", [CaseState.CONFIRMED, CaseState.OVERTURNED])
def test_only_experts_rule_and_not_on_their_own_case(after: CaseState) -> None:
    with pytest.raises(Forbidden):
        require_step(CaseState.UNDER_RULING, after, role=Role.REVIEWER)
    with pytest.raises(OwnCase):
        require_step(CaseState.UNDER_RULING, after, role=Role.EXPERT, opened_by_actor=True)


def test_a_county_cannot_confirm_or_overturn_anything() -> None:
    taken = [after for (_, after), roles in STEPS.items() if Role.COUNTY_OFFICIAL in roles]

    assert set(taken) == {CaseState.EVIDENCE_RECEIVED}


@pytest.mark.parametrize("before", [CaseState.EVIDENCE_DUE, CaseState.EVIDENCE_RECEIVED])
def test_a_case_leaves_the_county_only_when_its_time_to_reply_is_over(before: CaseState) -> None:
    with pytest.raises(CaseStep, match="deadline"):
        require_step(before, CaseState.UNDER_RULING, role=Role.REVIEWER)
    require_step(before, CaseState.UNDER_RULING, role=Role.REVIEWER, reply_is_over=True)


@pytest.mark.parametrize("final", [CaseState.CONFIRMED, CaseState.OVERTURNED])
@pytest.mark.parametrize("after", list(CaseState))
def test_a_ruled_case_is_never_reopened(final: CaseState, after: CaseState) -> None:
    for role in Role:
        with pytest.raises(CaseStep):
            require_step(final, after, role=role)


def test_deadlines_count_working_days_in_china() -> None:
    # Friday night in China is Friday noon in UTC; three working days on is Wednesday.
    assert due(CaseState.EVIDENCE_DUE, FRIDAY) == datetime(2020, 6, 18, tzinfo=CHINA)
    # 17:30 UTC on Sunday is Monday in China, so one working day ends on Tuesday.
    sunday = datetime(2020, 6, 14, 17, 30, tzinfo=UTC)
    assert due(CaseState.SUSPECTED, sunday) == datetime(2020, 6, 17, tzinfo=CHINA)
    assert due(CaseState.CONFIRMED, FRIDAY) is None
    assert due(CaseState.SUSPECTED, FRIDAY, {"suspected": 2}) == datetime(2020, 6, 17, tzinfo=CHINA)


def signature(**changes: Any) -> None:
    before = changes.pop("before", CaseState.UNDER_RULING)
    after = changes.pop("after", CaseState.CONFIRMED)
    known = {"role": Role.EXPERT, "proposed_by_actor": False, "opened_by_actor": False}
    require_signature(before, after, **{**known, **changes})


def test_a_ruling_is_signed_by_a_second_expert() -> None:
    signature()
    with pytest.raises(OwnProposal):
        signature(proposed_by_actor=True)
    with pytest.raises(OwnCase):
        signature(opened_by_actor=True)
    for role in set(Role) - {Role.EXPERT}:
        with pytest.raises(Forbidden):
            signature(role=role)


def test_every_way_into_a_ruled_state_takes_two() -> None:
    ruled = {CaseState.CONFIRMED, CaseState.OVERTURNED, CaseState.UNDECIDED}

    assert set(RULINGS) == {step for step in STEPS if step[1] in ruled}
    with pytest.raises(CaseStep):
        signature(before=CaseState.SUSPECTED, after=CaseState.EVIDENCE_DUE, role=Role.REVIEWER)


def test_the_commissioner_signs_only_where_experts_differ() -> None:
    signature(before=CaseState.UNDECIDED, role=Role.COMMISSIONER)
    with pytest.raises(Forbidden):
        signature(role=Role.COMMISSIONER)


def test_experts_who_differ_leave_a_case_undecided() -> None:
    assert after_dissent(CaseState.UNDER_RULING) is CaseState.UNDECIDED
    assert after_dissent(CaseState.UNDECIDED) is CaseState.UNDECIDED
    assert after_dissent(CaseState.SUSPECTED) is CaseState.SUSPECTED


def test_holidays_and_make_up_days_of_the_rule_book_count() -> None:
    # 2020: Thursday 25 and Friday 26 June were off for Duanwu, Sunday 28 June was worked.
    calendar = Calendar(frozenset({"2020-06-25", "2020-06-26"}), frozenset({"2020-06-28"}))
    tuesday = datetime(2020, 6, 23, 9, 0, tzinfo=CHINA)

    found = due(CaseState.EVIDENCE_DUE, tuesday, calendar=calendar)

    assert found == datetime(2020, 6, 30, tzinfo=CHINA)
    assert due(CaseState.EVIDENCE_DUE, tuesday) == datetime(2020, 6, 27, tzinfo=CHINA)


def test_no_evidence_is_due_before_the_feedback_meeting() -> None:
    later, earlier = date(2020, 7, 1), date(2020, 6, 13)

    assert due(CaseState.EVIDENCE_DUE, FRIDAY, not_before=later) == datetime(
        2020, 7, 2, tzinfo=CHINA
    )
    assert due(CaseState.EVIDENCE_DUE, FRIDAY, not_before=earlier) == due(
        CaseState.EVIDENCE_DUE, FRIDAY
    )


@pytest.mark.parametrize(
    ("kind", "content", "fault"),
    [
        ("application/pdf", b"%PDF-1.7 x", None),
        ("image/jpeg", b"\xff\xd8\xff x", None),
        ("image/png", b"\x89PNG\r\n\x1a\n x", None),
        ("image/png", b"%PDF-1.7", "no image/png begins so"),
        ("text/html", b"<html>", "Evidence is one of"),
        ("image/svg+xml", b"<svg>", "Evidence is one of"),
    ],
)
def test_files_are_what_they_say(kind: str, content: bytes, fault: str | None) -> None:
    sha256 = hashlib.sha256(content).hexdigest()

    found = fault_of(Upload("确认表", sha256, kind, content, DATED), today=DATED)

    assert (fault or "") in (found or "")
    assert (found is None) == (fault is None)
    if fault is None:
        other = fault_of(Upload("确认表", "0" * 64, kind, content, DATED), today=DATED)
        assert other == "The file does not have the hash that was stated."
