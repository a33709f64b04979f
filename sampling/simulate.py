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

from sampling.errors import SimulationError
from sampling.messages import both, say
from sampling.performance import Bounds, Measured, Outcomes, Performance, perform
from sampling.plan import Plan
from sampling.progress import Progress, silent
from sampling.truth import Truth
from sampling.tryout import Result, Tryout, try_out

CHUNK = 50
"""Runs that are computed, and handed to a process, together."""

AT_THRESHOLD = 0.01
"""A true rate within so much of the threshold, relatively, counts as at it: registers are made of
whole households."""


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

    Raises
    ------
    SimulationError, PlanError, AllocationError : see `simulate`

    Examples
    --------
    >>> from sampling.population import invent_county
    >>> from sampling.remoteness import freeze
    >>> rng = np.random.default_rng(1)
    >>> frozen = freeze(Plan().override(["stage2.n=0"]), invent_county(60, rng=rng))
    >>> truths = [Truth(rate=0.01), Truth(rate=0.02)]
    >>> found = simulate_each(frozen.plan, frozen.villages, truths, runs=50, rng=rng)
    >>> [round(one.performances[0].truth, 2) for one in found]
    [0.01, 0.02]
    """
    for name, count, low in (("runs", runs, 2), ("processes", processes, 1)):
        if count < low:
            raise SimulationError("simulate.whole", name=name, low=low, value=count)
    root = cast(np.random.SeedSequence, rng.spawn(1)[0].bit_generator.seed_seq)
    inside = villages.filter(pl.col("stratum").is_not_null())
    chosen = tuple(counties) or plan.counties or tuple(inside["county_adcode"].unique().sort())
    tried = [
        [Tryout.of(plan, villages, truth, adcode, root=root, runs=runs) for adcode in chosen]
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


def _results(county: Tryout, each: Callable[..., Any], steps: _Steps) -> list[Result]:
    chunks = [county.seeds[at : at + CHUNK] for at in range(0, len(county.seeds), CHUNK)]
    results = []
    for result in each(partial(try_out, county), chunks):
        results.append(result)
        steps.add(result.spent.shape[1])
    return results


def _simulation(
    plan: Plan, truth: Truth, places: Sequence[Tryout], results: Sequence[list[Result]]
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


@contextmanager
def _mapped(processes: int) -> Iterator[Callable[..., Any]]:
    """`map` here, or over so many fresh processes; results come in order either way."""
    if processes == 1:
        yield map
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield pool.map


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
