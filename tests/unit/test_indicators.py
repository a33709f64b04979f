"""The five figures of a county, on small samples whose answers can be worked out by hand."""

from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pytest

from sampling.answers import prepare
from sampling.errors import EstimationError
from sampling.findings import Rule, meets
from sampling.incidence import difference, stratum_incidence, totals_by_stratum
from sampling.indicators import CODES, Analysis, Indicator, Totals, indicators
from sampling.intervals import share_interval
from sampling.rates import Part, rate
from sampling.satisfaction import satisfaction
from sampling.stages import describe

COUNTY = "530828"
WESTERN = Totals(42_000, 1_900, 136_100, 180_000)

Changes = dict[tuple[str, int], dict[str, Any]]
"""(class, number) of a household -> what differs from a sound one."""


def a_household(number: int, household_class: str = "E", **changes: Any) -> dict[str, Any]:
    """Five persons, all well, in one of 20 villages of two strata."""
    village = number % 20
    e, n = household_class == "E", household_class == "N"
    return {
        "unit_id": f"{household_class}{number:05}",
        "county_adcode": COUNTY,
        "stratum": f"{COUNTY}-{1 + village % 2}",
        "psu": f"{COUNTY}{village:06}",
        "household_class": household_class,
        "class_found": household_class,
        "persons": 5,
        "pi1": 0.2,
        "pi2": 0.1,
        "disposition": "completed",
        "wrong_exit": 0 if e else None,
        "recurrence": 0 if e else None,
        "missed": 0 if n else None,
        "missed_base": 5 if n else None,
        "approves": 1,
        "undetermined": "",
    } | changes


def a_county(changes: Changes | None = None, *, e: int = 402, n: int = 344) -> pl.DataFrame:
    """2,010 E persons and 1,720 N persons, changed household by household."""
    listed = [("E", k) for k in range(e)] + [("N", k) for k in range(n)]
    wanted = changes or {}
    rows = [a_household(k, c, **wanted.get((c, k), {})) for c, k in listed]
    return pl.DataFrame(rows, infer_schema_length=None)


EXAMPLE = {
    ("E", 0): {"wrong_exit": 5},
    ("E", 1): {"wrong_exit": 5},
    ("E", 2): {"wrong_exit": 1},
    ("N", 7): {"missed": 4},
}


def by_code(interviews: pl.DataFrame, **options: Any) -> dict[str, Indicator]:
    figures = indicators(interviews, totals=options.pop("totals", WESTERN), **options)
    return {figure.code: figure for figure in figures}


def test_composite_of_a_western_county() -> None:
    # 11 of 2,010 E persons, 4 of 1,720 N persons; R 180,000, E 42,000, P 1,900, N 136,100.
    found = by_code(a_county(EXAMPLE))

    assert list(found) == list(CODES)
    wrong = found["wrong_exit_rate"]
    assert (wrong.numerator, wrong.denominator) == (11, 2010)
    assert found["missed_rate"].sample == Fraction(4, 1720)
    composite = found["poverty_incidence"]
    assert round(composite.estimate.value, 6) == 0.013591
    assert composite.numerator == pytest.approx(1900 + 229.85 + 316.51, abs=0.01)
    assert composite.denominator == 180_000
    assert composite.estimate.low >= 1900 / 180_000


def test_the_same_county_on_the_wider_denominator() -> None:
    # Basis (a): 4 of the 19,400 non-registered persons of the sampled villages.
    villages = {f"{COUNTY}{k:06}": 970 for k in range(20)}

    found = by_code(
        a_county(EXAMPLE), analysis=Analysis(missed_denominator="a"), village_persons=villages
    )

    missed = found["missed_rate"]
    assert missed.sample == Fraction(4, 19_400)
    assert round(missed.estimate.value, 6) == 0.000206
    assert missed.estimate.n == 344
    assert round(found["poverty_incidence"].estimate.value, 6) == 0.011988


def test_the_wider_denominator_needs_every_village() -> None:
    with pytest.raises(EstimationError, match="non-registered persons of every sampled village"):
        by_code(a_county(), analysis=Analysis(missed_denominator="a"), village_persons={})


def test_weights_undo_the_oversampling_of_remote_villages() -> None:
    # Remote: 16 of 1,000 persons stand for 4,000; the rest: 2 of 1,000 stand for 36,000.
    remote = {("E", k): {"wrong_exit": 5} for k in (1, 3, 5)} | {("E", 7): {"wrong_exit": 1}}
    rest = {("E", 0): {"wrong_exit": 2}}
    rows = a_county(remote | rest, e=400).with_columns(
        pi1=pl.when(pl.col("stratum") == f"{COUNTY}-2").then(0.25 / 0.5).otherwise(0.5 / 9 / 1.0),
        pi2=0.5,
    )
    assert rows.filter(pl.col("household_class") == "E")["persons"].sum() == 2000

    wrong = by_code(rows)["wrong_exit_rate"]

    assert wrong.sample == Fraction(18, 2000)
    assert wrong.estimate.value == pytest.approx(136 / 40_000)


def test_equality_survives_weighting() -> None:
    changes = {("E", k): {"wrong_exit": 5} for k in range(8)}
    rows = a_county(changes, e=400).with_columns(pi1=0.137, pi2=0.0713)

    wrong = by_code(rows)["wrong_exit_rate"]

    assert wrong.sample == Fraction(40, 2000)
    assert not meets(wrong.estimate.value, Rule("0.02", strict=True, direction="below"))
    assert meets(wrong.estimate.value, Rule("0.02", strict=False, direction="below"))


def test_findings_follow_the_class_found_and_weights_the_frame() -> None:
    moved = {("E", 0): {"class_found": "N", "wrong_exit": None, "missed": 5, "missed_base": 5}}

    found = by_code(a_county(moved))

    assert found["wrong_exit_rate"].denominator == 2005
    assert found["missed_rate"].sample == Fraction(5, 1725)


def test_a_person_left_off_a_card_counts_alone() -> None:
    found = by_code(a_county({("E", 0): {"missed": 1, "missed_base": 1}}))

    assert found["missed_rate"].sample == Fraction(1, 1721)
    assert found["wrong_exit_rate"].denominator == 2010


def test_a_member_left_off_a_card_or_not_is_bounded_both_ways() -> None:
    open_case: Changes = {
        ("E", 0): {"missed": None, "missed_base": 2, "undetermined": "missed_rate"}
    }
    confirmed: Changes = {("E", 2): {"missed": 1, "missed_base": 1}}

    alone, beside = by_code(a_county(open_case)), by_code(a_county(open_case | confirmed))

    missed = alone["missed_rate"]
    assert missed.sample == 0
    assert (missed.undetermined.count, missed.undetermined.low) == (1, 0)
    assert missed.undetermined.high == pytest.approx(2 / 1722)
    assert alone["poverty_incidence"].undetermined.count == 1
    # The household next door, whose member was missed, does not stand for the open one.
    assert beside["missed_rate"].estimate.value == pytest.approx(1 / 1721)
    assert beside["missed_rate"].undetermined.high == pytest.approx(3 / 1723)


def test_members_confirmed_as_missed_count_at_both_ends_while_others_are_open() -> None:
    changes: Changes = {("E", 0): {"missed": 1, "missed_base": 3, "undetermined": "missed_rate"}}

    missed = by_code(a_county(changes))["missed_rate"]

    assert missed.undetermined.count == 1
    assert missed.undetermined.low == pytest.approx(1 / 1723)
    assert missed.undetermined.high == pytest.approx(3 / 1723)


def test_undetermined_households_are_left_out_and_bounded_both_ways() -> None:
    changes: Changes = {
        ("E", 0): {"wrong_exit": 5},
        ("E", 1): {"undetermined": "wrong_exit_rate;recurrence"},
        ("E", 2): {"wrong_exit": None},
    }

    wrong = by_code(a_county(changes))["wrong_exit_rate"]

    assert wrong.sample == Fraction(5, 2000)
    assert wrong.undetermined.count == 2
    assert wrong.undetermined.low == pytest.approx(5 / 2010)
    assert wrong.undetermined.high == pytest.approx(15 / 2010)
    assert wrong.undetermined.low < wrong.estimate.value < wrong.undetermined.high


def test_the_weight_of_the_undetermined_goes_to_their_cell() -> None:
    answers = prepare(
        a_county({("E", k): {"wrong_exit": None} for k in (0, 2, 4)}), single_psu="adjust"
    )

    measure = answers.measure("wrong_exit_rate")

    near = (answers.rows["stratum"] == f"{COUNTY}-1").to_numpy()
    assert measure.known.weight.sum() == pytest.approx(402 * 50)
    assert measure.known.weight[near & measure.determined] == pytest.approx(50 * 201 / 198)
    assert measure.known.weight[~near & measure.determined] == pytest.approx(50)


def test_approval_is_a_share_of_households_of_all_classes() -> None:
    changes: Changes = {("E", k): {"approves": 0} for k in range(30)}
    changes |= {("N", 0): {"approves": None}, ("N", 1): {"undetermined": "satisfaction_rate"}}

    approval = by_code(a_county(changes))["satisfaction_rate"]

    assert (approval.numerator, approval.denominator) == (714, 744)
    assert approval.unit == "households"
    assert approval.estimate.low < approval.estimate.value < approval.estimate.high < 1
    assert approval.undetermined.count == 2
    assert approval.undetermined.low == pytest.approx(714 / 746)
    assert approval.undetermined.high == pytest.approx(716 / 746)


def test_lists_of_undetermined_come_as_lists_too() -> None:
    rows = a_county({("E", 1): {"undetermined": "wrong_exit"}})
    listed = rows.with_columns(pl.col("undetermined").str.split(";"))

    assert by_code(listed)["wrong_exit_rate"] == by_code(rows)["wrong_exit_rate"]


def test_in_a_revisit_recurrence_enters_the_composite() -> None:
    rows = a_county({("E", 0): {"recurrence": 5}})

    exit_round = by_code(rows)["poverty_incidence"]
    revisit = by_code(rows, analysis=Analysis(round_kind="revisit"))["poverty_incidence"]

    assert exit_round.estimate.value == pytest.approx(1900 / 180_000)
    assert revisit.estimate.value == pytest.approx((1900 + 5 / 2010 * 42_000) / 180_000)


def test_a_revisit_needs_no_wrong_exits() -> None:
    rows = a_county({("E", 0): {"recurrence": 5}}).with_columns(wrong_exit=pl.lit(None, pl.Int64))

    found = by_code(rows, analysis=Analysis(round_kind="revisit"))

    assert list(found) == [code for code in CODES if code != "wrong_exit_rate"]
    assert found["poverty_incidence"].estimate.value > 1900 / 180_000


def test_nothing_found_leaves_a_bound_that_rests_on_the_plan() -> None:
    found = by_code(a_county())["wrong_exit_rate"]

    cap = 402 / (1 + (402 / 20 - 1) * 0.05)
    assert found.nothing_found
    assert found.estimate.n_eff == pytest.approx(cap)
    assert found.estimate.high == pytest.approx(1 - 0.05 ** (1 / cap))
    assert found.interval_certain[1] == pytest.approx(1 - 0.0125 ** (1 / cap))
    assert found.interval_95[1] == pytest.approx(1 - 0.025 ** (1 / cap))
    assert found.estimate.deff == pytest.approx(402 / cap)


def test_the_composite_has_one_joint_variance() -> None:
    # A bad village raises both rates, so the variance exceeds that of independent samples.
    bad = {("E", k): {"wrong_exit": 5} for k in range(0, 120, 20)}
    bad |= {("N", k): {"missed": 5} for k in range(0, 120, 20)}
    found = by_code(a_county(bad))

    wrong, missed, composite = (found[code].estimate for code in CODES[:3])

    apart = (wrong.se * 42_000 / 180_000) ** 2 + (missed.se * 136_100 / 180_000) ** 2
    together = (wrong.se * 42_000 + missed.se * 136_100) / 180_000
    assert composite.se**2 > apart * 1.2
    assert composite.se == pytest.approx(together, rel=0.02)


def test_villages_taken_whole_are_strata_of_their_own() -> None:
    changes = {("E", 0): {"wrong_exit": 5}}
    sampled = by_code(a_county(changes))["wrong_exit_rate"].estimate
    whole = by_code(a_county(changes).with_columns(pi1=1.0))["wrong_exit_rate"].estimate

    assert sampled.df == 18
    assert whole.df == 402 - 20
    assert whole.high < sampled.high


def test_villages_taken_whole_do_not_lend_their_size_to_those_sampled() -> None:
    # Stratum 1 whole, households of weight 10; stratum 2 one village in ten, weight 100.
    rows = a_county().with_columns(
        pi1=pl.when(pl.col("stratum") == f"{COUNTY}-1").then(1.0).otherwise(0.1)
    )

    found = by_code(rows)["wrong_exit_rate"]

    clusters = 1 + (201 / 10 - 1) * 0.05
    by_hand = (201 * 10 + 201 * 100) ** 2 / (201 * 10**2 + 201 * 100**2 * clusters)
    assert found.estimate.n_eff == pytest.approx(by_hand)
    assert found.estimate.high > 0.02  # 124 households; 225 without regard to the villages


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wrong_exit": 6}, r"wrong_exit \(6\) exceeds the 5 persons"),
        ({"wrong_exit": -1}, "negative wrong_exit"),
        ({"persons": None}, "persons has missing"),
        ({"missed": 1}, r"missed \(1\) exceeds the 0 persons"),
        ({"class_found": "N"}, r"wrong_exit \(5\) exceeds the 0 persons"),
        ({"class_found": "脱贫"}, "unknown class: 脱贫"),
        ({"disposition": "done"}, "unknown disposition: done"),
        ({"disposition": None}, "unknown disposition"),
        ({"undetermined": "wrong_exits"}, "unknown indicator in undetermined: wrong_exits"),
        ({"stratum": f"{COUNTY}-1"}, "stratum or pi1 differs between households"),
        ({"pi1": 0.3}, "stratum or pi1 differs between households"),
        ({"unit_id": "E00004"}, "more than once"),
    ],
)
def test_answers_that_cannot_be_are_refused(
    change: dict[str, Any], message: str, weighted: bool
) -> None:
    rows = a_county({("E", 3): {"wrong_exit": 5} | change})

    with pytest.raises(EstimationError, match=message):
        by_code(rows.with_columns(weight=50.0) if weighted else rows)


def test_a_weighted_household_of_no_class_is_refused() -> None:
    first = pl.col("unit_id") == "E00003"
    rows = a_county().with_columns(
        household_class=pl.when(first).then(pl.lit("X")).otherwise("household_class"), weight=50.0
    )

    with pytest.raises(EstimationError, match="E00003 has an unknown class: X"):
        by_code(rows)


@pytest.mark.parametrize("weight", [0.0, -3.0, float("nan")])
def test_an_interview_without_weight_is_refused(weight: float) -> None:
    first = pl.col("unit_id") == "E00003"
    rows = a_county().with_columns(weight=pl.when(first).then(weight).otherwise(50.0))

    with pytest.raises(EstimationError, match="E00003 was interviewed, so its weight must be"):
        by_code(rows)


def test_an_indicator_nobody_was_measured_for_is_refused() -> None:
    rows = a_county().with_columns(wrong_exit=pl.lit(None, pl.Int64))

    with pytest.raises(EstimationError, match="nothing was measured for wrong_exit_rate"):
        by_code(rows)


def test_one_county_at_a_time() -> None:
    rows = pl.concat([a_county(), a_county().with_columns(county_adcode=pl.lit("420528"))])

    with pytest.raises(EstimationError, match="found 2"):
        by_code(rows)


def test_strata_of_the_forest_plot_and_their_difference() -> None:
    changes = {("E", k): {"wrong_exit": 5} for k in range(1, 80, 4)}
    villages = pl.DataFrame(
        {
            "county_adcode": COUNTY,
            "stratum": [f"{COUNTY}-{1 + k % 2}" for k in range(40)],
            "persons_e": 1000,
            "persons_p": 50,
            "persons_n": 3000,
        }
    )
    totals = totals_by_stratum(villages, COUNTY)
    assert totals[f"{COUNTY}-1"] == Totals(20_000, 1_000, 60_000, 81_000)

    near, remote = stratum_incidence(a_county(changes), strata_totals=totals).values()

    assert near.value == pytest.approx(1_000 / 81_000)
    assert near.high > near.value
    assert remote.value == pytest.approx((1_000 + 100 / 1005 * 20_000) / 81_000)
    gap, low, high = difference(remote, near)
    assert gap == pytest.approx(remote.value - near.value)
    assert low < gap < high
    assert low == pytest.approx(-difference(near, remote)[2])


def test_a_stratum_without_interviews_has_no_estimate() -> None:
    totals = {f"{COUNTY}-1": WESTERN, f"{COUNTY}-9": WESTERN}

    assert list(stratum_incidence(a_county(), strata_totals=totals)) == [f"{COUNTY}-1"]


def test_satisfaction_by_question() -> None:
    said = ["very_satisfied", "satisfied", "neutral", "unaware", "dk"]
    rows = (
        a_county()
        .with_row_index()
        .with_columns(
            sat_policy=pl.Series([said[k % 5] for k in range(746)]),
            sat_overall=pl.Series(["yes" if k % 10 else "no" for k in range(746)]),
        )
    )

    policy, overall = satisfaction(rows)

    assert (policy.code, policy.n) == ("sat_policy", 746 - 149)
    assert sum(policy.shares.values()) == pytest.approx(1)
    assert policy.shares["unaware"] == pytest.approx(0.25, abs=0.01)
    assert policy.satisfied.value == pytest.approx(0.5, abs=0.01)
    assert overall.satisfied.low < overall.satisfied.value < overall.satisfied.high
    assert overall.shares["no"] == pytest.approx(75 / 746)


def test_a_clump_of_cases_in_one_village_is_never_outweighed_by_one_more_elsewhere() -> None:
    # Four cases in one village make for so small an effective n that a fifth, elsewhere,
    # would lower the plain bound.
    village = np.repeat(np.arange(30), 22)
    design = describe(np.ones(660), psu=village)

    def bounds(cases: list[int]) -> tuple[float, float]:
        y = np.zeros(660)
        y[cases] = 1.0
        found = rate(design, [Part(y, np.ones(660), np.ones(660))], icc=0.05)
        plain = share_interval(found.value, found.se, n=660, df=found.df, level=0.9, cap=found.cap)
        return plain.high, found.interval(0.9).high

    (plain_four, four), (plain_five, five) = bounds([0, 1, 2, 3]), bounds([0, 1, 2, 3, 30])

    assert plain_five < plain_four
    assert five >= four - 1e-12
