"""What the methods annex of a campaign says, read from its annex.json and frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from report_templates.papers import read
from report_templates.verdict_sheet import SheetError
from report_templates.wording import Bilingual

SCHEMA = "annex/1"


@dataclass(frozen=True)
class FrameCounty:
    """A county of the frame: villages, and households by class."""

    adcode: str
    name: str
    villages: int
    e: int
    p: int
    n: int


@dataclass(frozen=True)
class Row:
    """An indicator of a county as its public edition prints it; rates are fractions."""

    county: str
    indicator: str
    value: float
    low: float
    high: float
    se: float
    deff: float
    n: int
    n_eff: int
    df: int


@dataclass(frozen=True)
class Quality:
    """How fieldwork of a county went; agreement None where no second interview was compared."""

    county: str
    villages: int
    completed: int
    response: float
    replaced: float
    revisits: int
    agreement: float | None


@dataclass(frozen=True)
class AnnexSheet:
    """How a campaign was drawn and estimated.

    plan : key and value; rulebook : key, value and source; digests : document and SHA-256
    """

    campaign_id: str
    campaign: Bilingual
    agency: Bilingual
    simulated: bool
    released: date
    frame_date: date
    frame_sha256: str
    frame: tuple[FrameCounty, ...]
    plan_sha256: str
    plan: tuple[tuple[str, str], ...]
    commitment: str
    public_value_source: str
    sample_sha256: str
    seed: str | None
    interval: str
    confidence: float
    rows: tuple[Row, ...]
    quality: tuple[Quality, ...]
    rulebook: str
    rulebook_sha256: str
    settings: tuple[tuple[str, str, str], ...]
    commands: tuple[str, ...]
    digests: tuple[tuple[str, str], ...]
    software: str
    content: bytes = field(repr=False)
    digest: str

    @classmethod
    def from_json(cls, content: bytes) -> AnnexSheet:
        """Read an annex.json.

        Raises
        ------
        SheetError : not JSON, another schema, or something is missing
        """
        row = read(content, SCHEMA)
        try:
            return _sheet(row, content)
        except (KeyError, TypeError, ValueError) as error:
            raise SheetError(f"方法附件内容不合：{error}", f"wrong annex: {error}") from None


def _sheet(row: Mapping[str, Any], content: bytes) -> AnnexSheet:
    frame, plan, seed, book = row["frame"], row["plan"], row["seed"], row["rulebook"]
    return AnnexSheet(
        campaign_id=row["campaign_id"],
        campaign=Bilingual(*row["campaign"]),
        agency=Bilingual(*row["agency"]),
        simulated=row["simulated"],
        released=date.fromisoformat(row["released"]),
        frame_date=date.fromisoformat(frame["date"]),
        frame_sha256=frame["sha256"],
        frame=tuple(FrameCounty(**one) for one in frame["counties"]),
        plan_sha256=plan["sha256"],
        plan=tuple((key, value) for key, value in plan["keys"]),
        commitment=seed["commitment"],
        public_value_source=seed["public_value_source"],
        sample_sha256=seed["sample_sha256"],
        seed=seed["seed"],
        interval=plan["interval"],
        confidence=plan["confidence"],
        rows=tuple(Row(**one) for one in row["errors"]),
        quality=tuple(Quality(**one) for one in row["quality"]),
        rulebook=book["id"],
        rulebook_sha256=book["sha256"],
        settings=tuple((key, value, source) for key, value, source in book["settings"]),
        commands=tuple(row["commands"]),
        digests=tuple((name, digest) for name, digest in row["digests"]),
        software=row["software"],
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
    )
