"""How often one-sided 95 % bounds hold, on two-stage samples of counties of known truth.

Each county: 40 villages of unequal size in three strata, households of 1 to 6 persons, wrong
exits clustered by a beta-distributed village rate (icc .05) and twice as common in remote
villages. Villages by systematic PPS, 12 households in each by SRS, one in ten does not answer.
Monte Carlo standard errors are stated with each bound.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from sampling.rates import Part, Rate, rate
from sampling.stages import describe

RUNS = 400
TAKE = 12
ICC = 0.05


@dataclass(frozen=True)
class County:
    stratum: np.ndarray
    size: np.ndarray
    persons: list[np.ndarray]
    wrong: list[np.ndarray]

    @property
    def truth(self) -> float:
        return float(np.concatenate(self.wrong).sum() / np.concatenate(self.persons).sum())


def a_county(rng: np.random.Generator, level: float, villages: int = 120) -> County:
    size = rng.integers(30, 200, villages)
    stratum = np.sort(rng.integers(0, 3, villages))
    persons, wrong = [], []
    for village in range(villages):
        mean = level * (1 + stratum[village]) / 2
        rest = (1 - ICC) / ICC
        chance = rng.beta(mean * rest, (1 - mean) * rest)
        m = rng.integers(1, 7, size[village])
        persons.append(m)
        wrong.append(np.where(rng.random(size[village]) < chance, m, 0))
    return County(stratum, size, persons, wrong)


def drawn(rng: np.random.Generator, county: County, villages: int = 30) -> Rate:
    """One sample and the rate estimated from it."""
    rows: list[tuple[int, int, float, int, int]] = []
    for stratum in range(3):
        inside = np.flatnonzero(county.stratum == stratum)
        take = round(villages / 3)
        pi1 = take * county.size[inside] / county.size[inside].sum()
        reached = np.floor(np.cumsum(pi1) + rng.random())
        chosen = np.diff(reached, prepend=0) > 0
        for village, pi in zip(inside[chosen], pi1[chosen], strict=True):
            households = rng.choice(county.size[village], TAKE, replace=False)
            households = households[rng.random(TAKE) > 0.1]
            weight = county.size[village] / households.size / pi
            rows += [
                (village, stratum, weight, m, y)
                for m, y in zip(
                    county.persons[village][households],
                    county.wrong[village][households],
                    strict=True,
                )
            ]
    village, stratum, weight, persons, wrong = np.array(rows).T
    design = describe(weight, psu=village, stratum=stratum, single_psu="adjust")
    return rate(design, [Part(wrong, persons, weight)], icc=ICC)


@pytest.mark.parametrize("level", [0.005, 0.02, 0.05])
def test_upper_bounds_hold_at_least_as_often_as_promised(level: float) -> None:
    rng = np.random.default_rng(round(level * 1e6))
    county = a_county(rng, level)

    rates = [drawn(rng, county) for _ in range(RUNS)]

    held = np.mean([found.interval(0.9).high >= county.truth for found in rates])
    assert held >= 0.95 - 3 * (0.95 * 0.05 / RUNS) ** 0.5  # three standard errors, 0.033
    values = np.array([found.value for found in rates])
    error = values.std(ddof=1) / RUNS**0.5
    assert abs(values.mean() - county.truth) < 4 * error + 0.02 * county.truth
    shown = np.sqrt(np.mean([found.se**2 for found in rates]))
    assert 0.85 < shown / values.std(ddof=1) < 1.3  # four standard errors or more, 0.035 each


def test_a_county_at_the_threshold_is_seldom_established_as_met() -> None:
    rng = np.random.default_rng(20)
    county = a_county(rng, 0.02)

    established = np.mean(
        [drawn(rng, county).interval(0.9).high < county.truth for _ in range(RUNS)]
    )

    assert established <= 0.05 + 3 * (0.05 * 0.95 / RUNS) ** 0.5
