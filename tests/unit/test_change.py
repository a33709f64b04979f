"""Change between waves: what shared villages do to its error, and what is refused."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from sampling.change import Wave, change, change_of, trend
from sampling.errors import EstimationError
from sampling.indicators import Analysis, Totals, indicators
from sampling.rates import Part
from sampling.stages import describe, tally

VILLAGES = 12
HOUSEHOLDS = 10


def a_wave(rng: np.random.Generator, villages: np.ndarray, risk: np.ndarray) -> Wave:
    """Ten households in each of these villages, two strata, unequal weights."""
    village = np.repeat(villages, HOUSEHOLDS)
    x = rng.integers(1, 7, village.size).astype(float)
    y = np.where(rng.random(village.size) < risk[village], x, 0.0)
    weight = rng.uniform(5, 30, village.size)
    design = describe(weight, psu=village, stratum=village % 2, single_psu="adjust")
    return Wave(design, Part(y, x, weight), [f"v{one}" for one in village])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20260601)


@pytest.fixture
def risk(rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0.0, 0.3, 3 * VILLAGES)


def paired(now: Wave, before: Wave) -> float:
    """Standard error of the difference from the differences of the villages themselves."""
    totals = []
    for wave in (now, before):
        part, first = wave.part, wave.design.stages[0]
        score = part.weight * (part.y - part.ratio * part.x) / float(part.weight @ part.x)
        totals.append(tally(first.unit, score, first.group.size))
    group, gap = now.design.stages[0].group, totals[0] - totals[1]
    parts = [gap[group == one] for one in np.unique(group)]
    return float(sum(one.size * one.var(ddof=1) for one in parts)) ** 0.5


def test_with_the_same_villages_it_is_the_analysis_of_pairs(
    rng: np.random.Generator, risk: np.ndarray
) -> None:
    here = np.arange(VILLAGES)
    now, before = a_wave(rng, here, risk), a_wave(rng, here, risk)

    found = change(now, before)

    assert found.se == pytest.approx(paired(now, before), rel=1e-12)
    assert found.value == pytest.approx(now.part.ratio - before.part.ratio)
    assert found.shared == VILLAGES
    assert 0 < found.correlation < 1
    assert found.se < found.se_independent
    variance = found.now.se**2 + found.before.se**2
    variance -= 2 * found.correlation * found.now.se * found.before.se
    assert found.se**2 == pytest.approx(variance)


def test_without_a_common_village_variances_add_up(
    rng: np.random.Generator, risk: np.ndarray
) -> None:
    here = np.arange(VILLAGES)
    now, before = a_wave(rng, here, risk), a_wave(rng, here + VILLAGES, risk)

    found = change(now, before, interval="t")

    assert (found.shared, found.correlation) == (0, 0.0)
    assert found.se == pytest.approx(found.se_independent)
    assert found.high - found.value == pytest.approx(found.value - found.low)


def test_the_more_villages_stay_the_smaller_the_error(
    rng: np.random.Generator, risk: np.ndarray
) -> None:
    here, many = np.arange(VILLAGES), np.repeat(risk, 1) * 3
    before = a_wave(rng, here, many)

    errors = []
    for moved in (0, 4, 12):
        now = a_wave(np.random.default_rng(7), here + moved, np.where(many > 1, 1, many))
        found = change(now, before)
        errors.append(found.se / found.se_independent)

    assert errors[0] < errors[1] < errors[2] == pytest.approx(1.0)


def test_order_of_rows_and_of_waves_changes_no_more_than_the_sign(
    rng: np.random.Generator, risk: np.ndarray
) -> None:
    now, before = a_wave(rng, np.arange(12), risk), a_wave(rng, np.arange(4, 16), risk)

    there, back = change(now, before), change(before, now)

    assert back.se == there.se
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))


def test_waves_in_which_nothing_was_found_keep_a_width(rng: np.random.Generator) -> None:
    nowhere, here = np.zeros(VILLAGES), np.arange(VILLAGES)
    now, before = a_wave(rng, here, nowhere), a_wave(rng, here, nowhere)

    found = change(now, before)

    assert (found.value, found.se) == (0.0, 0.0)
    assert found.low < -0.01 < 0.01 < found.high
    with pytest.raises(EstimationError, match="no width"):
        change(now, before, interval="t")


# From interviews


def interviews(
    *, first: int = 0, cases: tuple[int, ...] = (), county: str = "530101", **columns: Any
) -> pl.DataFrame:
    """Fifteen villages from `first` on, eight E households each; every eighth case by number."""
    rows = [
        {
            "unit_id": f"{village}-{line}",
            "county_adcode": county,
            "stratum": f"{county}-{village % 2}",
            "psu": f"{village}",
            "household_class": "E",
            "persons": 4,
            "pi1": 0.25,
            "weight": 10.0 + line,
            "disposition": "completed",
            "recurrence": 4 if village * 8 + line in cases else 0,
            "wrong_exit": 0,
            "missed": None,
            "missed_base": 1 if line == 7 else None,
            "approves": 1,
        }
        | columns
        for village in range(first, first + 15)
        for line in range(8)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def test_recurrence_in_the_current_wave_and_its_change() -> None:
    now = interviews(first=5, cases=(45, 50, 77, 120, 150))
    before = interviews(cases=(45, 50))

    found = change_of(now, before)

    revisit = Analysis(round_kind="revisit")
    missed = now.with_columns(missed=pl.when(pl.col("missed_base") > 0).then(0))
    figures = indicators(missed, totals=Totals(900, 0, 100, 1000), analysis=revisit)
    current = {one.code: one.estimate for one in figures}["recurrence_rate"]
    assert found.now == current
    assert found.value == pytest.approx(found.now.value - found.before.value)
    assert found.shared == 10
    assert found.se < found.se_independent
    assert found.low < found.value < found.high
    assert repr(found).startswith("Change(1.67% to 4.20%: +2.53%, ")
    table = found.to_polars()
    assert table["what"].to_list() == ["before", "now", "change"]
    assert table["value"][2] == found.value


def test_only_the_households_of_both_waves() -> None:
    now, before = interviews(first=5, cases=(45, 120)), interviews(cases=(45, 3))

    found = change_of(now, before, panel=True)

    assert found.value == 0.0  # the case outside each wave's overlap does not count
    assert (found.now.n, found.before.n) == (80, 80)


def test_households_are_matched_where_every_village_was_taken() -> None:
    now = interviews(cases=(1, 9, 17, 25), pi1=1.0)
    before = interviews(cases=(1, 9, 17), pi1=1.0)

    found = change_of(now, before)

    assert found.shared == 120
    assert found.correlation > 0.7


def test_a_trend_is_a_chain_of_changes() -> None:
    waves = [interviews(cases=tuple(range(0, 8 * k, 8))) for k in (1, 4, 2)]

    first, second = trend(waves)

    assert first.value > 0 > second.value
    assert first.now == second.before


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trend([interviews()]), "two waves at least, found 1"),
        (lambda: change_of(interviews(), interviews(county="530102")), "530101, 530102"),
        (lambda: change_of(interviews(), interviews(first=50), panel=True), "both waves"),
        (lambda: change_of(interviews(), interviews(), interval="wald"), "mover"),
        (lambda: change_of(interviews(recurrence=None), interviews()), "recurrence_rate"),
    ],
)
def test_waves_that_cannot_be_compared_are_refused(call: Any, message: str) -> None:
    with pytest.raises(EstimationError, match=message):
        call()
