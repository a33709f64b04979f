"""Local pivotal sampling (lpm2): duels between neighbours, so that samples spread over the map."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import KDTree

from sampling.errors import DrawError
from sampling.selectors.duels import duel
from sampling.selectors.probabilities import Flags, Floats, Positions, certain_ones, uniform_numbers

NEIGHBOURS = 12
"""Nearest units looked up at a time; more where they tie or are used up."""


def lpm2(pi: ArrayLike, points: ArrayLike, u: ArrayLike) -> Flags:
    """Select by the second local pivotal method.

    At each step a unit is picked at random among those not settled; it duels with the nearest of
    the others. Of several nearest ones the first in the order given is taken.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum n a whole number
    points : (n_units, d) coordinates in any one unit; whole numbers keep ties exact
    u : (…, n_units, 2) uniform numbers in [0, 1), a row a step: the first picks the unit, the
        second decides the duel

    Returns
    -------
    (…, n_units) whether a unit is taken; n in every draw, certain units in all

    Raises
    ------
    DrawError : not probabilities of a fixed-size design, not uniform numbers, or a point missing

    References
    ----------
    Grafström, Lundström and Schelin (2012), Spatially balanced sampling through the pivotal
    method, Biometrics 68, 514-520.

    Examples
    --------
    >>> lpm2([0.5, 0.5, 0.5, 0.5], [[0, 0], [0, 1], [9, 0], [9, 1]],
    ...      [[0.1, 0.2], [0.3, 0.9], [0.5, 0.5], [0.7, 0.1]]).tolist()
    [True, False, True, False]
    """
    place = coordinates(points, len(np.asarray(pi)))
    own = uniform_numbers(u, len(place), 2)
    taken, chances, units, n = certain_ones(pi, own.shape[:-2])
    if n:
        near = _Neighbours(place[units])
        flat, steps = taken.reshape(-1, len(place)), own.reshape(-1, len(place), 2)
        for draw, numbers in enumerate(steps):
            flat[draw, units] = _settle(chances.tolist(), near, numbers.tolist())
    return taken


def coordinates(points: ArrayLike, units: int) -> Floats:
    """Refuse points that are missing or not as many as the units.

    Examples
    --------
    >>> coordinates([[0, 0], [3, 4]], 2).shape
    (2, 2)
    """
    place = np.asarray(points, dtype=np.float64)
    place = place.reshape(len(place), -1)
    if len(place) != units:
        raise DrawError("selectors.shape", what="points", found=len(place), expected=units)
    if not np.isfinite(place).all():
        raise DrawError("selectors.number", what="points")
    return place


class _Neighbours:
    """Units in order of distance from each unit, looked up as far as they are asked for."""

    def __init__(self, place: Floats) -> None:
        self.place = place
        self.everybody = np.arange(len(place))
        self.first = self._around(self.everybody, self.everybody)

    def nearest(self, unit: int, alive: list[bool], current: "_Lists") -> int:
        for other in current.of[unit]:
            if alive[other]:
                return other
        current.of = self._around(self.everybody, np.flatnonzero(alive))
        return next(other for other in current.of[unit] if alive[other])

    def _around(self, units: Positions, candidates: Positions) -> list[list[int]]:
        """For each candidate its nearest others, equal distances by position, none left out."""
        found: list[list[int]] = [[] for _ in units]
        asking, wanted = candidates, NEIGHBOURS
        tree = KDTree(self.place[candidates])
        while asking.size:
            wanted = min(wanted, candidates.size)
            _, hits = tree.query(self.place[asking], k=wanted)
            hits = candidates[hits.reshape(asking.size, wanted)]
            away = self.place[hits] - self.place[asking][:, None]
            squares = (away * away).sum(axis=-1)
            order = np.lexsort((hits, squares), axis=-1)
            hits, squares = (np.take_along_axis(one, order, -1) for one in (hits, squares))
            # Beyond the list others may be as far as its last; those of that distance are unsure.
            sure = squares < squares[:, -1:] if wanted < candidates.size else squares >= 0
            useful = sure & (hits != asking[:, None])
            enough = useful.any(axis=1)
            for unit, row, keep in zip(
                asking[enough].tolist(), hits[enough], useful[enough], strict=True
            ):
                found[unit] = row[keep].tolist()
            if wanted == candidates.size:
                break
            asking, wanted = asking[~enough], wanted * 4
        return found


class _Lists:
    """Lists of neighbours that one draw is using."""

    def __init__(self, of: list[list[int]]) -> None:
        self.of = of


def _settle(chances: list[float], near: _Neighbours, numbers: list[list[float]]) -> list[bool]:
    carried, alive = list(chances), [True] * len(chances)
    taken = [False] * len(chances)
    waiting = list(range(len(chances)))
    slot = list(waiting)
    current = _Lists(near.first)
    for pick, luck in numbers:
        if len(waiting) < 2:
            break
        unit = waiting[int(pick * len(waiting))]
        other = near.nearest(unit, alive, current)
        is_in, is_unit = duel(carried[unit], carried[other], luck)
        settled, left = (unit, other) if is_unit else (other, unit)
        carried[left] = min(max(carried[unit] + carried[other] - is_in, 0.0), 1.0)
        taken[settled], alive[settled] = is_in, False
        # The last one waiting takes the place of the unit that is settled.
        last = waiting.pop()
        if last != settled:
            waiting[slot[settled]] = last
            slot[last] = slot[settled]
    taken[waiting[0]] = carried[waiting[0]] > 0.5
    return taken
