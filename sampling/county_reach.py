"""One county and class as the question "what can this plan establish" sees them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, log

import numpy as np
import polars as pl

from sampling.case_sums import Floats
from sampling.design import Stratum, cell_sizes, strata
from sampling.fieldwork import Fieldwork
from sampling.findings import Finding
from sampling.operating import OperatingCurve, curve_of, finding_chances
from sampling.plan import Plan
from sampling.size import design_effect, effective_size, zero_bound

ENOUGH_VILLAGES = 30
"""Below this many villages, unless they are all there are, a bound is not relied on."""

PERSONS = 1.2
"""Planned 1 + cv² of the persons of a household; registers of villages show 1.16 to 1.20."""

MANY = 12
"""With more counties than this they are summed up instead of listed."""

CLASS_ZH = {"E": "脱贫户", "N": "一般户", "P": "未脱贫户"}

LARGE = 0.05
"""Shares of the frame drawn up to this do not count."""


@dataclass(frozen=True)
class CountyClass:
    """What chances depend on in one county, for one class of households.

    Parameters
    ----------
    plan : assumptions
    strata : of the county (count)
    villages, households : in the frame (counts)
    unequal : Kish factor 1 + cv² of weight times persons that the design leads to
    remote_factor : sampling rate of the remotest class over that of the nearest
    """

    plan: Plan
    strata: int
    villages: int
    households: int
    unequal: float
    remote_factor: float

    def fieldwork(self, villages: int, households: float) -> Fieldwork:
        """The sample of so many villages; figures are rounded a little, so that alike counties
        are computed once."""
        known = self.plan.assumptions
        whole = villages >= self.villages
        drawn = _rounded(households)
        share = _share(drawn * known.response / max(self.households, 1))
        of_villages = _share(villages / self.villages)
        return Fieldwork(
            households=drawn,
            villages=villages,
            icc=known.icc,
            response=known.response,
            strata=min(self.strata, villages),
            alpha=known.alpha,
            unequal=self.unequal,
            remote_factor=1.0 if whole else self.remote_factor,
            frame=drawn * known.response / share if share else None,
            frame_villages=max(villages, round(villages / of_villages)) if of_villages else None,
            whole=whole,
        )

    def chance(self, villages: int, households: float, rate: float) -> float:
        """Chance that a true rate is established to lie below the threshold."""
        return self._chances(villages, households, rate)["met_established"]

    def failure(self, villages: int, households: float, rate: float) -> float:
        """Chance that the figure of a county with this true rate misses the threshold."""
        chances = self._chances(villages, households, rate)
        return chances["unmet_open"] + chances["unmet_established"]

    def curve(
        self, villages: int, households: float, rates: Sequence[float] | None
    ) -> OperatingCurve:
        """Operating curve of a sample of so many villages."""
        work = self.fieldwork(villages, households)
        return curve_of(work, p0=self.plan.assumptions.p0, rates=rates)

    def deff(self, villages: int, households: float) -> float:
        """Planned design effect; 1 where all villages are taken."""
        if villages >= self.villages:
            return 1.0
        return design_effect(households / villages, self.plan.assumptions.icc)

    def zero_bound(self, villages: int, households: float) -> float:
        """Bound of the rate when nothing is found."""
        known = self.plan.assumptions
        deff = self.deff(villages, households)
        effective = effective_size(households, deff=deff, response=known.response)
        return zero_bound(effective, alpha=known.alpha)

    def promises(self, villages: int, households: float) -> bool:
        """Whether a sample of so many villages can be relied on to clear a good county only."""
        known = self.plan.assumptions
        return (
            villages >= min(ENOUGH_VILLAGES, self.villages)
            and self.zero_bound(villages, households) < known.p0
            and self.chance(villages, households, known.p1) >= 1 - known.beta
            and self.chance(villages, households, known.p0) <= known.alpha
        )

    def enough(self, take: float) -> tuple[int, int] | None:
        """Fewest households and villages that make a promise; None = not in reach.

        More villages at the same take first, then a larger take in all of them.
        """

        def drawn(villages: int) -> float:
            return min(villages * take, float(self.households))

        low, high = min(ENOUGH_VILLAGES, self.villages), self.villages
        villages = _first(low, high - 1, lambda v: self.promises(v, drawn(v)))
        if villages is None and self.promises(high, drawn(high)):
            villages = high
        if villages is not None:
            return ceil(drawn(villages)), villages
        least, most = ceil(take), self.households // self.villages
        larger = _first(least, most, lambda m: self.promises(high, high * m))
        return None if larger is None else (high * larger, high)

    def _chances(self, villages: int, households: float, rate: float) -> Mapping[Finding, float]:
        work = self.fieldwork(villages, households)
        return finding_chances(work, rate, p0=self.plan.assumptions.p0)


def by_county(plan: Plan, villages: pl.DataFrame) -> list[tuple[str, list[Stratum]]]:
    """Strata of each county of a plan, sorted by code."""
    found: dict[str, list[Stratum]] = {}
    for stratum in strata(plan, villages):
        found.setdefault(stratum.county_adcode, []).append(stratum)
    return sorted(found.items())


def expected_sample(plan: Plan, parts: list[Stratum], household_class: str) -> tuple[int, float]:
    """Villages to draw, and households of a class they are expected to give."""
    drawn = sum(part.n for part in parts)
    return drawn, float(sum(part.expected(household_class, plan) for part in parts))


def county_class(plan: Plan, parts: Sequence[Stratum], household_class: str) -> CountyClass:
    """Describe one county and class from its strata.

    Parameters
    ----------
    plan : assumptions and takes
    parts : strata of the county
    household_class : E, P or N
    """
    held = [np.array(part.households[household_class], dtype=np.float64) for part in parts]
    drawn = [
        part.pi * cell_sizes(plan, household_class, of)
        for part, of in zip(parts, held, strict=True)
    ]
    factor = PERSONS * _weight_factor(np.concatenate(held), np.concatenate(drawn))
    return CountyClass(
        plan=plan,
        strata=len(parts),
        villages=sum(of.size for of in held),
        households=int(sum(of.sum() for of in held)),
        unequal=max(1.0, round(20 * factor) / 20),
        remote_factor=_remote_factor([part.remoteness_class for part in parts], held, drawn),
    )


def _weight_factor(held: Floats, drawn: Floats) -> float:
    """Kish factor of the design weights: n Σ w over the frame, divided by its size squared.

    `held` and `drawn` are the households of each village in the frame and expected in the sample.
    """
    reached = drawn > 0
    if not reached.any():
        return 1.0
    held, drawn = held[reached], drawn[reached]
    return float(drawn.sum() * (held**2 / drawn).sum() / held.sum() ** 2)


def _remote_factor(classes: list[int], held: list[Floats], drawn: list[Floats]) -> float:
    """Sampling rate of the remotest class over that of the nearest, to the next half."""
    rates = {}
    for end in (min(classes), max(classes)):
        inside = [place for place, one in enumerate(classes) if one == end]
        total = sum(float(held[place].sum()) for place in inside)
        rates[end] = sum(float(drawn[place].sum()) for place in inside) / total if total else 0.0
    near, far = rates[min(classes)], rates[max(classes)]
    return min(max(round(2 * far / near) / 2, 0.5), 10.0) if near and far else 1.0


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int | None:
    """Smallest n from low to high from which a condition holds, doubling the step, then halving.

    The places looked at depend on `low` alone as long as `high` allows, so that the many
    counties of a campaign ask the same questions.
    """
    if high < low:
        return None
    before, step, at = low - 1, 2, low
    while not holds(at):
        if at == high:
            return None
        before, at, step = at, min(at + step, high), 2 * step
    while at - before > 1:
        middle = (before + at) // 2
        before, at = (before, middle) if holds(middle) else (middle, at)
    return at


def _rounded(value: float) -> float:
    """A size to the next of fifty steps for each factor of e."""
    return exp(round(log(value) * 50) / 50) if value > 0 else value


def _share(value: float) -> float:
    """A share to the next tenth, 0 where it does not count."""
    return min(max(round(value * 10), 1) / 10, 1.0) if value > LARGE else 0.0
