"""What a plan can establish and what it cannot, before anybody travels.

The figures are for the verdict's own bound, which draws villages as if with replacement; in a
county of which every village is taken, households are the units. A large share drawn counts in
how much the number of cases can vary.
"""

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import polars as pl

from sampling.assurance import ASSUMED_ICC, Assurance, error_at_threshold
from sampling.county_reach import CLASS_ZH, MANY, by_county, county_class, expected_sample
from sampling.design import Stratum
from sampling.messages import say
from sampling.plan import Plan
from sampling.progress import Progress, silent
from sampling.size import effective_size
from sampling.village_allocation import JUDGED, unit_costs

DENSER = 0.2
"""Correlation within villages that a plan for 0.05 is asked about as well."""


@dataclass(frozen=True)
class Reach:
    """What one county's sample of one class can establish.

    Parameters
    ----------
    county_adcode, household_class : "E" (wrong exits) or "N" (missed households)
    villages, households : planned, without reserve (count)
    deff : planned design effect 1 + (m - 1) icc, 1 where all villages are taken
    effective_n : interviewed households divided by deff
    zero_bound : one-sided 1 - alpha bound of the rate when nothing is found
    chance : chance to establish a rate below p0 when the truth is p1
    promise : the chance reaches 1 - beta, the zero bound lies below p0, a county at p0 is
        cleared with a chance of at most alpha, and there are at least 30 villages or all of the
        county
    households_needed, villages_needed : the least that would make it a promise at this take a
        village, or in all villages with a larger take; none = not in reach in this county
    p0, p1 : the plan's threshold and assumed truth
    clears_bad : chance to establish a rate below p0 when the truth is p0
    fails_good : chance that the figure misses p0 when the truth is p1
    unequal : planned Kish factor of weight times persons, part of both chances
    """

    county_adcode: str
    household_class: str
    villages: int
    households: int
    deff: float
    effective_n: float
    zero_bound: float
    chance: float
    promise: bool
    households_needed: int | None
    villages_needed: int | None
    p0: float
    p1: float
    clears_bad: float
    fails_good: float
    unequal: float


def reach(plan: Plan, villages: pl.DataFrame, *, progress: Progress = silent) -> tuple[Reach, ...]:
    """Compute what the plan can establish in each county, for classes E and N.

    Parameters
    ----------
    plan : sizes and assumptions
    villages : frozen villages of the plan

    Returns
    -------
    one per county and class, sorted

    Raises
    ------
    PlanError, AllocationError : see `sampling.design.strata`

    Examples
    --------
    >>> import numpy as np
    >>> from sampling.population import invent_county
    >>> from sampling.remoteness import freeze
    >>> frozen = freeze(Plan(), invent_county(160, rng=np.random.default_rng(1)))
    >>> [(one.household_class, one.villages, one.promise)
    ...  for one in reach(frozen.plan, frozen.villages)]
    [('E', 30, False), ('N', 30, False)]
    """
    counties = by_county(plan, villages)
    found = []
    for done, (adcode, parts) in enumerate(counties):
        progress("reach", done, len(counties))
        found += [_reach(plan, adcode, one, parts) for one in JUDGED]
    progress("reach", len(counties), len(counties))
    return tuple(found)


def explain(reaches: tuple[Reach, ...], plan: Plan) -> tuple[str, ...]:
    """Put the reach of a plan into bilingual lines for the command line.

    Of many counties only the number that can be promised, the spread of the chances and the
    weakest ones are told.
    """
    if not reaches:
        return ()
    if len({one.county_adcode for one in reaches}) > MANY:
        lines = _summed_up(reaches, plan)
    else:
        lines = [line for one in reaches for line in _told(one, plan)]
    told = (say("plan.reach.county"), say("plan.reach.basis"))
    return (*lines, *_measured(reaches, plan), *told)


def cost_lines(plan: Plan, villages: pl.DataFrame) -> tuple[str, ...]:
    """Say what the plan is expected to cost without reserves, where it names costs."""
    total, found = 0.0, []
    for adcode, parts in by_county(plan, villages):
        cost = 0.0
        for part in parts:
            pair = unit_costs(plan, adcode, part.remoteness_class)
            if pair is None:
                return ()
            visit, each = pair
            drawn = sum(float(part.expected(one, plan)) for one in part.households)
            cost += part.n * visit + drawn * each
        total += cost
        found.append(say("plan.line.cost", adcode=adcode, cost=cost))
    if len(found) > MANY:
        return (say("plan.line.cost_all", counties=len(found), cost=total),)
    return tuple(found)


def rate_lines(plan: Plan, villages: pl.DataFrame) -> tuple[str, ...]:
    """Describe villages and sampling rates by stratum, and warn where rates do not rise."""
    lines = []
    counties = by_county(plan, villages)
    if len(counties) > MANY:
        return _warned(plan, counties)
    for adcode, parts in counties:
        lines.append(
            say(
                "plan.line.county",
                adcode=adcode,
                villages=sum(len(part.villages) for part in parts),
                drawn=sum(part.n for part in parts),
                strata=len(parts),
            )
        )
        for part in parts:
            lines.append(
                say(
                    "plan.line.stratum",
                    stratum=part.code,
                    remoteness_class=part.remoteness_class,
                    villages=len(part.villages),
                    drawn=part.n,
                    rate_e=f"{part.rate('E', plan):.2%}",
                    rate_n=f"{part.rate('N', plan):.2%}",
                )
            )
        lines += _warnings(plan, adcode, parts)
    return tuple(lines)


def _warnings(plan: Plan, adcode: str, parts: list[Stratum]) -> list[str]:
    lines = []
    for household_class in JUDGED:
        rates = _rates_by_class(plan, household_class, parts)
        if any(later <= before < 1 for before, later in pairwise(rates)):
            lines.append(
                say(
                    "plan.warn.rates",
                    adcode=adcode,
                    household_class=household_class,
                    class_zh=CLASS_ZH[household_class],
                    rates=" / ".join(f"{rate:.2%}" for rate in rates),
                )
            )
    return lines


def _rates_by_class(plan: Plan, household_class: str, parts: list[Stratum]) -> list[float]:
    """Sampling rates of the remoteness classes, near first, whatever types split them."""
    by_class: dict[int, list[Stratum]] = {}
    for part in parts:
        if part.total(household_class):
            by_class.setdefault(part.remoteness_class, []).append(part)
    return [
        float(
            sum(part.expected(household_class, plan) for part in of_class)
            / sum(part.total(household_class) for part in of_class)
        )
        for _, of_class in sorted(by_class.items())
    ]


def _warned(plan: Plan, counties: list[tuple[str, list[Stratum]]]) -> tuple[str, ...]:
    """Of many counties: how much is drawn, and the first warnings."""
    parts = [part for _, county in counties for part in county]
    warned = [line for adcode, county in counties for line in _warnings(plan, adcode, county)]
    lines = [
        say(
            "plan.line.counties",
            counties=len(counties),
            villages=sum(len(part.villages) for part in parts),
            drawn=sum(part.n for part in parts),
            strata=len(parts),
        ),
        *warned[:MANY],
    ]
    if len(warned) > MANY:
        lines.append(say("plan.warn.more", count=len(warned) - MANY))
    return tuple(lines)


def _told(one: Reach, plan: Plan) -> list[str]:
    power = 1 - plan.assumptions.beta
    of = {
        "adcode": one.county_adcode,
        "household_class": one.household_class,
        "class_zh": CLASS_ZH[one.household_class],
    }
    if not one.effective_n:
        return [say("plan.reach.nobody", **of)]
    lines = [
        say(
            "plan.reach.promise",
            **of,
            villages=one.villages,
            households=one.households,
            deff=one.deff,
            effective_n=one.effective_n,
            confidence=1 - plan.assumptions.alpha,
            zero_bound=one.zero_bound,
            p0=one.p0,
            p1=one.p1,
            chance=one.chance,
        )
    ]
    if not one.promise and one.households_needed is None:
        lines.append(say("plan.reach.none", power=power))
    elif not one.promise:
        lines.append(
            say(
                "plan.reach.enough",
                power=power,
                households_needed=one.households_needed,
                villages_needed=one.villages_needed,
            )
        )
    lines.append(
        say(
            "plan.reach.errors",
            p0=one.p0,
            p1=one.p1,
            clears_bad=one.clears_bad,
            fails_good=one.fails_good,
            unequal=one.unequal,
        )
    )
    if one.clears_bad > plan.assumptions.alpha:
        lines.append(
            say(
                "plan.reach.too_lenient",
                clears_bad=one.clears_bad,
                alpha=plan.assumptions.alpha,
            )
        )
    return lines


def _summed_up(reaches: tuple[Reach, ...], plan: Plan) -> list[str]:
    lines = []
    for household_class in JUDGED:
        every = [one for one in reaches if one.household_class == household_class]
        of = [one for one in every if one.effective_n]
        if len(of) < len(every):
            told = {"household_class": household_class, "class_zh": CLASS_ZH[household_class]}
            lines.append(say("plan.reach.nobody_in", counties=len(every) - len(of), **told))
        if not of:
            continue
        weakest = sorted(of, key=lambda one: (one.chance, one.county_adcode))
        chances = [one.chance for one in of]
        lines.append(
            say(
                "plan.reach.all",
                household_class=household_class,
                class_zh=CLASS_ZH[household_class],
                counties=len(of),
                promised=sum(one.promise for one in of),
                out_of_reach=sum(not one.promise and one.households_needed is None for one in of),
                power=1 - plan.assumptions.beta,
                p0=plan.assumptions.p0,
                p1=plan.assumptions.p1,
                low=min(chances),
                middle=median(chances),
                high=max(chances),
                clears_bad=max(one.clears_bad for one in of),
                weakest=", ".join(one.county_adcode for one in weakest[:5]),
            )
        )
    return lines


def _measured(reaches: tuple[Reach, ...], plan: Plan) -> list[str]:
    """What simulation says of clearing a county at the threshold, and whether that is too much."""
    said = plan.assumptions
    villages = sorted({one.villages for one in reaches})

    def worst(icc: float, *, known: bool) -> tuple[Assurance, int] | None:
        found = [(error_at_threshold(n, icc, threshold=said.p0, known=known), n) for n in villages]
        inside = [(one, n) for one, n in found if one is not None]
        return max(inside, default=None)

    lines = []
    as_planned = worst(said.icc, known=True)
    if as_planned is None:
        return [say("plan.reach.unmeasured")]
    questions = [(said.icc, as_planned)]
    if said.icc == ASSUMED_ICC and (denser := worst(DENSER, known=False)) is not None:
        questions.append((DENSER, denser))
    for icc, (found, n) in questions:
        told = {"icc": icc, "villages": n, "chance": found.chance, "se": found.se}
        lines.append(say("plan.reach.measured", p0=said.p0, **told))
        if found.chance > said.alpha:
            code = "plan.reach.too_lenient" if icc == said.icc else "plan.reach.denser"
            lines.append(say(code, clears_bad=found.chance, alpha=said.alpha, assumed=said.icc))
    return lines


def _reach(plan: Plan, adcode: str, household_class: str, parts: list[Stratum]) -> Reach:
    villages, expected = expected_sample(plan, parts, household_class)
    known = county_class(plan, parts, household_class)
    said = plan.assumptions
    if not expected:
        return _nobody(plan, adcode, household_class, villages)
    deff = known.deff(villages, expected)
    needed = known.enough(expected / villages)
    return Reach(
        county_adcode=adcode,
        household_class=household_class,
        villages=villages,
        households=round(expected),
        deff=deff,
        effective_n=effective_size(expected, deff=deff, response=said.response),
        zero_bound=known.zero_bound(villages, expected),
        chance=known.chance(villages, expected, said.p1),
        promise=known.promises(villages, expected),
        households_needed=needed[0] if needed else None,
        villages_needed=needed[1] if needed else None,
        p0=said.p0,
        p1=said.p1,
        clears_bad=known.chance(villages, expected, said.p0),
        fails_good=known.failure(villages, expected, said.p1),
        unequal=known.unequal,
    )


def _nobody(plan: Plan, adcode: str, household_class: str, villages: int) -> Reach:
    """Nothing can be established about a class of which nobody is drawn."""
    return Reach(
        county_adcode=adcode,
        household_class=household_class,
        villages=villages,
        households=0,
        deff=1.0,
        effective_n=0.0,
        zero_bound=1.0,
        chance=0.0,
        promise=False,
        households_needed=None,
        villages_needed=None,
        p0=plan.assumptions.p0,
        p1=plan.assumptions.p1,
        clears_bad=0.0,
        fails_good=0.0,
        unequal=1.0,
    )
