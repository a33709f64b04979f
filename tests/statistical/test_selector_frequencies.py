"""How often units and pairs are drawn, against their exact probabilities.

Every bound is 5 standard errors of the simulation; seeds are fixed. `docs/selectors.md` has the
same comparison with more draws, made by `benchmarks/selector_frequencies.py`.
"""

import numpy as np
import pytest
from designs import DESIGNS, distance, probabilities
from frames import village_frame

from sampling import tickets
from sampling.design import strata
from sampling.plan import Plan
from sampling.remoteness import freeze
from sampling.village_draw import village_tickets
from sampling.village_selection import select_villages, working_probabilities

DRAWS, SLOW_DRAWS = 50_000, 8_000
SEEDS = 500
ROTATING = ("pps_systematic", "srswor", "sampford", "max_entropy", "pareto")


@pytest.mark.parametrize("certainties", [0, 2])
@pytest.mark.parametrize("n", range(2, 9))
@pytest.mark.parametrize("name", DESIGNS)
def test_units_and_pairs_come_as_often_as_they_should(name, n, certainties):
    design = DESIGNS[name]
    pi = probabilities(n, certainties=certainties, equal=design.equal)
    draws = SLOW_DRAWS if design.slow else DRAWS
    rng = np.random.default_rng([sum(name.encode()), n, certainties])

    taken = design.draw(pi, rng, draws)

    assert taken.shape == (draws, pi.size)
    assert (taken.sum(axis=1) == n + certainties).all()
    assert distance(taken.mean(axis=0), pi, draws).max() <= 5
    if design.joint is not None:
        pairs = taken.T.astype(float) @ taken / draws
        assert distance(pairs, design.joint(pi), draws).max() <= 5


@pytest.mark.parametrize(
    ("method", "wave"),
    [*((method, wave) for method in ROTATING for wave in (1, 3)), ("lpm2", 1), ("cube", 1)],
)
def test_tickets_draw_villages_as_often_as_their_pi1_in_every_wave(method, wave):
    plan = Plan().override(
        [f"stage1.method={method}", "stage1.villages=12", "strata.by=['county']", f"wave={wave}"]
    )
    frozen = freeze(plan, _one_giant(village_frame(30)))
    parts = strata(frozen.plan, frozen.villages)
    working = working_probabilities(frozen.plan, parts)
    counts = [np.zeros(len(part.villages)) for part in parts]

    for run in range(SEEDS):
        seeds = [_seed(run, part.county_adcode) for part in parts]
        drawn = village_tickets(parts, seeds)
        chosen = select_villages(frozen.plan, parts, drawn, seeds=seeds, working=working)
        for count, part, (sample, reserve) in zip(counts, parts, chosen, strict=True):
            assert len(sample) == part.n
            assert not set(sample) & set(reserve)
            count[sample] += 1

    for count, part in zip(counts, parts, strict=True):
        assert distance(count / SEEDS, part.pi, SEEDS).max() <= 5
        assert (part.pi == 1).any() == (method != "srswor")


@pytest.mark.parametrize("method", ["pps_systematic", "pareto", "sampford", "max_entropy"])
def test_the_share_asked_for_moves_on_from_wave_to_wave(method):
    """Equal sizes and a rotation of a quarter: three quarters stay, more or less by chance."""
    alike = village_frame(40).with_columns(households_e=50, households_n=200, households_p=0)
    shares = ["stage1.rotation=0.25", "strata.by=['county']", "stage1.villages=12"]
    first, second = (
        freeze(Plan().override([*shares, f"stage1.method={method}", f"wave={wave}"]), alike)
        for wave in (1, 2)
    )
    (part,) = strata(first.plan, first.villages)
    working = working_probabilities(first.plan, [part])
    kept = []
    for run in range(300):
        seeds = [_seed(run, part.county_adcode)]
        drawn = village_tickets([part], seeds)
        samples = [
            set(select_villages(one.plan, [part], drawn, seeds=seeds, working=working)[0][0])
            for one in (first, second)
        ]
        kept.append(len(samples[0] & samples[1]) / part.n)

    assert abs(np.mean(kept) - 0.75) <= 0.03


def _seed(run, adcode):
    return tickets.stage1_seed(tickets.county_seed(f"seed {run}", adcode))


def _one_giant(villages):
    large = [5_000 if place == 4 else 50 for place in range(villages.height)]
    return villages.with_columns(households_e=np.array(large), households_n=4 * np.array(large))
