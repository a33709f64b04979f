"""Draws of a plan from registers of known truth, many at a time, weighed and ready to estimate.

The design is that of `sampling.design`; villages and households are drawn by the rules of
`sampling.village_draw` and `sampling.household_draw`, with random numbers in the place of tickets.
Weights are those of `sampling.weights.weigh`. Reserves are not opened: who does not answer is
made up for by the others of the cell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sampling.county_clusters import Clusters, cluster
from sampling.county_rates import CountyPart, CountyRates, county_rates
from sampling.layout import Layout
from sampling.stages import Codes, Flags, Floats, tally
from sampling.truth import Register, Registers
from sampling.weighting_cells import MINIMUM_CELL, joined_cells


@dataclass(frozen=True, eq=False)
class Visits:
    """The households of one class in one draw.

    Parameters
    ----------
    slot : (rows,) int, place of the village in the draw
    household : (rows,) int, place of the household in its class
    failing, answered : (rows,) bool
    """

    slot: Codes
    household: Codes
    failing: Flags
    answered: Flags


@dataclass(frozen=True, eq=False)
class Trial:
    """One register and one draw from it.

    Parameters
    ----------
    villages : (drawn,) positions of the villages drawn
    visits : class -> its households
    truth : class -> share of its persons that fails in the register
    """

    villages: Codes
    visits: Mapping[str, Visits]
    truth: Mapping[str, float]


def draw_trials(
    design: Layout,
    registers: Registers,
    made: Sequence[Register],
    *,
    rngs: Sequence[np.random.Generator],
) -> list[Trial]:
    """Draw once from each of some registers, and ask who answers.

    Parameters
    ----------
    design : what to draw
    registers : maker of the registers, which knows who tends to answer
    made : whom to draw from
    rngs : the only source of chance, one for each register

    Returns
    -------
    one draw a register, with what was found; a draw depends on its own generator only

    Examples
    --------
    >>> from sampling.layout import layout
    >>> from sampling.plan import Plan
    >>> from sampling.population import INVENTED, invent_county, population
    >>> from sampling.remoteness import freeze
    >>> from sampling.truth import Truth
    >>> rng = np.random.default_rng(1)
    >>> frozen = freeze(Plan(), invent_county(60, rng=rng))
    >>> people = population(frozen.villages, county_adcode=INVENTED, rng=rng)
    >>> design = layout(frozen.plan, frozen.villages, people)
    >>> registers = Registers(people, Truth(rate=0.02))
    >>> (trial,) = draw_trials(design, registers, [registers.make(rng=rng)], rngs=[rng])
    >>> trial.villages.size, trial.visits["E"].household.size
    (30, 480)
    """
    numbers = [[one.numbers(rng=rng) for one in design.draws] for rng in rngs]
    villages = np.hstack(
        [
            one.select(np.array(column))
            for one, column in zip(design.draws, zip(*numbers, strict=True), strict=True)
        ]
    )
    return [
        _visit(design, registers, register, own, rng)
        for register, own, rng in zip(made, villages, rngs, strict=True)
    ]


def _visit(
    design: Layout,
    registers: Registers,
    register: Register,
    villages: Codes,
    rng: np.random.Generator,
) -> Trial:
    visits = {}
    for one in design.classes():
        slot, household = _smallest_tickets(design, one, villages, rng)
        failing = register.failing[one][household]
        chance = registers.answering(one)[failing.astype(np.int64), villages[slot]]
        visits[one] = Visits(slot, household, failing, rng.random(slot.size) < chance)
    return Trial(villages, visits, {one: register.rate(one) for one in visits})


@dataclass(frozen=True, eq=False)
class Answers:
    """Who answered in many draws, weighed; made by `weigh_trials`.

    Parameters
    ----------
    clusters : the first stage of every draw, as if each were a county of its own
    parts : class -> its households, weights and persons
    told : class -> (draws,) bool, somebody answered
    """

    clusters: Clusters
    parts: Mapping[str, CountyPart]
    told: Mapping[str, Flags]

    def rates(self, shares: Mapping[str, float], *, icc: float, method: str) -> CountyRates:
        """Estimate a share of the population in every draw.

        Parameters
        ----------
        shares : class -> fraction of the population it speaks for, adding up to 1
        icc : planned intra-village correlation, for the caps
        method : of the intervals

        Returns
        -------
        what `sampling.rates.rate` gives for each draw; NaN in draws without an answer of a class,
        or without degrees of freedom
        """
        draws = len(self.clusters.names)
        parts = [
            replace(self.parts[one], share=np.full(draws, share)) for one, share in shares.items()
        ]
        live = np.zeros(self.clusters.group.size, dtype=bool)
        for part in parts:
            live[self.clusters.unit[part.rows]] = True
        told = np.all([self.told[one] for one in shares], axis=0)
        return county_rates(
            self.clusters, parts, icc=icc, method=method, wanted=told & (self.clusters.df(live) > 0)
        )

    def values(self, shares: Mapping[str, float]) -> Floats:
        """(draws,) estimates alone; NaN in draws without an answer of a class."""
        draws = len(self.clusters.names)
        value = np.zeros(draws)
        for one, share in shares.items():
            part = self.parts[one]
            draw = self.clusters.county_of_unit[self.clusters.unit[part.rows]]
            base = tally(draw, part.weight * part.x, draws)
            ratio = np.full(draws, np.nan)
            np.divide(tally(draw, part.weight * part.y, draws), base, out=ratio, where=base > 0)
            value += share * ratio
        return value


def weigh_trials(design: Layout, trials: Sequence[Trial], *, everybody: bool = False) -> Answers:
    """Weigh the households of many draws, as `sampling.weights.weigh` does one by one.

    Parameters
    ----------
    design : what was drawn
    trials : the draws
    everybody : as if all had answered

    Examples
    --------
    >>> from sampling.layout import layout
    >>> from sampling.plan import Plan
    >>> from sampling.population import INVENTED, invent_county, population
    >>> from sampling.remoteness import freeze
    >>> from sampling.truth import Truth
    >>> rng = np.random.default_rng(1)
    >>> frozen = freeze(Plan(), invent_county(60, rng=rng))
    >>> people = population(frozen.villages, county_adcode=INVENTED, rng=rng)
    >>> design = layout(frozen.plan, frozen.villages, people)
    >>> registers = Registers(people, Truth(rate=0.02))
    >>> trials = draw_trials(design, registers, [registers.make(rng=rng)], rngs=[rng])
    >>> found = weigh_trials(design, trials).rates({"E": 1.0}, icc=0.05, method="korn-graubard")
    >>> bool(0 < found.value[0] < found.intervals(0.9).high[0] < 0.1)
    True
    """
    village = np.concatenate([trial.villages for trial in trials])
    weighed = {
        one: _weigh(design, trials, village, one, everybody=everybody) for one in design.classes()
    }
    slot = np.concatenate([one.slot for one in weighed.values()])
    clusters = _clusters(design, village, slot, draws=len(trials))
    ends = np.cumsum([one.slot.size for one in weighed.values()])
    parts, told = {}, {}
    for end, (one, rows) in zip(ends.tolist(), weighed.items(), strict=True):
        place = np.arange(end - rows.slot.size, end)
        parts[one] = CountyPart(place, rows.y, rows.x, rows.weight, np.ones(len(trials)))
        told[one] = np.bincount(rows.slot // design.villages, minlength=len(trials)) > 0
    return Answers(clusters, parts, told)


def _clusters(design: Layout, village: Codes, slot: Codes, *, draws: int) -> Clusters:
    """Units and strata of all draws; households that count for nothing are units all the same."""
    label = np.repeat(np.arange(draws), design.villages) * design.labels + design.label[village]
    alone = design.by_household[village]
    units = np.where(alone, design.rows[village], design.rows[village] > 0)
    first = np.cumsum(units) - units
    rank = np.zeros(slot.size, np.int64)
    if alone.any():
        order = np.argsort(slot, kind="stable")
        counts = np.bincount(slot, minlength=village.size)
        rank[order] = np.arange(slot.size) - np.repeat(np.cumsum(counts) - counts, counts)
    present = np.bincount(label, units, minlength=draws * design.labels) > 0
    group = (np.cumsum(present) - 1)[np.repeat(label, units)]
    return cluster(
        [str(draw) for draw in range(draws)],
        np.flatnonzero(present) // design.labels,
        group,
        first[slot] + np.where(alone[slot], rank, 0),
        group_names=[str(name) for name in np.flatnonzero(present) % design.labels],
        single_psu=design.single_psu,
    )


@dataclass(frozen=True, eq=False)
class _Weighed:
    """Those of one class who answered: place among all villages drawn, weight, persons."""

    slot: Codes
    weight: Floats
    x: Floats
    y: Floats


def _weigh(
    design: Layout,
    trials: Sequence[Trial],
    village: Codes,
    household_class: str,
    *,
    everybody: bool,
) -> _Weighed:
    visits = [trial.visits[household_class] for trial in trials]
    drawn, strata_count = design.villages, len(design.draws)
    slot = np.concatenate([one.slot + place * drawn for place, one in enumerate(visits)])
    household = np.concatenate([one.household for one in visits])
    failing = np.concatenate([one.failing for one in visits])
    answered = np.concatenate([one.answered for one in visits]) | everybody
    base = design.base_weight(household_class)[village[slot]]
    cell = slot // drawn * strata_count + design.stratum[village[slot]]
    factor = _factors(cell, base, answered, draws=len(trials), strata_count=strata_count)
    inside = np.flatnonzero(answered)
    persons = design.population.classes[household_class].persons[household[inside]]
    x = persons.astype(np.float64)
    weight = base[inside] * factor[cell[inside]]
    return _Weighed(slot[inside], weight, x, x * failing[inside])


def _factors(
    cell: Codes, base: Floats, answered: Flags, *, draws: int, strata_count: int
) -> Floats:
    """(draws * strata,) what those who answered take over from the others of their cell."""
    size = draws * strata_count
    rows = np.bincount(cell, minlength=size).reshape(draws, strata_count)
    counts = np.bincount(cell[answered], minlength=size).reshape(draws, strata_count)
    carried = tally(cell, base, size).reshape(draws, strata_count)
    kept = tally(cell[answered], base[answered], size).reshape(draws, strata_count)
    small = (counts < MINIMUM_CELL) & (rows > 0)
    for draw in np.flatnonzero(small.any(axis=1)).tolist():
        present = np.flatnonzero(rows[draw])
        for members in joined_cells(counts[draw, present].tolist()):
            joined = present[members]
            carried[draw, joined] = carried[draw, joined].sum()
            kept[draw, joined] = kept[draw, joined].sum()
    factor: Floats = np.divide(carried, kept, out=np.zeros(kept.shape), where=kept > 0)
    return factor.reshape(-1)


def _smallest_tickets(
    design: Layout, household_class: str, villages: Codes, rng: np.random.Generator
) -> tuple[Codes, Codes]:
    """The households of the smallest random numbers in each village, as many as are taken."""
    part = design.population.classes[household_class]
    taken = np.flatnonzero(design.take[household_class][villages] > 0)
    count = part.count[villages[taken]]
    first = np.cumsum(count) - count
    place = np.repeat(np.arange(taken.size), count)
    rank = np.arange(int(count.sum())) - first[place]
    order = np.argsort(place + rng.random(place.size))
    order = order[rank < design.take[household_class][villages[taken]][place]]
    household = part.start[villages[taken]][place[order]] + order - first[place[order]]
    return taken[place[order]], household
