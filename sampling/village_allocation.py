"""How many villages each stratum of a county gets, by the rule of its plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from sampling import allocation
from sampling.bethel import Target, bethel
from sampling.errors import AllocationError
from sampling.optimal import cost_optimal
from sampling.plan import INFORMED, Plan
from sampling.size import design_effect

JUDGED = ("E", "N")


@dataclass(frozen=True)
class StratumSize:
    """One stratum as its share of the villages depends on it.

    Parameters
    ----------
    measure : what it counts by, whole number (households, or shares of them)
    villages : villages it holds (count)
    remoteness_class : 1 = near
    households : class E, P, N -> households in the frame (count)
    takes : class E, P, N -> households drawn in a village on average (count)
    """

    measure: int
    villages: int
    remoteness_class: int
    households: Mapping[str, int]
    takes: Mapping[str, float]


def share_villages(plan: Plan, adcode: str, strata: Mapping[str, StratumSize]) -> dict[str, int]:
    """Share the villages of a county among its strata.

    A county with no more villages than the plan asks for is taken whole. "neyman" and "cost"
    take a village as the unit: its figure spreads by S √((1 + (m - 1) icc) / m) about that of
    its stratum, m being the households interviewed there. "bethel" takes as few villages as its
    targets allow, or as cheap ones where costs are given, for the rates of E and of N households
    alike, and takes no credit for a large share drawn.

    Parameters
    ----------
    plan : rules of stage 1 and figures of `[allocation]`
    adcode : code of the county
    strata : stratum -> its size, in the order of the result

    Returns
    -------
    villages per stratum (count)

    Raises
    ------
    AllocationError : the villages do not suffice for the minimum of each stratum, targets out of
        reach, or figures missing for a class

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., sections 5.5 and 10.3; Bethel (1989), Survey
    Methodology 15, 47-57.

    Examples
    --------
    >>> people, takes = {"E": 600, "P": 0, "N": 900}, {"E": 16.0, "P": 4.0, "N": 16.0}
    >>> near, far = (StratumSize(1500, 60, k, people, takes) for k in (1, 2))
    >>> share_villages(Plan(), "420528", {"near": near, "far": far})
    {'near': 10, 'far': 20}
    """
    rule = plan.stage1
    sizes = {h: one.measure for h, one in strata.items()}
    caps = {h: one.villages for h, one in strata.items()}
    held = sum(caps.values())
    n = held if rule.villages == "all" else min(rule.villages, held)
    if rule.allocation == "bethel":
        return _precise(plan, adcode, strata, most=n)
    if rule.allocation in INFORMED:
        spreads = {h: _spread(plan, adcode, one) for h, one in strata.items()}
        costs = _costs(plan, adcode, strata) if rule.allocation == "cost" else None
        return cost_optimal(sizes, spreads, costs, n, minimum=rule.minimum, caps=caps)
    if rule.allocation == "remote":
        return allocation.remote(
            sizes,
            n,
            classes={h: one.remoteness_class for h, one in strata.items()},
            factor=rule.remote_factor,
            minimum=rule.minimum,
            caps=caps,
        )
    if rule.allocation == "power":
        return allocation.power(sizes, n, exponent=rule.power, minimum=rule.minimum, caps=caps)
    simple = {"proportional": allocation.proportional, "equal": allocation.equal}
    return simple[rule.allocation](sizes, n, minimum=rule.minimum, caps=caps)


def unit_costs(plan: Plan, adcode: str, remoteness_class: int) -> tuple[float, float] | None:
    """Cost of visiting a village of a class and of one household there; None without costs.

    Examples
    --------
    >>> unit_costs(Plan().override(["allocation.village_costs=[500, 900]"]), "420528", 2)
    (900.0, 0.0)
    """
    known = plan.allocation
    if not known.village_costs and not known.household_costs:
        return None
    visit = _figure(known.village_costs, "village_costs", adcode, remoteness_class)
    each = _figure(known.household_costs, "household_costs", adcode, remoteness_class)
    return visit or 0.0, each or 0.0


def _precise(
    plan: Plan, adcode: str, strata: Mapping[str, StratumSize], *, most: int
) -> dict[str, int]:
    """The fewest, or cheapest, villages that meet every target of the plan."""
    known = plan.allocation
    domains = {"county": list(strata)}
    for h, one in strata.items():
        domains.setdefault(f"class-{one.remoteness_class}", []).append(h)
    wanted = [
        Target(of, cv=known.cv.get(domain), domain=domain) for domain in known.cv for of in JUDGED
    ] + [Target(of, se=known.se[domain], domain=domain) for domain in known.se for of in JUDGED]
    targets = [
        one
        for one in wanted
        if sum(strata[h].households[one.variable] for h in domains.get(one.domain, ()))
    ]
    if not targets:
        raise AllocationError("allocation.no_target", adcode=adcode)
    found = bethel(
        {h: one.villages for h, one in strata.items()},
        {of: {h: _rate(plan, adcode, one) for h, one in strata.items()} for of in JUDGED},
        {of: {h: _spread(plan, adcode, one, of) for h, one in strata.items()} for of in JUDGED},
        targets,
        costs=_costs(plan, adcode, strata),
        domains=domains,
        minimum=plan.stage1.minimum,
        weights={of: {h: float(one.households[of]) for h, one in strata.items()} for of in JUDGED},
        fpc=False,
    )
    if found.total > most:
        raise AllocationError(
            "allocation.villages", adcode=adcode, needed=found.total, villages=most
        )
    return found.n


def _costs(plan: Plan, adcode: str, strata: Mapping[str, StratumSize]) -> dict[str, float] | None:
    """Cost of one village of each stratum with its households; None where none are named."""
    prices = {}
    for h, one in strata.items():
        pair = unit_costs(plan, adcode, one.remoteness_class)
        if pair is None:
            return None
        visit, each = pair
        prices[h] = visit + each * sum(one.takes.values())
    return prices


def _rate(plan: Plan, adcode: str, stratum: StratumSize) -> float:
    return _figure(plan.allocation.rates, "rates", adcode, stratum.remoteness_class) or 0.0


def _spread(plan: Plan, adcode: str, stratum: StratumSize, of: str | None = None) -> float:
    """Standard deviation of the figure of one village, of E and N households together or of one."""
    known = plan.allocation
    if known.spreads:
        spread = _figure(known.spreads, "spreads", adcode, stratum.remoteness_class) or 0.0
    else:
        rate = _rate(plan, adcode, stratum)
        spread = sqrt(rate * (1 - rate))
    taken = stratum.takes[of] if of else sum(stratum.takes[one] for one in JUDGED)
    m = max(taken * plan.assumptions.response, 1.0)
    return spread * sqrt(design_effect(m, plan.assumptions.icc) / m)


def _figure(
    figures: tuple[float, ...], key: str, adcode: str, remoteness_class: int
) -> float | None:
    """The figure of a class; one figure stands for all classes."""
    if len(figures) <= 1:
        return figures[0] if figures else None
    if remoteness_class > len(figures):
        raise AllocationError(
            "allocation.figures",
            key=f"allocation.{key}",
            given=len(figures),
            adcode=adcode,
            needed=remoteness_class,
        )
    return figures[remoteness_class - 1]
