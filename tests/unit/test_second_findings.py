"""What a blind second visit adds to a finding: kinds it lacks, of no more persons than counted."""

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
