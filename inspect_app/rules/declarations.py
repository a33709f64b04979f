"""What an agency and its people declare: ties to counties, languages, the training examination."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

TIE_YEARS = 3
"""Years for which a past post or past funding still binds."""

PASS_MARK = 90
"""Points of the training examination, of 100, from which somebody may ask questions."""

AGENCY = "agency"
"""The subject of the declaration that an agency makes for itself as a whole."""


class TieKind(StrEnum):
    """What binds somebody to a county."""

    KIN = "kin"
    POST = "post"
    FUNDING = "funding"


@dataclass(frozen=True, order=True)
class Tie:
    """A declared tie to a county; without `until` it lasts. Kin are kin for good."""

    county_adcode: str
    kind: TieKind
    until: date | None = None

    def binds(self, day: date) -> bool:
        """Whether it still bars a visit on a day: three years after its end it does not."""
        return self.until is None or day <= _years_later(self.until, TIE_YEARS)


@dataclass(frozen=True)
class NewDeclaration:
    """A signed declaration as sent; without an enumerator it is the agency's own.

    document_sha256 : of the signed paper as scanned
    training_score : points of the examination; people only
    """

    document_sha256: str
    signed_on: date
    enumerator_id: str | None = None
    ties: tuple[Tie, ...] = ()
    languages: tuple[str, ...] = ()
    training_score: int | None = None

    @property
    def subject(self) -> str:
        return self.enumerator_id or AGENCY


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
