"""The law that conditional Poisson, Sampford and Pareto sampling share.

All three are Poisson sampling conditioned on n units, weighted by a sum over the sample:

    p(s) ∝ Σ_{k in s} c_k  Π_{k in s} p_k  Π_{k not in s} (1 - p_k),   |s| = n

with c_k constant for conditional Poisson (maximum entropy), 1 - p_k for Sampford, and an integral
for Pareto. So their inclusion probabilities, joint ones included, and an exact selection with one
uniform number a unit are written once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from sampling.errors import DrawError
from sampling.selectors.probabilities import Flags, Floats

Complex = NDArray[np.complex128]

NEGLIGIBLE = 45.0
"""Terms below exp(-45) of the largest are left out; a double holds exp(-36)."""

TOLERANCE = 1e-13
"""Largest distance of an inclusion probability from its target that counts as none."""


@dataclass(frozen=True, eq=False)
class Rejective:
    """One design of the family above.

    Parameters
    ----------
    p : (n_units,) float in (0, 1), Poisson probabilities, best scaled so that they sum to n
    n : units in a sample (count), 0 < n < n_units
    c : (n_units,) float > 0, weights of the sum; None = constant

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
    n: int
    c: Floats | None = None

    def first_order(self) -> Floats:
        """Compute the inclusion probabilities, (n_units,) float."""
        odds, mass = self._spectrum()
        if self.c is None:
            return np.asarray((odds @ mass).real / mass.sum().real)
        of_sample = self.c @ odds
        own = odds * (of_sample + self.c[:, None] * (1 - odds))
        return np.asarray((own @ mass).real / (of_sample @ mass).real)

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
        left = np.full(u.shape[:-1], self.n)
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
        spread = float((self.p * (1 - self.p)).sum())
        # An odd number of points avoids -1, where the factor of a unit with p = 1/2 is 0.
        points = min(self.p.size + 1, int(20 * spread**0.5) + 40) | 1
        angle = 2 * np.pi * np.arange(points // 2 + 1) / points
        angle = angle[spread * (1 - np.cos(angle)) < NEGLIGIBLE]
        turn = np.exp(1j * angle)
        factor = 1 + self.p[:, None] * (turn - 1)
        twice = np.where(angle > 0, 2.0, 1.0)  # the other half of the circle is the conjugate
        mass = twice * factor.prod(axis=0) * np.exp(-1j * self.n * angle)
        return self.p[:, None] * turn / factor, mass

    def _tails(self) -> tuple[Floats, Floats]:
        """Chance that the units from k on give r, and the same weighted by their sum of c."""
        chance = np.zeros((self.p.size + 1, self.n + 1))
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


def solve(target: Floats, actual: Callable[[Floats], Floats]) -> Floats:
    """Find the Poisson probabilities whose design has the inclusion probabilities asked for.

    Newton steps on the logits, with the covariance matrix of the indicators replaced by a
    diagonal one that agrees with it up to a rank-one term; steps that do not help are halved.

    Parameters
    ----------
    target : (n_units,) float in (0, 1), sums to a whole number n
    actual : inclusion probabilities of the design with given Poisson probabilities

    Returns
    -------
    (n_units,) float in (0, 1), sums to n

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
    >>> p = solve(np.array([0.5, 0.25, 0.25]), lambda p: Rejective(p, 1).first_order())
    >>> (p / (1 - p) / (p[1] / (1 - p[1]))).round(6).tolist()
    [2.0, 1.0, 1.0]
    """
    n = round(float(target.sum()))
    variance = target * (1 - target)
    diagonal = variance / (1 - variance / variance.sum())
    p, step = target.copy(), 1.0
    missing = target - actual(p)
    for _ in range(500):
        error = float(np.abs(missing).max())
        if error <= TOLERANCE or step < 1e-6:
            break
        tried = _summing_to(n, logit(p) + step * missing / diagonal)
        still = target - actual(tried)
        if np.abs(still).max() < error:
            p, missing, step = tried, still, min(1.0, 2 * step)
        else:
            step /= 2
    if error > 1e-11:
        raise DrawError("selectors.working", error=error)
    return p


def _summing_to(n: int, logits: Floats) -> Floats:
    """Shift logits so that the probabilities sum to n; the design stays the same."""
    for _ in range(50):
        p = np.asarray(expit(logits), dtype=np.float64)
        excess = float(p.sum()) - n
        if abs(excess) < 1e-12 * n:
            break
        slope = float((p * (1 - p)).sum())
        logits = logits - np.clip(excess / slope if slope else np.sign(excess), -2.0, 2.0)
    return p
