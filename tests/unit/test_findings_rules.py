"""From blocks to findings: each class, each ruling, and what an unknown answer may never do."""

from dataclasses import replace
from typing import Any

import pytest
from households import BOOK, SOUND, an_interview, found
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.rules.approval import approves, variants
from inspect_app.rules.blocks import State
from inspect_app.rules.findings import Finding
from inspect_app.rules.interviews import Interview
from inspect_app.rules.questionnaires import load
from inspect_app.rules.reasons import BLOCKS, FLAGS, REASONS, describe
from inspect_app.rules.rulebooks import PovertyLine
from inspect_app.rules.states import CaseKind, CaseState

FORM = load("household-interview", "0.1.0")
POOR = {"wage_local": 0, "wage_away": 0}
SATISFIED = ("very_satisfied", "satisfied", "neutral")


def kinds(finding: Finding) -> list[tuple[str, int]]:
    return [(str(each.kind), each.persons) for each in finding.suspicions]


class TestExited:
    """Households found to be of class E."""

    def test_a_sound_household_left_rightly(self):
        finding = found(an_interview())

        assert (finding.kind, finding.suspected, finding.undetermined) == ("none", False, ())
        assert set(finding.block_states) == set(BLOCKS)
        assert finding.flags == ()

    def test_one_failing_block_is_a_suspected_wrong_exit_of_all_members(self):
        finding = found(an_interview(water_enough="no", protein="dk"))

        assert kinds(finding) == [("wrong_exit", 4)]
        assert finding.suspicions[0].reasons == ("water_too_little",)
        assert finding.undetermined == ()

    def test_an_unknown_block_is_never_counted_as_right(self):
        finding = found(an_interview(house_grade="dk"))

        assert not finding.suspected
        assert finding.undetermined == ("wrong_exit_rate",)
        assert finding.measures().wrong_exit is None

    def test_one_that_fell_back_after_its_exit_counts_twice_under_two_names(self):
        finding = found(an_interview(**POOR, relapsed_since="yes_now"))

        assert kinds(finding) == [("wrong_exit", 4), ("recurrence", 4)]

    def test_one_that_recovered_is_only_tabulated(self):
        assert found(an_interview(relapsed_since="yes_recovered")).kind == "none"

    def test_whether_it_fell_back_may_stay_open(self):
        finding = found(an_interview(**POOR, relapsed_since="dk"))

        assert kinds(finding) == [("wrong_exit", 4)]
        assert finding.undetermined == ("recurrence_rate",)

    def test_at_a_revisit_failing_is_recurrence(self):
        finding = found(an_interview(**POOR), round_kind="revisit")

        assert kinds(finding) == [("recurrence", 4)]
        assert finding.measures({CaseKind.RECURRENCE: CaseState.CONFIRMED}).recurrence == 4
        assert finding.measures().wrong_exit is None
        assert "wrong_exit_rate" not in finding.measures().undetermined

    def test_at_a_revisit_an_unknown_block_leaves_recurrence_open(self):
        finding = found(an_interview(house_grade="dk"), round_kind="revisit")

        assert finding.undetermined == ("recurrence_rate",)

    def test_exit_without_agreement_is_a_finding_of_procedure(self):
        assert found(an_interview(exit_agreed="not_signed")).procedure == "not_signed"
        assert found(an_interview(exit_agreed="not_signed")).kind == "none"
        assert found(an_interview(exit_agreed="dk")).procedure is None

    def test_a_member_off_the_card_is_missed_alone(self):
        finding = found(an_interview(member={"m_on_card": "no"}))

        assert kinds(finding) == [("missed", 1)]
        assert finding.measures().missed_base == 1
        confirmed = finding.measures({CaseKind.MISSED: CaseState.CONFIRMED})
        assert (confirmed.missed, confirmed.missed_base, confirmed.wrong_exit) == (1, 1, 0)
        overturned = finding.measures({CaseKind.MISSED: CaseState.OVERTURNED})
        assert (overturned.missed, overturned.missed_base) == (0, 0)

    def test_a_member_of_another_register_is_not_missed(self):
        finding = found(
            an_interview(member={"m_on_card": "no", "m_registered": "no"}, registered_members=3)
        )

        assert finding.kind == "none"

    def test_whether_a_member_is_on_the_card_may_stay_open(self):
        finding = found(an_interview(member={"m_on_card": "dk"}))

        assert finding.undetermined == ("missed_rate",)
        assert (finding.measures().missed, finding.measures().missed_base) == (None, 1)

    def test_confirmed_members_count_although_of_others_it_is_not_known(self):
        finding = replace(
            found(an_interview(member={"m_on_card": "no"})),
            undetermined=("missed_rate",),
            off_card_unknown=2,
        )

        confirmed = finding.measures({CaseKind.MISSED: CaseState.CONFIRMED})

        assert (confirmed.missed, confirmed.missed_base) == (1, 3)
        assert confirmed.undetermined == ("missed_rate",)
        assert finding.measures().missed is None

    def test_members_off_the_card_do_not_count_where_the_book_says_so(self):
        silent = BOOK.with_reading("within_household_missed", False)

        assert found(an_interview(member={"m_on_card": "no"}), book=silent).kind == "none"

    def test_what_was_not_asked_of_the_class_of_the_frame_is_not_open(self):
        interview = an_interview(household_class="N", class_found="E")

        finding = found(interview, frame_class="N")

        assert finding.undetermined == ()
        assert "class_differs" in finding.flags


class TestRegistered:
    """Households found to be still registered poor."""

    def test_fit_to_exit_is_information(self):
        finding = found(an_interview(household_class="P"))

        assert (finding.kind, finding.undetermined) == ("none", ())
        assert "fit_to_exit" in finding.flags

    def test_failing_is_what_it_is_registered_for(self):
        finding = found(an_interview(household_class="P", **POOR))

        assert (finding.kind, finding.flags) == ("none", ("judged_secure",))
        assert finding.measures().wrong_exit is None
        assert finding.measures().missed == 0


class TestNeverRegistered:
    """Households found to be of class N."""

    def of_class_n(self, **changes: Any) -> Finding:
        return found(an_interview(household_class="N", **changes))

    def test_a_sound_household_is_the_denominator(self):
        measures = self.of_class_n().measures()

        assert (measures.missed, measures.missed_base, measures.persons) == (0, 4, 4)
        assert (measures.wrong_exit, measures.recurrence) == (None, None)

    def test_low_income_is_a_suspected_missed_household(self):
        finding = self.of_class_n(**POOR, exclusion_items=["urban_housing"])

        assert kinds(finding) == [("missed", 4)]
        assert "other_exclusion" in finding.flags

    @pytest.mark.parametrize(
        "changes",
        [
            {"care_forgone": "yes"},
            {"protein": "rarely", "protein_reason": "cost"},
            {"house_grade": "D", "danger_action": "none", "danger_reason": "cost"},
            {"member": {"m_school": "dropped_out", "m_school_reason": "cost"}},
            {"member": {"m_insured": "no", "m_uninsured_reason": "cost"}},
        ],
    )
    def test_a_guarantee_that_cannot_be_afforded_is_one_too(self, changes):
        assert kinds(self.of_class_n(**changes)) == [("missed", 4)]

    @pytest.mark.parametrize(
        "changes",
        [
            {"house_grade": "D", "danger_action": "none", "danger_reason": "waiting"},
            {"member": {"m_school": "dropped_out", "m_school_reason": "unwilling"}},
            {"member": {"m_insured": "no", "m_uninsured_reason": "unaware"}},
            {"water_enough": "no"},
        ],
    )
    def test_failing_for_another_reason_is_not_want_of_money(self, changes):
        finding = self.of_class_n(**changes)

        assert (finding.kind, finding.undetermined) == ("none", ())
        assert "fails_without_want_of_money" in finding.flags
        strict = BOOK.with_reading("missed_test", "same_as_exit")
        assert found(an_interview(household_class="N", **changes), book=strict).kind == "missed"

    @pytest.mark.parametrize(
        "changes",
        [
            {"house_grade": "D", "danger_action": "none", "danger_reason": "dk"},
            {"member": {"m_insured": "no", "m_uninsured_reason": "refused"}},
            {"production_cost": "refused"},
            {"care_forgone": "dk"},
        ],
    )
    def test_what_could_be_want_of_money_stays_open(self, changes):
        finding = self.of_class_n(**changes)

        assert (finding.kind, finding.undetermined) == ("none", ("missed_rate",))
        assert finding.measures().missed is None
        assert finding.measures().missed_base == 4

    @pytest.mark.parametrize("item", BOOK.exclusion_list)
    def test_an_exclusion_item_leaves_it_to_the_experts(self, item):
        finding = self.of_class_n(**POOR, exclusion_items=[item])

        assert finding.excluded
        assert not finding.suspected
        assert (finding.measures().missed, finding.measures().missed_base) == (0, 4)
        assert finding.measures({CaseKind.MISSED: CaseState.CONFIRMED}).missed == 4

    def test_an_unanswered_exclusion_excludes_nobody(self):
        finding = self.of_class_n(**POOR, exclusion_items="refused")

        assert (finding.excluded, finding.kind) == (False, "missed")

    def test_a_household_of_no_class_measures_nothing_about_classes(self):
        interview = an_interview(class_found="other")

        measures = found(interview, frame_class="E").measures()

        assert (measures.wrong_exit, measures.missed, measures.missed_base) == (None, None, None)
        assert (measures.approves, measures.undetermined) == (None, ())


class TestRulings:
    """What a ruling makes of a suspicion."""

    @pytest.mark.parametrize(
        ("state", "counted"),
        [
            (CaseState.CONFIRMED, 4),
            (CaseState.OVERTURNED, 0),
            (CaseState.UNDECIDED, None),
            (CaseState.SUSPECTED, None),
            (CaseState.UNDER_RULING, None),
        ],
    )
    def test_only_a_ruling_closes_a_case(self, state, counted):
        measures = found(an_interview(**POOR)).measures({CaseKind.WRONG_EXIT: state})

        assert measures.wrong_exit == counted
        assert ("wrong_exit_rate" in measures.undetermined) == (counted is None)

    def test_a_case_never_opened_is_open(self):
        assert found(an_interview(**POOR)).measures().undetermined == ("wrong_exit_rate",)

    def test_nothing_recurs_where_the_failing_was_overturned(self):
        finding = found(an_interview(**POOR, relapsed_since="yes_now"))

        measures = finding.measures({CaseKind.WRONG_EXIT: CaseState.OVERTURNED})

        assert (measures.wrong_exit, measures.recurrence) == (0, 0)
        assert measures.undetermined == ()

    def test_a_visit_that_brought_no_interview_measures_nothing(self):
        finding = found(an_interview(disposition="partial"))

        assert finding.blocks == ()
        assert finding.measures().persons is None
        assert finding.measures().undetermined == ()


class TestApproval:
    """When a household approves."""

    @pytest.mark.parametrize("answer", SATISFIED)
    def test_a_neutral_word_does_no_harm(self, answer):
        assert found(an_interview(sat_cadres=answer)).approves is True

    @pytest.mark.parametrize("answer", ["dissatisfied", "very_dissatisfied", "unaware"])
    def test_one_dissent_or_unawareness_outweighs_the_overall_yes(self, answer):
        assert found(an_interview(sat_cadres=answer)).approves is False

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"sat_overall": "no"}, False),
            ({"sat_overall": "dk"}, None),
            ({"sat_policy": "refused"}, None),
            ({"sat_policy": None}, None),
            ({"sat_policy": "dk", "sat_exit": "dissatisfied"}, False),
            ({"sat_policy": "dk", "sat_overall": "no"}, False),
            ({"sat_overall": "refused", "sat_cadres": "unaware"}, False),
        ],
    )
    def test_a_missing_answer_counts_only_where_it_could_change_the_result(self, changes, expected):
        finding = found(an_interview(**changes))

        assert finding.approves is expected
        assert ("satisfaction_rate" in finding.undetermined) == (expected is None)
        assert finding.measures().approves == expected

    def test_all_readings_stand_side_by_side(self):
        answers = an_interview(sat_cadres="unaware").answers

        assert variants(answers) == {
            "overall_without_dissent": False,
            "overall": True,
            "overall_without_discontent": True,
            "all_four": False,
            "majority": False,
        }
        assert approves({**answers, "sat_exit": "satisfied"}, "majority") is True
        assert approves({**answers, "sat_exit": "dk"}, "majority") is None


class TestMonitoring:
    """Who ought to be watched."""

    MONITORING = PovertyLine(2019, 9000, "document", "provincial notice")

    def test_thin_income_makes_an_exited_household_unstable_and_another_marginal(self):
        assert found(an_interview(), monitoring_line=self.MONITORING).monitored == ("unstable",)
        never = an_interview(household_class="N")
        assert found(never, monitoring_line=self.MONITORING).monitored == ("marginal",)
        assert found(an_interview()).monitored == ()

    def test_an_income_that_will_not_last_does_too(self):
        finding = found(an_interview(income_outlook="lost"))

        assert finding.monitored == ("unstable",)
        assert {"monitoring_missing", "income_will_end"} <= set(finding.flags)

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"shocks": ["illness"], "shock_spending": 17401}, ("sudden",)),
            ({"shocks": ["illness"], "shock_spending": 17400}, ()),
            ({"shocks": ["disaster"], "shock_spending": 0, "can_meet_basics": "no"}, ("sudden",)),
            ({"shocks": ["schooling"], "shock_spending": 90000}, ()),
            ({"shocks": ["illness"], "shock_spending": "dk"}, ()),
        ],
    )
    def test_a_blow_that_endangers_basic_living(self, changes, expected):
        assert found(an_interview(household_class="P", **changes)).monitored == expected

    def test_a_failing_block_outranks_it(self):
        assert found(an_interview(**POOR), monitoring_line=self.MONITORING).monitored == ()


class TestFlags:
    """Contradictions decide nothing."""

    @pytest.mark.parametrize(
        ("changes", "flag"),
        [
            ({"obs_house": "serious"}, "house_looks_unsafe"),
            ({"obs_lived_in": "no"}, "house_not_lived_in"),
            ({"relocated": "returned", "old_house": "no"}, "relocation_not_lived_in"),
            ({"obs_match": "worse"}, "seen_worse_than_found"),
            ({"obs_match": "better", **POOR}, "seen_better_than_found"),
            ({"judgement": "doubt_wrong_exit", "judgement_reason": "x"}, "judged_wrong_exit"),
            ({"judgement": "doubt_missed", "judgement_reason": "x"}, "judged_missed"),
            ({"judgement": "at_risk", "judgement_reason": "x"}, "judged_at_risk"),
            ({"judgement": "well_off", "judgement_reason": "x", **POOR}, "judged_well_off"),
            (POOR, "judged_secure"),
            ({"house_grade": "not_appraised"}, "unappraised_seen_sound"),
            ({"elders_apart": "yes_split"}, "elders_apart_registered_elsewhere"),
            ({"registered_members": "dk"}, "persons_from_rows"),
        ],
    )
    def test_a_contradiction_is_flagged(self, changes, flag):
        with_flag = found(an_interview(**changes))
        without = found(an_interview(**{key: changes[key] for key in POOR if key in changes}))

        assert flag in with_flag.flags
        assert with_flag.kind == without.kind

    def test_the_register_lends_its_head_count_to_a_case_only(self):
        finding = found(
            an_interview(
                registered_members="refused", member={"m_registered": "dk"}, water_enough="no"
            )
        )

        assert kinds(finding) == [("wrong_exit", 3)]
        assert "persons_from_register" in finding.flags
        assert finding.block_states["income"] is State.UNKNOWN


def choices_of(question: str) -> st.SearchStrategy[Any]:
    asked = FORM.fields[question]
    codes = [st.just(code) for code in sorted(asked.allow_missing)]
    if asked.type == "select_one":
        return st.one_of(st.sampled_from(asked.values), *codes)
    return st.one_of(st.integers(0, 40), *codes)


JUDGED = [
    question
    for question, asked in FORM.fields.items()
    if asked.type in ("select_one", "integer")
    and question not in ("class_found", "disposition", "visit_no", "registered_members")
]
OF_MEMBERS = [question for question in JUDGED if question.startswith("m_")]
OF_HOUSEHOLD = [question for question in JUDGED if not question.startswith("m_")]
SOUND_ONE = an_interview()


@st.composite
def interviews(draw: st.DrawFn) -> Interview:
    """The sound household with some answers replaced, as the schema would let them pass."""
    changed = {
        question: draw(choices_of(question))
        for question in draw(st.lists(st.sampled_from(OF_HOUSEHOLD), unique=True, max_size=12))
    }
    of_member = {
        question: draw(choices_of(question))
        for question in draw(st.lists(st.sampled_from(OF_MEMBERS), unique=True, max_size=4))
    }
    members = (*SOUND_ONE.members[:2], {**SOUND_ONE.members[2], **of_member})
    answers = {**SOUND_ONE.answers, **changed, "registered_members": len(members)}
    answers["class_found"] = draw(st.sampled_from(["E", "P", "N"]))
    return replace(SOUND_ONE, answers=answers, members=members)


@given(interviews(), st.sampled_from(JUDGED), st.sampled_from(["dk", None]))
def test_an_answer_taken_away_never_makes_a_block_better_known(interview, question, instead):
    def without(row: Any) -> Any:
        kept = {key: value for key, value in row.items() if key != question}
        return kept if instead is None else {**kept, question: instead}

    before = found(interview).block_states
    if question.startswith("m_"):
        less = replace(interview, members=tuple(without(row) for row in interview.members))
    else:
        less = replace(interview, answers=without(interview.answers))

    after = found(less).block_states

    assert all(after[name] in (state, State.UNKNOWN) for name, state in before.items())


@given(interviews())
def test_every_code_has_words_and_nobody_is_both_sound_and_open(interview):
    finding = found(interview)

    for judged in finding.blocks:
        assert judged.block in BLOCKS
        assert set(judged.reasons) <= set(REASONS)
        assert bool(judged.reasons) == (judged.state is not State.OK)
    assert set(finding.flags) <= set(FLAGS)
    assert all(describe(code) for code in finding.flags)
    if finding.class_found == "E":
        assert finding.suspected + ("wrong_exit_rate" in finding.undetermined) <= 1 or any(
            each.kind is CaseKind.MISSED for each in finding.suspicions
        )
    assert finding.measures().persons == 3


def test_the_sound_household_is_the_file_other_tests_share():
    assert SOUND["unit_id"] == SOUND_ONE.unit_id
