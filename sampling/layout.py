"""A plan on the villages of one county as arrays, ready to be drawn many times over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from sampling.design import Stratum, cell_size, strata
from sampling.errors import SimulationError
from sampling.plan import Plan
from sampling.population import CLASSES, Population
from sampling.selectors import cube, lpm2, max_entropy, pareto, sampford, systematic
from sampling.selectors.methods import smallest
from sampling.stages import Codes, Flags, Floats, describe

JUDGED = ("E", "N")


@dataclass(frozen=True, eq=False)
class VillageDraw:
    """How the villages of one stratum are drawn, many times over.

    Parameters
    ----------
    members : (villages,) positions in the county, in the order of the stratum
    stratum : their probabilities, points and auxiliaries
    method : selector, see `sampling.selectors.select`; a plan with lpm2 has points, else
        `sampling.design` has refused it
    """

    members: Codes
    stratum: Stratum
    method: str

    def numbers(self, *, rng: np.random.Generator) -> Floats:
        """Uniform numbers for one draw: the start of a systematic one, else one or two a village.

        A stratum taken whole needs none and draws them all the same, so that the numbers of the
        next stratum do not depend on it.
        """
        villages = self.members.size
        shapes = {"pps_systematic": (), "lpm2": (villages, 2), "cube": (villages, 2)}
        return np.asarray(rng.random(shapes.get(self.method, (villages,))))

    def select(self, numbers: Floats) -> Codes:
        """Draw villages: (draws, …) numbers -> (draws, n) positions in the county."""
        pi, whole = self.stratum.pi, self.stratum.n == self.members.size
        if whole:
            return np.tile(self.members, (numbers.shape[0], 1))
        if self.method == "lpm2" and self.stratum.points is not None:
            taken = lpm2(pi, self.stratum.points, numbers)
        elif self.method == "cube":
            taken = cube(pi, self.stratum.auxiliaries, numbers)
        else:
            taken = _SELECTORS[self.method](pi, numbers)
        return self.members[np.nonzero(taken)[1]].reshape(numbers.shape[0], self.stratum.n)


@dataclass(frozen=True, eq=False)
class Layout:
    """A plan on the villages of one county, as arrays; made by `layout`.

    Parameters
    ----------
    population : the county's people, villages in the order of all arrays here
    draws : how each stratum's villages are drawn
    stratum : (villages,) int
    pi1 : (villages,) float, inclusion probability
    take : class -> (villages,) households drawn where the village is (count)
    label : (villages,) int, group of the variance: the stratum, or the village itself in a
        stratum of which all villages are taken; strata joined for `collapse` share one
    by_household : (villages,) bool, households are the primary units there
    labels : how many groups there are
    single_psu : rule for groups of one unit
    """

    population: Population
    draws: tuple[VillageDraw, ...]
    stratum: Codes
    pi1: Floats
    take: Mapping[str, Codes]
    label: Codes
    by_household: Flags
    labels: int
    single_psu: str

    def __repr__(self) -> str:
        return f"Layout({self.villages} villages in {len(self.draws)} strata, {self.population!r})"

    @property
    def villages(self) -> int:
        """Villages of a draw (count)."""
        return sum(one.stratum.n for one in self.draws)

    @property
    def rows(self) -> Codes:
        """(villages,) households of all classes drawn where the village is (count)."""
        total: Codes = np.sum(list(self.take.values()), axis=0)
        return total

    def base_weight(self, household_class: str) -> Floats:
        """(villages,) 1 / (pi1 pi2) of its households."""
        take = self.take[household_class]
        count = self.population.classes[household_class].count
        weight: Floats = np.divide(
            count, take * self.pi1, out=np.zeros(take.size), where=(take > 0) & (self.pi1 > 0)
        )
        return weight

    def classes(self) -> tuple[str, ...]:
        """Judged classes of which households are drawn."""
        return tuple(one for one in JUDGED if self.take[one].sum() > 0)


def layout(plan: Plan, villages: pl.DataFrame, population: Population) -> Layout:
    """Apply a plan to the villages of one county.

    Parameters
    ----------
    plan : rules of both stages, and the rule for strata of one village
    villages : frozen villages, the county among them
    population : that county's people

    Raises
    ------
    PlanError, AllocationError : see `sampling.design.strata`
    SimulationError : neither E nor N households are drawn

    Examples
    --------
    >>> from sampling.population import INVENTED, invent_county, population
    >>> from sampling.remoteness import freeze
    >>> rng = np.random.default_rng(1)
    >>> frozen = freeze(Plan(), invent_county(60, rng=rng))
    >>> people = population(frozen.villages, county_adcode=INVENTED, rng=rng)
    >>> layout(frozen.plan, frozen.villages, people)
    Layout(30 villages in 3 strata, Population(990001: 60 villages, E 3,600, P 120, N 15,000))
    """
    adcode = population.county_adcode
    parts = strata(plan, villages.filter(pl.col("county_adcode") == adcode))
    position = {code: place for place, code in enumerate(population.villages)}
    size = len(position)
    stratum, pi1 = np.zeros(size, np.int64), np.zeros(size)
    for number, part in enumerate(parts):
        for code, probability in zip(part.villages, part.pi.tolist(), strict=True):
            stratum[position[code]], pi1[position[code]] = number, probability
    take = {
        one: np.array(
            [
                cell_size(plan, one, households)
                for households in population.classes[one].count.tolist()
            ],
            dtype=np.int64,
        )
        for one in CLASSES
    }
    if not take["E"].sum() + take["N"].sum():
        raise SimulationError("simulate.nobody", adcode=adcode)
    whole = np.array([part.n == len(part.villages) for part in parts])[stratum]
    names = [
        f"{code}:{village}" if alone else code
        for code, village, alone in zip(
            population.stratum, population.villages, whole.tolist(), strict=True
        )
    ]
    label, labels = _labels(names, parts, take, whole, plan.analysis.single_psu)
    return Layout(
        population=population,
        draws=tuple(
            VillageDraw(
                np.array([position[code] for code in part.villages]), part, plan.stage1.method
            )
            for part in parts
        ),
        stratum=stratum,
        pi1=pi1,
        take=take,
        label=label,
        by_household=whole,
        labels=labels,
        single_psu=plan.analysis.single_psu,
    )


def _labels(
    names: list[str],
    parts: Sequence[Stratum],
    take: Mapping[str, Codes],
    whole: Flags,
    single_psu: str,
) -> tuple[Codes, int]:
    """Groups of the variance; for `collapse` as joined in a draw of as many villages."""
    distinct, label = np.unique(np.array(names, dtype=object), return_inverse=True)
    if single_psu != "collapse":
        return label.astype(np.int64), distinct.size
    rows = np.sum(list(take.values()), axis=0)
    units = {name: int(rows[at]) for at, name in enumerate(names) if whole[at]}
    units |= {part.code: part.n for part in parts if part.n < len(part.villages)}
    stratum = [name for name in distinct for _ in range(units[name])]
    made = describe(np.ones(len(stratum)), stratum=stratum, single_psu="collapse")
    first = made.stages[0]
    joined = dict(zip(stratum, first.group[first.unit].tolist(), strict=True))
    return np.array([joined.get(name, 0) for name in names], dtype=np.int64), first.drawn.size


_SELECTORS: dict[str, Callable[[Floats, Floats], Flags]] = {
    "pps_systematic": systematic,
    "srswor": smallest,
    "sampford": sampford,
    "max_entropy": max_entropy,
    "pareto": pareto,
}
