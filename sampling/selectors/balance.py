"""Cube method: samples whose Horvitz-Thompson totals of auxiliaries hit the truth, or nearly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sampling.errors import DrawError
from sampling.selectors.probabilities import Flags, Floats, Positions, certain_ones, uniform_numbers

SETTLED = 1e-9
"""Probabilities this close to 0 or 1 are settled."""

DEPENDENT = 1e-10
"""What remains of a variable that is a combination of others, after scaling."""

TOGETHER = 128
"""Strata of similar size that are settled in step."""


def cube(pi: ArrayLike, auxiliaries: ArrayLike, u: ArrayLike) -> Flags:
    """Select a sample balanced on π, hence of fixed size, and on auxiliaries as far as possible.

    Flight: the first units not settled, one more than there are variables, move together along
    a direction that leaves every estimated total unchanged, until one of them is settled; the
    next unit takes its place. Landing: with too few units left for all variables the last
    variable is dropped, and so on down to π alone.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum n a whole number
    auxiliaries : (n_units, p) float, the most important first; π need not be among them
    u : (…, n_units, 2) uniform numbers in [0, 1); the first column orders the units, the second
        chooses between the two ways along a direction, a row a step

    Returns
    -------
    (…, n_units) whether a unit is taken; n in every draw, certain units in all

    Raises
    ------
    DrawError : not probabilities of a fixed-size design, not uniform numbers, or an auxiliary
        that is missing or infinite

    Notes
    -----
    Each step keeps every probability on average, so π is exact whatever is balanced on. A
    variable that is a combination of those before it is left out at the start.

    References
    ----------
    Deville and Tillé (2004), Efficient balanced sampling: the cube method, Biometrika 91,
    893-912. Chauvet and Tillé (2006), A fast algorithm for balanced sampling, Comput. Statist.
    21, 53-62.

    Examples
    --------
    >>> households = [[100.0], [100.0], [50.0], [50.0]]
    >>> cube([0.5, 0.5, 0.5, 0.5], households,
    ...      [[0.1, 0.2], [0.3, 0.9], [0.5, 0.5], [0.7, 0.1]]).tolist()
    [False, True, False, True]
    """
    numbers = uniform_numbers(u, len(np.asarray(pi)), 2)
    problem = _prepare(pi, auxiliaries, numbers.reshape(-1, *numbers.shape[-2:]))
    return _land([problem])[0].reshape(numbers.shape[:-1])


def cube_strata(
    strata: Sequence[tuple[ArrayLike, ArrayLike, ArrayLike]],
) -> list[Flags]:
    """Select in many strata together, which is much faster than one after another.

    Parameters
    ----------
    strata : (pi, auxiliaries, u) of each, as for `cube`, u of one draw

    Returns
    -------
    for each stratum (n_units,) whether a unit is taken, as `cube` gives it

    Examples
    --------
    >>> half = ([0.5, 0.5], [[1.0], [3.0]], [[0.1, 0.2], [0.3, 0.4]])
    >>> [taken.sum() for taken in cube_strata([half, half])]
    [np.int64(1), np.int64(1)]
    """
    problems = [
        _prepare(pi, aux, uniform_numbers(u, len(np.asarray(pi)), 2)[None]) for pi, aux, u in strata
    ]
    found: list[Flags] = [np.zeros(0, dtype=bool)] * len(problems)
    by_size = sorted(range(len(problems)), key=lambda place: problems[place].units.size)
    for first in range(0, len(by_size), TOGETHER):
        together = by_size[first : first + TOGETHER]
        for place, taken in zip(together, _land([problems[i] for i in together]), strict=True):
            found[place] = taken[0]
    return found


@dataclass(frozen=True, eq=False)
class _Problem:
    """One set of units, their variables over π, and the numbers of some draws."""

    taken: Flags  # (draws, units) certain units only
    units: Positions  # those that are not certain
    chances: Floats  # (units not certain,)
    inflated: Floats  # (units not certain, variables), scaled, no column a combination of others
    numbers: Floats  # (draws, units not certain, 2)


def _prepare(pi: ArrayLike, auxiliaries: ArrayLike, numbers: Floats) -> _Problem:
    taken, chances, units, _ = certain_ones(pi, numbers.shape[:1])
    table = np.asarray(auxiliaries, dtype=np.float64)
    if len(table) != taken.shape[-1]:
        expected = taken.shape[-1]
        raise DrawError("selectors.shape", what="auxiliaries", found=len(table), expected=expected)
    table = table.reshape(len(table), -1)
    if not np.isfinite(table).all():
        raise DrawError("selectors.number", what="auxiliaries")
    inflated = _independent(np.column_stack([chances, table[units]]) / chances[:, None])
    return _Problem(taken, units, chances, inflated, numbers[:, units])


def _independent(inflated: Floats) -> Floats:
    """Scale the columns, and keep those that are not combinations of the ones before."""
    if not inflated.size:
        return inflated
    scale = np.abs(inflated).max(axis=0)
    scaled = inflated[:, scale > 0] / scale[scale > 0]
    diagonal = np.abs(np.diag(np.linalg.qr(scaled, mode="r")))
    return np.asarray(scaled[:, : diagonal.size][:, diagonal > 1e-9 * len(scaled) ** 0.5])


def _land(problems: Sequence[_Problem]) -> list[Flags]:
    """Settle the units of several problems in step; shorter ones are padded and end earlier."""
    draws = [len(one.numbers) for one in problems]
    units = max(one.units.size for one in problems)
    if not units:
        return [one.taken for one in problems]
    columns = max(one.inflated.shape[1] for one in problems)
    inflated = np.zeros((len(problems), units, columns))
    carried = np.zeros((sum(draws), units))
    numbers = np.full((sum(draws), units, 2), np.inf)
    begin = np.cumsum([0, *draws])
    for place, one in enumerate(problems):
        inflated[place, : one.units.size, : one.inflated.shape[1]] = one.inflated
        rows = slice(begin[place], begin[place + 1])
        carried[rows, : one.units.size] = one.chances
        numbers[rows, : one.units.size] = one.numbers
    owner = np.repeat(np.arange(len(problems)), draws)
    sizes = np.repeat([one.units.size for one in problems], draws)
    widths = np.repeat([one.inflated.shape[1] for one in problems], draws)
    _fly(carried, inflated, owner, sizes=sizes, widths=widths, numbers=numbers)
    for place, one in enumerate(problems):
        settled = carried[begin[place] : begin[place + 1], : one.units.size]
        one.taken[:, one.units] = settled > 0.5
    return [one.taken for one in problems]


def _fly(
    carried: Floats,
    inflated: Floats,
    owner: Positions,
    *,
    sizes: Positions,
    widths: Positions,
    numbers: Floats,
) -> None:
    """Move the probabilities carried, in place, until all are settled.

    Parameters
    ----------
    carried : (draws, units) probabilities; the first `sizes` of a row are units
    inflated : (problems, units, variables) variables over π
    owner : (draws,) problem of a draw
    sizes : (draws,) units of its problem
    widths : (draws,) variables of its problem
    numbers : (draws, units, 2) uniform numbers
    """
    order = np.argsort(numbers[..., 0], axis=-1, kind="stable")
    seats = np.arange(inflated.shape[2] + 1)
    waiting = np.minimum(widths + 1, sizes)  # place in the order of the next unit to come
    crew = order[:, np.minimum(seats, order.shape[1] - 1)]  # units that move, by seat
    here = seats < waiting[:, None]
    for step in range(order.shape[1]):
        counts = here.sum(axis=1)
        for count in np.unique(counts[counts > 1]).tolist():
            rows = np.flatnonzero(counts == count)
            members = crew[rows][here[rows]].reshape(rows.size, count)
            at = rows[:, None], members
            table = inflated[owner[rows][:, None], members, : count - 1]
            carried[at] = _move(carried[at], table, numbers[rows, step, 1])
        if not (counts > 1).any():
            break
        values = carried[np.arange(len(crew))[:, None], crew]
        here &= (values > 0) & (values < 1)
        # Units that are settled give their seat to the next of the order, as far as there are any.
        coming = waiting[:, None] + np.cumsum(~here & (seats <= widths[:, None]), axis=1) - 1
        filled = ~here & (seats <= widths[:, None]) & (coming < sizes[:, None])
        row, seat = np.nonzero(filled)
        crew[row, seat] = order[row, coming[row, seat]]
        here |= filled
        waiting += filled.sum(axis=1)


def _move(carried: Floats, inflated: Floats, u: Floats) -> Floats:
    """Move along a direction orthogonal to the variables until a unit is settled.

    Parameters
    ----------
    carried : (draws, m) probabilities that the units carry
    inflated : (draws, m, m - 1) variables over π
    u : (draws,) uniform numbers
    """
    direction = _orthogonal(inflated)
    size, rises = np.maximum(np.abs(direction), np.finfo(float).tiny), direction > 0
    up = np.where(rises, 1 - carried, carried) / size
    down = np.where(rises, carried, 1 - carried) / size
    ahead, back = up.min(axis=1, keepdims=True), down.min(axis=1, keepdims=True)
    forward = u[:, None] * (ahead + back) < back
    moved = carried + np.where(forward, ahead, -back) * direction
    # Whatever rounding says, the unit that stopped the move is settled.
    stop = np.where(forward, up, down).argmin(axis=1)
    rows = np.arange(len(moved))
    moved[rows, stop] = np.round(moved[rows, stop])
    return np.where(moved < SETTLED, 0.0, np.where(moved > 1 - SETTLED, 1.0, moved))


def _orthogonal(inflated: Floats) -> Floats:
    """Find a direction that leaves every variable's total unchanged.

    Gauss-Jordan elimination, variable after variable, in plain additions and multiplications:
    the same on every machine, where a library's own routine may choose another direction.

    Parameters
    ----------
    inflated : (draws, m, q) variables over π, none above 1 in size, q < m

    Returns
    -------
    (draws, m) float, not all 0
    """
    draws, units, variables = inflated.shape
    system = inflated.swapaxes(1, 2).copy()
    every = np.arange(draws)
    is_free = np.ones((draws, units), dtype=bool)
    pivots = np.zeros((draws, variables), dtype=np.int64)
    for variable in range(variables):
        pivot = np.abs(system[:, variable]).argmax(axis=1)
        value = system[every, variable, pivot]
        is_new = np.abs(value) > DEPENDENT  # if not, it is a combination of those before
        value = np.where(is_new, value, 1.0)
        row = np.where(is_new[:, None], system[:, variable] / value[:, None], 0.0)
        row[every, pivot] = is_new
        system -= system[every, :, pivot][:, :, None] * row[:, None, :]
        system[:, variable] = row
        pivots[:, variable] = pivot
        is_free[every[is_new], pivot[is_new]] = False
    chosen = units - 1 - is_free[:, ::-1].argmax(axis=1)
    direction = np.zeros((draws, units))
    # A dependent variable has an empty row; adding its 0 leaves the pivot of another one alone.
    for variable in range(variables):
        direction[every, pivots[:, variable]] -= system[every, variable, chosen]
    direction[every, chosen] = 1.0
    return direction
