"""Boundaries of strata: published rules, smallest samples, refusals."""

from itertools import combinations

import numpy as np
import pytest

from sampling.boundaries import at_cv, cum_root_f, cv_of, geometric, lavallee_hidiroglou
from sampling.errors import AllocationError


def skewed(n=300, seed=1):
    return np.round(np.random.default_rng(seed).lognormal(4, 1, n)) + 1


def test_cum_root_f_shares_root_frequencies_evenly():
    x = skewed(2000)
    found = cum_root_f(x, 4, bins=200)
    counts, edges = np.histogram(x, bins=200)
    roots = np.concatenate([[0], np.cumsum(np.sqrt(counts))])
    places = [0, *np.searchsorted(edges, found.boundaries), 200]
    shares = np.diff(roots[places])
    assert shares == pytest.approx([roots[-1] / 4] * 4, rel=0.1)
    assert sum(found.N_h) == 2000


def test_a_value_on_a_boundary_lies_above_it():
    assert at_cv([1, 2, 3, 4], [3], None).N_h == (2, 2)


def test_geometric_boundaries_are_a_progression():
    found = geometric([2, 8, 20, 40, 162], 4)
    assert found.boundaries == pytest.approx([6, 18, 54])
    assert found.N_h == (1, 1, 2, 1)


@pytest.mark.parametrize("rule", [cum_root_f, geometric])
def test_the_sample_reaches_its_target(rule):
    x = skewed()
    found = rule(x, 3, cv=0.05)
    assert cv_of(x, found) <= 0.05
    assert all(0 < n <= held for n, held in zip(found.n_h, found.N_h, strict=True))
    assert found.to_polars()["n_h"].sum() == found.n


def test_a_stratum_that_would_need_more_than_it_holds_is_taken_whole():
    x = np.concatenate([np.arange(1.0, 200.0), [5_000.0, 90_000.0]])
    found = at_cv(x, [1_000.0], 0.01)
    assert found.n_h[1] == found.N_h[1] == 2
    assert found.takeall == 1
    assert cv_of(x, found) <= 0.01


@pytest.mark.parametrize("cv", [0.05, 0.15])
def test_no_cutting_at_all_needs_a_smaller_sample(cv):
    """Every pair of places among the distinct values, by brute force."""
    x = skewed(70, seed=4)
    found = lavallee_hidiroglou(x, 3, cv)
    points = np.unique(x)
    middles = (points[1:] + points[:-1]) / 2
    best = min(
        one.n
        for cuts in combinations(middles, 2)
        if min((one := at_cv(x, cuts, cv, takeall=1)).N_h) >= 2
    )
    assert found.n == best
    assert found.n_h[-1] == found.N_h[-1]
    assert cv_of(x, found) <= cv


def test_the_optimum_needs_no_more_than_the_rules():
    x = skewed(900)
    best = lavallee_hidiroglou(x, 4, 0.03, takeall=0).n
    assert best <= cum_root_f(x, 4, cv=0.03).n
    assert best <= geometric(x, 4, cv=0.03).n


def test_the_order_of_values_does_not_matter():
    x = skewed()
    assert lavallee_hidiroglou(x[::-1], 3, 0.05) == lavallee_hidiroglou(x, 3, 0.05)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: cum_root_f([1, 2, np.nan], 2), "boundaries.values"),
        (lambda: cum_root_f([], 2), "boundaries.values"),
        (lambda: cum_root_f([3, 3, 3, 4], 3), "boundaries.distinct"),
        (lambda: cum_root_f([1, 2, 3, 4], 3, bins=2), "boundaries.bins"),
        (lambda: cum_root_f([0, *[9, 10] * 50], 3, bins=3), "boundaries.coarse"),
        (lambda: geometric([0, 1, 2], 2), "boundaries.positive"),
        (lambda: geometric([1, 2, 3], 2, cv=0), "boundaries.cv"),
        (lambda: at_cv([-1, 1], [0], 0.1), "boundaries.mean"),
        (lambda: at_cv([1, 2, 3], [2, 2], 0.1), "boundaries.rising"),
        (lambda: lavallee_hidiroglou([1, 2, 3, 4, 5, 6], 3, 0.1, takeall=2), "boundaries.takeall"),
        (lambda: lavallee_hidiroglou([1, 2, 3], 3, 0.1), "boundaries.distinct"),
    ],
)
def test_what_cannot_be_cut_is_refused(call, code):
    with pytest.raises(AllocationError) as refused:
        call()
    assert refused.value.code == code


@pytest.mark.parametrize("classes", [1, 0, 2.5])
@pytest.mark.parametrize(
    "rule", [cum_root_f, geometric, lambda x, h: lavallee_hidiroglou(x, h, 0.1)]
)
def test_a_number_of_strata_that_is_none_is_refused(rule, classes):
    with pytest.raises(AllocationError) as refused:
        rule(np.arange(1.0, 50.0), classes)
    assert refused.value.code == "boundaries.classes"


@pytest.mark.parametrize("takeall", [-1, 3])
def test_strata_taken_whole_are_some_of_those_there_are(takeall):
    with pytest.raises(AllocationError) as refused:
        at_cv(np.arange(1.0, 50.0), [20.0], 0.1, takeall=takeall)
    assert refused.value.code == "boundaries.takeall"
