"""The law that conditional Poisson, Sampford and Pareto sampling share.

All three are Poisson sampling conditioned on n units, weighted by a sum over the sample:

    p(s) ∝ Σ_{k in s} c_k  Π_{k in s} p_k  Π_{k not in s} (1 - p_k),   |s| = n

with c_k constant for conditional Poisson (maximum entropy), 1 - p_k for Sampford, and an integral
for Pareto. So their inclusion probabilities, joint ones included, and an exact selection with one
uniform number a unit are written once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from sampling.errors import DrawError
from sampling.selectors.probabilities import Flags, Floats, Positions, uncertain

Complex = NDArray[np.complex128]

NEGLIGIBLE = 45.0
"""Terms below exp(-45) of the largest are left out; a double holds exp(-36)."""

TOLERANCE = 1e-12
"""Largest distance of an inclusion probability from its target that counts as none."""

TOGETHER = 32
"""Strata of similar size that are solved in step."""


@dataclass(frozen=True, eq=False)
class Rejective:
    """One design of the family above, or several of them in the rows of arrays.

    Parameters
    ----------
    p : (…, n_units) float in [0, 1), Poisson probabilities, best scaled so that they sum to n; a
        unit of p = 0 only fills a row
    n : (…,) units in a sample (count), 0 < n < units with p > 0
    c : (…, n_units) float > 0, weights of the sum; None = constant

    References
    ----------
    Tillé (2006), Sampling Algorithms, chapter 5. Bondesson, Traat and Lundqvist (2006), Pareto
    sampling versus Sampford and conditional Poisson sampling, Scand. J. Statist. 33, 699-720.

    Examples
    --------
    >>> law = Rejective(np.array([0.5, 0.5, 0.5]), 2)
    >>> law.first_order().round(6).tolist()
    [0.666667, 0.666667, 0.666667]
    """

    p: Floats
    n: int | Positions
    c: Floats | None = None

    def first_order(self) -> Floats:
        """Compute the inclusion probabilities, (…, n_units) float."""
        odds, mass = self._spectrum()
        if self.c is None:
            own, all_of = odds, mass.sum(axis=-1)
        else:
            of_sample = (self.c[..., None] * odds).sum(axis=-2)
            own = odds * (of_sample[..., None, :] + self.c[..., None] * (1 - odds))
            all_of = (of_sample * mass).sum(axis=-1)
        # Sums instead of matrix products: these are many times slower for stacks of complex ones.
        return np.asarray((own * mass[..., None, :]).sum(axis=-1).real / all_of.real[..., None])

    def joint(self) -> Floats:
        """Compute the joint inclusion probabilities, (n_units, n_units), diagonal = first order."""
        odds, mass = self._spectrum()
        if self.c is None:
            found = ((odds * mass) @ odds.T).real / mass.sum().real
        else:
            of_sample = self.c @ odds
            own = self.c[:, None] * odds * (1 - odds)
            both = ((odds * (mass * of_sample)) @ odds.T).real
            one = ((own * mass) @ odds.T).real
            found = (both + one + one.T) / (of_sample @ mass).real
        np.fill_diagonal(found, self.first_order())
        return np.asarray(np.clip((found + found.T) / 2, 0.0, 1.0))

    def take(self, u: Floats) -> Flags:
        """Select by walking the units once, unit k being taken when u_k lies below its chance.

        The chance is that of k given how many of the units before it were taken (and with what
        weights), so the sample has exactly the law of this design.

        Parameters
        ----------
        u : (…, n_units) uniform numbers in [0, 1)

        Returns
        -------
        (…, n_units) whether a unit is taken
        """
        chance, weighted = self._tails()
        left = np.full(u.shape[:-1], int(self.n))
        weight = np.zeros(u.shape[:-1])
        taken = np.zeros(u.shape, dtype=bool)
        for unit, p in enumerate(self.p):
            fewer = np.maximum(left - 1, 0)
            if self.c is None:
                hit, all_of = chance[unit + 1][fewer], chance[unit][left]
            else:
                grown = weight + self.c[unit]
                hit = grown * chance[unit + 1][fewer] + weighted[unit + 1][fewer]
                all_of = weight * chance[unit][left] + weighted[unit][left]
            now = (left > 0) & (u[..., unit] * all_of < p * hit)
            taken[..., unit] = now
            left = left - now
            if self.c is not None:
                weight = np.where(now, grown, weight)
        return taken

    def _spectrum(self) -> tuple[Complex, Complex]:
        """Characteristic function of the count: factor of each unit taken, and what remains.

        The chance that a Poisson count equals n is the mean over the circle of
        Π (1 - p + p e^{it}) e^{-int}. Few points suffice: away from 0 the product vanishes, and
        the count has no mass further than some 10 standard deviations from its mean.
        """
        spread = (self.p * (1 - self.p)).sum(axis=-1)
        # An odd number of points avoids -1, where the factor of a unit with p = 1/2 is 0.
        points = min(self.p.shape[-1] + 1, int(20 * spread.max() ** 0.5) + 40) | 1
        angle = 2 * np.pi * np.arange(points // 2 + 1) / points
        angle = angle[spread.min() * (1 - np.cos(angle)) < NEGLIGIBLE]
        turn = np.exp(1j * angle)
        factor = 1 + self.p[..., None] * (turn - 1)
        # The other half of the circle is the conjugate.
        mass = factor.prod(axis=-2) * turn ** -np.asarray(self.n)[..., None]
        mass[..., 1:] *= 2
        return self.p[..., None] * turn / factor, mass

    def _tails(self) -> tuple[Floats, Floats]:
        """Chance that the units from k on give r, and the same weighted by their sum of c."""
        chance = np.zeros((self.p.size + 1, int(self.n) + 1))
        weighted = np.zeros_like(chance)
        chance[-1, 0] = 1.0
        for unit in range(self.p.size - 1, -1, -1):
            p = self.p[unit]
            chance[unit] = (1 - p) * chance[unit + 1]
            chance[unit, 1:] += p * chance[unit + 1, :-1]
            if self.c is not None:
                weighted[unit] = (1 - p) * weighted[unit + 1]
                weighted[unit, 1:] += p * (
                    weighted[unit + 1, :-1] + self.c[unit] * chance[unit + 1, :-1]
                )
        return chance, weighted


def solve(target: Floats, n: Positions, actual: Callable[[Floats, Positions], Floats]) -> Floats:
    """Find the Poisson probabilities whose designs have the inclusion probabilities asked for.

    Newton steps on the logits, with the covariance matrix of the indicators replaced by a
    diagonal one that agrees with it up to a rank-one term; steps that do not help are halved.

    Parameters
    ----------
    target : (designs, n_units) float in [0, 1), rows sum to n; 0 only fills a row
    n : (designs,) units in a sample (count)
    actual : inclusion probabilities of some designs from their Poisson probabilities and n

    Returns
    -------
    (designs, n_units) float in [0, 1), rows sum to n

    Raises
    ------
    DrawError : no solution to within 1e-11

    References
    ----------
    Deville and Tillé (2005), Variance approximation under balanced sampling, J. Statist. Plann.
    Inference 128, 569-591, for the diagonal. Chen, Dempster and Liu (1994), Weighted finite
    population sampling to maximize entropy, Biometrika 81, 457-469.

    Examples
    --------
    >>> p = solve(np.array([[0.5, 0.25, 0.25]]), np.array([1]),
    ...           lambda p, n: Rejective(p, n).first_order())[0]
    >>> (p / (1 - p) / (p[1] / (1 - p[1]))).round(6).tolist()
    [2.0, 1.0, 1.0]
    """
    variance = target * (1 - target)
    diagonal = variance / (1 - variance / variance.sum(axis=-1, keepdims=True))
    diagonal[target == 0] = 1.0
    p, step = target.copy(), np.ones(len(target))
    missing = target - actual(p, n)
    error = np.abs(missing).max(axis=-1)
    for _ in range(500):
        rows = np.flatnonzero((error > TOLERANCE) & (step > 1e-6))
        if not rows.size:
            break
        moved = logit(p[rows]) + step[rows, None] * missing[rows] / diagonal[rows]
        tried = _summing_to(n[rows], moved)
        still = target[rows] - actual(tried, n[rows])
        size = np.abs(still).max(axis=-1)
        better = size < error[rows]
        step[rows] = np.where(better, np.minimum(1.0, 2 * step[rows]), step[rows] / 2)
        won = rows[better]
        p[won], missing[won], error[won] = tried[better], still[better], size[better]
    if error.max(initial=0.0) > 1e-11:
        raise DrawError("selectors.working", error=float(error.max()))
    return p


def _summing_to(n: Positions, logits: Floats) -> Floats:
    """Shift logits so that the probabilities sum to n; the design stays the same."""
    for _ in range(50):
        p = np.asarray(expit(logits), dtype=np.float64)
        excess = p.sum(axis=-1) - n
        if (np.abs(excess) < 1e-12 * n).all():
            break
        slope = np.maximum((p * (1 - p)).sum(axis=-1), np.finfo(float).tiny)
        logits = logits - np.clip(excess / slope, -2.0, 2.0)[..., None]
    return p


def solve_all(
    pis: Sequence[ArrayLike], actual: Callable[[Floats, Positions], Floats]
) -> list[Floats]:
    """Solve for many strata together, which is much faster than one after another.

    Parameters
    ----------
    pis : π of each stratum, (n_units,) in [0, 1], their sum a whole number
    actual : as for `solve`

    Returns
    -------
    for each stratum (n_units,) float; 0 and 1 stay as they are

    Examples
    --------
    >>> found = solve_all([[1, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]],
    ...                   lambda p, n: Rejective(p, n).first_order())
    >>> [one.tolist() for one in found]
    [[1.0, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]]
    """
    parts = [uncertain(pi) for pi in pis]
    open_ones = [place for place, (_, units, _) in enumerate(parts) if units.size]
    by_size = sorted(open_ones, key=lambda place: parts[place][1].size)
    for first in range(0, len(by_size), TOGETHER):
        together = [parts[place] for place in by_size[first : first + TOGETHER]]
        target = np.zeros((len(together), together[-1][1].size))
        for row, (values, units, _) in zip(target, together, strict=True):
            row[: units.size] = values[units]
        found = solve(target, np.array([n for _, _, n in together]), actual)
        for row, (values, units, _) in zip(found, together, strict=True):
            values[units] = row[: units.size]
    return [values for values, _, _ in parts]
