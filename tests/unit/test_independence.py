"""Independence: every rule refuses by itself, and all broken rules are named at once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from inspect_app.rules.independence import (
    SENTENCES,
    Inspector,
    VillageDay,
    field_day,
    refusals,
)

DAY = date(2020, 6, 3)


def an_inspector(id: str = "li", **changes: Any) -> Inspector:
    return Inspector(**{"id": id, "province_code": "51", "home_adcode": "510104", **changes})


def codes(*pair: Inspector, **changes: Any) -> list[str]:
    first, second = pair or (an_inspector("li"), an_inspector("wang"))
    settings: dict[str, Any] = {
        "county_adcode": "420528",
        "day": DAY,
        "today": DAY,
        "history": (),
        "inspections": frozenset(),
        "pair_max_days": 3,
        **changes,
    }
    return [refusal.code for refusal in refusals((first, second), **settings)]


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
        "no_phone",
        "own_province",
        "home_county",
        "declared",
        "pair_unchanged",
        "pair_unchanged",
    ]


def test_every_refusal_has_two_sentences() -> None:
    broken = refusals(
        (an_inspector("li", province_code="42"), an_inspector("wang")),
        county_adcode="420528",
        day=DAY,
        today=DAY,
        history=(),
        inspections=frozenset(),
        pair_max_days=3,
    )

    assert broken[0].zh == "调查员 li 来自本省 42，评估机构不得评估本省"
    assert broken[0].en == (
        "enumerator li comes from province 42; nobody inspects the own province"
    )
    assert all(zh and en for zh, en in SENTENCES.values())


def test_field_days_are_counted_in_china() -> None:
    assert field_day(datetime(2020, 6, 2, 16, 0, tzinfo=UTC)) == date(2020, 6, 3)
    assert field_day(datetime(2020, 6, 2, 15, 59, tzinfo=UTC)) == date(2020, 6, 2)
