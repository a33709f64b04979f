"""The attacker against one who tries every table: both learn the same of every count."""

from itertools import product
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.disclosure import LEAST, Attacker, Known, Target

NAMES = "abcd"
COEFFICIENTS = (0.0, 0.3, 0.7, 1.0, 1.1, 2.0)


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, int], list[Known]]:
    """Some small counts, and figures of them as they would be printed."""
    most = {name: draw(st.integers(0, 7)) for name in NAMES}
    truth = {name: draw(st.integers(0, most[name])) for name in NAMES}
    known = []
    for number in range(draw(st.integers(1, 4))):
        terms = {name: draw(st.sampled_from(COEFFICIENTS)) for name in NAMES}
        value = sum(c * truth[name] for name, c in terms.items())
        step = draw(st.sampled_from((0.01, 0.5, 1.0, 5.0)))
        low = np.floor(value / step) * step
        official = number == 0 or draw(st.booleans())
        known.append(Known(str(number), terms, low, low + step, official=official))
    return most, truth, known


def learnt_by_trying(most: dict[str, int], known: list[Known], targets: list[Target]) -> set[str]:
    """Names of the counts that leak, found by looking at every table there could be."""
    every = np.array(list(product(*(range(most[name] + 1) for name in NAMES))), dtype=np.float64)

    def meets(figures: list[Known]) -> Any:
        fits = np.ones(len(every), dtype=bool)
        for one in figures:
            sums = every @ np.array([one.terms[name] for name in NAMES])
            fits &= (sums >= one.low - 1e-6) & (sums <= one.high + 1e-6)
        return every[fits]

    held, alone = meets(known), meets([one for one in known if one.official])
    found = set()
    for target in targets:
        parts = np.array([name in target.parts for name in NAMES], dtype=np.float64)
        one, other = held @ parts, alone @ parts
        is_wide = one.min() <= 0 and one.max() >= LEAST
        if not is_wide and (one.min() > other.min() or one.max() < other.max()):
            found.add(target.what)
    return found


@settings(max_examples=40, deadline=None)
@given(table=tables(), with_truth=st.booleans())
def test_what_is_learnt_is_what_trying_every_table_finds(table: Any, with_truth: bool) -> None:
    most, truth, known = table
    targets = [
        Target("".join(parts), frozenset(parts)) for parts in ("a", "b", "cd", "abc", "abcd")
    ]

    attacker = Attacker(most, known, (truth,) if with_truth else ())

    wanted = learnt_by_trying(most, known, targets)
    assert {leak.target.what for leak in attacker.leaks(targets)} == wanted
    first = Attacker(most, known).first_leak(targets)
    assert (first is not None) == bool(wanted)
    for target in targets:
        low, high = attacker.range(target)
        assert low <= sum(truth[name] for name in target.parts) <= high
