"""Coverage of the change between two waves of a rotating panel on a register of known truth."""

import numpy as np
import pytest

from sampling.change import Change, Wave, change
from sampling.rates import Part
from sampling.stages import describe

VILLAGES = 240
SIZE = 60
TAKE = 12
DRAWN = 30
RUNS = 200


@pytest.fixture(scope="module")
def register() -> tuple[np.ndarray, np.ndarray]:
    """Persons below the line before and now, household by household; bad villages stay bad."""
    rng = np.random.default_rng(20260602)
    risk = np.clip(rng.gamma(1.5, 0.04, VILLAGES), 0, 0.6)[:, None]
    before = rng.random((VILLAGES, SIZE)) < risk
    stays = rng.random((VILLAGES, SIZE)) < 0.6
    now = np.where(stays, before, rng.random((VILLAGES, SIZE)) < 0.8 * risk)
    return before, now


def a_wave(rng: np.random.Generator, villages: np.ndarray, truth: np.ndarray) -> Wave:
    """A dozen households in each of the villages drawn."""
    lines = np.argsort(rng.random((villages.size, SIZE)), axis=1)[:, :TAKE]
    y = truth[villages[:, None], lines].astype(float).ravel()
    village, ones = np.repeat(villages, TAKE), np.ones(villages.size * TAKE)
    return Wave(describe(ones, psu=village), Part(y, ones, ones), village.astype(str).tolist())


def runs(register: tuple[np.ndarray, np.ndarray], stay: int, interval: str) -> list[Change]:
    """Two waves of thirty villages of which so many stay, drawn anew each time."""
    rng = np.random.default_rng(20260603)
    found = []
    for _ in range(RUNS):
        order = rng.permutation(VILLAGES)
        before = a_wave(rng, order[:DRAWN], register[0])
        now = a_wave(rng, order[DRAWN - stay : 2 * DRAWN - stay], register[1])
        found.append(change(now, before, interval=interval, icc=0.05))  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("stay", [0, 20, 30])
def test_the_interval_of_a_change_covers_it(
    register: tuple[np.ndarray, np.ndarray], stay: int
) -> None:
    truth = float(register[1].mean() - register[0].mean())

    found = runs(register, stay, "t")

    error = (0.9 * 0.1 / RUNS) ** 0.5
    covered = np.mean([one.low <= truth <= one.high for one in found])
    assert abs(covered - 0.9) <= 5 * error
    values = np.array([one.value for one in found])
    assert abs(values.mean() - truth) <= 5 * values.std(ddof=1) / RUNS**0.5
    variance = np.mean([one.se**2 for one in found])
    assert variance == pytest.approx(values.var(ddof=1), rel=5 * (2 / RUNS) ** 0.5)
    independent = np.mean([one.se_independent**2 for one in found])
    if stay:
        assert variance < independent * (1 - 0.3 * stay / DRAWN)
    else:
        assert variance == pytest.approx(independent)


def test_combined_limits_cover_at_least_as_often(register: tuple[np.ndarray, np.ndarray]) -> None:
    truth = float(register[1].mean() - register[0].mean())

    found = runs(register, 20, "mover")

    covered = np.mean([one.low <= truth <= one.high for one in found])
    assert covered >= 0.9 - 5 * (0.9 * 0.1 / RUNS) ** 0.5
