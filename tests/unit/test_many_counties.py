"""Wrong passes and the list of many counties: p-values agree with findings, lists nest."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from scipy.special import bdtr

from sampling.county_indicators import indicators_by_county
from sampling.errors import EstimationError
from sampling.findings import Footing, Rule, finding
from sampling.passes import (
    Judged,
    benjamini_hochberg,
    county_p_value,
    expected_wrong_passes,
    p_value,
)

BELOW = Rule("0.02", strict=True, direction="below")
ABOVE = Rule("0.9", strict=False, direction="above")


def a_footing(share: float, n_eff: float = 400.0, **options: object) -> Footing:
    plain = Footing(share=share, n_eff=n_eff, step=0.002, households=600, villages=30)
    return replace(plain, **options)  # type: ignore[arg-type]


def test_nothing_found_and_a_whole_effective_size_is_a_binomial_test() -> None:
    assert p_value(a_footing(0.0, 149), BELOW) == pytest.approx(0.98**149)
    assert p_value(a_footing(3 / 386, 386), BELOW) == pytest.approx(bdtr(3, 386, 0.02))


@pytest.mark.parametrize("method", ["korn-graubard", "wilson", "clopper-pearson", "logit", "asin"])
def test_below_a_twentieth_exactly_where_the_finding_is_established(method: str) -> None:
    rng = np.random.default_rng(20260701)
    seen = set()
    for _ in range(200):
        share, n_eff = float(rng.beta(1, 40)), float(rng.uniform(60, 900))
        options = {"method": method}
        composite = {"offset": 0.004, "scale": 0.8, "method": method}
        for footing, rule in (
            (a_footing(share, n_eff, **options), BELOW),
            (a_footing(share, n_eff, **composite), BELOW),
            (a_footing(3 * share, n_eff, mirrored=True, **options), ABOVE),
        ):
            value, low, high = footing.at(footing.share, n_eff)
            found = finding(
                value,
                low,
                high,
                threshold=rule.threshold,
                strict=rule.strict,
                direction=rule.direction,
            )
            assert (p_value(footing, rule) < 0.05) == (found == "met_established")
            seen.add(found)
    assert len(seen) == 4


def test_a_rate_that_must_lie_above_is_tested_from_the_other_side() -> None:
    coverage = Rule("0.6", strict=True, direction="above")

    far, near = (p_value(a_footing(share, 100), coverage) for share in (0.75, 0.62))

    assert far == pytest.approx(1 - bdtr(74, 100, 0.6))
    assert far < 0.05 < near < 0.5


def test_a_threshold_beyond_what_the_figure_can_be_decides_alone() -> None:
    composite = a_footing(0.0, offset=0.03, scale=0.9)  # registered persons alone exceed 2 %

    assert p_value(composite, BELOW) == 1.0
    assert p_value(a_footing(0.3, offset=0.0, scale=0.01), BELOW) == 0.0
    assert p_value(a_footing(0.0, 0.0), BELOW) == 1.0


def test_the_more_is_found_the_larger_the_p_value() -> None:
    shares = np.linspace(0.0, 0.05, 60).tolist()

    for method in ("korn-graubard", "wilson"):
        found = [p_value(a_footing(share, method=method), BELOW) for share in shares]
        assert found == sorted(found)


def test_wrong_passes_are_counted_among_those_that_pass() -> None:
    clear, close, bad = (Judged(a_footing(share), BELOW) for share in (0.002, 0.017, 0.03))
    happy = Judged(a_footing(0.02, mirrored=True), ABOVE)

    found = expected_wrong_passes(
        {"a": [clear, happy], "b": [close, happy], "c": [bad, happy], "d": [clear]}
    )

    assert (found.counties, found.passes, found.established) == (4, 3, 2)
    due = 2 * clear.p_value + close.p_value + 2 * happy.p_value
    assert found.expected == pytest.approx(due)
    assert found.expected_established == pytest.approx(2 * clear.p_value + happy.p_value)
    assert found.at_threshold == pytest.approx(4 * 0.05)


def test_expected_wrong_passes_are_those_of_the_confidence_distribution() -> None:
    # Draw the truth of one county from it: how often does it lie beyond the threshold?
    footing = a_footing(0.012, 300.0)
    rng = np.random.default_rng(20260702)

    truth = rng.beta(0.012 * 300 + 1, 300 * (1 - 0.012), 200_000)

    share = float((truth >= 0.02).mean())
    found = expected_wrong_passes({"a": [Judged(footing, BELOW)]}).expected
    assert abs(found - share) <= 5 * (share * (1 - share) / truth.size) ** 0.5


def test_no_county_counts_more_than_once() -> None:
    close = Judged(a_footing(0.0199), BELOW)

    assert expected_wrong_passes({"a": [close] * 4}).expected == 1.0
    assert county_p_value([close, Judged(a_footing(0.001), BELOW)]) == close.p_value


def test_lists_nest_and_hold_their_q() -> None:
    rng = np.random.default_rng(20260703)
    sound = {f"s{k:03}": float(rng.beta(0.3, 8)) for k in range(60)}
    chance = {f"c{k:03}": float(rng.random()) for k in range(40)}

    lists = [
        {one.county for one in benjamini_hochberg(sound | chance, q)}
        for q in (0.01, 0.05, 0.1, 0.2, 1.0)
    ]

    for smaller, larger in pairwise(lists):
        assert smaller <= larger
    assert len(lists[-1]) == 100
    listed = benjamini_hochberg(sound | chance, 0.05)
    assert [one.p_value for one in listed] == sorted(one.p_value for one in listed)
    last = len(listed)
    assert listed[-1].p_value <= 0.05 * last / 100
    ordered = sorted((sound | chance).values())
    assert all(p > 0.05 * rank / 100 for rank, p in enumerate(ordered[last:], last + 1))


def test_wrong_passes_stay_below_q_in_the_long_run() -> None:
    rng = np.random.default_rng(20260704)
    shares = []
    for _ in range(300):
        good = {f"g{k}": float(p) for k, p in enumerate(rng.beta(0.2, 10, 30))}
        bad = {f"b{k}": float(p) for k, p in enumerate(rng.random(30))}
        listed = benjamini_hochberg(good | bad, 0.1)
        wrong = sum(one.county.startswith("b") for one in listed)
        shares.append(wrong / max(len(listed), 1))

    error = float(np.std(shares, ddof=1)) / len(shares) ** 0.5
    assert np.mean(shares) <= 0.1 * 30 / 60 + 5 * error


def test_a_whole_campaign_from_its_interviews() -> None:
    rows = pl.DataFrame(
        {
            "unit_id": [f"{k}" for k in range(1200)],
            "county_adcode": ["530101", "530102"] * 600,
            "psu": [f"v{k // 40}" for k in range(1200)],
            "stratum": "1",
            "household_class": ["E", "E", "N", "N"] * 300,
            "persons": 4,
            "weight": 10.0,
            "disposition": "completed",
            "wrong_exit": [4 if k % 60 == 1 else 0 for k in range(1200)],
            "recurrence": 0,
            "missed": 0,
            "approves": 1,
        }
    ).with_columns(
        pl.when(household_class="E").then("wrong_exit").alias("wrong_exit"),
        pl.when(household_class="E").then("recurrence").alias("recurrence"),
    )
    totals = pl.DataFrame(
        {
            "county_adcode": ["530101", "530102"],
            "persons_e": 900,
            "persons_p": 0,
            "persons_n": 4100,
            "persons_rural": 5000,
        }
    )
    found = indicators_by_county(rows, totals=totals)

    judged = found.judged({"wrong_exit_rate": BELOW, "satisfaction_rate": ABOVE})

    assert {county: len(figures) for county, figures in judged.items()} == {
        "530101": 2,
        "530102": 2,
    }
    wrong = expected_wrong_passes(judged)
    assert (wrong.counties, wrong.passes) == (2, 1)
    listed = benjamini_hochberg({one: county_p_value(part) for one, part in judged.items()}, 0.2)
    assert [one.county for one in listed] == ["530101"]


def test_impossible_input_is_refused() -> None:
    with pytest.raises(EstimationError, match="q must be above 0"):
        benjamini_hochberg({"a": 0.1}, q=0.0)
    with pytest.raises(EstimationError, match="county a has a p-value outside"):
        benjamini_hochberg({"a": float("nan")})
    with pytest.raises(EstimationError, match="no unit to estimate from: a"):
        expected_wrong_passes({"a": []})
    with pytest.raises(EstimationError, match="criteria"):
        county_p_value([])
    assert benjamini_hochberg({}) == []


@pytest.mark.parametrize("method", ["korn-graubard", "wilson", "logit", "likelihood"])
@pytest.mark.parametrize("share", [0.0, 1e-5, 0.004, 0.012, 0.02, 0.3, 0.999, 1.0])
@pytest.mark.parametrize("n_eff", [1.0, 40.0, 1500.0])
def test_p_values_agree_with_findings_whatever_the_method(
    method: str, share: float, n_eff: float
) -> None:
    footing = Footing(share, n_eff, 0.002, 2000, 40, method=method)
    for rule in (BELOW, replace(BELOW, direction="above")):
        judged = Judged(footing, rule)
        assert 0 <= judged.p_value <= 1
        assert (judged.p_value < 0.05) == judged.established


def test_a_method_that_says_nothing_of_no_case_clears_nobody() -> None:
    nothing = Footing(0.0, 1500.0, 0.002, 2000, 40, method="logit")
    assert p_value(nothing, BELOW) == 1.0
    assert expected_wrong_passes({"a": [Judged(nothing, BELOW)]}).expected == 1.0
