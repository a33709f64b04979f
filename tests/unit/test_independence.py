"""Independence: every rule refuses by itself, and all broken rules are named at once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from inspect_app.rules.declarations import Tie, TieKind
from inspect_app.rules.independence import (
    SENTENCES,
    Agency,
    Grounds,
    History,
    Inspector,
    VillageDay,
    explained,
    field_day,
    may_revisit,
    refusals,
)

DAY = date(2020, 6, 3)
NOON = datetime(2020, 6, 3, 4, 0, tzinfo=UTC)  # in China


def an_inspector(id: str = "li", **changes: Any) -> Inspector:
    return Inspector(**{"id": id, "province_code": "51", "home_adcode": "510104", **changes})


def codes(*pair: Inspector, **changes: Any) -> list[str]:
    first, second = pair or (an_inspector("li"), an_inspector("wang"))
    return [refusal.code for refusal in refusals((first, second), some_grounds(**changes))]


def some_grounds(**changes: Any) -> Grounds:
    history = History(changes.pop("history", ()))
    return Grounds(
        **{
            "county_adcode": "420528",
            "day": DAY,
            "now": NOON,
            "history": history,
            "inspections": frozenset(),
            "pair_max_days": 3,
            **changes,
        }
    )


def a_village_day(days_ago: int, *pair: str) -> VillageDay:
    return VillageDay(DAY - timedelta(days=days_ago), frozenset(pair or ("li", "wang")))


def test_two_strangers_to_the_county_may_go() -> None:
    assert codes() == []


def test_nobody_inspects_the_own_province() -> None:
    assert codes(an_inspector(province_code="42"), an_inspector("wang")) == ["own_province"]


def test_no_two_provinces_inspect_each_other() -> None:
    assert codes(inspections={("42", "51")}) == ["mutual_provinces", "mutual_provinces"]
    assert codes(inspections={("51", "42"), ("42", "53")}) == []


def test_enumerators_come_from_another_county() -> None:
    assert codes(an_inspector(home_adcode="420528"), an_inspector("wang")) == ["home_county"]


def test_a_declared_tie_blocks() -> None:
    tied = an_inspector(declared=frozenset({"420528", "530828"}))

    assert codes(tied, an_inspector("wang")) == ["declared"]
    assert codes(tied, an_inspector("wang"), county_adcode="420529") == []


def test_a_pair_is_two_people() -> None:
    assert codes(an_inspector("li"), an_inspector("li")) == ["same_person"]


def test_one_village_a_day() -> None:
    assert codes(history=[a_village_day(0, "li", "zhao")]) == ["busy"]


def test_pairs_change_from_one_village_day_to_the_next() -> None:
    assert codes(history=[a_village_day(1)]) == ["pair_unchanged", "pair_unchanged"]


def test_a_day_off_does_not_make_a_pair_new() -> None:
    assert codes(history=[a_village_day(5)]) == ["pair_unchanged", "pair_unchanged"]


def test_pairs_change_from_the_day_before_a_village_day_that_was_given_first() -> None:
    assert codes(history=[a_village_day(-1)]) == ["pair_unchanged", "pair_unchanged"]


def test_nobody_fills_the_gap_between_two_days_with_the_same_partner() -> None:
    found = refusals(
        (an_inspector("li"), an_inspector("wang")),
        some_grounds(history=[a_village_day(1), a_village_day(-1, "li", "sun")]),
    )

    assert [(one.code, one.details["day"]) for one in found] == [
        ("pair_unchanged", "2020-06-02"),
        ("pair_unchanged", "2020-06-02"),
    ]


def test_two_people_may_meet_again_after_working_with_others() -> None:
    between = [a_village_day(1, "li", "zhao"), a_village_day(1, "wang", "sun")]

    assert codes(history=[a_village_day(2), *between]) == []


def test_no_two_people_share_more_days_than_the_rule_book_says() -> None:
    met = [a_village_day(days) for days in (6, 4, 2)]
    between = [
        a_village_day(days, person, other)
        for days in (5, 3, 1)
        for person, other in (("li", "zhao"), ("wang", "sun"))
    ]

    assert codes(history=[*met, *between]) == ["pair_days"]
    assert codes(history=[*met, *between], pair_max_days=4) == []


@pytest.mark.parametrize(("ahead", "refused"), [(-1, True), (0, False), (1, False), (2, True)])
def test_a_village_is_named_a_day_ahead_at_most(ahead: int, refused: bool) -> None:
    found = codes(day=DAY + timedelta(days=ahead))

    assert ("visit_day" in found) is refused


def test_one_phone_is_enough_for_a_pair() -> None:
    without = an_inspector("li", has_phone=False)

    assert codes(without, an_inspector("wang")) == []
    assert codes(without, an_inspector("wang", has_phone=False)) == ["no_phone"]


def test_all_broken_rules_are_named_at_once() -> None:
    local = an_inspector("li", province_code="42", home_adcode="420528", has_phone=False)
    tied = an_inspector("wang", declared=frozenset({"420528"}), has_phone=False)

    found = codes(local, tied, day=DAY + timedelta(days=9), history=[a_village_day(1)])

    assert found == [
        "visit_day",
        "own_province",
        "home_county",
        "declared",
        "no_phone",
        "pair_unchanged",
        "pair_unchanged",
    ]


def test_every_refusal_has_two_sentences() -> None:
    broken = refusals(
        (an_inspector("li", province_code="42"), an_inspector("wang")), some_grounds()
    )

    assert broken[0].zh == "调查员 li 来自本省 42，评估机构不得评估本省"
    assert broken[0].en == (
        "enumerator li comes from province 42; nobody inspects the own province"
    )
    assert all(zh and en for zh, en in SENTENCES.values())


def test_field_days_are_counted_in_china() -> None:
    assert field_day(datetime(2020, 6, 2, 16, 0, tzinfo=UTC)) == date(2020, 6, 3)
    assert field_day(datetime(2020, 6, 2, 15, 59, tzinfo=UTC)) == date(2020, 6, 2)


@pytest.mark.parametrize(
    ("tie", "refused"),
    [
        (Tie("420528", TieKind.KIN), True),
        (Tie("420528", TieKind.POST), True),
        (Tie("420528", TieKind.POST, date(2017, 6, 3)), True),
        (Tie("420528", TieKind.POST, date(2017, 6, 2)), False),
        (Tie("420528", TieKind.FUNDING, date(2019, 12, 31)), True),
        (Tie("420529", TieKind.KIN), False),
    ],
)
def test_a_tie_binds_for_three_years_after_its_end(tie: Tie, refused: bool) -> None:
    found = codes(an_inspector(ties=(tie,)), an_inspector("wang"))

    assert found == (["declared"] if refused else [])


def test_a_tie_that_ended_on_a_leap_day_ends_with_february() -> None:
    tie = Tie("420528", TieKind.FUNDING, date(2016, 2, 29))

    assert tie.binds(date(2019, 2, 28))
    assert not tie.binds(date(2019, 3, 1))


def test_the_kind_of_a_tie_is_named() -> None:
    tied = an_inspector(ties=(Tie("420528", TieKind.FUNDING),))

    (refusal,) = refusals((tied, an_inspector("wang")), some_grounds())

    assert refusal.zh == "调查员 li 申报了与 420528 的经费关系"
    assert refusal.en == "enumerator li declared funding in 420528"


@pytest.mark.parametrize(
    ("agency", "code"),
    [
        (Agency(has_declared=False), "agency_undeclared"),
        (Agency("42"), "agency_own_province"),
        (Agency(ties=(Tie("420528", TieKind.FUNDING),)), "agency_declared"),
    ],
)
def test_the_agency_as_a_whole_is_held_to_the_rules(agency: Agency, code: str) -> None:
    assert codes(agency=agency) == [code]


def test_an_agency_whose_province_was_inspected_by_the_county_s_stays_at_home() -> None:
    inspections = {("42", "33")}

    assert codes(agency=Agency("33"), inspections=inspections) == ["agency_mutual"]
    assert codes(agency=Agency("33"), inspections={("33", "42")}) == []


def test_whoever_has_declared_nothing_does_not_go() -> None:
    assert codes(an_inspector(has_declared=False), an_inspector("wang")) == ["undeclared"]


@pytest.mark.parametrize(("score", "refused"), [(None, True), (89, True), (90, False)])
def test_the_pass_mark_is_ninety(score: int | None, refused: bool) -> None:
    found = codes(an_inspector(training_score=score), an_inspector("wang"))

    assert found == (["untrained"] if refused else [])


def test_two_teams_do_not_make_a_pair() -> None:
    assert codes(an_inspector(team="A"), an_inspector("wang", team="B")) == ["team"]


def test_one_of_the_two_speaks_the_language_or_an_interpreter_is_named() -> None:
    speaks = an_inspector("wang", languages=frozenset({"ii", "zh"}))

    assert codes(language="ii") == ["language"]
    assert codes(an_inspector(), speaks, language="ii") == []
    assert codes(language="ii", interpreter=True) == []


@pytest.mark.parametrize(("hours", "refused"), [(24, False), (12, False), (11, True)])
def test_how_early_a_village_is_named_is_a_setting(hours: int, refused: bool) -> None:
    found = codes(day=DAY + timedelta(days=1), release_hours=hours)  # begins in twelve hours

    assert found == (["visit_day"] if refused else [])


def test_whoever_was_there_does_not_repeat_the_visit() -> None:
    assert may_revisit(("zhao", "sun"), before=("li", "wang")) == ()
    (refusal,) = may_revisit(("li", "zhao"), before=("li", "wang"))
    assert (refusal.code, refusal.details) == ("was_there", {"who": "li"})


def test_an_explanation_holds_every_reason_in_both_languages() -> None:
    broken = refusals(
        (an_inspector("li", province_code="42"), an_inspector("wang", has_declared=False)),
        some_grounds(),
    )

    told = explained(broken)

    assert [one["code"] for one in told["reasons"]] == ["own_province", "undeclared"]
    assert "不得评估本省" in told["detail"]
    assert "has not declared" in told["detail"]


def test_a_team_busy_elsewhere_is_told_so_and_no_more() -> None:
    """A person already sent that day gets one reason, not also the partner's."""
    assert codes(history=[a_village_day(0)]) == ["busy", "busy"]
