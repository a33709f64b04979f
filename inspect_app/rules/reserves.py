"""Reserve households: when one in the sample is lost, and which reserve may then be visited."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from inspect_app.rules.independence import field_day
from inspect_app.rules.states import REPLACEABLE, Disposition

ABSENT_DAYS = 2
"""On how many days at least nobody was met before a household counts as absent."""

INTERVIEW = 0
"""In place of the number of a visit: the one that became an interview."""


@dataclass(frozen=True)
class Seat:
    """One household of a village and class: its place in the ticket order."""

    unit_id: str
    order: int
    is_reserve: bool


@dataclass(frozen=True)
class Outcome:
    """What came of the visits to a household so far.

    disposition : of the last visit; visits, days : how many there were, and on how many days
    """

    disposition: str
    visits: int = 1
    days: int = 1

    def is_lost(self, max_visits: int) -> bool:
        """Whether the household may give way to a reserve.

        One where nobody was met is lost only after the last of `max_visits` visits, on two days
        or more (rule book, `max_visits`).
        """
        if self.disposition == Disposition.ABSENT:
            return self.visits >= max_visits and self.days >= min(ABSENT_DAYS, max_visits)
        return self.disposition in REPLACEABLE


def outcome(disposition: str, moments: Iterable[str]) -> Outcome:
    """Tell what came of visits made at these moments, each as its phone wrote it."""
    days = [field_day(datetime.fromisoformat(at)) for at in moments]
    return Outcome(disposition, len(days), len(set(days)))


def unlocked(
    cell: Iterable[Seat], outcomes: Mapping[str, Outcome], *, max_visits: int
) -> tuple[str, ...]:
    """Return the reserves of a village and class that may be visited, in ticket order.

    Every household already open that is lost unlocks the next ticket; a reserve that is itself
    lost unlocks one more. Phone and server both count so.

    Parameters
    ----------
    cell : all households drawn in one village and class, reserves included
    outcomes : by unit id, of households that were visited
    max_visits : visits that the rule book allows
    """

    def is_lost(seat: Seat) -> bool:
        found = outcomes.get(seat.unit_id)
        return found is not None and found.is_lost(max_visits)

    seats = sorted(cell, key=lambda seat: seat.order)
    lost = sum(is_lost(seat) for seat in seats if not seat.is_reserve)
    opened: list[str] = []
    for seat in seats:
        if lost <= 0:
            break
        if seat.is_reserve:
            opened.append(seat.unit_id)
            lost += is_lost(seat) - 1
    return tuple(opened)
