"""Search for the cutting of a variable into strata that needs the smallest sample."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

import numpy as np
import numpy.typing as npt

from sampling.errors import AllocationError

Floats = npt.NDArray[np.float64]

MOST_POINTS = 1000
TOP_POINTS = 200
"""Distinct values among which the first search looks: so many evenly spread, and all at the top."""

STARTS = 6
STEPS = 40
SMALLEST = 2
"""Units that a stratum of an optimised cutting holds at least."""


@dataclass(frozen=True, eq=False)
class Cuttings:
    """Distinct values with running counts, sums and squares, from which any cutting is judged."""

    points: Floats
    count: Floats
    total: Floats
    square: Floats
    shift: float
    allowed: float

    @classmethod
    def of(cls, values: Floats, cv: float) -> "Cuttings":
        if not cv > 0 or not isfinite(cv):
            raise AllocationError("boundaries.cv", value=cv)
        shift = float(values.mean())
        if shift == 0:
            raise AllocationError("boundaries.mean")
        points, counts = np.unique(values, return_counts=True)
        away = points - shift
        count, total, square = (
            np.concatenate([[0.0], np.cumsum(counts * power)])
            for power in (np.ones(points.size), away, away**2)
        )
        return cls(points, count, total, square, shift, allowed=(cv * shift * values.size) ** 2)

    def sample(
        self, count: Floats, total: Floats, square: Floats, takeall: int
    ) -> tuple[tuple[int, ...], float, int]:
        """n_h, n before rounding, and strata taken whole."""
        filled = np.maximum(count, 1.0)
        variance = np.maximum(square / filled - (total / filled) ** 2, 0.0)
        variance[variance < 1e-12 * max(float(variance.max()), 1e-300)] = 0.0
        weight = count * np.sqrt(variance)
        within = count * variance
        whole = takeall
        while True:
            some = count.size - whole
            load = float(weight[:some].sum())
            if load == 0:
                exact = np.zeros(some)
                break
            exact = weight[:some] * load / (self.allowed + float(within[:some].sum()))
            if some <= 1 or not (exact > count[:some]).any():
                break
            whole += 1
        rounded = np.minimum(np.maximum(np.ceil(exact - 1e-10), 1.0), count[:some])
        n_h = np.concatenate([rounded, count[some:]]).astype(np.int64)
        return tuple(n_h.tolist()), float(exact.sum() + count[some:].sum()), whole

    def criterion(self, cuts: Sequence[int], takeall: int) -> tuple[float, float]:
        """What a cutting costs: whole numbers, then exact ones; infinite for a small stratum."""
        places = [0, *cuts, self.points.size]
        if any(b <= a for a, b in pairwise(places)):
            return float("inf"), float("inf")
        count = np.diff(self.count[places])
        if count.min() < SMALLEST:
            return float("inf"), float("inf")
        n_h, exact, _ = self.sample(
            count, np.diff(self.total[places]), np.diff(self.square[places]), takeall
        )
        return float(sum(n_h)), exact

    def starts(self, classes: int, takeall: int) -> list[tuple[int, ...]]:
        """Cuttings that are best for the criterion made linear, the best few by what they cost."""
        size = self.points.size
        spread = np.linspace(0, size, min(size, MOST_POINTS) + 1).astype(np.int64)
        places = np.union1d(spread, np.arange(max(0, size - TOP_POINTS), size + 1))
        count = self.count[places]
        held = count[None, :] - count[:, None]
        total = self.total[places][None, :] - self.total[places][:, None]
        square = self.square[places][None, :] - self.square[places][:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            within = np.maximum(square - total**2 / held, 0.0)
            weight = np.sqrt(held * within)
        small = held < SMALLEST
        within[small] = weight[small] = np.inf
        found: dict[tuple[int, ...], tuple[float, float]] = {}
        price = 0.0
        for _ in range(4):
            with np.errstate(invalid="ignore"):
                cost = np.where(small, np.inf, weight - price * within)
            cuttings = self._cuttings(cost, places, classes, takeall)
            judged = {cuts: self.criterion(cuts, takeall) for cuts in cuttings}
            found |= {cuts: paid for cuts, paid in judged.items() if paid[0] < float("inf")}
            if not judged:
                break
            first = min(judged, key=lambda cuts: judged[cuts])
            ends = [0, *first, size][: classes - takeall + 1]
            pairs = list(pairwise(ends))
            at = np.searchsorted(places, pairs)
            load = float(weight[at[:, 0], at[:, 1]].sum())
            inside = float(within[at[:, 0], at[:, 1]].sum())
            price = load / (2 * (self.allowed + inside))
        return sorted(found, key=lambda cuts: (found[cuts], cuts))[:STARTS]

    def _cuttings(
        self, cost: Floats, places: npt.NDArray[np.int64], classes: int, takeall: int
    ) -> Iterator[tuple[int, ...]]:
        """Best cuttings of all beginnings into strata not taken whole, for every end of them."""
        some = classes - takeall
        best, choices = cost[0], []
        for _ in range(some - 1):
            reached = best[:, None] + cost
            choice = reached.argmin(axis=0)
            best = reached[choice, np.arange(choice.size)]
            choices.append(choice)
        last = places.size - 1
        for end in range(1, last) if takeall else [last]:
            if not np.isfinite(best[end]):
                continue
            cuts, at = [end] if takeall else [], end
            for choice in reversed(choices):
                at = int(choice[at])
                cuts.append(at)
            yield tuple(int(places[cut]) for cut in reversed(cuts))

    def improved(self, cuts: tuple[int, ...], takeall: int) -> tuple[int, ...]:
        """Move one boundary at a time to its best place nearby, in ever smaller steps."""
        stride = max(1, self.points.size // MOST_POINTS)
        while True:
            moved = self._moved(cuts, takeall, stride)
            if moved == cuts and stride == 1:
                return cuts
            stride = stride if moved != cuts else max(1, stride // 4)
            cuts = moved

    def _moved(self, cuts: tuple[int, ...], takeall: int, stride: int) -> tuple[int, ...]:
        paid = self.criterion(cuts, takeall)
        for which in range(len(cuts)):
            around = cuts
            for step in range(-STEPS, STEPS + 1):
                place = around[which] + step * stride
                if step and 0 < place < self.points.size:
                    other = (*around[:which], place, *around[which + 1 :])
                    price = self.criterion(other, takeall)
                    if price < paid:
                        cuts, paid = other, price
        return cuts
