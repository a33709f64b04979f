"""Whatever the frame and the plan: sums exact, probabilities in (0, 1], order irrelevant."""

import math
from fractions import Fraction
from itertools import pairwise

import polars as pl
from frames import household_frame, village_frame
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling import tickets
from sampling.allocation import equal, power, proportional, remote, share
from sampling.design import strata
from sampling.household_draw import draw_registered
from sampling.plan import Plan
from sampling.remoteness import freeze
from sampling.selectors import hilbert, pps_probabilities, pps_systematic
from sampling.village_draw import draw_villages
from sampling.waves import window

steady = settings(deadline=None, derandomize=True)

SIZES = st.lists(st.integers(0, 10_000), min_size=1, max_size=40)
IDS = st.sets(st.text("abcxyz019-村", min_size=1, max_size=8), min_size=1, max_size=40)


@steady
@given(IDS, st.integers(0, 45), st.integers(0, 9), st.randoms(use_true_random=False))
def test_a_larger_sample_contains_the_smaller_in_any_row_order(ids, n, reserve, shuffle):
    listed = sorted(ids)
    shuffle.shuffle(listed)
    sample, held = tickets.draw_units("seed", listed, n, reserve)
    larger, _ = tickets.draw_units("seed", sorted(ids), n + 1, reserve)
    assert larger[:n] == sample
    assert len(sample) == min(n, len(ids))
    assert not set(sample) & set(held)
    assert tickets.draw_units("seed", ids, n + reserve)[0] == sample + held


@steady
@given(SIZES, st.data())
def test_probabilities_sum_to_n_exactly_and_follow_size(sizes, data):
    n = data.draw(st.integers(0, sum(size > 0 for size in sizes)))
    found = pps_probabilities(sizes, n)
    assert sum(found) == n
    assert all((0 < p <= 1) == (size > 0 and n > 0) for p, size in zip(found, sizes, strict=True))
    ratios = {p / size for p, size in zip(found, sizes, strict=True) if 0 < p < 1}
    assert len(ratios) <= 1


@steady
@given(SIZES, st.data())
def test_systematic_selection_has_fixed_size_and_every_unit_once(sizes, data):
    n = data.draw(st.integers(0, sum(size > 0 for size in sizes)))
    start = data.draw(st.fractions(0, 1).filter(lambda value: value < 1))
    places = pps_systematic(pps_probabilities(sizes, n), start=start)
    assert len(set(places)) == len(places) == n
    assert all(sizes[place] > 0 for place in places)


@steady
@given(SIZES, st.data())
def test_systematic_inclusion_is_exact(sizes, data):
    """The share of all starts that hit a unit is π itself, found from the bends, not by chance."""
    n = data.draw(st.integers(0, sum(size > 0 for size in sizes)))
    chances = pps_probabilities(sizes, n)
    ends, total = {Fraction(0), Fraction(1)}, Fraction(0)
    for p in chances:
        if p < 1:
            total += p
            ends.add(total % 1)
    bends = sorted(ends)
    measured = [Fraction(0)] * len(sizes)
    for low, high in pairwise(bends):
        for place in pps_systematic(chances, start=(low + high) / 2):
            measured[place] += high - low
    assert measured == chances


@steady
@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.tuples(
    st.integers(1, 100_000), st.integers(0, 60)), min_size=1, max_size=8), st.data())  # fmt: skip
def test_shares_are_exact_between_floor_and_ceiling(cells, data):
    sizes = {h: size for h, (size, _) in cells.items()}
    caps = {h: cap for h, (_, cap) in cells.items()}
    minimum = data.draw(st.integers(0, 4))
    low = sum(min(minimum, cap) for cap in caps.values())
    n = data.draw(st.integers(low, sum(caps.values())))
    classes = {h: place % 3 + 1 for place, h in enumerate(sorted(cells))}
    for shared in (
        proportional(sizes, n, minimum=minimum, caps=caps),
        equal(sizes, n, minimum=minimum, caps=caps),
        power(sizes, n, exponent=0.3, minimum=minimum, caps=caps),
        remote(sizes, n, classes=classes, minimum=minimum, caps=caps),
    ):
        assert sum(shared.values()) == n
        assert list(shared) == list(sizes)
        for h, n_h in shared.items():
            assert min(minimum, caps[h]) <= n_h <= caps[h]


@steady
@given(st.lists(st.integers(1, 1000), min_size=2, max_size=6), st.integers(1, 500))
def test_one_more_unit_moves_no_share_by_more_than_one(weights, n):
    names = {str(place): weight for place, weight in enumerate(weights)}
    caps = dict.fromkeys(names, 10_000)
    quota = {h: Fraction(n * weight, sum(weights)) for h, weight in names.items()}
    for h, n_h in share(names, n, caps=caps).items():
        assert math.floor(quota[h]) <= n_h <= math.ceil(quota[h])


@steady
@given(st.integers(1, 60), st.data())
def test_windows_of_a_wave_hold_distinct_units(units, data):
    n = data.draw(st.integers(0, units))
    reserve, wave = data.draw(st.integers(0, 9)), data.draw(st.integers(1, 30))
    places = window(units, n, reserve=reserve, rotation=0.3333, wave=wave)
    sample, held = places.of(range(units))
    assert len(sample) == n
    assert len(held) == min(reserve, units - n)
    assert len(set(sample + held)) == n + len(held)


@steady
@given(st.lists(st.tuples(st.floats(-80, 80), st.floats(-179, 179)), min_size=1, max_size=30))
def test_the_curve_depends_on_the_points_alone(points):
    places = hilbert(points)
    assert all(0 <= place < 4**16 for place in places)
    backwards = hilbert(points[::-1])
    assert backwards[::-1] == places


@settings(steady, max_examples=25)
@given(
    st.integers(8, 90),
    st.integers(0, 1000),
    st.integers(6, 40),
    st.sampled_from(["pps_systematic", "srswor"]),
    st.sampled_from(["shares", "households", "equal"]),
    st.sampled_from(["remote", "proportional", "equal", "power"]),
)
def test_any_county_any_plan(n_villages, seed, wanted, method, size, allocation):
    villages = village_frame(n_villages, seed=seed)
    plan = Plan().override(
        [
            f"stage1.villages={wanted}",
            f"stage1.method={method}",
            f"stage1.size={size}",
            f"stage1.allocation={allocation}",
        ]
    )
    frozen = freeze(plan, villages)
    parts = strata(frozen.plan, frozen.villages)
    assert sum(part.n for part in parts) == min(wanted, n_villages)
    for part in parts:
        assert sum(part.probabilities) == part.n
        assert all(0 < p <= 1 for p in part.probabilities)
        assert part.n >= min(2, len(part.villages))

    shuffled = frozen.villages.sample(fraction=1, shuffle=True, seed=seed)
    drawn = draw_villages(frozen.plan, shuffled, campaign_seed=str(seed))
    assert drawn.equals(draw_villages(frozen.plan, frozen.villages, campaign_seed=str(seed)))
    assert drawn["village_code"].is_unique().all()

    register = household_frame(villages).sample(fraction=1, shuffle=True, seed=seed)
    households = draw_registered(frozen.plan, drawn, register, campaign_seed=str(seed))
    again = draw_registered(
        frozen.plan, drawn[::-1], household_frame(villages), campaign_seed=str(seed)
    )
    assert households.equals(again)
    assert households["unit_id"].is_unique().all()
    assert households["inclusion_prob"].is_between(0, 1, closed="right").all()
    _weights_of_a_cell_sum_to_its_households(households, villages)


def _weights_of_a_cell_sum_to_its_households(households: pl.DataFrame, villages: pl.DataFrame):
    """Within a village the weights 1 / π2 of a simple random sample add up to N."""
    sums = (
        households.filter(~pl.col("is_reserve"))
        .group_by("psu", "household_class")
        .agg((1 / pl.col("pi2")).sum().alias("estimated"))
    )
    counts = villages.unpivot(
        ["households_e", "households_p"], index="village_code", value_name="known"
    ).with_columns(household_class=pl.col("variable").str.tail(1).str.to_uppercase())
    both = sums.join(
        counts, left_on=["psu", "household_class"], right_on=["village_code", "household_class"]
    )
    assert both.height == sums.height
    assert ((both["estimated"] - both["known"]).abs() < 1e-9 * both["known"]).all()
