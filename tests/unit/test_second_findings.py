"""What a blind second visit adds to a finding: kinds it lacks, of no more persons than counted."""

from dataclasses import replace

import pytest
from households import an_interview, found

from inspect_app.rules.findings import Suspicion
from inspect_app.rules.states import CaseKind, CaseState

CONFIRMED = CaseState.CONFIRMED


def test_a_wrong_exit_of_others_counts_by_its_ruling_and_of_no_more_persons():
    finding = found(an_interview()).with_suspicions([Suspicion(CaseKind.WRONG_EXIT, 9, ())])

    assert finding.measures().wrong_exit is None
    assert finding.measures({CaseKind.WRONG_EXIT: CONFIRMED}).wrong_exit == finding.persons == 4
    assert finding.measures({CaseKind.WRONG_EXIT: CaseState.OVERTURNED}).wrong_exit == 0


def test_a_member_off_the_card_is_at_stake_until_it_is_ruled_on():
    finding = found(an_interview()).with_suspicions([Suspicion(CaseKind.MISSED, 1, ())])

    before, after = finding.measures(), finding.measures({CaseKind.MISSED: CONFIRMED})

    assert (before.missed, before.missed_base, before.undetermined) == (None, 1, ("missed_rate",))
    assert (after.missed, after.missed_base) == (1, 1)


def test_a_kind_that_the_first_found_itself_stays_as_it_was_found():
    poor = found(an_interview(wage_local=0, wage_away=0, crop_gross=100, livestock_gross=0))

    assert poor.with_suspicions([Suspicion(CaseKind.WRONG_EXIT, 1, ())]) == poor


@pytest.mark.parametrize(("state", "persons"), [(CONFIRMED, 4), (CaseState.OVERTURNED, 0)])
def test_a_ruling_decides_where_the_first_answers_left_it_open(state, persons):
    finding = found(an_interview(wage_away="refused", crop_gross="refused"))
    assert finding.undetermined == ("wrong_exit_rate",)

    both = finding.with_suspicions([Suspicion(CaseKind.WRONG_EXIT, 4, ())])
    measures = both.measures({CaseKind.WRONG_EXIT: state})

    assert both.measures().undetermined == ("wrong_exit_rate",)
    assert (measures.wrong_exit, measures.undetermined) == (persons, ())


def test_members_that_nobody_was_told_of_stay_open_when_others_were_ruled_on():
    one = found(an_interview(member={"m_on_card": "no"}))
    finding = replace(one, off_card_unknown=1, undetermined=("missed_rate",))
    overturned = finding.measures({CaseKind.MISSED: CaseState.OVERTURNED})

    assert (overturned.missed, overturned.undetermined) == (None, ("missed_rate",))


@pytest.mark.parametrize("first", ["N", "P", "other"])
def test_a_household_has_the_class_of_what_was_confirmed_of_it(first):
    finding = found(an_interview(class_found=first))
    wrong = finding.with_suspicions([Suspicion(CaseKind.WRONG_EXIT, 4, ())])

    before = wrong.measures()
    after = wrong.measures({CaseKind.WRONG_EXIT: CONFIRMED})
    without = wrong.measures({CaseKind.WRONG_EXIT: CaseState.OVERTURNED})

    assert (before.class_found, before.wrong_exit) == ("E", None)
    assert "wrong_exit_rate" in before.undetermined
    assert (after.class_found, after.wrong_exit) == ("E", 4)
    assert (after.missed, after.missed_base) == (0, 0)
    assert without == finding.measures()


def test_whether_a_household_was_missed_is_open_until_it_is_known_to_be_exited():
    finding = found(an_interview(class_found="N", wage_away="refused", crop_gross="refused"))
    wrong = finding.with_suspicions([Suspicion(CaseKind.WRONG_EXIT, 4, ())])

    before = wrong.measures()
    after = wrong.measures({CaseKind.WRONG_EXIT: CONFIRMED})

    assert (before.missed, before.missed_base) == (None, 4)
    assert before.undetermined == ("wrong_exit_rate", "missed_rate")
    assert (after.wrong_exit, after.missed, after.undetermined) == (4, 0, ())
