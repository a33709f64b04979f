"""What makes an interview look unlike one that was held: limits, comparisons, weights."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from households import an_interview

from inspect_app.rules import flags, quality
from inspect_app.rules.interviews import MUST_RETURN
from inspect_app.rules.quality import Seen, Traits
from inspect_app.rules.rulebooks import QUALITY

NINE = datetime(2020, 6, 3, 1, 0, tzinfo=UTC)
HOUSE = (30.4702, 111.1801)


def codes_of(offset_ms: int = 0, former: int | None = None, **changes: Any) -> list[str]:
    """Codes of the remarks on a sound household with these answers changed."""
    found = quality.remarks(
        an_interview(**changes), offset_ms=offset_ms, former_offset_ms=former, limits=QUALITY
    )
    return [flag.code for flag in found]


def seen(name: str, **changes: Any) -> Seen:
    """A completed interview of a village; what the test does not name is unlike any other's."""
    traits = {
        "started": changes.pop("started", None),
        "ended": changes.pop("ended", None),
        "boot_id": changes.pop("boot_id", None),
        "sealed_ms": changes.pop("sealed_ms", None),
        "place": changes.pop("place", None),
        "phrases": changes.pop("phrases", ()),
    }
    known = {
        "interview_id": name,
        "unit_id": f"unit {name}",
        "village_code": "420528100201",
        "device_id": "phone",
        "is_completed": True,
        "digest": f"digest {name}",
        "traits": Traits(**traits),
    }
    return Seen(**{**known, **changes})


def found_in(one: Seen, *others: Seen, village: Any = None) -> dict[str, str]:
    return {
        flag.code: flag.detail
        for flag in quality.likenesses(one, others, limits=QUALITY, village=village)
    }


def east(metres: float) -> tuple[float, float]:
    """A place so many metres east of the house."""
    return HOUSE[0], HOUSE[1] + metres / 95_900


def test_a_sound_interview_calls_for_nothing() -> None:
    assert codes_of() == []


@pytest.mark.parametrize(
    ("ended_at", "code"),
    [
        ("2020-06-03T09:14:59+08:00", "too_short"),
        ("2020-06-03T13:00:01+08:00", "too_long"),
        ("2020-06-03T08:59:00+08:00", "clock_jumped"),
    ],
)
def test_length(ended_at: str, code: str) -> None:
    assert codes_of(ended_at=ended_at) == [code]


def test_a_quarter_of_an_hour_is_long_enough() -> None:
    assert codes_of(ended_at="2020-06-03T09:15:00+08:00") == []


@pytest.mark.parametrize(
    ("offset_ms", "former", "codes"),
    [
        (300_000, None, []),
        (300_001, None, ["clock_offset"]),
        (-300_001, -300_000, ["clock_offset"]),
        (0, 300_001, ["clock_jumped"]),
        (0, 300_000, []),
    ],
)
def test_clocks_may_be_off_by_five_minutes(
    offset_ms: int, former: int | None, codes: list[str]
) -> None:
    assert codes_of(offset_ms, former) == codes


def test_an_interview_at_night_by_the_corrected_clock() -> None:
    late = {"started_at": "2020-06-03T21:00:00+08:00", "ended_at": "2020-06-03T21:40:00+08:00"}

    assert codes_of(**late) == ["night_hours"]
    assert codes_of(offset_ms=-3_600_000, former=-3_600_000, **late) == ["clock_offset"]


def test_positions_are_missed_and_weighed() -> None:
    vague = {"lat": "30.4702", "lon": "111.1801", "accuracy": "101"}

    assert codes_of(location=None) == ["location_missing"]
    assert codes_of(location=vague) == ["location_inaccurate"]


def test_much_one_off_money_is_shown() -> None:
    # 39,800 yuan of regular receipts and 500 of gifts: 17,000 more are 30.5 %.
    assert codes_of(one_off_subsidy=17_000) == ["one_off_income"]
    assert codes_of(one_off_subsidy=16_000) == []


def test_one_extreme_answer_to_all_four_subjects() -> None:
    subjects = ("sat_policy", "sat_measures", "sat_exit", "sat_cadres")

    assert codes_of(**dict.fromkeys(subjects, "very_satisfied")) == ["straight_lined"]
    assert codes_of(**dict.fromkeys(subjects, "satisfied")) == []


def test_equal_answers_and_photos_are_found_on_any_phone() -> None:
    one = seen("a", digest="same", photos=frozenset({"house"}))
    other = seen("b", digest="same", photos=frozenset({"house"}), device_id="another",
                 village_code="420528100999")  # fmt: skip

    assert found_in(one, other) == {"identical_answers": "b", "photo_seen_elsewhere": "b"}
    assert found_in(one, seen("c", unit_id=one.unit_id, digest="same")) == {}
    assert found_in(one, seen("d", digest="same", is_completed=False)) == {}


def test_words_nearly_those_of_another_household() -> None:
    said = quality.normal("帮扶措施没有落到实处，道路没有修。")
    nearly = quality.normal("帮扶措施没有落到实处,道路没有修好")
    one = seen("a", phrases=(said,))

    assert found_in(one, seen("b", phrases=(nearly,))) == {"near_identical_text": "b"}
    assert found_in(one, seen("c", phrases=(quality.normal("不了解退出程序，评议不公开"),))) == {}
    assert found_in(seen("d", phrases=("满意",)), seen("e", phrases=("满意",))) == {}


def test_a_phone_cannot_be_in_two_houses() -> None:
    hour = timedelta(hours=1)
    one = seen("a", started=NINE, ended=NINE + hour)

    assert found_in(one, seen("b", started=NINE + hour / 2, ended=NINE + 2 * hour)) == {
        "overlapping_visits": "b"
    }
    assert found_in(one, seen("c", started=NINE + hour, ended=NINE + 2 * hour)) == {}
    elsewhere = seen("d", started=NINE, ended=NINE + hour, device_id="another")
    assert found_in(one, elsewhere) == {}


def test_the_phones_own_counter_knows_how_long_an_interview_can_have_lasted() -> None:
    before = seen("a", boot_id="boot", sealed_ms=0)
    told = {"started": NINE, "ended": NINE + timedelta(minutes=40)}
    quick = seen("b", boot_id="boot", sealed_ms=9 * 60_000, **told)

    assert found_in(quick, before) == {"rapid_sequence": "a", "duration_disagrees": "9 min"}
    assert found_in(seen("c", boot_id="boot", sealed_ms=41 * 60_000, **told), before) == {}
    assert found_in(seen("d", boot_id="new boot", sealed_ms=60_000, **told), before) == {}


def test_a_place_far_from_the_village_or_from_the_middle_of_the_others() -> None:
    around = [seen(str(n), place=east(70 * n)) for n in range(3)]
    near, far = seen("near", place=east(900)), seen("far", place=east(1200))

    assert found_in(far, *around) == {"location_far": "1129 m"}
    assert found_in(near, *around) == {}
    assert found_in(far, *around[:2]) == {}  # too few to tell a middle from
    assert "location_far" in found_in(near, village=(30.0, 111.0))


def test_two_households_on_one_spot_where_houses_lie_apart() -> None:
    apart = [seen(str(n), place=east(100 * n)) for n in range(4)]
    close = [seen(str(n), place=east(10 * n)) for n in range(4)]
    one = seen("one", place=east(205))

    assert found_in(one, *apart) == {"same_spot": "2"}
    assert "same_spot" not in found_in(seen("one", place=east(12)), *close)


def test_traits_survive_storing() -> None:
    interview = an_interview(sat_reason="道路和饮水 没有解决！")
    traits = quality.traits_of(interview, offset_ms=1500, boot_id="boot", sealed_ms=7)

    again = quality.from_json(quality.to_json(traits))

    assert again == traits
    assert again.started == NINE + timedelta(seconds=1.5)
    assert again.phrases == ("道路和饮水没有解决",)
    assert quality.from_json(None) == Traits()


def test_distances_on_the_sphere() -> None:
    # One degree of latitude is 111.19 km on a sphere of 6,371 km.
    assert quality.metres((30, 111), (31, 111)) == pytest.approx(111_195, abs=1)
    assert quality.metres(HOUSE, HOUSE) == 0


def test_a_pair_that_finds_many_doors_closed() -> None:
    assert quality.absent_pair(5, 12, QUALITY)
    assert not quality.absent_pair(4, 10, QUALITY)
    assert not quality.absent_pair(9, 9, QUALITY)


def test_every_flag_has_a_weight_and_two_sentences() -> None:
    for code, meaning in flags.MEANINGS.items():
        assert 0 < meaning.weight <= 100, code
        assert meaning.zh, code
        assert meaning.en, code
    assert all(flags.meaning(code).weight == 100 for code in MUST_RETURN)


def test_what_must_be_repeated_comes_first_then_weight_then_the_undetermined() -> None:
    place = flags.urgency
    order = [
        place(["room_not_cleared"], undetermined=False, in_conflict=False),
        place([*flags.MEANINGS.keys() - MUST_RETURN], undetermined=True, in_conflict=True),
        place(["too_short"], undetermined=True, in_conflict=False),
        place(["too_short"], undetermined=False, in_conflict=True),
        place(["too_short"], undetermined=False, in_conflict=False),
        place([], undetermined=True, in_conflict=True),
        place([], undetermined=False, in_conflict=False),
    ]

    assert order == sorted(order, reverse=True)
    assert len(set(order)) == len(order)
    assert order[0] >= flags.LEAST_OF_MUST_RETURN > order[1]
