"""Variance from neighbours: by hand, and on systematic samples of a population with a trend."""

import numpy as np
import pytest

from sampling.errors import EstimationError
from sampling.neighbours import local_neighbours, successive_difference
from sampling.selectors import inclusion_probabilities, lpm2, systematic
from sampling.stages import describe
from sampling.variance import covariance


def test_differences_along_the_walk_by_hand():
    """z = 1, 3, 2, 5 in a, and 4, 8 in b: 4/6 (4 + 1 + 9) + 2/2 16, whatever the row order."""
    psu = ["a1", "a2", "a3", "a4", "b1", "b2"]
    design = describe([1.0] * 6, psu=psu, stratum=["a"] * 4 + ["b"] * 2)
    z, order = np.array([1.0, 3, 2, 5, 4, 8]), np.array([1, 2, 3, 4, 1, 2])
    assert successive_difference(design, z, order)[0, 0] == pytest.approx(4 / 6 * 14 + 16)
    mixed = np.array([3, 5, 0, 2, 4, 1])
    shuffled = describe(
        [1.0] * 6, psu=np.array(psu)[mixed], stratum=np.array(["a"] * 4 + ["b"] * 2)[mixed]
    )
    assert successive_difference(shuffled, z[mixed], order[mixed])[0, 0] == pytest.approx(
        4 / 6 * 14 + 16
    )


def test_rows_of_a_village_are_added_up_and_covariances_are_whole():
    design = describe([1.0] * 4, psu=["a", "a", "b", "c"])
    scores = np.array([[1.0, 0.0], [2.0, 1.0], [5.0, 1.0], [4.0, 3.0]])
    steps = np.array([[2.0, 0.0], [-1.0, 2.0]])
    found = successive_difference(design, scores, [1, 1, 2, 3])
    assert found == pytest.approx(3 / 4 * steps.T @ steps)


def test_two_units_have_one_neighbour_each():
    """With n = 2 both companions are the usual formula."""
    design = describe([2.0] * 4, psu=list("abcd"), stratum=list("xxyy"), fpc=[5, 5, 8, 8])
    scores = np.array([[1.0], [4.0], [2.0], [9.0]])
    usual = covariance(design, scores)
    assert successive_difference(design, scores, [1, 2, 1, 2]) == pytest.approx(usual)
    points = [[0, 0], [1, 1], [0, 0], [1, 1]]
    assert local_neighbours(design, scores, points) == pytest.approx(usual)


def test_later_stages_and_single_units_are_as_usual():
    psu, households = list("aabbc"), list("12121")
    counts = [[6, 6, 6, 6, 3], [10, 10, 20, 20, 30]]
    scores = np.array([[1.0], [4.0], [2.0], [9.0], [3.0]])
    for rule in ("certainty", "adjust", "average"):
        design = describe(
            [1.0] * 5, psu=[psu, households], stratum=list("xxxxy"), fpc=counts, single_psu=rule
        )
        usual = covariance(design, scores)
        assert successive_difference(design, scores, [1, 1, 2, 2, 1]) == pytest.approx(usual)


def test_what_does_not_fit_is_refused():
    design = describe([1.0] * 4, psu=["a", "a", "b", "c"])
    scores = [1.0, 2.0, 3.0, 4.0]
    refusals = {
        "neighbours.differ": lambda: successive_difference(design, scores, [1, 2, 3, 4]),
        "estimate.length": lambda: successive_difference(design, scores[:3], [1, 1, 2, 3]),
        "estimate.not_finite": lambda: successive_difference(design, scores, [1, 1, 2, np.nan]),
        "neighbours.around": lambda: local_neighbours(design, scores, [[0]] * 4, around=1),
        "estimate.single_psu": lambda: successive_difference(
            describe([1.0, 1.0, 1.0], psu=list("abc"), stratum=list("xxy")),
            [1.0, 2.0, 3.0],
            [1, 2, 1],
        ),
    }
    for code, call in refusals.items():
        with pytest.raises(EstimationError) as refused:
            call()
        assert refused.value.code == code
    with pytest.raises(EstimationError) as lengthless:
        local_neighbours(design, scores, [[0]] * 3)
    assert lengthless.value.code == "estimate.length"


def test_a_walk_along_a_trend_is_surer_than_the_usual_formula_says():
    """y / size rises along the walk: the usual formula is some 7 times too large, this is not."""
    rng = np.random.default_rng(8)
    size = rng.lognormal(0, 0.4, 300)
    pi = inclusion_probabilities(size, 30)
    y = size * (np.linspace(1, 3, 300) + rng.normal(0, 0.15, 300))
    totals, usual, by_neighbours = [], [], []
    for taken in systematic(pi, rng.random(400)):
        units = np.flatnonzero(taken)
        design = describe(1 / pi[units])
        scores = (y / pi)[units][:, None]
        totals.append(scores.sum())
        usual.append(covariance(design, scores)[0, 0])
        by_neighbours.append(successive_difference(design, scores, np.arange(30))[0, 0])
    truth = np.var(totals)
    assert np.mean(usual) > 4 * truth
    assert 0.8 * truth < np.mean(by_neighbours) < 2.5 * truth


def test_a_sample_spread_over_a_map_is_surer_than_the_usual_formula_says():
    rng = np.random.default_rng(3)
    points = rng.random((200, 2))
    y = 3 * points[:, 0] + np.sin(4 * points[:, 1]) + rng.normal(0, 0.1, 200)
    pi = np.full(200, 0.15)
    totals, usual, by_neighbours = [], [], []
    for taken in lpm2(pi, points, rng.random((200, 200, 2))):
        units = np.flatnonzero(taken)
        design = describe(1 / pi[units])
        scores = (y / pi)[units]
        totals.append(scores.sum())
        usual.append(covariance(design, scores[:, None])[0, 0])
        by_neighbours.append(local_neighbours(design, scores, points[units])[0, 0])
    truth = np.var(totals)
    assert np.mean(usual) > 5 * truth
    assert truth < np.mean(by_neighbours) < 0.6 * np.mean(usual)
