"""What a planner asks for when sending a pair to a village whose name is still sealed."""

from dataclasses import dataclass
from datetime import date

from inspect_app.rules.declarations import NewDeclaration


@dataclass(frozen=True)
class NewAssignment:
    """A place in a county's sealed list, a day and two enumerators.

    unreachable : why the drawn village cannot be visited; the next reserve village of its stratum
        is released in its stead
    interpreter : whom the agency brings along where neither of the two speaks the language
    """

    county_adcode: str
    order: int
    visit_date: date
    enumerators: tuple[str, str]
    unreachable: str | None = None
    interpreter: str | None = None


@dataclass(frozen=True)
class NewReassignment:
    """Others who take an assignment over, or the same with another day or interpreter, and why."""

    enumerators: tuple[str, str]
    reason: str
    visit_date: date | None = None
    interpreter: str | None = None


@dataclass(frozen=True)
class NewApproval:
    """Why a released village may be given up, and the hash of the document that shows it."""

    reason: str
    document_sha256: str


@dataclass(frozen=True)
class Wanted:
    """A village day to propose pairs for: places of a county's sealed list, or how many.

    team : whose people may be sent; without one, everybody's
    """

    county_adcode: str
    visit_date: date
    places: tuple[int, ...] = ()
    count: int | None = None
    team: str | None = None
    interpreter: str | None = None


@dataclass(frozen=True)
class NewEnumerator:
    """Someone who will ask; the client makes the identifier. declared : counties barred from the
    start, beside those that the declaration names."""

    id: str
    name: str
    team: str
    province_code: str
    home_adcode: str
    declared: tuple[str, ...] = ()
    declaration: NewDeclaration | None = None
