"""Rows that lie group by group: ranks, counts and numbers within each group, all in one pass."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Groups:
    """Where each group begins and ends among rows that are sorted by group.

    Parameters
    ----------
    of_row : (n_rows,) group of each row, 0, 1, …, without gaps and never falling
    starts : (n_groups,) first row of each group
    sizes : (n_groups,) rows of each group (count), > 0

    Examples
    --------
    >>> groups = Groups.of(np.array([0, 0, 0, 1, 1]))
    >>> groups.starts.tolist(), groups.sizes.tolist()
    ([0, 3], [3, 2])
    """

    of_row: Whole
    starts: Whole
    sizes: Whole

    @classmethod
    def of(cls, of_row: npt.NDArray[np.integer]) -> "Groups":
        """Find the groups of rows that are sorted by their number."""
        numbers = of_row.astype(np.int64)
        sizes = np.bincount(numbers)
        return cls(of_row=numbers, starts=np.cumsum(sizes) - sizes, sizes=sizes)

    @classmethod
    def single(cls, rows: int) -> "Groups":
        """Take all rows as one group."""
        return cls.of(np.zeros(rows, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.sizes)

    def __repr__(self) -> str:
        return f"Groups({len(self.of_row)} rows in {len(self)} groups)"

    def rows(self, group: int) -> slice:
        """Rows of one group."""
        return slice(int(self.starts[group]), int(self.starts[group] + self.sizes[group]))

    def mean_ranks(self, values: Array) -> Array:
        """Rank values within their group, 1 = smallest; equal values share their mean rank.

        Examples
        --------
        >>> Groups.of(np.array([0, 0, 0, 1, 1])).mean_ranks(np.array([7.0, 5.0, 7.0, 2.0, 1.0]))
        array([2.5, 1. , 2.5, 2. , 1. ])
        """
        order = np.lexsort((values, self.of_row))
        value, group = values[order], self.of_row[order]
        begins = np.ones(len(order), dtype=bool)
        begins[1:] = (value[1:] != value[:-1]) | (group[1:] != group[:-1])
        first = np.flatnonzero(begins)
        counts = np.diff(first, append=len(order))
        run_ranks = first - self.starts[group[first]] + (counts + 1) / 2
        ranks = np.empty(len(order))
        ranks[order] = np.repeat(run_ranks, counts)
        return ranks

    def tally(self, numbers: npt.NDArray[np.integer], kinds: int) -> Whole:
        """Count the rows of each group by a number from 0 to kinds - 1.

        Returns
        -------
        (n_groups, kinds) rows (count)

        Examples
        --------
        >>> Groups.of(np.array([0, 0, 0, 1, 1])).tally(np.array([1, 0, 1, 2, 2]), 3).tolist()
        [[1, 2, 0], [0, 0, 2]]
        """
        cells = np.bincount(self.of_row * kinds + numbers, minlength=len(self) * kinds)
        return cells.reshape(len(self), kinds)

    def without_gaps(self, numbers: npt.NDArray[np.integer]) -> Whole:
        """Number anew from 1 within each group, in the same order.

        Parameters
        ----------
        numbers : (n_rows,) small whole numbers, >= 0

        Examples
        --------
        >>> Groups.of(np.array([0, 0, 0, 1, 1])).without_gaps(np.array([4, 0, 4, 2, 5])).tolist()
        [2, 1, 2, 1, 2]
        """
        kinds = int(numbers.max(initial=0)) + 1
        place: Whole = np.cumsum(self.tally(numbers, kinds) > 0, axis=1, dtype=np.int64)
        numbered: Whole = place[self.of_row, numbers]
        return numbered
