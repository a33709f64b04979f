"""How an analysed sample was drawn, stage by stage: who with whom, out of how many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from sampling.errors import EstimationError

if TYPE_CHECKING:
    from sampling.calibrated import Calibrated

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]
SinglePsu = Literal["refuse", "certainty", "adjust", "average", "collapse"]


@dataclass(frozen=True, eq=False)
class Stage:
    """One stage of drawing: units within groups (villages in strata, households in villages).

    Parameters
    ----------
    unit : (rows,) int, code of the unit a row belongs to
    group : (units,) int, code of the group a unit was drawn from
    drawn : (groups,) units drawn from each group (count)
    population : (groups,) units in each group (count), infinite = drawn with replacement
    earlier : (groups,) product of the sampling fractions of the stages before, 1 at the first
    """

    unit: Codes
    group: Codes
    drawn: Floats
    population: Floats
    earlier: Floats

    @property
    def left_out(self) -> Floats:
        """1 - f per group, the finite population correction."""
        return np.where(np.isinf(self.population), 1.0, 1.0 - self.drawn / self.population)

    @property
    def single(self) -> Flags:
        """Groups of which one unit was drawn although there were more."""
        lonely: Flags = (self.drawn == 1) & (self.left_out > 1e-7)
        return lonely


@dataclass(frozen=True, eq=False, repr=False)
class Design:
    """Weights and stages of a sample; made by `describe`, never by hand.

    Parameters
    ----------
    weight : (rows,) float, >= 0, units represented; 0 = in the design, not in the estimate
    stages : first stage first
    strata : labels of the groups of the first stage
    single_psu : what a stratum with a single PSU adds to a variance
    calibration : where the weights were calibrated, what variances are then taken of
    """

    weight: Floats
    stages: tuple[Stage, ...]
    strata: tuple[str, ...]
    single_psu: SinglePsu
    calibration: "Calibrated | None" = None

    def __repr__(self) -> str:
        first = self.stages[0]
        calibrated = "" if self.calibration is None else ", calibrated"
        return (
            f"Design({self.rows} rows, {first.group.size} PSUs in {len(self.strata)} strata, "
            f"{len(self.stages)} stages, df {self.df()}, single PSU {self.single_psu}{calibrated})"
        )

    @property
    def rows(self) -> int:
        return self.weight.size

    def df(self, rows: Flags | None = None) -> int:
        """PSUs - strata, counting those with a weighted row (and in `rows`, if given)."""
        counted = self.weight > 0 if rows is None else (self.weight > 0) & rows
        first = self.stages[0]
        units = np.flatnonzero(np.bincount(first.unit[counted], minlength=first.group.size))
        return int(units.size - np.unique(first.group[units]).size)


def describe(
    weight: ArrayLike,
    *,
    psu: Any = None,
    stratum: Any = None,
    fpc: Any = None,
    single_psu: str = "refuse",
    calibration: "Calibrated | None" = None,
) -> Design:
    """Describe how a sample was drawn.

    Parameters
    ----------
    weight : (rows,) float, >= 0, units represented by a row
    psu : (rows,) labels of the primary units, or a list of such arrays, one a stage;
        None = every row is its own unit. A unit is (stratum, label): labels may repeat
        across strata, and later labels within earlier units
    stratum : (rows,) labels, or a list of such arrays, one a stage: later ones divide the unit
        of the stage before; None = one stratum
    fpc : (rows,) population counts of the stage, or a list of arrays, one a stage; None = drawn
        with replacement. Stages after the first one without a count add nothing
    single_psu : `refuse` (a variance is then an error), `certainty` (adds 0), `adjust` (spread
        about the mean of all units), `average` (as much as the other strata on average), or
        `collapse` (the stratum joins the neighbour in code order whose label it resembles most)
    calibration : made the weights, see `sampling.calibration`; variances are then those of
        residuals. A row may have weight 0 instead of the calibrated one: out of the estimate,
        still in its variance

    Raises
    ------
    EstimationError : lengths differ, weights negative, counts vary within a group or are
        smaller than the sample, unknown rule
    CalibrationError : the weights are not those of the calibration

    References
    ----------
    Lumley (2010), Complex Surveys, chapter 3. Wolter (2007), Introduction to Variance
    Estimation, section 2.5, for collapsed strata.

    Examples
    --------
    >>> made = describe([10, 10, 20, 20], psu=["a", "b", "c", "d"], stratum=["x", "x", "y", "y"])
    >>> made
    Design(4 rows, 4 PSUs in 2 strata, 1 stages, df 2, single PSU refuse)
    """
    if single_psu not in get_args(SinglePsu):
        raise EstimationError("estimate.single_psu_rule", rule=single_psu)
    w = np.asarray(weight, dtype=np.float64)
    if not np.isfinite(w).all() or (w < 0).any():
        raise EstimationError("estimate.weight")
    if calibration is not None:
        calibration.check(w)
    unit_labels = [np.arange(w.size)] if psu is None else _by_stage(psu)
    counts = [] if fpc is None else _by_stage(fpc)
    if len(counts) > len(unit_labels):
        raise EstimationError("estimate.stages", fpc=len(counts), units=len(unit_labels))
    divided = [np.zeros(w.size, np.int64)] if stratum is None else _by_stage(stratum)
    if len(divided) > len(unit_labels):
        raise EstimationError("estimate.strata", strata=len(divided), units=len(unit_labels))
    for name, columns in (("stratum", divided), ("psu", unit_labels)):
        for column in columns:
            _same_length(name, column, w.size)
    group, strata = encode(divided[0]) if stratum is not None else (divided[0], ("",))
    earlier = np.ones(len(strata))
    stages: list[Stage] = []
    for depth, labels in enumerate(unit_labels):
        if 0 < depth < len(divided):
            group, within, _ = cells(group, encode(divided[depth])[0])
            earlier = earlier[within]
        unit, group_of_unit = _nest(group, encode(labels)[0])
        population = _population(counts, depth, group, len(earlier))
        if depth == 0 and single_psu == "collapse":
            group_of_unit, population, strata = collapse_strata(group_of_unit, population, strata)
            earlier = np.ones(len(strata))
        drawn = np.bincount(group_of_unit, minlength=len(earlier)).astype(np.float64)
        if (drawn > population * (1 + 1e-12)).any():
            raise EstimationError("estimate.fpc_small", stage=depth + 1)
        stages.append(Stage(unit, group_of_unit, drawn, population, earlier))
        if depth >= len(counts):
            break  # with replacement here: the variance of later stages is already inside
        earlier, group = (earlier * drawn / population)[group_of_unit], unit
    return Design(w, tuple(stages), strata, cast(SinglePsu, single_psu), calibration)


def encode(labels: Any) -> tuple[Codes, tuple[str, ...]]:
    """Number labels from 0 in their sorted order; also give the labels as text, in that order.

    Parameters
    ----------
    labels : (rows,) text or numbers, none missing

    Raises
    ------
    EstimationError : a label is missing

    Examples
    --------
    >>> codes, names = encode(["b", "a", "b"])
    >>> codes.tolist(), names
    ([1, 0, 1], ('a', 'b'))
    """
    values = labels if isinstance(labels, pl.Series) else np.asarray(labels)
    if isinstance(values, np.ndarray) and values.dtype.kind in "OUS":
        values = pl.Series(values.tolist())
    if isinstance(values, pl.Series):
        if values.null_count():
            raise EstimationError("estimate.label_missing")
        if values.dtype == pl.String:
            names = values.unique().sort()
            codes = values.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)
            return codes, tuple(names.to_list())
        values = values.to_numpy()
    if values.dtype.kind in "iu" and values.size:
        width = int(values.max()) - int(values.min()) + 1
        if width <= 2 * values.size:  # numbers that lie close together need no sorting
            above = (values - values.min()).astype(np.int64)
            present = np.bincount(above, minlength=width) > 0
            distinct = np.flatnonzero(present) + int(values.min())
            return (np.cumsum(present) - 1)[above], tuple(map(str, distinct.tolist()))
    distinct, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int64).reshape(-1), tuple(str(value) for value in distinct.tolist())


def cells(first: Codes, second: Codes) -> tuple[Codes, Codes, Codes]:
    """Number the pairs of codes that occur, sorted by first and second code.

    Where one code decides the other, as a village decides its county, nothing is sorted.

    Parameters
    ----------
    first, second : (rows,) int, >= 0

    Returns
    -------
    (rows,) number of the pair of each row, from 0; (pairs,) its first and its second code

    Examples
    --------
    >>> [column.tolist() for column in cells(np.array([1, 0, 1]), np.array([0, 5, 0]))]
    [[1, 0, 1], [0, 1], [5, 0]]
    """
    majors, minors = int(first.max(initial=-1)) + 1, int(second.max(initial=-1)) + 1
    owned = _owned(first, majors, second)
    if owned is not None:
        present = np.flatnonzero(owned >= 0)
        if present.size == majors:
            return first, present, owned
        return (np.cumsum(owned >= 0) - 1)[first], present, owned[present]
    owned = _owned(second, minors, first)
    if owned is not None:
        present = np.flatnonzero(owned >= 0)
        order = present[np.argsort(owned[present] * minors + present)]
        number = np.empty(minors, np.int64)
        number[order] = np.arange(order.size)
        return number[second], owned[order], order
    pair = first * minors + second
    if majors * minors <= 4 * first.size:
        seen = np.bincount(pair, minlength=majors * minors) > 0
        distinct, place = np.flatnonzero(seen), (np.cumsum(seen) - 1)[pair]
    else:
        distinct, place = np.unique(pair, return_inverse=True)
    return place.reshape(-1), distinct // minors, distinct % minors


def _owned(codes: Codes, size: int, owner: Codes) -> Codes | None:
    """The owner of each code, -1 where the code does not occur; None if one has several."""
    owned = np.full(size, -1, np.int64)
    owned[codes] = owner
    return owned if np.array_equal(owned[codes], owner) else None


def tally(codes: Codes, values: Floats, size: int) -> Floats:
    """Sum the values of each code, 0 <= code < size.

    Examples
    --------
    >>> tally(np.array([0, 2, 0]), np.array([1.0, 5.0, 2.0]), 3).tolist()
    [3.0, 0.0, 5.0]
    """
    return np.bincount(codes, values, size).astype(np.float64, copy=False)


def _by_stage(columns: Any) -> list[Any]:
    """One array a stage, from one array or a list of arrays."""
    if isinstance(columns, Sequence) and not isinstance(columns, str) and len(columns):
        first = columns[0]
        if isinstance(first, list | tuple | np.ndarray | pl.Series):
            return list(columns)
    return [columns]


def _same_length(name: str, column: Any, rows: int) -> None:
    if len(column) != rows:
        raise EstimationError("estimate.length", name=name, found=len(column), expected=rows)


def _nest(group: Codes, label: Codes) -> tuple[Codes, Codes]:
    """Units as pairs (group, label), numbered; and the group of each."""
    unit, group_of_unit, _ = cells(group, label)
    return unit, group_of_unit


def _population(counts: list[Any], depth: int, group: Codes, groups: int) -> Floats:
    if depth >= len(counts):
        return np.full(groups, np.inf)
    column = np.asarray(counts[depth], dtype=np.float64)
    _same_length("fpc", column, group.size)
    population = np.full(groups, np.nan)
    population[group] = column
    if not np.array_equal(population[group], column):
        raise EstimationError("estimate.fpc_varies", stage=depth + 1)
    return population


def collapse_strata(
    group: Codes, population: Floats, labels: tuple[str, ...]
) -> tuple[Codes, Floats, tuple[str, ...]]:
    """Join each stratum of one PSU, unless it was taken whole, to its neighbour in code order.

    Parameters
    ----------
    group : (units,) int, stratum of each unit
    population : (strata,) units in each stratum (count), infinite = drawn with replacement
    labels : (strata,) in code order

    Returns
    -------
    stratum of each unit, and counts and labels of the strata, after joining

    Examples
    --------
    >>> collapse_strata(np.array([0, 0, 1]), np.full(2, np.inf), ("a-1", "a-2"))[2]
    ('a-1+a-2',)
    """
    members = [[index] for index in range(len(labels))]
    drawn = np.bincount(group, minlength=len(labels)).tolist()
    sizes = population.tolist()

    def lonely() -> int | None:
        return next((i for i, n in enumerate(drawn) if n == 1 and sizes[i] > 1), None)

    while len(drawn) > 1 and (here := lonely()) is not None:
        there = _nearest(here, ["+".join(labels[i] for i in part) for part in members])
        low, high = sorted((here, there))
        members[low] += members.pop(high)
        drawn[low] += drawn.pop(high)
        sizes[low] += sizes.pop(high)
    joined = np.empty(len(labels), np.int64)
    for code, part in enumerate(members):
        joined[part] = code
    names = tuple("+".join(labels[i] for i in part) for part in members)
    return joined[group], np.array(sizes), names


def _nearest(here: int, labels: list[str]) -> int:
    """The stratum before or after, whichever label shares the longer beginning."""
    sides = [side for side in (here - 1, here + 1) if 0 <= side < len(labels)]

    def shared(side: int) -> int:
        pairs = zip(labels[here], labels[side], strict=False)
        return next((i for i, (a, b) in enumerate(pairs) if a != b), len(labels[here]))

    return max(sides, key=lambda side: (shared(side), -side))
