"""Monte Carlo of a plan: how it would do in counties where the truth is known.

Every run makes a register of the truth ordered, draws from it by the plan, lets some households
not answer, weighs the others and computes the bounds of the verdict. What is reported is how far
the figures were off, how often the bounds held and how often they settled the matter.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from functools import partial
from multiprocessing import get_context
from typing import Any, cast

import numpy as np
import polars as pl

from sampling.county_rates import CountyRates
from sampling.errors import SimulationError
from sampling.interval_columns import ON_EFFECTIVE_N, share_intervals
from sampling.messages import both, say
from sampling.performance import Bounds, Measured, Outcomes, Performance, perform
from sampling.plan import Plan
from sampling.population import population
from sampling.progress import Progress, silent
from sampling.stages import Floats
from sampling.trials import Layout, draw_trials, layout, weigh_trials
from sampling.truth import Registers, Truth

VERDICT = "verdict"
TEXTBOOK = ("korn-graubard", "wilson", "logit", "mean")
"""Intervals to compare with, as in textbooks: without the cap of the effective sample size, and
those that rest on the standard error of zero width where nothing was found."""

CHUNK = 50
"""Runs that are computed, and handed to a process, together."""

AT_THRESHOLD = 0.01
"""A true rate within so much of the threshold, relatively, counts as at it: registers are made of
whole households."""

VILLAGE_COST, HOUSEHOLD_COST = 10.0, 1.0
"""What a village and a household cost where the plan does not say, in household visits."""


@dataclass(frozen=True)
class Simulation:
    """What a simulation of a plan found; made by `simulate`.

    Parameters
    ----------
    plan_sha256 : hash of the plan
    truth : what was true
    p0 : threshold of the plan, a rate
    confidence : one-sided level of the bounds
    assumed_icc : what the plan assumes, for the cap of the effective sample size
    runs : registers made, and drawn from once, in each county (count)
    villages, households : drawn in a county without reserves, mean over counties (counts)
    cost : of visiting them, in the plan's unit, else in household visits
    performances : by county and indicator
    """

    plan_sha256: str
    truth: Truth
    p0: float
    confidence: float
    assumed_icc: float
    runs: int
    villages: float
    households: Measured
    cost: Measured
    performances: tuple[Performance, ...]

    def __repr__(self) -> str:
        lines = "".join(f"\n  {one!r}" for one in self.performances)
        return (
            f"Simulation(plan {self.plan_sha256[:12]}, {self.truth}, {self.runs} runs, "
            f"{self.villages:g} villages, households {self.households}, cost {self.cost}){lines}"
        )

    def to_polars(self) -> pl.DataFrame:
        """One row for each county, indicator and method.

        Columns: `county_adcode indicator method`; what was true, `rate` being the indicator's
        own; p0; `coverage` and `se` of the upper bound; then the figures of `Bounds` and
        `Performance`, each with its standard error beside it as `…_se`.
        """
        shared = {key: value for key, value in asdict(self.truth).items() if key != "missed"}
        rows = []
        for one in self.performances:
            own = _columns(one, leave=["bounds", "county_adcode", "indicator", "truth"])
            for bound in one.bounds:
                row = {
                    "county_adcode": one.county_adcode,
                    "indicator": one.indicator,
                    "method": bound.method,
                    **shared,
                    "rate": one.truth,
                    "p0": self.p0,
                    "coverage": bound.upper.value,
                    "se": bound.upper.se,
                    **_columns(bound, leave=["method"]),
                    **own,
                    "villages": self.villages,
                    "cost": self.cost.value,
                }
                rows.append(row)
        return pl.DataFrame(rows)


def simulate(
    plan: Plan,
    villages: pl.DataFrame,
    truth: Truth,
    *,
    runs: int,
    rng: np.random.Generator,
    counties: Sequence[str] = (),
    processes: int = 1,
    progress: Progress = silent,
) -> Simulation:
    """Try a plan on registers of known truth.

    Parameters
    ----------
    plan : sizes, ways of drawing, threshold p0, confidence and the icc assumed for the cap
    villages : frozen villages of the plan, with their real sizes and strata
    truth : what is to be true
    runs : registers to make, and to draw from once, in each county (count), at least 2
    rng : its seed sequence gives every county, and every run, a seed of its own
    counties : codes of those to simulate; none = all of the plan
    processes : to share the runs among (count); the result does not depend on it
    progress : told after every chunk of runs

    Returns
    -------
    the figures of every county and of the indicators it gives: wrong exits where E households
    are drawn, missed households where N are, the incidence where both are

    Raises
    ------
    SimulationError : impossible counts, a county that is not in the plan, a truth that a county
        cannot have
    PlanError, AllocationError : see `sampling.design.strata`

    References
    ----------
    Morris, White and Crowther (2019), Using simulation studies to evaluate statistical methods,
    Statistics in Medicine 38, 2074-2102.

    Examples
    --------
    >>> from sampling.population import invent_county
    >>> from sampling.remoteness import freeze
    >>> rng = np.random.default_rng(1)
    >>> frozen = freeze(Plan().override(["stage2.n=0"]), invent_county(100, rng=rng))
    >>> found = simulate(frozen.plan, frozen.villages, Truth(rate=0.02), runs=100, rng=rng)
    >>> found.performances[0].indicator, found.performances[0].bounds[0].upper.value > 0.9
    ('wrong_exit_rate', True)
    """
    (found,) = simulate_each(
        plan,
        villages,
        [truth],
        runs=runs,
        rng=rng,
        counties=counties,
        processes=processes,
        progress=progress,
    )
    return found


def simulate_each(
    plan: Plan,
    villages: pl.DataFrame,
    truths: Sequence[Truth],
    *,
    runs: int,
    rng: np.random.Generator,
    counties: Sequence[str] = (),
    processes: int = 1,
    progress: Progress = silent,
) -> Iterator[Simulation]:
    """Try a plan on several truths, one after the other, with the same chance in each.

    Parameters as in `simulate`; that the seeds are the same makes differences between truths
    more precise than each of them. Processes are started once for all.

    Yields
    ------
    a simulation for each truth, in their order
    """
    for name, count, low in (("runs", runs, 2), ("processes", processes, 1)):
        if count < low:
            raise SimulationError("simulate.whole", name=name, low=low, value=count)
    root = cast(np.random.SeedSequence, rng.spawn(1)[0].bit_generator.seed_seq)
    inside = villages.filter(pl.col("stratum").is_not_null())
    chosen = tuple(counties) or plan.counties or tuple(inside["county_adcode"].unique().sort())
    tried = [
        [_County.of(plan, villages, truth, adcode, root=root, runs=runs) for adcode in chosen]
        for truth in truths
    ]
    steps = _Steps(progress, runs * len(chosen) * len(truths))
    with _mapped(processes) as each:
        for truth, places in zip(truths, tried, strict=True):
            results = [_results(county, each, steps) for county in places]
            yield _simulation(plan, truth, places, results)


class _Steps:
    """Runs done so far, told to whoever waits."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def add(self, runs: int) -> None:
        self.done += runs
        self.progress(say("simulate.stage"), self.done, self.total)


def _results(county: "_County", each: Callable[..., Any], steps: _Steps) -> list["_Result"]:
    chunks = [county.seeds[at : at + CHUNK] for at in range(0, len(county.seeds), CHUNK)]
    results = []
    for result in each(partial(_try, county), chunks):
        results.append(result)
        steps.add(result.spent.shape[1])
    return results


def _simulation(
    plan: Plan, truth: Truth, places: Sequence["_County"], results: Sequence[list["_Result"]]
) -> Simulation:
    spent = np.concatenate([one.spent for parts in results for one in parts], axis=1)
    return Simulation(
        plan_sha256=plan.sha256,
        truth=truth,
        p0=plan.assumptions.p0,
        confidence=plan.analysis.confidence,
        assumed_icc=plan.assumptions.icc,
        runs=len(places[0].seeds),
        villages=float(np.mean([county.layout.villages for county in places])),
        households=Measured.mean(spent[0]),
        cost=Measured.mean(spent[1]),
        performances=tuple(
            perform(
                Outcomes.join([one.outcomes[indicator] for one in parts]),
                county_adcode=county.layout.population.county_adcode,
                indicator=indicator,
                p0=plan.assumptions.p0,
            )
            for county, parts in zip(places, results, strict=True)
            for indicator in county.indicators
        ),
    )


def explain(simulation: Simulation) -> tuple[str, ...]:
    """Put what a simulation found into bilingual lines.

    Said is how likely the plan is to establish what is true, or the contrary of it; what its
    households are worth; and, where it goes beyond two standard errors of the simulation (three
    for a bias), what falls short.
    """
    return tuple(line for one in simulation.performances for line in _said(one, simulation))


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
    """
    made = share_intervals(
        found.value, found.se, n=found.n, df=found.df, level=level, method=method
    )
    ends = np.array([made.low, made.high])
    return ends if method in ON_EFFECTIVE_N else np.where(found.se == 0, found.value, ends)


@dataclass(frozen=True, eq=False)
class _County:
    """Everything a run needs, so that it can be handed to another process."""

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
    ) -> "_County":
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
class _Result:
    """Outcomes by indicator, and (2, runs) households opened and cost."""

    outcomes: dict[str, Outcomes]
    spent: Floats


def _try(county: _County, seeds: Sequence[np.random.SeedSequence]) -> _Result:
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
    return _Result(outcomes, np.array([opened.sum(axis=1), cost.sum(axis=1)]))


@contextmanager
def _mapped(processes: int) -> Iterator[Callable[..., Any]]:
    """`map` here, or over so many fresh processes; results come in order either way."""
    if processes == 1:
        yield map
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield pool.map


def _cost(by_class: Sequence[float], otherwise: float, number: Any) -> Floats:
    """(villages,) cost, by remoteness class as far as the plan says."""
    if not by_class:
        return np.full(number.size, otherwise)
    cost: Floats = np.array(by_class)[np.minimum(number, len(by_class) - 1)]
    return cost


def _columns(one: Performance | Bounds, *, leave: Sequence[str]) -> dict[str, object]:
    columns: dict[str, object] = {}
    for column in fields(one):
        if column.name in leave:
            continue
        value = getattr(one, column.name)
        if isinstance(value, Measured):
            columns |= {column.name: value.value, f"{column.name}_se": value.se}
        else:
            columns[column.name] = value
    return columns


def _said(one: Performance, simulation: Simulation) -> Iterator[str]:
    zh, en = both(f"estimate.{one.indicator}")
    verdict, p0 = one.bounds[0], simulation.p0
    named = {"adcode": one.county_adcode, "name_zh": zh, "name_en": en, "p0": p0}
    if abs(one.truth - p0) <= AT_THRESHOLD * p0:
        allowed = 1 - simulation.confidence
        yield say("simulate.found.threshold", **named, error=verdict.met.percent, allowed=allowed)
    elif one.truth < p0:
        yield say("simulate.found.met", **named, truth=one.truth, chance=verdict.met.percent)
    else:
        chances = {"chance": verdict.unmet.percent, "error": verdict.met.percent}
        yield say("simulate.found.unmet", **named, truth=one.truth, **chances)
    if one.effective.value > 0:
        sizes = {"households": one.households.value, "effective": one.effective.value}
        yield say("simulate.found.worth", **named, **sizes)
    if verdict.upper.value + 2 * verdict.upper.se < simulation.confidence:
        yield say(
            "simulate.found.short",
            **named,
            upper=verdict.upper.percent,
            confidence=simulation.confidence,
            assumed=simulation.assumed_icc,
            icc=simulation.truth.icc,
        )
    if abs(one.bias.value) > 3 * one.bias.se:
        parts = {"bias": one.bias.value, "nonresponse": one.nonresponse_bias.value}
        yield say("simulate.found.biased", **named, **parts)
    if one.estimable < one.runs:
        failed = one.runs - one.estimable
        yield say("simulate.found.failed", **named, failed=failed, runs=one.runs)
