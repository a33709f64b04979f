"""Checks of allocation, boundaries and sizes against PracTools, SamplingStrata, stratification."""

import numpy as np
import pytest
from reference_folder import Case, listed

from sampling.bethel import Target, bethel
from sampling.boundaries import Boundaries, cum_root_f, cv_of, geometric, lavallee_hidiroglou
from sampling.optimal import exact_shares, fixed_cost, fixed_variance
from sampling.precision import (
    kish,
    optimal_cluster_size,
    size_for_cv,
    size_for_log_odds,
    size_for_wilson,
)

CLOSE = 1e-8
# Optimisers pass when they are not worse than this.
WORSE = 1.01


def allocation(case: Case) -> None:
    said = case.said
    spreads = None if case.kind == "allocation prop" else _by_stratum(said["Sh"])

    found = exact_shares(_by_stratum(said["Nh"]), spreads, said["n"])

    assert list(found.values()) == pytest.approx(case.expect["nh_exact"], rel=CLOSE)


def optimal_for_cost(case: Case) -> None:
    said = case.said
    costs = _by_stratum(said["ch"])

    found = fixed_cost(_by_stratum(said["Nh"]), _by_stratum(said["Sh"]), costs, said["budget"])

    _optimal_agrees(found.exact, case)
    assert found.cost <= said["budget"]


def optimal_for_variance(case: Case) -> None:
    said = case.said
    costs = _by_stratum(said["ch"])

    found = fixed_variance(_by_stratum(said["Nh"]), _by_stratum(said["Sh"]), costs, said["V0"])

    _optimal_agrees(found.exact, case)
    assert found.variance <= said["V0"] * (1 + CLOSE)


def several_targets(case: Case) -> None:
    """Bethel: not dearer than R's optimum by 1 %, whole numbers included, at CVs that hold."""
    said = case.said
    sizes, costs = _by_stratum(said["N"]), _by_stratum(said["cost"])
    variables = [str(k) for k in range(1, 10) if f"S{k}" in said]
    means = {k: _by_stratum(said[f"M{k}"]) for k in variables}
    spreads = {k: _by_stratum(said[f"S{k}"]) for k in variables}
    wanted = dict(zip(variables, listed(said["cv_target"]), strict=True))
    targets = [Target(k, cv=cv) for k, cv in wanted.items()]

    found = bethel(sizes, means, spreads, targets, costs=costs, minimum=said["min_per_stratum"])

    theirs = dict(zip(sizes, case.expect["nh_real"], strict=True))
    assert sum(theirs.values()) == pytest.approx(case.expect["total"], rel=CLOSE)
    paid = sum(costs[h] * n for h, n in theirs.items())
    assert sum(costs[h] * n for h, n in found.exact.items()) <= WORSE * paid
    assert found.cost <= WORSE * paid
    for k, cv in wanted.items():
        assert _cv(sizes, means[k], spreads[k], found.exact) <= cv * (1 + 1e-6)
        assert _cv(sizes, means[k], spreads[k], found.n) <= cv * (1 + 1e-9)
    assert min(found.n.values()) >= said["min_per_stratum"]


def boundaries(case: Case) -> None:
    """Rules with one answer: the same cuts, counts and sample."""
    said, x = case.said, case.column("x")
    if case.kind.startswith("Dalenius-Hodges"):
        found = cum_root_f(x, said["L"], said["nclass"], cv=said["CV"])
    else:
        found = geometric(x, said["L"], cv=said["CV"])

    assert found.boundaries == pytest.approx(listed(case.expect["boundaries"]), rel=CLOSE)
    assert list(found.N_h) == case.expect["Nh"]
    assert found.n == case.expect["n"]
    assert list(found.n_h) == case.expect["nh"]


def best_boundaries(case: Case) -> None:
    """An optimiser passes when its n is not larger at the same CV."""
    said, x, expected = case.said, case.column("x"), case.expect

    found = lavallee_hidiroglou(x, said["L"], said["CV"], takeall=said["takeall"])

    assert found.n <= expected["n"] == sum(expected["nh"])
    assert sum(found.N_h) == sum(expected["Nh"]) == x.size
    assert len(found.boundaries) == len(listed(expected["boundaries"]))
    assert _cuts(x, found) == list(found.N_h)
    assert found.n_h[-said["takeall"]] == found.N_h[-said["takeall"]]
    assert cv_of(x, found) <= said["CV"] * (1 + 1e-9)


def size_at_cv(case: Case) -> None:
    said = case.said
    populations = listed(said["N"])

    found = [size_for_cv(said["p"], said["CV"], population=N) for N in populations]

    assert found == pytest.approx(listed(case.expect["n"]), rel=CLOSE)
    infinite = size_for_cv(said["p"], said["CV"])
    assert infinite == pytest.approx(case.expect["n_infinite"], rel=CLOSE)


def size_for_interval(case: Case) -> None:
    said, expected = case.said, case.expect

    if "log-odds" in case.kind:
        found = size_for_log_odds(said["p"], said["e"], alpha=said["alpha"])
        assert found == pytest.approx(expected["n"], rel=CLOSE)
        return
    wilson = size_for_wilson(said["p"], said["e"], alpha=said["alpha"])
    assert wilson.n == pytest.approx(expected["n"], rel=CLOSE)
    assert wilson.low == pytest.approx(expected["lower"], rel=CLOSE)
    assert wilson.high == pytest.approx(expected["upper"], rel=CLOSE)


def households_per_village(case: Case) -> None:
    """R rounds the counts to one decimal, the CV to four."""
    said, expected = case.said, case.expect

    found = optimal_cluster_size(
        said["C1"],
        said["C2"],
        said["delta"],
        unit_relvariance=said["unit_relvariance"],
        k=said["k"],
        budget=said["budget"],
    )

    assert found.villages == pytest.approx(expected["m_psu"], abs=0.05 + 1e-9)
    assert found.households == pytest.approx(expected["n_per_psu"], abs=0.05 + 1e-9)
    assert found.cv == pytest.approx(expected["CV"], abs=0.00005 + 1e-9)


def kish_effect(case: Case) -> None:
    assert kish(case.said["w"]) == pytest.approx(case.expect["deff"], rel=CLOSE)


def _optimal_agrees(exact: dict[str, float], case: Case) -> None:
    assert list(exact.values()) == pytest.approx(case.expect["nh_exact"], rel=CLOSE)
    assert sum(exact.values()) == pytest.approx(case.expect["total_n"], rel=CLOSE)


def _by_stratum(values: list[float]) -> dict[str, float]:
    return {str(h): value for h, value in enumerate(values)}


def _cv(
    sizes: dict[str, float], means: dict[str, float], spreads: dict[str, float], n: dict[str, float]
) -> float:
    total = sum(sizes.values())
    mean = sum(sizes[h] * means[h] for h in sizes) / total
    variance = sum((sizes[h] * spreads[h]) ** 2 * (1 / n[h] - 1 / sizes[h]) for h in sizes)
    return float(np.sqrt(variance) / total / mean)


def _cuts(x: np.ndarray, found: Boundaries) -> list[int]:
    stratum = np.searchsorted(np.array(found.boundaries), x, side="right")
    return np.bincount(stratum, minlength=len(found.N_h)).tolist()
