"""Selectors by hand: what is taken for given numbers, and what is refused."""

from fractions import Fraction

import numpy as np
import pytest

from sampling import tickets
from sampling.errors import DrawError
from sampling.selectors import (
    METHODS,
    brewer,
    cube,
    hilbert,
    inclusion_probabilities,
    lpm2,
    max_entropy,
    max_entropy_working,
    midzuno,
    pareto,
    pareto_order,
    pareto_working,
    pivotal,
    pps_probabilities,
    pps_systematic,
    random_pivotal,
    random_systematic,
    sampford,
    select,
    step_uniforms,
    systematic,
    tille,
    unit_uniforms,
)
from sampling.selectors.balance import cube_strata
from sampling.selectors.hilbert_curve import curve
from sampling.selectors.pareto_design import pareto_law
from sampling.selectors.rejective import Rejective
from sampling.selectors.walks import walk

HALF = [0.5, 0.5, 0.5, 0.5]
PI = [1.0, 0.8, 0.6, 0.3, 0.2, 0.1]
PER_UNIT = (sampford, max_entropy, pareto, tille, midzuno, brewer, pivotal)
PER_STEP = (
    random_pivotal,
    lambda pi, u: lpm2(pi, [[k, 0] for k in range(len(pi))], u),
    lambda pi, u: cube(pi, [[k] for k in range(len(pi))], u),
)


def code_of(call):
    with pytest.raises(DrawError) as refused:
        call()
    return refused.value.code


def test_sizes_that_are_not_whole_give_the_probabilities_of_whole_ones():
    sizes = [60, 20, 10, 10, 0]
    exact = [float(p) for p in pps_probabilities(sizes, 2)]
    assert inclusion_probabilities(np.array(sizes) / 7, 2) == pytest.approx(exact, abs=1e-15)
    assert inclusion_probabilities(sizes, 4).tolist() == [1, 1, 1, 1, 0]
    assert inclusion_probabilities(sizes, 0).tolist() == [0] * 5
    assert inclusion_probabilities([], 0).tolist() == []


def test_a_certainty_makes_room_for_the_next():
    """100 of 180 is certain of 3; then 40 of 80 is certain of 2; the rest share the last one."""
    assert [str(p) for p in pps_probabilities([100, 40, 20, 20], 3)] == ["1", "1", "1/2", "1/2"]


def test_sizes_and_numbers_that_cannot_be_are_refused():
    assert code_of(lambda: inclusion_probabilities([1, float("nan")], 1)) == "selectors.size"
    assert code_of(lambda: inclusion_probabilities([1, -1], 1)) == "selectors.size"
    assert code_of(lambda: inclusion_probabilities([1, 0], 2)) == "selectors.too_many"
    assert code_of(lambda: inclusion_probabilities([1, 2], -1)) == "selectors.negative"
    assert code_of(lambda: pps_probabilities([1, 2], -1)) == "selectors.negative"
    assert code_of(lambda: pps_probabilities([1, 0], 2)) == "selectors.too_many"


@pytest.mark.parametrize("take", [*PER_UNIT, systematic])
def test_probabilities_of_no_fixed_size_design_are_refused(take):
    u = 0.5 if take is systematic else [0.5] * 3
    assert code_of(lambda: take([0.5, 0.5, 0.2], u)) == "selectors.sum"
    assert code_of(lambda: take([0.5, 1.5, 1.0], u)) == "selectors.probability"
    assert code_of(lambda: take([0.5, np.nan, 0.5], u)) == "selectors.probability"
    assert code_of(lambda: take([1.0, 1.0, 5e-9], u)) == "selectors.sum"


@pytest.mark.parametrize("take", PER_UNIT)
def test_numbers_outside_their_range_or_shape_are_refused(take):
    assert code_of(lambda: take(HALF, [0.1, 0.2, 0.3, 1.0])) == "selectors.uniform"
    assert code_of(lambda: take(HALF, [0.1, 0.2, 0.3, np.nan])) == "selectors.uniform"
    assert code_of(lambda: take(HALF, [0.1, 0.2, 0.3])) == "selectors.uniform_shape"


@pytest.mark.parametrize("take", [*PER_UNIT, *PER_STEP])
def test_everything_and_nothing_can_be_drawn(take):
    last = (4, 2) if take in PER_STEP else (4,)
    numbers = np.full((3, *last), 0.25)
    assert take([1, 1, 1, 1], numbers).all()
    assert not take([0, 0, 0, 0], numbers).any()
    assert take([1, 0, 1, 0], numbers)[0].tolist() == [True, False, True, False]


@pytest.mark.parametrize("take", [*PER_UNIT, *PER_STEP])
def test_many_draws_at_once_are_the_same_as_one_by_one(take):
    last = (6, 2) if take in PER_STEP else (6,)
    numbers = np.random.default_rng(7).random((20, *last))
    together = take(PI, numbers)
    assert together.tolist() == [take(PI, one).tolist() for one in numbers]
    assert (together.sum(axis=1) == 3).all()
    assert together[:, 0].all()


def test_a_walk_in_whole_numbers_hits_what_fractions_hit():
    sizes = [900, 35, 40, 41, 60, 62, 75, 80, 81, 120, 15, 3, 50, 44, 44]
    probabilities = pps_probabilities(sizes, 5)
    others = [0 if p == 1 else size for p, size in zip(probabilities, sizes, strict=True)]
    for run in range(50):
        start = tickets.fraction(f"seed {run}", "start/1")
        exact = pps_systematic(probabilities, start=start)
        assert [0, *walk(others, 4, start=start)] == exact
        floats = systematic([float(p) for p in probabilities], float(start))
        assert np.flatnonzero(floats).tolist() == sorted(exact)


def test_numbers_beyond_64_bits_are_walked_exactly():
    huge = [10**30, 10**30 + 1, 10**30]
    assert walk(huge, 1, start=Fraction(1, 3)) == [1]
    assert walk(huge, 1, start=Fraction(10**30 - 1, 3 * 10**30 + 1)) == [0]
    assert walk(huge, 0, start=Fraction(1, 3)) == []
    assert code_of(lambda: walk(huge, 1, start=Fraction(1))) == "selectors.start"


def test_a_walk_in_random_order_follows_the_numbers():
    """Units 3, 1, 2, 0 stand at 0-.5, .5-1, 1-1.5, 1.5-2; a start of .75 hits 1 and 0."""
    numbers = [0.9, 0.2, 0.4, 0.1]
    assert random_systematic(HALF, numbers, 0.75).tolist() == [True, True, False, False]


def test_groups_have_their_own_curve():
    near = [(30.0, 111.0), (30.4, 111.1), (30.1, 111.5)]
    far = [(40.0, 90.0), (40.9, 90.2)]
    lat, lon = zip(*near, *far, strict=True)
    assert curve(lat, lon, [0, 3, 5]).tolist() == hilbert(near) + hilbert(far)
    assert hilbert([(30.0, 111.0)] * 3) == [0, 0, 0]


def test_working_probabilities_reproduce_their_target():
    working = max_entropy_working(PI)
    assert working[0] == 1
    assert working.sum() == pytest.approx(3, abs=1e-11)
    assert Rejective(working[1:], 2).first_order() == pytest.approx(PI[1:], abs=1e-12)
    assert pareto_law(pareto_working(PI)[1:], 2).first_order() == pytest.approx(PI[1:], abs=1e-11)


def test_pareto_with_its_target_as_parameters_would_miss_it():
    """Known of the method; it is why the parameters are solved for. n = 1 of 3: off by .03."""
    as_is = pareto_law([0.5, 0.25, 0.25], 1).first_order()
    assert as_is == pytest.approx([0.5281, 0.2359, 0.2359], abs=1e-4)


def test_pareto_of_one_unit_agrees_with_its_integral():
    """n = 1 of 2: P(U/(1-U) / τ1 < V/(1-V) / τ2), by a fine grid over U."""
    p = np.array([0.7, 0.3])
    odds = p / (1 - p)
    u = (np.arange(200_000) + 0.5) / 200_000
    reach = u / (1 - u) / odds[0] * odds[1]
    expected = (1 - reach / (1 + reach)).mean()
    assert pareto_law(p, 1).first_order()[0] == pytest.approx(expected, abs=1e-6)


def test_skewed_probabilities_are_solved_for():
    rng = np.random.default_rng(11)
    for sd in (0.3, 1.5, 3.0):
        for n in (1, 5, 29):
            pi = inclusion_probabilities(rng.lognormal(0, sd, 30), n)
            if (pi == 1).all():
                continue
            taken = max_entropy(pi, rng.random((5, 30)))
            assert (taken.sum(axis=1) == n).all()
            assert pareto_working(pi).sum() == pytest.approx(n, abs=1e-9)


def test_the_next_in_line_extends_a_pareto_sample():
    rng = np.random.default_rng(3)
    working = rng.uniform(0.1, 0.4, 12)
    order = pareto_order(working, rng.random(12))
    assert sorted(order.tolist()) == list(range(12))
    assert set(order[:4].tolist()) <= set(order[:5].tolist())


def test_neighbours_exclude_each_other_in_local_pivotal_sampling():
    """Pairs of equal halves side by side: exactly one of each pair, whatever the numbers."""
    pairs = [[0, 0], [0, 1], [9, 0], [9, 1], [0, 9], [0, 10]]
    taken = lpm2([0.5] * 6, pairs, np.random.default_rng(5).random((200, 6, 2)))
    assert (taken.reshape(200, 3, 2).sum(axis=2) == 1).all()


def test_equal_distances_go_to_the_unit_named_first():
    star = [[0, 0], [0, 5], [5, 0], [0, -5], [-5, 0]] + [[100 + k, 0] for k in range(40)]
    pi = [0.4] * 45
    numbers = np.zeros((45, 2))
    numbers[0] = [0.0, 0.999]  # unit 0 duels with the nearest and first named, which is unit 1
    numbers[1:] = 0.5
    alone = lpm2(pi, star, numbers)
    backwards = lpm2(pi, [star[0], star[1], *star[4:1:-1], *star[5:]], numbers)
    assert alone.sum() == 18
    assert alone[0] == backwards[0]
    assert alone[1] == backwards[1]


def test_a_thousand_units_at_one_point_are_no_trouble():
    taken = lpm2([0.1] * 1000, [[3, 4]] * 1000, np.random.default_rng(1).random((1000, 2)))
    assert taken.sum() == 100


def test_points_and_auxiliaries_must_be_there():
    u = np.zeros((4, 2))
    assert code_of(lambda: lpm2(HALF, [[0, 0]] * 3, u)) == "selectors.shape"
    assert code_of(lambda: lpm2(HALF, [[0, np.nan]] * 4, u)) == "selectors.number"
    assert code_of(lambda: cube(HALF, [[0.0]] * 3, u)) == "selectors.shape"
    assert code_of(lambda: cube(HALF, [[np.inf]] * 4, u)) == "selectors.number"


def test_a_balanced_sample_hits_the_total_it_can_hit():
    """Two kinds of villages, six of each, half drawn: always three of each kind."""
    kinds = [[0.0]] * 6 + [[1.0]] * 6
    taken = cube([0.5] * 12, kinds, np.random.default_rng(2).random((100, 12, 2)))
    assert (taken.sum(axis=1) == 6).all()
    assert (taken[:, 6:].sum(axis=1) == 3).all()


def test_variables_that_say_nothing_new_are_left_out():
    """Zeros, a constant over π, a copy and a sum of others: as if they were not there."""
    rng = np.random.default_rng(12)
    pi = inclusion_probabilities(rng.lognormal(0, 0.5, 30), 8)
    plain = rng.random((30, 2))
    useless = np.column_stack([np.zeros(30), pi, plain[:, 0], 3 * plain[:, 0], plain[:, 1],
                               plain.sum(axis=1) + 2 * pi])  # fmt: skip
    numbers = rng.random((50, 30, 2))
    assert (cube(pi, useless, numbers) == cube(pi, plain, numbers)).all()


def test_places_where_a_variable_is_the_same_do_no_harm():
    """Half the units lack the first class: among them its column is empty for whole steps."""
    rng = np.random.default_rng(13)
    table = np.column_stack([np.repeat([0.0, 5.0], 20), rng.integers(1, 3, 40), np.ones(40)])
    numbers = rng.random((3000, 40, 2))
    taken = cube([0.25] * 40, table, numbers)
    assert (taken.sum(axis=1) == 10).all()
    assert (taken[:, 20:].sum(axis=1) == 5).all()
    assert np.abs(taken.mean(axis=0) - 0.25).max() < 5 * np.sqrt(0.1875 / 3000)


def test_balancing_beats_chance_on_what_is_balanced():
    rng = np.random.default_rng(9)
    size = rng.lognormal(0, 0.5, 80)
    pi = inclusion_probabilities(size, 20)
    households = size * rng.lognormal(0, 0.5, 80)
    numbers = rng.random((300, 80, 2))

    def spread(taken):
        return np.std(taken @ (households / pi)) / households.sum()

    balanced = spread(cube(pi, households, numbers))
    by_chance = spread(max_entropy(pi, numbers[..., 0]))
    assert balanced < 0.4 * by_chance


def test_strata_settled_together_are_settled_as_alone():
    rng = np.random.default_rng(4)
    strata = []
    for units in (5, 40, 12, 300, 12):
        pi = inclusion_probabilities(rng.lognormal(0, 1, units), max(2, units // 5))
        strata.append((pi, rng.random((units, 4)), rng.random((units, 2))))
    together = cube_strata(strata)
    for one, (pi, table, numbers) in zip(together, strata, strict=True):
        assert one.tolist() == cube(pi, table, numbers).tolist()
    assert cube_strata([]) == []


def test_every_method_has_one_door():
    of = [tickets.ticket("seed", str(unit)) for unit in range(6)]
    given = {
        "tickets": of,
        "start": 0.3,
        "coordinates": [[k, k] for k in range(6)],
        "auxiliaries": [[k] for k in range(6)],
    }
    for method in METHODS:
        pi = [*HALF, 1, 0] if method == "srswor" else PI
        names = step_uniforms("seed", method, "1", 6) if method in ("lpm2", "cube") else None
        places = select(method, pi, steps=names, **given)
        assert places.dtype == np.int64
        assert sorted(set(places.tolist())) == places.tolist()
        assert len(places) == 3


def test_the_door_says_what_is_missing():
    for method in METHODS:
        assert code_of(lambda method=method: select(method, HALF)) == "selectors.needs"
    assert code_of(lambda: select("luck", HALF)) == "selectors.method"
    assert code_of(lambda: select("srswor", PI, uniforms=[0.5] * 6)) == "selectors.unequal"


def test_simple_random_sampling_takes_the_smallest_tickets():
    of = [tickets.ticket("seed", str(unit)) for unit in range(8)]
    ranked = sorted(range(8), key=of.__getitem__)
    assert select("srswor", [0.375] * 8, tickets=of).tolist() == sorted(ranked[:3])
    assert select("srswor", [0.375] * 8, uniforms=unit_uniforms(of)).tolist() == sorted(ranked[:3])


def test_steps_have_the_names_that_are_documented():
    lpm2_steps = step_uniforms("seed", "lpm2", "420528-1", 2)
    assert lpm2_steps[1, 0] == tickets.uniform("seed", "lpm2/420528-1/2/unit")
    assert lpm2_steps[1, 1] == tickets.uniform("seed", "lpm2/420528-1/2/duel")
    assert step_uniforms("seed", "cube", "420528-1", 3)[2] == tickets.uniform(
        "seed", "cube/420528-1/3/duel"
    )
