"""Joint inclusion probabilities: the chance that two units are in the sample together.

Each function takes π of all units and gives a symmetric (n_units, n_units) matrix with π on its
diagonal; row k sums to n π_k. All are exact up to rounding. Where an exact computation grows
exponentially the number of units is limited, and beyond it an error says so; nothing here is
replaced by an approximation. Methods without any such computation (lpm2, cube) are not here.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from sampling.errors import DrawError
from sampling.selectors.brewer_design import next_draw
from sampling.selectors.conditional_poisson import max_entropy_working
from sampling.selectors.elimination import elimination_chances
from sampling.selectors.pareto_design import pareto_law, pareto_working
from sampling.selectors.probabilities import Floats, Positions, checked, uncertain
from sampling.selectors.rejective import Rejective
from sampling.selectors.sampford_design import sampford_law

__all__ = [
    "brewer",
    "max_entropy",
    "max_entropy_working",
    "midzuno",
    "ordered_pivotal",
    "pareto",
    "random_pivotal",
    "random_systematic",
    "sampford",
    "srswor",
    "systematic",
    "tille",
]

MOST_SAMPLES = 500_000
"""Partial samples that `brewer` goes through at most."""

MOST_PIVOTAL = 14
"""Units that are not certain that `random_pivotal` takes at most."""

MOST_SYSTEMATIC = 18
"""Units that are not certain that `random_systematic` takes at most."""


def srswor(units: int, n: int) -> Floats:
    """Compute n (n - 1) / (N (N - 1)) for every pair of a simple random sample.

    Parameters
    ----------
    units : N (count)
    n : units drawn (count)

    Raises
    ------
    DrawError : n exceeds N

    Examples
    --------
    >>> srswor(4, 2).round(4).tolist()[0]
    [0.5, 0.1667, 0.1667, 0.1667]
    """
    if not 0 <= n <= units:
        raise DrawError("selectors.too_many", n=n, units=units)
    found = np.full((units, units), n * (n - 1) / (units * (units - 1)) if units > 1 else 0.0)
    np.fill_diagonal(found, n / units if units else 0.0)
    return found


def max_entropy(pi: ArrayLike) -> Floats:
    """Compute the joint probabilities of maximum entropy (conditional Poisson) sampling.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum a whole number

    Returns
    -------
    (n_units, n_units) float

    Raises
    ------
    DrawError : not probabilities of a fixed-size design

    References
    ----------
    Chen, Dempster and Liu (1994), Weighted finite population sampling to maximize entropy,
    Biometrika 81, 457-469.

    Examples
    --------
    >>> max_entropy([1, 0.5, 0.25, 0.25]).tolist()[0]
    [1.0, 0.5, 0.25, 0.25]
    """
    _, units, n = uncertain(pi)
    working = max_entropy_working(pi)[units]
    return _around(pi, Rejective(working, n).joint() if n else np.zeros((0, 0)))


def sampford(pi: ArrayLike) -> Floats:
    """Compute the joint probabilities of Sampford's design.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum a whole number

    References
    ----------
    Sampford (1967), On sampling without replacement with unequal probabilities of selection,
    Biometrika 54, 499-513.

    Examples
    --------
    >>> sampford([0.5, 0.5, 0.5, 0.5]).round(4).tolist()[0]
    [0.5, 0.1667, 0.1667, 0.1667]
    """
    values, units, n = uncertain(pi)
    return _around(pi, sampford_law(values[units], n).joint() if n else np.zeros((0, 0)))


def pareto(pi: ArrayLike) -> Floats:
    """Compute the joint probabilities of Pareto sampling with inclusion probabilities π.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum a whole number; the design's own, not its parameters

    References
    ----------
    Bondesson, Traat and Lundqvist (2006), Pareto sampling versus Sampford and conditional Poisson
    sampling, Scand. J. Statist. 33, 699-720.

    Examples
    --------
    >>> pareto([0.6, 0.6, 0.4, 0.4]).sum(axis=1).round(6).tolist()
    [1.2, 1.2, 0.8, 0.8]
    """
    _, units, n = uncertain(pi)
    working = pareto_working(pi)[units]
    return _around(pi, pareto_law(working, n).joint() if n else np.zeros((0, 0)))


def systematic(pi: ArrayLike) -> Floats:
    """Compute the joint probabilities of systematic selection in the order given.

    Many pairs have probability 0: neighbours never come together.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1] in the order of the walk, their sum a whole number

    References
    ----------
    Connor (1966), An exact formula for the probability that two specified sampling units will
    occur in a sample drawn with unequal probabilities and without replacement, J. Amer. Statist.
    Assoc. 61, 384-390.

    Examples
    --------
    >>> systematic([0.5, 0.5, 0.5, 0.5]).tolist()[0]
    [0.5, 0.0, 0.5, 0.0]
    """
    values, units, _ = uncertain(pi)
    chances = values[units]
    begin = np.cumsum(chances) - chances
    # Two units come together on the starts that hit both: arcs of a circle of length 1.
    away = begin[None, :] - begin[:, None]
    found = _overlap(chances[:, None], chances[None, :], away)
    np.fill_diagonal(found, chances)
    return _around(pi, found)


def random_systematic(pi: ArrayLike) -> Floats:
    """Compute the joint probabilities of systematic selection along a random order.

    In a random order every set of units is equally likely, for its size, to stand between two
    given ones, and every size is equally likely; the mean goes over all those sets.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum a whole number; at most 18 of them not 0 or 1

    Raises
    ------
    DrawError : more units than can be gone through, or not probabilities of a fixed-size design

    References
    ----------
    Connor (1966), J. Amer. Statist. Assoc. 61, 384-390. Hidiroglou and Gray (1980), Construction
    of joint probability of selection for systematic PPS sampling, Appl. Statist. 29, 107-112.

    Examples
    --------
    >>> random_systematic([0.5, 0.5, 0.5, 0.5]).round(4).tolist()[0]
    [0.5, 0.1667, 0.1667, 0.1667]
    """
    values, units, _ = uncertain(pi)
    _at_most(MOST_SYSTEMATIC, units.size, "random_systematic")
    chances = values[units]
    found = np.diag(chances)
    for k, other in combinations(range(units.size), 2):
        sums, sizes = np.zeros(1), np.zeros(1, dtype=np.int64)
        for p in np.delete(chances, [k, other]):
            sums, sizes = np.concatenate([sums, sums + p]), np.concatenate([sizes, sizes + 1])
        together = _overlap(chances[k], chances[other], chances[k] + sums)
        by_size = np.bincount(sizes, together) / np.bincount(sizes)
        found[k, other] = found[other, k] = by_size.mean()
    return _around(pi, found)


def tille(pi: ArrayLike) -> Floats:
    """Compute the joint probabilities of Tillé's elimination procedure.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum a whole number

    References
    ----------
    Tillé (1996), An elimination procedure for unequal probability sampling without replacement,
    Biometrika 83, 238-241.

    Examples
    --------
    >>> tille([0.5, 0.5, 0.5, 0.5]).round(4).tolist()[0]
    [0.5, 0.1667, 0.1667, 0.1667]
    """
    values, units, n = uncertain(pi)
    stays = np.ones((units.size, units.size))
    for leaving in elimination_chances(values[units], n):
        # At each step one unit leaves, so both stay with 1 - r_k - r_l.
        stays *= 1 - leaving[:, None] - leaving[None, :]
    np.fill_diagonal(stays, values[units])
    return _around(pi, np.maximum(stays, 0.0))


def midzuno(pi: ArrayLike) -> Floats:
    """Compute the joint probabilities of Midzuno's procedure: both outside Tillé's with 1 - π.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum a whole number

    References
    ----------
    Deville and Tillé (1998), Unequal probability sampling without replacement through a
    splitting method, Biometrika 85, 89-101, section 6.

    Examples
    --------
    >>> midzuno([0.5, 0.25, 0.25]).tolist()[0]
    [0.5, 0.0, 0.0]
    """
    values, _ = checked(pi)
    out = 1 - values
    found = np.maximum(1 - out[:, None] - out[None, :] + tille(out), 0.0)
    np.fill_diagonal(found, values)
    return np.asarray(np.where(found < 1e-15, 0.0, found))


def brewer(pi: ArrayLike) -> Floats:
    """Compute the joint probabilities of Brewer's procedure by going through partial samples.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum a whole number; at most 500,000 sets of up to n of
        the units that are not certain

    Raises
    ------
    DrawError : more sets than can be gone through, or not probabilities of a fixed-size design

    References
    ----------
    Brewer (1975), A simple procedure for πpswor, Austral. J. Statist. 17, 166-172.

    Examples
    --------
    >>> brewer([0.5, 0.5, 0.5, 0.5]).round(4).tolist()[0]
    [0.5, 0.1667, 0.1667, 0.1667]
    """
    values, units, n = uncertain(pi)
    chances = values[units]
    chosen, weight = np.zeros((1, units.size), dtype=bool), np.ones(1)
    for _ in range(n):
        ahead = next_draw(chances, chosen, n)
        ahead = ahead / ahead.sum(axis=1, keepdims=True) * weight[:, None]
        row, unit = np.nonzero(ahead > 0)
        if row.size > MOST_SAMPLES:
            raise DrawError("selectors.samples", design="brewer", most=MOST_SAMPLES)
        grown = chosen[row]
        grown[np.arange(row.size), unit] = True
        # The same set is reached in several orders; it counts once, with all their chances.
        keys = np.packbits(grown, axis=1)
        _, first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        weight = np.bincount(which.reshape(-1), ahead[row, unit]).astype(np.float64)
        chosen = grown[first]
    members = chosen.astype(np.float64)
    return _around(pi, (members * weight[:, None]).T @ members)


def ordered_pivotal(pi: ArrayLike) -> Floats:
    """Compute the joint probabilities of pivotal sampling in the order given.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1] in the order of the duels, their sum a whole number

    References
    ----------
    Chauvet (2012), On a characterization of ordered pivotal sampling, Bernoulli 18, 1320-1340.

    Examples
    --------
    >>> ordered_pivotal([0.5, 0.5, 0.5, 0.5]).tolist()[0]
    [0.5, 0.0, 0.25, 0.25]
    """
    values, units, _ = uncertain(pi)
    duels = _Duels.none(1, units.size)
    for unit, p in enumerate(values[units].tolist()):
        duels = duels.meet(unit, p)
    return _around(pi, duels.both[0])


def random_pivotal(pi: ArrayLike) -> Floats:
    """Compute the joint probabilities of pivotal sampling in a random order.

    What the duels of a set of units carry on does not depend on their order, so the mean over
    orders is built up set by set.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum a whole number; at most 14 of them not 0 or 1

    Raises
    ------
    DrawError : more units than can be gone through, or not probabilities of a fixed-size design

    References
    ----------
    Deville and Tillé (1998), Biometrika 85, 89-101, section 5.

    Examples
    --------
    >>> random_pivotal([0.5, 0.5, 0.5, 0.5]).round(4).tolist()[0]
    [0.5, 0.1667, 0.1667, 0.1667]
    """
    values, units, _ = uncertain(pi)
    _at_most(MOST_PIVOTAL, units.size, "random_pivotal")
    # Sets of units as the bits of a number, those of one size after the other.
    every = np.arange(1 << units.size)
    sizes = np.array([one.bit_count() for one in range(every.size)])
    smaller, duels = every[sizes == 0], _Duels.none(1, units.size)
    for size in range(1, units.size + 1):
        larger = every[sizes == size]
        grown = _Duels.none(larger.size, units.size)
        for unit, p in enumerate(values[units].tolist()):
            rows = np.flatnonzero(larger & (1 << unit))
            before = np.searchsorted(smaller, larger[rows] ^ (1 << unit))
            grown.add(rows, duels.at(before).meet(unit, p), 1 / size)
        smaller, duels = larger, grown
    return _around(pi, duels.both[0])


@dataclass(frozen=True, eq=False)
class _Duels:
    """What pivotal sampling may have come to after some duels, one row a set of units.

    Parameters
    ----------
    carried : (sets,) probability that the survivor carries
    survivor : (sets, n_units) chance that a unit is the survivor
    both : (sets, n_units, n_units) chance that two units are in the sample; diagonal: one
    beside : (sets, n_units, n_units) chance that the first is in the sample and the second is
        the survivor
    """

    carried: Floats
    survivor: Floats
    both: Floats
    beside: Floats

    @classmethod
    def none(cls, sets: int, units: int) -> "_Duels":
        pairs = (sets, units, units)
        return cls(np.zeros(sets), np.zeros(pairs[:2]), np.zeros(pairs), np.zeros(pairs))

    def at(self, rows: Positions) -> "_Duels":
        return _Duels(self.carried[rows], self.survivor[rows], self.both[rows], self.beside[rows])

    def add(self, rows: Positions, other: "_Duels", weight: float) -> None:
        """Add the outcomes of other duels to some rows, in place."""
        for name in ("carried", "survivor", "both", "beside"):
            getattr(self, name)[rows] += weight * getattr(other, name)

    def meet(self, unit: int, p: float) -> "_Duels":
        """Let the survivor meet one more unit."""
        together = self.carried + p
        is_in = together >= 1 - 1e-12
        gap = np.where(is_in, 2 - together, together)
        # Chance that the survivor is settled, in or out, and the unit survives instead.
        settled = np.where(is_in, 1 - p, p) / gap
        one, several = settled[:, None], settled[:, None, None]
        won = is_in[:, None] * self.survivor
        of_sample = np.diagonal(self.both, axis1=1, axis2=2)
        both = self.both + several * is_in[:, None, None] * (
            self.beside + self.beside.transpose(0, 2, 1) + won[:, :, None] * np.eye(won.shape[1])
        )
        both[:, unit, :] = both[:, :, unit] = is_in[:, None] * (1 - one) * of_sample
        both[:, unit, unit] = is_in * (1 - settled)
        beside = (1 - several) * self.beside
        beside[:, unit, :] = is_in[:, None] * (1 - one) * self.survivor
        beside[:, :, unit] = one * (of_sample + won)
        survivor = (1 - one) * self.survivor
        survivor[:, unit] = settled
        return _Duels(np.maximum(together - is_in, 0.0), survivor, both, beside)


def _overlap(first: ArrayLike, second: ArrayLike, away: ArrayLike) -> Floats:
    """Common length of two arcs of a circle of length 1, `away` from one beginning to the other."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    apart = np.mod(away, 1.0)
    ahead = np.minimum(a, apart + b) - apart
    around = np.minimum(a, apart + b - 1)
    return np.asarray(np.maximum(ahead, 0.0) + np.maximum(around, 0.0))


def _around(pi: ArrayLike, inner: Floats) -> Floats:
    """Put certain units and those never drawn around the matrix of the others."""
    values, units, _ = uncertain(pi)
    found = np.outer(values, values)
    found[np.ix_(units, units)] = inner
    return found


def _at_most(most: int, units: int, design: str) -> None:
    if units > most:
        raise DrawError("selectors.units", design=design, most=most, units=units)
