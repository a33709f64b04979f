"""What a commission consists of, before anything is frozen with it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date

ROUND_KINDS = ("exit", "revisit")


@dataclass(frozen=True)
class NewCounty:
    """A county to inspect; without a reference date it is that of the rule book.

    simulated_line : yuan a person and year, in place of a line that the rule book does not have
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


@dataclass(frozen=True)
class NewCampaign:
    """A commission as sent; `content_sha256` tells a repetition from another one."""

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

    @property
    def content_sha256(self) -> str:
        content = json.dumps(asdict(self), sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()
