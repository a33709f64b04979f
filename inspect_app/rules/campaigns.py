"""What a commission consists of, before anything is frozen with it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from inspect_app.rules.declarations import NewDeclaration
from inspect_app.rules.independence import RELEASE_HOURS

ROUND_KINDS = ("exit", "revisit")

LATER_SETTINGS: dict[str, object] = {
    "agency_province": None,
    "release_hours": RELEASE_HOURS,
    "document_sha256": None,
    "agency_declaration": None,
    "form_cut_off": None,
}
"""Settings that came later, and what they are when left out: a commission made before them is
still the same commission."""


class Step(StrEnum):
    """A step by which a campaign comes to its end, in this order."""

    FIELDWORK_ENDED = "fieldwork_ended"
    OBJECTIONS = "objections"
    CLOSED = "closed"


@dataclass(frozen=True)
class NewCounty:
    """A county to inspect; without a reference date it is that of the rule book.

    simulated_line : yuan a person and year, in place of a line that the rule book does not have
    language : spoken there, where one of each pair has to know it
    """

    adcode: str
    name_zh: str
    name_en: str | None
    province_zh: str
    province_en: str
    city_zh: str
    region_group: str
    exit_year: int
    reference_date: date | None = None
    simulated_line: int | None = None
    language: str | None = None


@dataclass(frozen=True)
class NewCampaign:
    """A commission as sent; `content_sha256` tells a repetition from another one.

    agency_province : two digits; document_sha256 : of the signed commission as scanned
    release_hours : before a visit day begins, from when its village may be named
    agency_declaration : what the agency declares for itself
    form_cut_off : from when answers to an older questionnaire no longer count by themselves
    """

    id: str
    name_zh: str
    name_en: str
    agency_zh: str
    agency_en: str
    round_kind: str
    wave: int
    rulebook: str
    form_id: str
    form_version: str
    simulated: bool
    counties: tuple[NewCounty, ...]
    agency_province: str | None = None
    release_hours: int = RELEASE_HOURS
    document_sha256: str | None = None
    agency_declaration: NewDeclaration | None = None
    form_cut_off: datetime | None = None

    def __post_init__(self) -> None:
        """Tell a moment in one zone: said in another, it is the same commission."""
        if self.form_cut_off is not None:
            object.__setattr__(self, "form_cut_off", self.form_cut_off.astimezone(UTC))

    @property
    def content_sha256(self) -> str:
        content = asdict(self)
        for name, value in LATER_SETTINGS.items():
            if content[name] == value:
                del content[name]
        for county in content["counties"]:
            if county["language"] is None:
                del county["language"]
        text = json.dumps(content, sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
