"""What a planner asks for when sending a pair to a village whose name is still sealed."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class NewAssignment:
    """A place in a county's sealed list, a day and two enumerators.

    unreachable : why the drawn village cannot be visited; the next reserve village of its stratum
        is released in its stead
    """

    county_adcode: str
    order: int
    visit_date: date
    enumerators: tuple[str, str]
    unreachable: str | None = None


@dataclass(frozen=True)
class NewEnumerator:
    """Someone who will ask; the client makes the identifier."""

    id: str
    name: str
    team: str
    province_code: str
    home_adcode: str
    declared: tuple[str, ...] = ()
