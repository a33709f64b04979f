"""How many cases a clustered sample will show, and how they will sit together in villages.

The joint distribution of two sums, computed village by village: of what all cases count, and of
the squared village totals, which is what a variance estimate is made of.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, gammainc, gammaln

from sampling.fieldwork import Fieldwork

Floats = npt.NDArray[np.float64]

CASES, SQUARES = 128, 128
"""Points of the grid."""

FADE = 1e-6
"""What is left of a chance that a circular convolution carries round once."""

KEPT = 1e-10
"""Numbers of cases in one village that are less probable than this are left out."""


@dataclass(frozen=True, eq=False)
class Layer:
    """One stratum: villages (or households) drawn, take in each, risk, what a case counts."""

    units: int
    take: float
    risk: float
    scale: float


@dataclass(frozen=True, eq=False)
class CaseSums:
    """Sums of cases and of squared village totals, both on evenly spaced points from 0.

    Parameters
    ----------
    work, rate : assumptions, and the true rate
    layers : strata
    villages : for each, (CASES,) distribution of what the cases of one unit add up to
    step, square : distance of the points of each sum
    """

    work: Fieldwork
    rate: float
    layers: tuple[Layer, ...]
    villages: tuple[Floats, ...]
    step: float
    square: float

    @classmethod
    def of(cls, work: Fieldwork, rate: float, *, p0: float) -> "CaseSums":
        layers, spread = _layers(work, rate)
        n = work.interviewed
        clustered = 1 + (n / work.villages) * work.icc * (not work.whole)
        deviation = sqrt(n * rate * clustered * work.unequal)
        highest = max(1.05 * p0 * n + 2, n * rate + 6.5 * deviation)
        step = next(
            (one for one in (0.25, 0.5, 1.0) if one * CASES > highest), highest / (CASES - 1)
        )
        squares = (np.arange(CASES) * step) ** 2
        villages = tuple(_village(layer, work, spread, step) for layer in layers)
        mean = second = 0.0
        for layer, mass in zip(layers, villages, strict=True):
            first = float(mass @ squares)
            mean += layer.units * first
            second += layer.units * (float(mass @ squares**2) - first**2)
        most = mean + 10 * sqrt(max(second, 0.0)) + 4 * max(one.scale for one in layers) ** 2
        return cls(work, rate, layers, villages, step, most / (SQUARES - 1))

    @property
    def cases(self) -> Floats:
        """(CASES,) sums of cases, in mean cases."""
        return np.arange(CASES, dtype=np.float64) * self.step

    @property
    def smooth(self) -> bool:
        """Whether sums take any value, because cases do not all count the same."""
        return self.work.unequal > 1 or len({layer.scale for layer in self.layers}) > 1

    def joint(self) -> Floats:
        """(CASES, SQUARES) chance of each pair of sums."""
        fade_cases, fade_squares = _fade(CASES), _fade(SQUARES)
        spectrum = np.ones((CASES, SQUARES // 2 + 1), dtype=np.complex128)
        for layer, village in zip(self.layers, self.villages, strict=True):
            mass = village * fade_cases
            place = self.cases**2 / self.square
            low = place.astype(np.int64)
            part = place - low
            table = np.zeros((CASES, SQUARES + 1))
            inside = np.flatnonzero(low < SQUARES)
            table[inside, low[inside]] = (mass * (1 - part))[inside]
            table[inside, low[inside] + 1] += (mass * part)[inside]
            spectrum *= np.fft.rfft2(table[:, :SQUARES] * fade_squares) ** layer.units
        joint = np.fft.irfft2(spectrum, s=(CASES, SQUARES)) / fade_cases[:, None] / fade_squares
        return np.asarray(joint.clip(0.0), dtype=np.float64)

    def mass_below(self, joint: Floats, most: Floats) -> Floats:
        """(CASES,) chance of each sum of cases together with less than `most` squares."""
        summed = np.cumsum(joint, axis=1)
        place = np.clip(most / self.square - 0.5, -1.0, SQUARES - 1.0)
        low = np.floor(place).astype(np.int64)
        padded = np.concatenate([np.zeros((CASES, 1)), summed], axis=1)
        rows = np.arange(CASES)
        after = padded[rows, np.minimum(low + 2, SQUARES)]
        before = padded[rows, low + 1]
        return np.asarray(before + (place - low) * (after - before), dtype=np.float64)

    def given_the_county(self, joint: Floats) -> Floats:
        """Weigh each sum by the chance that the rest of the county makes up the true total.

        The households not interviewed hold the remaining cases; how many they hold given those
        found has the mean of the beta distribution after the sample, and is taken as gamma.
        """
        work, rate = self.work, self.rate
        if work.frame is None:
            return joint
        left = max(work.frame - work.interviewed, 0.5)
        if work.whole or not work.icc or work.frame_villages is None:
            mean = np.full(CASES, rate * left)
            variance: Floats = mean * (1 - rate)
        else:
            mean, variance = self._rest(work, work.frame, work.frame_villages)
        weighed = joint * _gamma_density(rate * work.frame - self.cases, mean, variance)[:, None]
        total = float(weighed.sum())
        return weighed / total if total > 0 else joint

    def _rest(self, work: Fieldwork, frame: float, villages: int) -> tuple[Floats, Floats]:
        """Mean and variance of the cases not interviewed, given each sum of those that were."""
        rate, icc = self.rate, min(work.icc, 0.999)
        size, take = frame / villages, work.interviewed / work.villages
        unseen = (villages - work.villages) * size * rate
        prior = (1 - icc) / icc
        more = max(size - take, 0.0)
        seen = more * (work.villages * rate * prior + self.cases) / (prior + take)
        variance = seen * (1 + max(more - 1, 0.0) / (prior + take + 1))
        variance = variance + unseen * (1 - rate) * (1 + (size - 1) * icc)
        return np.asarray(unseen + seen), np.asarray(variance)


def _layers(work: Fieldwork, rate: float) -> tuple[tuple[Layer, ...], float]:
    """Strata of equal size from near to remote, and cv² of what a case counts within one."""
    place = np.linspace(0, 1, work.strata) if work.strata > 1 else np.zeros(1)
    risk = 1 + place * (work.concentration - 1)
    risk = np.minimum(rate * risk / risk.mean(), 1 - 1e-9)
    share = work.remote_factor**place / (work.remote_factor**place).sum()
    scale = 1 / (work.strata * share)
    total = max(round(work.interviewed), 1) if work.whole else work.villages
    units = np.diff(np.round(np.cumsum(share) * total), prepend=0).astype(np.int64)
    take = 1.0 if work.whole else work.interviewed / work.villages
    within = work.unequal / float((share * scale**2).sum())
    layers = tuple(
        Layer(int(n), take, float(p), float(counts))
        for n, p, counts in zip(units, risk, scale, strict=True)
        if n
    )
    return layers, max(within - 1, 0.0)


def _village(layer: Layer, work: Fieldwork, spread: float, step: float) -> Floats:
    """(CASES,) distribution of what the cases of one unit add up to.

    `spread` is cv² of what a case counts within a stratum.
    """
    icc = 0.0 if work.whole else min(work.icc, 0.999)
    low = int(layer.take)
    part = layer.take - low
    counts = (1 - part) * _beta_binomial(low, layer.risk, icc)
    counts = np.append(counts, 0.0) + part * _beta_binomial(low + 1, layer.risk, icc)
    last = int(np.flatnonzero(counts > KEPT)[-1])
    one = np.fft.rfft(_loads(layer.scale, spread, step), 2 * CASES)
    total = np.zeros_like(one)
    for count in counts[last::-1]:
        total = total * one + count
    return np.asarray(np.fft.irfft(total, 2 * CASES)[:CASES].clip(0.0), dtype=np.float64)


def _beta_binomial(units: int, p: float, icc: float) -> Floats:
    """(units + 1,) distribution of the cases among so many units of a cluster."""
    if units == 0:
        return np.ones(1)
    k = np.arange(units + 1)
    ways = gammaln(units + 1) - gammaln(k + 1) - gammaln(units - k + 1)
    if icc <= 0 or units == 1:
        log = ways + k * np.log(p) + (units - k) * np.log1p(-p)
    else:
        rest = (1 - icc) / icc
        a, b = p * rest, (1 - p) * rest
        log = ways + betaln(k + a, units - k + b) - betaln(a, b)
    return np.asarray(np.exp(log), dtype=np.float64)


def _fade(size: int) -> Floats:
    """(size,) factors by which the grid is faded, so that what is carried round hardly counts."""
    return np.asarray(FADE ** (np.arange(size) / size), dtype=np.float64)


def _loads(mean: float, spread: float, step: float) -> Floats:
    """(CASES,) distribution of what one case counts, on the grid: gamma with its exact mean.

    A value between two points is shared between them in proportion to its nearness. That adds
    step²/6 to the variance of a smooth distribution, which is taken off beforehand.
    """
    points = np.arange(CASES + 1) * step
    spread = max(spread - (step / mean) ** 2 / 6, 0.0)
    if spread < 1e-9:
        integral = np.maximum(points - mean, 0.0)
    else:
        shape = 1 / spread
        at = points * shape / mean
        integral = points * gammainc(shape, at) - mean * gammainc(shape + 1, at)
    first = integral[1:2]
    inner = integral[2:] - 2 * integral[1:-1] + integral[:-2]
    return np.asarray(np.concatenate([first, inner])[:CASES] / step, dtype=np.float64)


def _gamma_density(value: Floats, mean: Floats, variance: Floats) -> Floats:
    """Density, up to a constant factor, of a gamma variable; 0 below 0."""
    shape, scale = mean**2 / variance, variance / mean
    at = np.maximum(value, 0.25)
    log = (shape - 1) * np.log(at) - at / scale - gammaln(shape) - shape * np.log(scale)
    return np.where(value < 0, 0.0, np.exp(log - log.max()))
