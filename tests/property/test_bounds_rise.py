"""Finding one more case never makes a county look safer."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.intervals import clopper_pearson
from sampling.rates import Part, rate
from sampling.stages import describe


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    villages=st.integers(6, 40),
    take=st.integers(2, 20),
    strata=st.integers(1, 3),
    unequal=st.floats(0, 1),
    gathered=st.floats(0, 1),
    level=st.sampled_from([0.9, 0.95, 0.975]),
)
def test_the_upper_bound_rises_with_every_case_found(
    seed: int,
    villages: int,
    take: int,
    strata: int,
    unequal: float,
    gathered: float,
    level: float,
) -> None:
    rng = np.random.default_rng(seed)
    n = villages * take
    village = np.repeat(np.arange(villages), take)
    stratum = village % strata
    weight = np.exp(unequal * rng.normal(0, 0.6, n))
    persons = rng.integers(1, 8, n).astype(float)
    design = describe(weight, psu=village, stratum=stratum, single_psu="adjust")
    # Cases gather in some villages: the order of finding follows a random liking of each.
    liking = gathered * 5 * rng.normal(size=villages)[village] + rng.gumbel(size=n)
    bounds, y = [], np.zeros(n)
    for household in [None, *np.argsort(-liking)[:10].tolist()]:
        if household is not None:
            y[household] = persons[household]
        found = rate(design, [Part(y.copy(), persons, weight)], icc=0.05)
        bounds.append(found.interval(level).high)

    assert all(after >= before - 1e-9 for before, after in pairwise(bounds))


@given(found=st.floats(0, 50), more=st.floats(0.01, 5), n=st.floats(60, 5000))
def test_at_a_fixed_effective_size_more_cases_raise_both_ends(
    found: float, more: float, n: float
) -> None:
    low, high = clopper_pearson(found, n, level=0.9)
    low_after, high_after = clopper_pearson(found + more, n, level=0.9)

    assert low <= low_after
    assert high < high_after
