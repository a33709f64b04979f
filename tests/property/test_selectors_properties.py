"""Whatever the sizes, numbers and orders: fixed size, certainties in, π kept, rows irrelevant."""

import numpy as np
import polars as pl
from frames import village_frame
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling import joint, tickets
from sampling.design import strata
from sampling.plan import SELECTORS, Plan
from sampling.remoteness import freeze
from sampling.selectors import (
    brewer,
    cube,
    inclusion_probabilities,
    lpm2,
    max_entropy,
    midzuno,
    pareto,
    pareto_order,
    pivotal,
    pps_probabilities,
    random_pivotal,
    sampford,
    select,
    systematic,
    tille,
)
from sampling.selectors.walks import walk
from sampling.village_draw import draw_villages

steady = settings(deadline=None, derandomize=True, max_examples=60)

SIZES = st.lists(
    st.one_of(st.integers(0, 3), st.integers(1, 10_000), st.floats(1e-3, 1e4)),
    min_size=1,
    max_size=30,
)


@st.composite
def designs(draw):
    """Sizes, a possible n, and a generator for the numbers."""
    sizes = draw(SIZES)
    n = draw(st.integers(0, sum(size > 0 for size in sizes)))
    return np.array(sizes, dtype=float), n, np.random.default_rng(draw(st.integers(0, 2**32)))


@steady
@given(designs())
def test_probabilities_are_exact_for_any_sizes(given_):
    sizes, n, _ = given_
    pi = inclusion_probabilities(sizes, n)
    assert abs(pi.sum() - n) < 1e-9
    assert ((pi > 0) == ((sizes > 0) & (n > 0))).all()
    assert (pi <= 1).all()
    open_ones = (pi > 0) & (pi < 1)
    if open_ones.any():
        ratio = pi[open_ones] / sizes[open_ones]
        assert np.ptp(ratio) <= 1e-12 * ratio.max()
        # Whoever is certain would have reached 1 at the rate of the others.
        assert (sizes[pi == 1] * ratio[0] >= 1 - 1e-9).all()


@steady
@given(designs())
def test_every_selector_gives_n_units_and_every_certainty(given_):
    sizes, n, rng = given_
    pi = inclusion_probabilities(sizes, n)
    units = pi.size
    points = rng.integers(0, 3, (units, 2))
    for taken in (
        systematic(pi, rng.random()),
        *(one(pi, rng.random(units)) for one in
          (sampford, max_entropy, pareto, tille, midzuno, brewer, pivotal)),
        random_pivotal(pi, rng.random((units, 2))),
        lpm2(pi, points, rng.random((units, 2))),
        cube(pi, np.column_stack([sizes, points, sizes**2]), rng.random((units, 2))),
    ):  # fmt: skip
        assert taken.sum() == n
        assert taken[pi == 1].all()
        assert not taken[pi == 0].any()


@steady
@given(designs())
def test_joint_probabilities_belong_together(given_):
    sizes, n, _ = given_
    pi = inclusion_probabilities(sizes, n)
    for pairs in (
        joint.max_entropy(pi),
        joint.sampford(pi),
        joint.pareto(pi),
        joint.systematic(pi),
        joint.tille(pi),
        joint.midzuno(pi),
        joint.ordered_pivotal(pi),
    ):
        assert np.allclose(np.diag(pairs), pi, atol=1e-10)
        assert np.allclose(pairs.sum(axis=1), n * pi, atol=1e-7)
        low = np.maximum(pi[:, None] + pi[None, :] - 1, 0)
        high = np.minimum(pi[:, None], pi[None, :])
        assert (pairs >= low - 1e-9).all()
        assert (pairs <= high + 1e-9).all()


@steady
@given(designs(), st.randoms(use_true_random=False))
def test_numbers_of_units_decide_and_not_their_rows(given_, shuffle):
    """Selectors that rank numbers: another order of the rows gives the same units."""
    sizes, n, rng = given_
    pi = inclusion_probabilities(sizes, n)
    u = rng.random(pi.size)
    rows = list(range(pi.size))
    shuffle.shuffle(rows)
    assert (pareto(pi, u)[rows] == pareto(pi[rows], u[rows])).all()
    equal = np.full(pi.size, n / pi.size)
    there = select("srswor", equal, uniforms=u)
    again = select("srswor", equal[rows], uniforms=u[rows])
    assert set(there.tolist()) == {rows[place] for place in again.tolist()}


@steady
@given(st.integers(2, 40), st.integers(0, 2**32), st.data())
def test_a_larger_sample_contains_the_smaller(units, seed, data):
    """By the same numbers and parameters, as when a reserve is opened."""
    n = data.draw(st.integers(0, units - 1))
    rng = np.random.default_rng(seed)
    u, working = rng.random(units), rng.uniform(0.01, 0.99, units)
    smaller, larger = (select("srswor", [k / units] * units, uniforms=u) for k in (n, n + 1))
    assert set(smaller) < set(larger)
    ranked = pareto_order(working, u).tolist()
    assert sorted(ranked) == list(range(units))
    odds = u / (1 - u) * (1 - working) / working
    assert max(odds[ranked[:n]], default=-1.0) <= min(odds[ranked[n:]])
    equal = [set(np.flatnonzero(pareto([k / units] * units, u))) for k in (n, n + 1)]
    assert equal[0] < equal[1]


@steady
@given(st.lists(st.integers(1, 10**12), min_size=2, max_size=30), st.data())
def test_a_walk_of_whole_numbers_hits_distinct_units_in_order(sizes, data):
    n = data.draw(st.integers(1, len(sizes) - 1))
    probabilities = pps_probabilities(sizes, n)
    left = n - sum(p == 1 for p in probabilities)
    open_sizes = [0 if p == 1 else size for p, size in zip(probabilities, sizes, strict=True)]
    start = data.draw(st.fractions(0, 1).filter(lambda value: value < 1))
    hits = walk(open_sizes, left, start=start)
    assert len(set(hits)) == len(hits) == left
    assert hits == sorted(hits)
    assert all(open_sizes[hit] for hit in hits)


@settings(steady, max_examples=40)
@given(
    st.integers(8, 60),
    st.integers(0, 1000),
    st.integers(6, 20),
    st.sampled_from(SELECTORS),
    st.sampled_from(["shares", "households", "equal"]),
    st.integers(1, 9),
)
def test_any_county_any_selector_any_wave(n_villages, seed, wanted, method, size, wave):
    wave = 1 if method in ("lpm2", "cube") else wave
    plan = Plan().override(
        [
            f"stage1.villages={wanted}",
            f"stage1.method={method}",
            f"stage1.size={size}",
            f"wave={wave}",
        ]
    )
    frozen = freeze(plan, village_frame(n_villages, seed=seed))
    shuffled = frozen.villages.sample(fraction=1, shuffle=True, seed=seed)

    drawn = draw_villages(frozen.plan, frozen.villages, campaign_seed=str(seed))

    assert drawn.equals(draw_villages(frozen.plan, shuffled, campaign_seed=str(seed)))
    assert drawn["village_code"].is_unique().all()
    seed_of_stage = tickets.stage1_seed(tickets.county_seed(str(seed), "420528"))
    for part in strata(frozen.plan, frozen.villages):
        rows = drawn.filter(pl.col("stratum") == part.code)
        sample = rows.filter(~pl.col("is_reserve"))
        assert sum(part.probabilities) == part.n == sample.height
        assert all(0 < p <= 1 for p in part.probabilities)
        chances = dict(zip(part.villages, part.probabilities, strict=True))
        certain = {code for code, p in chances.items() if p == 1}
        assert certain <= set(sample["village_code"])
        assert rows.height == min(part.n + 2, len(part.villages))
        for row in rows.iter_rows(named=True):
            assert row["pi1"] == float(chances[row["village_code"]])
            assert row["ticket"] == tickets.ticket(seed_of_stage, row["village_code"]).hex()
