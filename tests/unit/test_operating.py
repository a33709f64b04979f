"""Operating curves: exact where arithmetic can check them, monotone, near simulations."""

import math

import numpy as np
import pytest

from sampling.errors import PlanError
from sampling.fieldwork import Fieldwork
from sampling.intervals import clopper_pearson
from sampling.operating import FINDINGS, finding_chances, operating_curve


def binomial(k, n, p):
    return math.comb(n, k) * p**k * (1 - p) ** (n - k)


def even(households, villages, **changes):
    """Equal weights, equal risk, nobody missing."""
    return Fieldwork(
        households, villages, **({"icc": 0.0, "unequal": 1.0, "concentration": 1.0} | changes)
    )


@pytest.mark.parametrize("rate", [0.004, 0.02, 0.05])
def test_without_clusters_it_is_the_binomial_distribution(rate):
    """Households of a county taken whole: cases binomial, Clopper-Pearson on n.

    Tolerance .01: where a number of cases is only just accepted, the grid spreads it.
    """
    n, p0 = 600, 0.02
    chances = finding_chances(even(n, 20, whole=True), rate, p0=p0)
    cleared = [k for k in range(n) if clopper_pearson(k, n, level=0.9)[1] < p0]
    failed = [k for k in range(60) if clopper_pearson(k, n, level=0.9)[0] > p0]
    exact = math.fsum(binomial(k, n, rate) for k in cleared)
    assert chances["met_established"] == pytest.approx(exact, abs=0.01)
    beyond = 1 - math.fsum(binomial(k, n, rate) for k in range(min(failed)))
    assert chances["unmet_established"] == pytest.approx(beyond, abs=0.02)
    assert chances["met_established"] + chances["met_open"] == pytest.approx(
        math.fsum(binomial(k, n, rate) for k in range(12)), abs=1e-3
    )


def test_chances_add_up_to_one():
    for rate in (0.001, 0.02, 0.2):
        chances = finding_chances(Fieldwork(480, 30, 0.05, strata=3), rate, p0=0.02)
        assert tuple(chances) == FINDINGS
        assert math.fsum(chances.values()) == pytest.approx(1)
        assert min(chances.values()) >= 0


def test_a_curve_falls_toward_the_threshold_and_stays_low_there():
    curve = operating_curve(1000, 40, p0=0.02, icc=0.05, response=0.9, strata=3)
    cleared = np.array(curve.chances["met_established"])
    assert len(curve.rates) == 20
    assert (np.diff(cleared) < 0).all()
    assert (np.diff(curve.chances["unmet_established"]) > -1e-4).all()
    assert cleared[9] < 0.05
    table = curve.to_polars()
    assert table.columns == ["true_rate", *FINDINGS]
    assert table["met_established"].to_list() == list(curve.chances["met_established"])


@pytest.mark.parametrize(
    ("take", "villages", "rate", "simulated"),
    [
        (16, 30, 0.003, (0.600, 1.000, 0.000)),
        (16, 30, 0.005, (0.403, 0.992, 0.000)),
        (16, 30, 0.010, (0.117, 0.935, 0.001)),
        (16, 30, 0.020, (0.005, 0.537, 0.017)),
        (16, 30, 0.040, (0.000, 0.039, 0.457)),
        (25, 40, 0.005, (0.729, 1.000, 0.000)),
        (25, 40, 0.010, (0.281, 0.970, 0.000)),
        (20, 60, 0.005, (0.868, 1.000, 0.000)),
        (20, 60, 0.010, (0.423, 0.988, 0.000)),
    ],
)
def test_chances_are_near_those_of_the_whole_procedure(take, villages, rate, simulated):
    """Simulated by benchmarks/operating_curve.py, 2,000 runs each, see docs/operating-curve.md:
    icc .05, nine in ten answer, risk three times as high in remote villages, remote factor 2.
    Tolerance .04, which is four standard errors of the simulation at most."""
    work = Fieldwork(
        take * villages, villages, 0.05, response=0.9, strata=3, unequal=1.25, remote_factor=2.0
    )
    found = finding_chances(work, rate, p0=0.02)
    met = found["met_established"]
    computed = (met, met + found["met_open"], found["unmet_established"])
    assert computed == pytest.approx(simulated, abs=0.04)


def test_what_makes_a_sample_worth_less_lowers_the_chance():
    def chance(**changes):
        work = Fieldwork(1000, 40, **({"icc": 0.05, "strata": 3} | changes))
        return finding_chances(work, 0.005, p0=0.02)["met_established"]

    assert chance(icc=0.0) > chance() > chance(icc=0.15)
    assert chance(response=1.0) > chance(response=0.6)
    assert chance(unequal=1.0) > chance() > chance(unequal=1.8)
    assert chance(alpha=0.10) > chance() > chance(alpha=0.01)


def test_a_large_share_drawn_narrows_the_distribution():
    few = Fieldwork(900, 30, 0.0, unequal=1.0, concentration=1.0)
    known = Fieldwork(900, 30, 0.0, unequal=1.0, concentration=1.0, frame=1000, frame_villages=34)
    at = finding_chances(few, 0.015, p0=0.02)
    among = finding_chances(known, 0.015, p0=0.02)
    assert among["unmet_open"] + among["unmet_established"] < 0.01
    assert at["unmet_open"] + at["unmet_established"] > 0.05


def test_without_degrees_of_freedom_nothing_is_established():
    chances = finding_chances(Fieldwork(300, 3, 0.05, strata=3), 0.001, p0=0.02)
    assert chances["met_established"] == chances["unmet_established"] == 0
    assert chances["met_open"] > 0.9


@pytest.mark.parametrize(
    "changes",
    [
        {"p0": 1.0},
        {"rates": [0.0]},
        {"households": 0},
        {"villages": 0},
        {"icc": -0.1},
        {"icc": float("nan")},
        {"response": 0},
        {"unequal": 0.9},
        {"concentration": 0},
        {"strata": 0},
        {"alpha": 0.5},
    ],
)
def test_impossible_fieldwork_is_refused(changes):
    arguments = {"households": 480, "villages": 30, "p0": 0.02, "icc": 0.05} | changes
    with pytest.raises(PlanError) as refused:
        operating_curve(**arguments)
    assert refused.value.code == "size.range"
