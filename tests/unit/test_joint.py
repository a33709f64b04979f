"""Joint inclusion probabilities and the variances made of them."""

from itertools import combinations

import numpy as np
import pytest

from sampling import horvitz_thompson, joint
from sampling.errors import DrawError, EstimationError
from sampling.selectors import inclusion_probabilities

TINY = (3, 5, 7, 9, 11, 14, 20, 31)
PI = inclusion_probabilities(TINY, 3)
DESIGNS = (
    joint.max_entropy,
    joint.sampford,
    joint.pareto,
    joint.systematic,
    joint.random_systematic,
    joint.tille,
    joint.midzuno,
    joint.brewer,
    joint.ordered_pivotal,
    joint.random_pivotal,
)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(
    "pi",
    [
        PI,
        [1.0, *PI[:4], 1.0, *PI[4:]],
        [0.0, *PI],
        [0.25] * 8,
        [0.5, 0.5],
        [0.9, 0.6, 0.5],
        [1.0, 1.0],
        [0.0, 0.0],
    ],
)
def test_rows_add_up_to_n_times_pi(design, pi):
    found, n = design(pi), sum(pi)
    assert found == pytest.approx(found.T, abs=1e-13)
    assert np.diag(found) == pytest.approx(pi, abs=1e-11)
    assert found.sum(axis=1) == pytest.approx(n * np.array(pi), abs=1e-10)
    assert (found >= 0).all()


@pytest.mark.parametrize(
    "design",
    [joint.max_entropy, joint.sampford, joint.pareto, joint.brewer, joint.tille, joint.midzuno,
     joint.random_systematic, joint.random_pivotal],
)  # fmt: skip
def test_equal_probabilities_make_a_simple_random_sample(design):
    """Designs in which no unit has a place of its own have no other choice."""
    if design in (joint.random_systematic, joint.random_pivotal):
        assert design([0.5] * 4) == pytest.approx(joint.srswor(4, 2), abs=1e-12)
    else:
        assert design([0.375] * 8) == pytest.approx(joint.srswor(8, 3), abs=1e-11)


def test_maximum_entropy_is_what_enumeration_gives():
    working = joint.max_entropy_working(PI)
    expected = _enumerated(working, np.ones(8))
    assert joint.max_entropy(PI) == pytest.approx(expected, abs=1e-12)


def test_sampford_is_what_enumeration_gives():
    assert joint.sampford(PI) == pytest.approx(_enumerated(PI, 1 - PI), abs=1e-13)


def test_pairs_of_two_units_out_of_three_are_known():
    """n = 2 of 3: unit k is out with 1 - π_k, so the pair of the others has that probability."""
    pi = np.array([0.9, 0.6, 0.5])
    for design in DESIGNS:
        found = design(pi)
        assert found[0, 1] == pytest.approx(1 - pi[2], abs=1e-11), design
        assert found[1, 2] == pytest.approx(1 - pi[0], abs=1e-11), design


def test_neighbours_on_the_walk_never_come_together():
    found = joint.systematic([0.25] * 8)
    assert found[0].tolist() == [0.25, 0, 0, 0, 0.25, 0, 0, 0]
    assert joint.ordered_pivotal([0.25] * 8)[0, 3] == 0


def test_larger_populations_are_exact_too():
    """400 units, 60 drawn: rows still add up, and the design is close to its approximation."""
    pi = inclusion_probabilities(np.random.default_rng(1).lognormal(0, 0.8, 400), 60)
    for design in (joint.max_entropy, joint.sampford, joint.pareto, joint.ordered_pivotal):
        assert design(pi).sum(axis=1) == pytest.approx(60 * pi, abs=1e-9)


def test_what_grows_too_fast_says_so():
    for design, units in (
        (joint.random_pivotal, 15),
        (joint.random_systematic, 19),
        (joint.brewer, 60),
    ):
        with pytest.raises(DrawError) as refused:
            design([0.5] * units if units % 2 == 0 else [1 / units] * units)
        assert refused.value.code in ("selectors.units", "selectors.samples")
    with pytest.raises(DrawError):
        joint.srswor(4, 5)


def test_a_total_is_expanded_by_its_probabilities():
    assert horvitz_thompson.total([3.0, 5.0], [0.5, 0.25]) == 26
    assert horvitz_thompson.total([], []) == 0


def test_simple_random_sampling_gives_the_textbook_variance():
    """N = 10, n = 4: N² (1 - f) s² / n, in every form."""
    y = np.array([3.0, 5.0, 4.0, 8.0])
    pi, pairs = [0.4] * 4, joint.srswor(10, 4)[:4, :4]
    expected = 100 * 0.6 * y.var(ddof=1) / 4
    assert horvitz_thompson.variance_ht(y, pi, pairs) == pytest.approx(expected)
    assert horvitz_thompson.variance_syg(y, pi, pairs) == pytest.approx(expected)
    assert horvitz_thompson.variance_deville(y, pi) == pytest.approx(expected)
    constant = np.full((4, 1), 0.4)
    assert horvitz_thompson.variance_balanced(y, pi, constant) == pytest.approx(expected)


def test_no_error_where_y_follows_size():
    y = 7 * PI
    pairs = joint.max_entropy(PI)
    assert horvitz_thompson.variance_syg(y[:3], PI[:3], pairs[:3, :3]) == pytest.approx(0, abs=1e-9)
    assert horvitz_thompson.variance_deville(y[:3], PI[:3]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("design", [joint.max_entropy, joint.sampford, joint.pareto, joint.tille])
def test_both_forms_are_unbiased_over_all_samples(design):
    """Exact expectations over pairs: Σ π_kl v_kl is the true variance of the total."""
    y = np.array([2.0, 9.0, 4.0, 7.0, 1.0, 12.0, 15.0, 20.0])
    pairs = design(PI)
    z = y / PI
    truth = z @ (pairs - np.outer(PI, PI)) @ z
    apart = (z[:, None] - z[None, :]) ** 2
    assert truth == pytest.approx(-0.5 * ((pairs - np.outer(PI, PI)) * apart).sum(), rel=1e-9)
    expected = sum(pairs[k, m] * _pair_term(y, pairs, k, m) for k, m in combinations(range(8), 2))
    assert expected == pytest.approx(truth, rel=1e-9)


def test_balancing_variables_in_other_units_change_nothing():
    rng = np.random.default_rng(6)
    pi, persons = PI[1:], rng.uniform(1e4, 1e5, 7)
    y = 40 * persons + rng.normal(0, 1e5, 7)
    inmillions = horvitz_thompson.variance_balanced(y, pi, np.column_stack([pi, persons / 1e6]))
    exact = horvitz_thompson.variance_balanced(y, pi, np.column_stack([pi, persons]))
    assert exact == pytest.approx(inmillions, rel=1e-9)
    coarse = horvitz_thompson.variance_balanced(
        y, pi, np.column_stack([pi, persons]), tolerance=1.5e-8
    )
    assert abs(coarse / exact - 1) > 1e-6


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("length", lambda h: h.total([1.0], [0.5, 0.5])),
        ("missing", lambda h: h.total([np.nan, 1.0], [0.5, 0.5])),
        ("probability", lambda h: h.total([1.0, 1.0], [0.5, 0.0])),
        ("probability", lambda h: h.total([1.0, 1.0], [0.5, np.nan])),
        ("length", lambda h: h.variance_syg([1.0, 1.0], [0.5, 0.5], [[0.5]])),
        ("joint", lambda h: h.variance_syg([1.0, 1.0], [0.5, 0.5], [[0.5, 0], [0, 0.5]])),
        ("few", lambda h: h.variance_deville([1.0, 1.0], [1.0, 0.5])),
        ("length", lambda h: h.variance_balanced([1.0, 1.0], [0.5, 0.5], [[1.0]])),
        ("missing", lambda h: h.variance_balanced([1.0, 1.0], [0.5, 0.5], [[1.0], [np.inf]])),
    ],
)
def test_samples_that_cannot_be_estimated_from_are_refused(code, call):
    with pytest.raises(EstimationError) as refused:
        call(horvitz_thompson)
    assert refused.value.code == f"horvitz_thompson.{code}"


def _enumerated(p, c):
    """Joint probabilities of p(s) ∝ Σ c_k Π odds_k over all samples of three."""
    found, total = np.zeros((8, 8)), 0.0
    for sample in combinations(range(8), 3):
        members = list(sample)
        weight = np.prod(p[members] / (1 - p[members])) * c[members].sum()
        total += weight
        found[np.ix_(members, members)] += weight
    return found / total


def _pair_term(y, pairs, k, m):
    """What a pair adds to the estimate of Sen, Yates and Grundy."""
    excess = (pairs[k, m] - PI[k] * PI[m]) / pairs[k, m]
    return -excess * (y[k] / PI[k] - y[m] / PI[m]) ** 2
