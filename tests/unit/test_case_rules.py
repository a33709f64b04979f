"""Steps of a case, who may take them, and deadlines."""

from datetime import UTC, datetime

import pytest

from inspect_app.rules.cases import STEPS, due, require_step
from inspect_app.rules.chain import CHINA
from inspect_app.rules.errors import CaseStep, Forbidden, OwnCase
from inspect_app.rules.roles import Role
from inspect_app.rules.states import CaseState

FRIDAY = datetime(2020, 6, 12, 21, 0, tzinfo=CHINA)


def test_the_usual_road_of_a_case_is_open() -> None:
    require_step(CaseState.SUSPECTED, CaseState.EVIDENCE_DUE, role=Role.REVIEWER)
    require_step(CaseState.EVIDENCE_DUE, CaseState.EVIDENCE_RECEIVED, role=Role.COUNTY_OFFICIAL)
    require_step(CaseState.EVIDENCE_RECEIVED, CaseState.UNDER_RULING, role=Role.REVIEWER)
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


def test_silence_leads_to_a_ruling_only_after_the_deadline() -> None:
    with pytest.raises(CaseStep, match="deadline"):
        require_step(CaseState.EVIDENCE_DUE, CaseState.UNDER_RULING, role=Role.REVIEWER)
    require_step(CaseState.EVIDENCE_DUE, CaseState.UNDER_RULING, role=Role.REVIEWER, lapsed=True)


@pytest.mark.parametrize("final", [CaseState.CONFIRMED, CaseState.OVERTURNED])
@pytest.mark.parametrize("after", list(CaseState))
def test_a_ruled_case_is_never_reopened(final: CaseState, after: CaseState) -> None:
    for role in Role:
        with pytest.raises(CaseStep):
            require_step(final, after, role=role)


def test_deadlines_count_working_days_in_china() -> None:
    # Friday night in China is Friday noon in UTC; three working days on is Wednesday.
    assert due(CaseState.EVIDENCE_DUE, FRIDAY) == datetime(2020, 6, 17, 23, 59, 59, tzinfo=CHINA)
    # 17:30 UTC on Sunday is Monday in China, so one working day ends on Tuesday.
    sunday = datetime(2020, 6, 14, 17, 30, tzinfo=UTC)
    assert due(CaseState.SUSPECTED, sunday) == datetime(2020, 6, 16, 23, 59, 59, tzinfo=CHINA)
    assert due(CaseState.CONFIRMED, FRIDAY) is None
    assert due(CaseState.SUSPECTED, FRIDAY, {"suspected": 2}) == datetime(
        2020, 6, 16, 23, 59, 59, tzinfo=CHINA
    )
