"""Registers of known truth: who in a county fails, by orders that are met to the person.

An order (`Truth`) names a rate, how much households of one village resemble each other, how much
worse remote strata are, whether neighbouring villages are alike, and who does not answer. Any
number of registers can be made from it; each has the rate that was ordered, exactly.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from sampling.errors import SimulationError
from sampling.population import Population
from sampling.stages import Codes, Flags, Floats, tally

EFFECTS = ("beta", "logit-normal")
OUTCOME = {"E": "wrong_exit", "N": "missed"}
"""Class -> column that holds the persons of a failing household."""

REACH = 8.0  # village scores beyond this many standard deviations do not occur
SCORES = np.linspace(-REACH, REACH, 3201)
NEVER = 1e-300


@dataclass(frozen=True)
class Truth:
    """What is true of a county, and who answers.

    Parameters
    ----------
    rate : wrong-exit persons over exited persons, in [0, 1)
    missed : missed persons over non-registered persons, in [0, 1); None = as `rate`
    icc : correlation within villages of failing, among villages of one remoteness class: the
        variance of the villages' risks over p (1 - p), in [0, 1)
    concentration : risk in the remotest class over risk in the nearest, > 0; classes between
        them in equal ratios
    effects : distribution of the villages' risks, "beta" or "logit-normal"
    spatial : share of the villages' effects that is a smooth field, in [0, 1]; 0 = villages are
        independent
    range_km : distance at which the correlation of the field has fallen to 1/e, > 0
    nonresponse : share of households that do not answer, in [0, 1)
    nonresponse_remote : odds of not answering in the remotest class over those in the nearest
    nonresponse_failing : odds of not answering of failing households over those of sound ones

    Raises
    ------
    SimulationError : a value out of range, named

    Examples
    --------
    >>> Truth(rate=0.02, concentration=3).icc
    0.05
    """

    rate: float
    missed: float | None = None
    icc: float = 0.05
    concentration: float = 1.0
    effects: str = "beta"
    spatial: float = 0.0
    range_km: float = 15.0
    nonresponse: float = 0.1
    nonresponse_remote: float = 1.0
    nonresponse_failing: float = 1.0

    def __post_init__(self) -> None:
        for name in ("rate", "missed", "icc", "nonresponse"):
            value = getattr(self, name)
            if not (value is None and name == "missed") and not 0 <= value < 1:
                raise SimulationError("simulate.rate", name=name, value=value)
        if not 0 <= self.spatial <= 1:
            raise SimulationError("simulate.share", name="spatial", value=self.spatial)
        for name in ("concentration", "range_km", "nonresponse_remote", "nonresponse_failing"):
            if not 0 < getattr(self, name) < math.inf:
                raise SimulationError("simulate.positive", name=name, value=getattr(self, name))
        if self.effects not in EFFECTS:
            raise SimulationError(
                "simulate.choice",
                name="effects",
                choices=", ".join(EFFECTS),
                value=self.effects,
            )

    def rate_of(self, household_class: str) -> float:
        """Rate over the persons of a class, "E" or "N"."""
        return self.rate if household_class == "E" or self.missed is None else self.missed


@dataclass(frozen=True, eq=False)
class Register:
    """A county in which it is known who fails; made by `Registers.make`.

    Parameters
    ----------
    population : who lives there
    risk : "E", "N" -> (villages,) chance of failing before the rate was made exact
    failing : "E", "N" -> (households,) bool
    """

    population: Population
    risk: Mapping[str, Floats]
    failing: Mapping[str, Flags]

    def __repr__(self) -> str:
        rates = ", ".join(f"{one} {self.rate(one):.3%}" for one in self.failing)
        return f"Register({self.population.county_adcode}: {rates} of persons fail)"

    def rate(self, household_class: str) -> float:
        """Persons of failing households over all persons of the class."""
        persons = self.population.classes[household_class].persons
        return float(persons[self.failing[household_class]].sum() / persons.sum())

    def village_rate(self, household_class: str) -> Floats:
        """(villages,) share of the households that fail; NaN in a village without any."""
        failed, count = self._by_village(household_class)
        share: Floats = np.divide(failed, count, out=np.full(count.size, np.nan), where=count > 0)
        return share

    def class_rate(self, household_class: str) -> dict[int, float]:
        """Remoteness class -> share of its households that fail."""
        failed, count = self._by_village(household_class)
        number = self.population.remoteness_class
        return {
            int(one): float(failed[number == one].sum() / count[number == one].sum())
            for one in np.unique(number)
            if count[number == one].sum() > 0
        }

    def concentration(self, household_class: str) -> float:
        """Share failing in the remotest class over that in the nearest; NaN where that is 0."""
        shares = self.class_rate(household_class)
        nearest, remotest = shares[min(shares)], shares[max(shares)]
        return remotest / nearest if nearest else math.nan

    def icc(self, household_class: str) -> float:
        """Correlation of failing within villages, among villages of one remoteness class.

        One-way analysis of variance of the 0/1 outcome, villages within classes: components
        are summed over the classes. NaN where nobody or everybody fails.

        References
        ----------
        Donner and Koval (1980), Biometrics 36, 19-25.
        """
        failed, count = self._by_village(household_class)
        lived = count > 0
        failed, count = failed[lived], count[lived]
        _, number = np.unique(self.population.remoteness_class[lived], return_inverse=True)
        classes = int(number.max()) + 1
        size, villages = tally(number, count, classes), tally(number, np.ones(number.size), classes)
        share, mean = failed / count, tally(number, failed, classes) / size
        inside = tally(number, count * share * (1 - share), classes)
        within = inside / np.maximum(size - villages, 1)
        apart = tally(number, count * (share - mean[number]) ** 2, classes)
        weight = float((size - tally(number, count**2, classes) / size).sum())
        between = float((apart - (villages - 1) * within).sum()) / weight if weight else math.nan
        pooled = float(inside.sum()) / max(float((size - villages).sum()), 1.0)
        whole = between + pooled
        return between / whole if whole > 0 else math.nan

    def moran(self, household_class: str, *, range_km: float) -> float:
        """Moran's I of the villages' risks with weights exp(-distance / range_km).

        About -1/(villages - 1) where neighbours are no more alike than others.

        Raises
        ------
        SimulationError : the villages have no positions

        References
        ----------
        Moran (1950), Biometrika 37, 17-23.
        """
        weight = _decay(self.population, range_km)
        np.fill_diagonal(weight, 0.0)
        risk = self.risk[household_class]
        scale = np.log(np.maximum(risk, 1e-12))
        deviation = scale - scale.mean()
        squares = float(deviation @ deviation)
        if squares == 0:
            return math.nan
        return float(deviation @ weight @ deviation / squares * risk.size / weight.sum())

    def households(self) -> pl.DataFrame:
        """Households of all classes as a household frame, with what is true of them.

        Returns
        -------
        `household_id village_code household_class persons`, and `wrong_exit`, `missed`: persons
        of a failing household, 0 in a sound one, null in a class that cannot fail so
        """
        parts = []
        for one, part in self.population.classes.items():
            columns = [
                pl.Series(column, self.failing[one] * part.persons, dtype=pl.Int64)
                if one == household_class
                else pl.lit(None, pl.Int64).alias(column)
                for household_class, column in OUTCOME.items()
            ]
            parts.append(self.population.table(one).with_columns(columns))
        return pl.concat(parts)

    def _by_village(self, household_class: str) -> tuple[Floats, Floats]:
        part = self.population.classes[household_class]
        failed = tally(
            part.village, self.failing[household_class].astype(np.float64), part.count.size
        )
        return failed, part.count.astype(np.float64)


class Registers:
    """Registers of one truth in one county, as many as wanted.

    Parameters
    ----------
    population : who lives there
    truth : what is to be true

    Raises
    ------
    SimulationError : a rate of 100 % or more in some class, a concentration with one class only,
        an icc that would need less than one village, a smooth field without positions

    Notes
    -----
    The risk of a village is the quantile of its class's distribution at a normal score; scores
    are independent, or partly a Gaussian field with exponential correlation. Wrong exits and
    missed households share the scores: where exits were careless, households were overlooked
    too. A household fails where a uniform number over the risk of its village is among the
    smallest, taken until the persons that fail are as many as ordered; the last few are chosen
    to fit. Holding the county's rate fixed takes away part of the variance between villages,
    A/(A + 1) of it being left, 1/A the squared coefficient of variation of the county's rate
    (exactly so for gamma effects and equal villages, where shares are Dirichlet); the spread of
    the effects is widened by as much, so that the icc ordered is that of the registers.

    Examples
    --------
    >>> from sampling.plan import Plan
    >>> from sampling.population import INVENTED, invent_county, population
    >>> from sampling.remoteness import freeze
    >>> rng = np.random.default_rng(1)
    >>> frozen = freeze(Plan(), invent_county(100, rng=rng))
    >>> people = population(frozen.villages, county_adcode=INVENTED, rng=rng)
    >>> Registers(people, Truth(rate=0.02, missed=0.005)).make(rng=rng)
    Register(990001: E 1.999%, N 0.501% of persons fail)
    """

    def __init__(self, population: Population, truth: Truth) -> None:
        self.population = population
        self.truth = truth
        _, self._number = np.unique(population.remoteness_class, return_inverse=True)
        if truth.concentration != 1 and self._number.max() == 0:
            raise SimulationError("simulate.one_class", concentration=truth.concentration)
        self._mean = {one: self._means(one) for one in OUTCOME}
        self._quantiles = {one: self._tables(one) for one in OUTCOME}
        self._answering = {one: self._answers(one) for one in OUTCOME}
        if truth.spatial:
            self._field_root  # noqa: B018 - refuses a county without positions now, not later

    def __repr__(self) -> str:
        return f"Registers({self.population!r}, {self.truth!r})"

    def make(self, *, rng: np.random.Generator) -> Register:
        """Make one register.

        Parameters
        ----------
        rng : the only source of chance; the same state gives the same register
        """
        score = self._scores(rng)
        risk = {one: self._risk(one, score) for one in OUTCOME}
        failing = {one: self._failing(one, risk[one], rng) for one in OUTCOME}
        return Register(self.population, risk, failing)

    def class_rates(self, household_class: str) -> Floats:
        """(remoteness classes,) expected share failing, near to remote."""
        mean = self._mean[household_class]
        return np.array([mean[self._number == k][0] for k in range(self._number.max() + 1)])

    def answering(self, household_class: str) -> Floats:
        """(2, villages) chance that a sound, and that a failing household answers."""
        return self._answering[household_class]

    def _answers(self, household_class: str) -> Floats:
        truth, people = self.truth, self.population
        if truth.nonresponse == 0:
            return np.ones((2, len(people.villages)))
        odds = np.array([1.0, truth.nonresponse_failing])[:, None]
        odds = odds * truth.nonresponse_remote ** people.position()
        count = people.classes[household_class].count
        failing = self._mean[household_class]
        share = np.array([1 - failing, failing]) * count / max(count.sum(), 1)
        low, high = 1e-12, 1e12
        for _ in range(100):
            middle = math.sqrt(low * high)
            refused = float((share * (middle * odds / (1 + middle * odds))).sum())
            low, high = (middle, high) if refused < truth.nonresponse else (low, middle)
        answers: Floats = 1 / (1 + low * odds)
        return answers

    def _means(self, household_class: str) -> Floats:
        """(villages,) expected share failing."""
        people = self.population
        count = people.classes[household_class].count
        rate = self.truth.rate_of(household_class)
        if not rate or not count.sum():
            return np.zeros(count.size)
        relative = self.truth.concentration ** people.position()
        mean: Floats = rate * relative * count.sum() / float(count @ relative)
        if mean[count > 0].max() >= 1:
            raise SimulationError(
                "simulate.class_rate",
                household_class=household_class,
                concentration=self.truth.concentration,
                found=mean[count > 0].max(),
            )
        return mean

    def _tables(self, household_class: str) -> list[Floats] | None:
        """Risk at each of `SCORES`, by remoteness class; None = the mean, without spread."""
        mean = self._mean[household_class]
        if not self.truth.icc or not mean.any():
            return None
        count = self.population.classes[household_class].count
        load = float(count @ mean) ** 2 / float(count**2 @ (mean * (1 - mean)))
        most = load / (1 + load)
        if self.truth.icc >= most:
            raise SimulationError(
                "simulate.icc",
                icc=self.truth.icc,
                rate=self.truth.rate_of(household_class),
                household_class=household_class,
                most=most,
            )
        spread = self.truth.icc * load / (load - self.truth.icc)
        quantile = _beta if self.truth.effects == "beta" else _logit_normal
        return [quantile(one, spread) for one in self.class_rates(household_class)]

    def _scores(self, rng: np.random.Generator) -> Floats:
        villages = len(self.population.villages)
        own = rng.standard_normal(villages)
        share = self.truth.spatial
        if not share:
            return own
        field = self._field_root @ rng.standard_normal(villages)
        smooth = (field - field.mean()) / field.std()  # a constant field would be no field
        score: Floats = math.sqrt(share) * smooth + math.sqrt(1 - share) * own
        return score

    def _risk(self, household_class: str, score: Floats) -> Floats:
        tables = self._quantiles[household_class]
        if tables is None:
            return self._mean[household_class]
        risk = np.empty(score.size)
        for number, table in enumerate(tables):
            inside = self._number == number
            risk[inside] = np.interp(score[inside], SCORES, table)
        return risk

    def _failing(self, household_class: str, risk: Floats, rng: np.random.Generator) -> Flags:
        part = self.population.classes[household_class]
        failing = np.zeros(part.persons.size, dtype=bool)
        wanted = round(self.truth.rate_of(household_class) * int(part.persons.sum()))
        if wanted:
            score = rng.random(failing.size) * np.repeat(1 / np.maximum(risk, NEVER), part.count)
            failing[_smallest(score, part.persons, wanted)] = True
        return failing

    @cached_property
    def _field_root(self) -> Floats:
        correlation = _decay(self.population, self.truth.range_km)
        correlation[np.diag_indices_from(correlation)] += 1e-9  # villages that share a point
        return np.asarray(np.linalg.cholesky(correlation), dtype=np.float64)


def _decay(people: Population, range_km: float) -> Floats:
    """(villages, villages) exp(-distance / range)."""
    if people.points is None:
        raise SimulationError("simulate.points")
    apart = people.points[:, None, :] - people.points[None, :, :]
    decay: Floats = np.exp(-np.hypot(apart[..., 0], apart[..., 1]) / range_km)
    return decay


def _beta(mean: float, icc: float) -> Floats:
    """Quantiles of the beta distribution of this mean and variance icc * mean (1 - mean)."""
    from scipy.special import betaincinv, ndtr

    rest = (1 - icc) / icc
    quantiles: Floats = betaincinv(mean * rest, (1 - mean) * rest, ndtr(SCORES))
    return np.nan_to_num(quantiles)


def _logit_normal(mean: float, icc: float) -> Floats:
    """The same for a risk whose log-odds are normal."""
    step = np.exp(-(SCORES**2) / 2)
    step /= step.sum()

    def centred(sigma: float) -> Floats:
        low, high = -60.0 - REACH * sigma, 60.0 + REACH * sigma
        for _ in range(80):
            middle = (low + high) / 2
            risk = 1 / (1 + np.exp(-np.clip(middle + sigma * SCORES, -700, 700)))
            low, high = (middle, high) if float(step @ risk) < mean else (low, middle)
        return risk

    low, high = 0.0, 200.0
    for _ in range(50):
        middle = (low + high) / 2
        variance = float(step @ (centred(middle) - mean) ** 2)
        low, high = (middle, high) if variance < icc * mean * (1 - mean) else (low, middle)
    return centred(low)


def _smallest(score: Floats, persons: Codes, wanted: int) -> Codes:
    """Households of the smallest scores whose persons add up to the number wanted."""
    few = min(score.size, int(1.3 * wanted / persons.mean()) + 50)
    first = np.argpartition(score, few - 1)[:few] if few < score.size else np.arange(score.size)
    if persons[first].sum() < wanted:
        first = np.arange(score.size)
    order = first[np.argsort(score[first], kind="stable")]
    taken = int(np.searchsorted(np.cumsum(persons[order]), wanted, side="right"))
    chosen, rest = order[:taken].tolist(), wanted - int(persons[order[:taken]].sum())
    for household in order[taken:].tolist():
        if rest <= 0:
            break
        if persons[household] <= rest:
            chosen.append(household)
            rest -= int(persons[household])
    return np.array(chosen, dtype=np.int64)
