"""The selectors at work on villages: what each method of a plan draws, holds ready and refuses."""

from fractions import Fraction

import polars as pl
import pytest
from frames import village_frame

from sampling import tickets, village_selection
from sampling.design import strata
from sampling.errors import PlanError
from sampling.plan import Plan
from sampling.remoteness import freeze
from sampling.selectors import pps_systematic
from sampling.village_draw import draw_villages

SEED = "a campaign seed"
STAGE = tickets.stage1_seed(tickets.county_seed(SEED, "420528"))


def planned(*changes, villages=None):
    villages = village_frame(60) if villages is None else villages
    frozen = freeze(Plan().override(["strata.by=['county']", *changes]), villages)
    return frozen.plan, frozen.villages


def drawn(*changes, villages=None):
    plan, frozen = planned(*changes, villages=villages)
    (part,) = strata(plan, frozen)
    rows = draw_villages(plan, frozen, campaign_seed=SEED)
    return part, rows.filter(~pl.col("is_reserve")), rows.filter("is_reserve")


def code_of(call):
    with pytest.raises(PlanError) as refused:
        call()
    return refused.value.code


def by_size(part, left, moved=Fraction(0)):
    """Villages by ticket / size, in fractions from end to end."""
    size = dict(zip(part.villages, part.sizes, strict=True))

    def key(code):
        own = Fraction(int.from_bytes(tickets.ticket(STAGE, code), "big"), 1 << 256)
        return (own - moved) % 1 / size[code]

    return sorted(left, key=key)


def test_a_later_wave_walks_from_a_start_that_moved_on():
    """Rotation 1/4, 10 of 60: the start moves by 1/24 a wave, exactly."""
    for wave in (1, 2, 5):
        part, sample, _ = drawn("stage1.villages=10", "stage1.rotation=0.25", f"wave={wave}")
        start = tickets.fraction(STAGE, f"start/{part.code}") + Fraction(wave - 1, 24)
        places = pps_systematic(part.probabilities, start=start % 1)
        assert sample["village_code"].to_list() == [part.villages[place] for place in places]
        assert set(sample["wave"]) == {wave}


@pytest.mark.parametrize("method", ["pps_systematic", "max_entropy", "sampford", "lpm2", "cube"])
def test_the_reserve_goes_by_ticket_over_size(method):
    for reserve in (0, 2, 100):
        part, sample, held = drawn(f"stage1.method={method}", f"stage1.reserve={reserve}")
        left = set(part.villages) - set(sample["village_code"])
        assert held["village_code"].to_list() == by_size(part, left)[:reserve]


def test_the_reserve_of_a_later_wave_goes_by_the_moved_tickets():
    part, sample, held = drawn("stage1.villages=10", "stage1.rotation=0.25", "wave=4")
    left = set(part.villages) - set(sample["village_code"])
    assert held["village_code"].to_list() == by_size(part, left, Fraction(3, 24))[:2]


def test_villages_too_close_for_doubles_are_compared_exactly(monkeypatch):
    """Every village is called close: the exact order is that of the doubles."""
    plan, frozen = planned("stage1.reserve=7")
    usual = draw_villages(plan, frozen, campaign_seed=SEED)
    monkeypatch.setattr(village_selection, "CLOSE", 1e30)
    assert draw_villages(plan, frozen, campaign_seed=SEED).equals(usual)


def test_pareto_draws_the_smallest_ratios_and_holds_the_next():
    part, sample, held = drawn("stage1.method=pareto", "stage1.reserve=5")
    (working,) = village_selection.working_probabilities(planned("stage1.method=pareto")[0], [part])
    ratio = {}
    for code, p in zip(part.villages, working, strict=True):
        u = tickets.uniform(STAGE, code)
        ratio[code] = u / (1 - u) * (1 - p) / p
    ranked = sorted(ratio, key=ratio.__getitem__)
    assert sample["village_code"].to_list() == ranked[: part.n]
    assert held["village_code"].to_list() == ranked[part.n : part.n + 5]


def test_a_longer_reserve_contains_the_shorter():
    for method in ("pps_systematic", "pareto", "srswor"):
        _, _, short = drawn(f"stage1.method={method}", "stage1.reserve=3")
        _, _, long = drawn(f"stage1.method={method}", "stage1.reserve=9")
        assert long["village_code"].to_list()[:3] == short["village_code"].to_list()


def test_local_pivotal_sampling_takes_one_village_of_each_town():
    """Five villages at the point of a town, each with π = 1/5: exactly one of them, always."""
    alike = village_frame(40).with_columns(households_e=50, households_n=200, households_p=0)
    part, sample, _ = drawn("stage1.method=lpm2", "stage1.villages=8", villages=alike)
    assert set(part.pi.tolist()) == {0.2}
    assert sorted(sample["village_code"].str.slice(0, 9)) == sorted(
        alike["town_code"].unique().to_list()
    )


def test_local_pivotal_sampling_needs_points():
    without = village_frame(40, points=False)
    one_missing = village_frame(40).with_columns(
        lat=pl.when(pl.int_range(pl.len()) == 7).then(None).otherwise(pl.col("lat"))
    )
    for villages in (without, one_missing):
        plan, frozen = planned("stage1.method=lpm2", villages=villages)
        assert code_of(lambda plan=plan, frozen=frozen: strata(plan, frozen)) == "plan.points"
    everything = drawn("stage1.method=lpm2", "stage1.villages=all", villages=without)[1]
    assert everything.height == 40
    assert everything["certainty"].all()


def test_the_cube_balances_on_what_the_plan_names():
    plan, frozen = planned("stage1.method=cube", "stage1.balance=['km_to_seat','households_e']")
    (part,) = strata(plan, frozen)
    assert part.auxiliaries[:, 1].tolist() == list(part.households["E"])
    plan, frozen = planned("stage1.method=cube")
    (part,) = strata(plan, frozen)
    assert part.auxiliaries.shape == (60, 1 + 3 + len(plan.remoteness.weights))
    assert part.auxiliaries[:, 0].tolist() == list(part.sizes)


@pytest.mark.parametrize(
    ("column", "code"),
    [
        (None, "plan.column_missing"),
        (pl.lit("dense"), "plan.balance"),
        (pl.when(pl.int_range(pl.len()) == 3).then(None).otherwise(1.0), "plan.balance"),
        (pl.when(pl.int_range(pl.len()) == 3).then(float("nan")).otherwise(1.0), "plan.balance"),
    ],
)
def test_a_variable_to_balance_on_must_be_a_number_everywhere(column, code):
    villages = village_frame(60)
    if column is not None:
        villages = villages.with_columns(forest=column)
    plan, frozen = planned("stage1.method=cube", "stage1.balance=['forest']", villages=villages)
    assert code_of(lambda: strata(plan, frozen)) == code


def test_a_balanced_sample_estimates_households_closely():
    """Balanced totals within 6 % from 20 villages of 200; by chance alone 8 % is usual."""
    villages = village_frame(200, scale=3)
    part, sample, _ = drawn(
        "stage1.method=cube",
        "stage1.villages=20",
        "stage1.size=equal",
        "stage1.balance=['households_e','households_n']",
        villages=villages,
    )
    inside = villages.join(sample.select("village_code", "pi1"), on="village_code")
    for column in ("households_e", "households_n"):
        estimated = (inside[column] / inside["pi1"]).sum()
        assert abs(estimated / villages[column].sum() - 1) < 0.06
    assert part.n == 20


def test_sizes_beyond_64_bits_are_exact():
    huge = village_frame(12).with_columns(
        households_e=pl.int_range(1, 13) * 10**9, households_n=pl.int_range(13, 1, -1) * 10**9
    )
    plan, frozen = planned("stage1.villages=5", villages=huge)
    (part,) = strata(plan, frozen)
    total_e, total_n = 78 * 10**9, 90 * 10**9
    of = dict(zip(huge["village_code"], huge.rows(named=True), strict=True))
    for code, size in zip(part.villages, part.sizes, strict=True):
        assert size == of[code]["households_e"] * total_n + of[code]["households_n"] * total_e
    assert sum(part.probabilities) == 5
    assert part.pi.tolist() == [float(p) for p in part.probabilities]
