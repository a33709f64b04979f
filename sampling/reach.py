"""What a plan can establish and what it cannot, before anybody travels.

The figures are for the verdict's own bound, which draws villages as if with replacement and so
takes no credit for a large sampling fraction; a county taken whole may do a little better.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import polars as pl

from sampling.design import Stratum, strata
from sampling.messages import say
from sampling.plan import Plan
from sampling.size import chance_established, design_effect, effective_size, zero_bound

ENOUGH_VILLAGES = 30
"""Below this many villages, unless they are all there are, a bound is not relied on."""

JUDGED = ("E", "N")
CLASS_ZH = {"E": "脱贫户", "N": "一般户", "P": "未脱贫户"}


@dataclass(frozen=True)
class Reach:
    """What one county's sample of one class can establish.

    Parameters
    ----------
    county_adcode, household_class : "E" (wrong exits) or "N" (missed households)
    villages, households : planned, without reserve (count)
    deff : planned design effect 1 + (m - 1) icc
    effective_n : interviewed households divided by deff
    zero_bound : one-sided 1 - alpha bound of the rate when nothing is found
    chance : chance to establish a rate below p0 when the truth is p1
    promise : the chance reaches 1 - beta, the zero bound lies below p0, and there are at least
        30 villages or all of the county
    households_needed, villages_needed : the least that would make it a promise at this take a
        village, or in all villages with a larger take; none = not in reach in this county
    p0, p1 : the plan's threshold and assumed truth
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


def reach(plan: Plan, villages: pl.DataFrame) -> tuple[Reach, ...]:
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
    """
    return tuple(
        _reach(plan, adcode, one, parts)
        for adcode, parts in _by_county(plan, villages)
        for one in JUDGED
    )


def explain(reaches: tuple[Reach, ...], plan: Plan) -> tuple[str, ...]:
    """Put the reach of a plan into bilingual lines for the command line."""
    lines = []
    for one in reaches:
        lines.append(
            say(
                "plan.reach.promise",
                adcode=one.county_adcode,
                household_class=one.household_class,
                class_zh=CLASS_ZH[one.household_class],
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
        )
        power = 1 - plan.assumptions.beta
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
    return tuple(lines)


def rate_lines(plan: Plan, villages: pl.DataFrame) -> tuple[str, ...]:
    """Describe villages and sampling rates by stratum, and warn where rates do not rise."""
    lines = []
    for adcode, parts in _by_county(plan, villages):
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


def _by_county(plan: Plan, villages: pl.DataFrame) -> list[tuple[str, list[Stratum]]]:
    found: dict[str, list[Stratum]] = {}
    for stratum in strata(plan, villages):
        found.setdefault(stratum.county_adcode, []).append(stratum)
    return sorted(found.items())


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


def _reach(plan: Plan, adcode: str, household_class: str, parts: list[Stratum]) -> Reach:
    villages = sum(part.n for part in parts)
    expected = float(sum(part.expected(household_class, plan) for part in parts))
    county = _County(
        plan=plan,
        strata=len(parts),
        villages=sum(len(part.villages) for part in parts),
        households=sum(part.total(household_class) for part in parts),
    )
    households_needed, villages_needed = county.enough(expected / villages)
    deff = design_effect(expected / villages, plan.assumptions.icc)
    return Reach(
        county_adcode=adcode,
        household_class=household_class,
        villages=villages,
        households=round(expected),
        deff=deff,
        effective_n=effective_size(expected, deff=deff, response=plan.assumptions.response),
        zero_bound=county.zero_bound(villages, expected),
        chance=county.chance(villages, expected),
        promise=county.promises(villages, expected),
        households_needed=households_needed,
        villages_needed=villages_needed,
        p0=plan.assumptions.p0,
        p1=plan.assumptions.p1,
    )


@dataclass(frozen=True)
class _County:
    """One county and class as the search for an adequate size sees it."""

    plan: Plan
    strata: int
    villages: int
    households: int

    def chance(self, villages: int, households: float) -> float:
        known = self.plan.assumptions
        return chance_established(
            households,
            villages,
            p0=known.p0,
            p1=known.p1,
            icc=known.icc,
            response=known.response,
            alpha=known.alpha,
            strata=self.strata,
        )

    def zero_bound(self, villages: int, households: float) -> float:
        known = self.plan.assumptions
        deff = design_effect(households / villages, known.icc)
        effective = effective_size(households, deff=deff, response=known.response)
        return zero_bound(effective, alpha=known.alpha)

    def promises(self, villages: int, households: float) -> bool:
        known = self.plan.assumptions
        return (
            villages >= min(ENOUGH_VILLAGES, self.villages)
            and self.zero_bound(villages, households) < known.p0
            and self.chance(villages, households) >= 1 - known.beta
        )

    def enough(self, take: float) -> tuple[int | None, int | None]:
        """Add villages at the same take first, then households in all villages."""
        for villages in range(min(ENOUGH_VILLAGES, self.villages), self.villages + 1):
            if self.promises(villages, min(villages * take, self.households)):
                return min(ceil(villages * take), self.households), villages
        for households in range(ceil(self.villages * take), self.households + 1, self.villages):
            if self.promises(self.villages, households):
                return households, self.villages
        return None, None
