"""How often a unit is drawn over thousands of seeds, against the probability it carries."""

import math
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from frames import household_frame, village_frame

from sampling import tickets
from sampling.design import strata
from sampling.household_draw import draw_registered
from sampling.plan import Plan
from sampling.remoteness import freeze
from sampling.selectors import pps_probabilities, pps_systematic
from sampling.village_draw import draw_villages

SEEDS = 3_000


def within_five_standard_errors(counts, chances, runs):
    """Largest distance of frequency from π in standard errors of the simulation."""
    chances = np.array([float(p) for p in chances])
    errors = np.sqrt(chances * (1 - chances) / runs)
    distance = np.abs(np.array(counts) / runs - chances)
    certain = errors == 0
    assert np.all(distance[certain] == 0)
    return np.all(distance[~certain] <= 5 * errors[~certain])


@pytest.fixture(scope="module")
def county():
    frozen = freeze(Plan().override(["stage1.villages=12"]), village_frame(40))
    return frozen.plan, frozen.villages


def test_systematic_starts_hit_every_unit_as_often_as_its_probability():
    sizes = [900, 35, 40, 41, 60, 62, 75, 80, 81, 120, 15, 3, 50, 44, 44]
    chances = pps_probabilities(sizes, 5)
    counts = np.zeros(len(sizes))
    for run in range(SEEDS):
        counts[pps_systematic(chances, start=tickets.fraction(f"seed {run}", "start/1"))] += 1
    assert chances[0] == 1
    assert within_five_standard_errors(counts, chances, SEEDS)


def test_villages_are_drawn_as_often_as_their_probability(county):
    plan, _ = county
    for part in strata(*county):
        counts = Counter()
        for run in range(SEEDS):
            seed = tickets.stage1_seed(tickets.county_seed(f"seed {run}", part.county_adcode))
            start = tickets.fraction(seed, f"start/{part.code}")
            counts.update(pps_systematic(part.probabilities, start=start))
        hits = [counts[place] for place in range(len(part.villages))]
        assert within_five_standard_errors(hits, part.probabilities, SEEDS), part.code
    assert plan.stage1.method == "pps_systematic"


@pytest.mark.parametrize("method", ["pps_systematic", "srswor"])
def test_the_whole_draw_gives_every_village_its_pi1(county, method):
    plan, villages = county
    plan = plan.override([f"stage1.method={method}"])
    runs = 400
    counts, carried = Counter(), {}
    for run in range(runs):
        drawn = draw_villages(plan, villages, campaign_seed=f"seed {run}")
        for code, p, is_reserve in drawn.select("village_code", "pi1", "is_reserve").iter_rows():
            counts[code] += not is_reserve
            assert carried.setdefault(code, p) == p
    assert len(carried) == villages.height
    hits = [counts[code] for code in carried]
    assert within_five_standard_errors(hits, carried.values(), runs)


def test_tickets_draw_every_household_and_every_pair_equally():
    ids = [f"u{number}" for number in range(12)]
    n = 4
    counts, pairs = Counter(), Counter()
    for run in range(SEEDS):
        sample, _ = tickets.draw_units(f"seed {run}", ids, n)
        counts.update(sample)
        pairs.update(combinations(sorted(sample), 2))
    assert within_five_standard_errors([counts[one] for one in ids], [n / 12] * 12, SEEDS)
    chance = n * (n - 1) / (12 * 11)
    every = [pairs[pair] for pair in combinations(sorted(ids), 2)]
    assert within_five_standard_errors(every, [chance] * math.comb(12, 2), SEEDS)


def test_weighted_totals_of_the_register_are_unbiased(county):
    """Horvitz-Thompson total of E persons over 300 draws, within 4 standard errors."""
    plan, villages = county
    register = household_frame(villages)
    totals = []
    for run in range(300):
        seed = f"seed {run}"
        drawn = draw_villages(plan, villages, campaign_seed=seed).filter(is_reserve=False)
        households = draw_registered(plan, drawn, register, campaign_seed=seed).filter(
            is_reserve=False, household_class="E"
        )
        totals.append((households["base_weight"] * households["persons"]).sum())
    truth = villages["persons_e"].sum()
    assert abs(np.mean(totals) - truth) <= 4 * np.std(totals, ddof=1) / math.sqrt(len(totals))
    assert np.std(totals) / truth < 0.1


def test_the_reserve_does_not_favour_the_row_order(county):
    """Equal sizes: every village left over is first reserve equally often."""
    plan, villages = county
    alike = villages.select("village_code").to_series()
    frame = village_frame(40).with_columns(households_e=50, households_n=200, households_p=0)
    frozen = freeze(plan.override(["strata.by=['county']"]), frame)
    runs = 400
    first = Counter()
    for run in range(runs):
        drawn = draw_villages(frozen.plan, frozen.villages, campaign_seed=f"seed {run}")
        first[drawn.filter(is_reserve=True)["village_code"][0]] += 1
    hits = [first[code] for code in alike]
    assert within_five_standard_errors(hits, [1 / 40] * 40, runs)
