"""A collector of faults: everything wrong is reported at once, the first hundred in words."""

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from sampling.errors import SHOWN_FAULTS, Fault
from sampling.sheet import Sheet

Reason = tuple[str, dict[str, object]]
"""Code and details of what is wrong with a cell."""


@dataclass
class Faults:
    """Faults of several files, to print by file, then by row, then in the order found.

    A column with a million bad cells costs no more than one with a hundred: only as many as can
    be shown are put into words, the rest are counted. One cell has one fault, the first found.
    """

    count: int = 0
    _found: list[Fault] = field(default_factory=list)
    _places: set[tuple[str, int, str]] = field(default_factory=set)
    _order: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.count > 0

    def add(self, file: str, row: int, column: str, code: str, /, **details: object) -> None:
        """Note one fault, unless its cell has one already."""
        place = (file, row, column)
        if row and column and place in self._places:
            return
        self._places.add(place)
        self._order.setdefault(file, len(self._order))
        self._found.append(Fault(file, row, column, code, details))
        self.count += 1

    def mark(
        self,
        sheet: Sheet,
        column: str,
        wrong: pl.Series,
        why: str | Callable[[int], Reason],
    ) -> None:
        """Note every row where `wrong` is true; `why` is a code, or explains a position."""
        places = wrong.fill_null(False).arg_true()
        for place in places.head(SHOWN_FAULTS).to_list():
            code, details = (why, {}) if isinstance(why, str) else why(place)
            self.add(sheet.file, sheet.rows[place], sheet.header(column), code, **details)
        self.count += max(len(places) - SHOWN_FAULTS, 0)

    def touch(self, sheet: Sheet, column: str) -> bool:
        """Whether a column has a fault, by its header."""
        header = sheet.header(column)
        return any(fault.file == sheet.file and fault.column == header for fault in self._found)

    @property
    def shown(self) -> tuple[Fault, ...]:
        """The first `SHOWN_FAULTS`, in the order to print."""
        ordered = sorted(self._found, key=lambda fault: (self._order[fault.file], fault.row))
        return tuple(ordered[:SHOWN_FAULTS])

    @property
    def more(self) -> int:
        """Count of those not shown."""
        return self.count - len(self.shown)
