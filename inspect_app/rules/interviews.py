"""What phones send, once its shape has been checked: interviews, contacts, rosters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Answer = int | str | tuple[str, ...] | Mapping[str, str]
"""One answer: whole number; text, choice, RFC 3339 time, SHA-256 or code for "no answer";
choices of a list; geopoint {lat, lon, accuracy} as decimal text."""

Row = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Interview:
    """One household's answers. An absent key is an unanswered question."""

    unit_id: str
    round: str
    salt: str = field(repr=False)
    answers: Row = field(repr=False)
    members: tuple[Row, ...] = field(repr=False)

    @property
    def disposition(self) -> str:
        """Outcome of the visit."""
        return str(self.answers["disposition"])

    @property
    def class_found(self) -> str:
        """Household class found on the spot: E, P, N or other."""
        return str(self.answers["class_found"])


@dataclass(frozen=True, slots=True)
class Contact:
    """A visit that brought no interview."""

    unit_id: str
    round: str
    visit_no: int
    disposition: str
    at: datetime
    note: str = field(default="", repr=False)
    salt: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One household as listed on arrival in the village."""

    unit_id: str
    village_code: str
    household_class: str
    persons: int
    line: int


@dataclass(frozen=True, slots=True)
class Roster:
    """The households of a village in the order listed, sealed before the draw."""

    village_code: str
    household_class: str
    rows: tuple[RosterRow, ...]
    salt: str = field(default="", repr=False)
