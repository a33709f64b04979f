"""A plan in one county with a truth: everything that a run needs, and the run itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from sampling.county_rates import CountyRates
from sampling.interval_columns import ON_EFFECTIVE_N, share_intervals
from sampling.layout import Layout, layout
from sampling.performance import Outcomes
from sampling.plan import Plan
from sampling.population import population
from sampling.stages import Floats
from sampling.trials import draw_trials, weigh_trials
from sampling.truth import Registers, Truth

VERDICT = "verdict"
TEXTBOOK = ("korn-graubard", "wilson", "logit", "mean")
"""Intervals to compare with, as in textbooks: without the cap of the effective sample size, and
those that rest on the standard error of zero width where nothing was found."""

VILLAGE_COST, HOUSEHOLD_COST = 10.0, 1.0
"""What a village and a household cost where the plan does not say, in household visits."""


@dataclass(frozen=True, eq=False)
class Tryout:
    """Everything a run needs, so that it can be handed to another process; made by `of`.

    Parameters
    ----------
    layout : the plan in the county
    registers : of the truth ordered
    seeds : one a run
    level : two-sided, of the intervals
    method, icc : of the verdict's interval, and assumed for its cap
    village_cost, household_cost : (villages,) float, unit of the plan
    """

    layout: Layout
    registers: Registers
    seeds: tuple[np.random.SeedSequence, ...]
    level: float
    method: str
    icc: float
    village_cost: Floats
    household_cost: Floats

    @classmethod
    def of(
        cls,
        plan: Plan,
        villages: pl.DataFrame,
        truth: Truth,
        adcode: str,
        *,
        root: np.random.SeedSequence,
        runs: int,
    ) -> "Tryout":
        """Set up one county.

        Parameters
        ----------
        plan, villages, truth : see `sampling.simulate.simulate`
        adcode : code of the county
        root : seeds of county and runs are spawned from it; they do not depend on which other
            counties are tried
        runs : how many (count)

        Raises
        ------
        SimulationError, PlanError, AllocationError : see `sampling.simulate.simulate`
        """
        own = np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, int(adcode)))
        first, *seeds = own.spawn(1 + runs)
        people = population(villages, county_adcode=adcode, rng=np.random.default_rng(first))
        _, number = np.unique(people.remoteness_class, return_inverse=True)
        costs = plan.allocation
        return cls(
            layout=layout(plan, villages, people),
            registers=Registers(people, truth),
            seeds=tuple(seeds),
            level=2 * plan.analysis.confidence - 1,
            method=plan.analysis.interval,
            icc=plan.assumptions.icc,
            village_cost=_cost(costs.village_costs, VILLAGE_COST, number),
            household_cost=_cost(costs.household_costs, HOUSEHOLD_COST, number),
        )

    @property
    def indicators(self) -> dict[str, dict[str, float]]:
        """Indicator -> class -> fraction of the population it speaks for."""
        known = {"E": "wrong_exit_rate", "N": "missed_rate"}
        classes = self.layout.classes()
        found = {known[one]: {one: 1.0} for one in classes}
        if len(classes) == 2:
            persons = {one: self._persons(one) for one in classes}
            total = sum(persons.values())
            found["poverty_incidence"] = {one: count / total for one, count in persons.items()}
        return found

    def place(self, indicator: str) -> tuple[float, float]:
        """From the share to the figure: offset and scale; see `sampling.indicators.incidence`."""
        if indicator != "poverty_incidence":
            return 0.0, 1.0
        rural = sum(self._persons(one) for one in self.layout.population.classes)
        return self._persons("P") / rural, 1 - self._persons("P") / rural

    def _persons(self, household_class: str) -> float:
        return float(self.layout.population.classes[household_class].persons.sum())


@dataclass(frozen=True, eq=False)
class Result:
    """What some runs gave.

    Parameters
    ----------
    outcomes : by indicator
    spent : (2, runs) float, households opened (count) and cost
    """

    outcomes: dict[str, Outcomes]
    spent: Floats


def try_out(county: Tryout, seeds: Sequence[np.random.SeedSequence]) -> Result:
    """Run a plan once for each seed.

    Examples
    --------
    >>> from sampling.population import INVENTED, invent_county
    >>> from sampling.remoteness import freeze
    >>> frozen = freeze(Plan(), invent_county(60, rng=np.random.default_rng(1)))
    >>> root, truth = np.random.SeedSequence(1), Truth(rate=0.02)
    >>> county = Tryout.of(frozen.plan, frozen.villages, truth, INVENTED, root=root, runs=3)
    >>> result = try_out(county, county.seeds)
    >>> list(result.outcomes), result.spent.shape
    (['wrong_exit_rate', 'missed_rate', 'poverty_incidence'], (2, 3))
    """
    design, registers = county.layout, county.registers
    rngs = [np.random.default_rng(seed) for seed in seeds]
    made = [registers.make(rng=rng) for rng in rngs]
    trials = draw_trials(design, registers, made, rngs=rngs)
    answers = weigh_trials(design, trials)
    everybody = weigh_trials(design, trials, everybody=True)
    outcomes = {}
    for indicator, shares in county.indicators.items():
        found = answers.rates(shares, icc=county.icc, method=county.method)
        verdict = found.intervals(county.level)
        intervals = {VERDICT: np.array([verdict.low, verdict.high])}
        intervals |= {
            method: textbook(found, level=county.level, method=method) for method in TEXTBOOK
        }
        offset, scale = county.place(indicator)
        true = [sum(share * trial.truth[one] for one, share in shares.items()) for trial in trials]
        outcomes[indicator] = Outcomes(
            truth=np.array(true),
            value=found.value,
            se=found.se,
            everybody=everybody.values(shares),
            n=found.n.astype(np.float64),
            intervals=intervals,
            frame=sum(design.population.classes[one].persons.size for one in shares),
            offset=offset,
            scale=scale,
        )
    visited = np.array([trial.villages for trial in trials])
    opened = design.rows[visited]
    cost = county.village_cost[visited] + county.household_cost[visited] * opened
    return Result(outcomes, np.array([opened.sum(axis=1), cost.sum(axis=1)]))


def textbook(found: CountyRates, *, level: float, method: str) -> Floats:
    """Intervals without a cap; of zero width where a Wald-type method has no standard error.

    Parameters
    ----------
    found : a share in each of many samples
    level : two-sided
    method : see `sampling.intervals.share_interval`

    Returns
    -------
    (2, samples) low and high

    Raises
    ------
    EstimationError : unknown method

    References
    ----------
    Brown, Cai and DasGupta (2001), Interval estimation for a binomial proportion, Statistical
    Science 16, 101-133, for what such intervals are worth.
    """
    made = share_intervals(
        found.value, found.se, n=found.n, df=found.df, level=level, method=method
    )
    ends = np.array([made.low, made.high])
    return ends if method in ON_EFFECTIVE_N else np.where(found.se == 0, found.value, ends)


def _cost(by_class: Sequence[float], otherwise: float, number: Any) -> Floats:
    """(villages,) cost, by remoteness class as far as the plan says."""
    if not by_class:
        return np.full(number.size, otherwise)
    cost: Floats = np.array(by_class)[np.minimum(number, len(by_class) - 1)]
    return cost
