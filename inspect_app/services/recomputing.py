"""Verdicts computed again from what was frozen, held to the bytes that were issued."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from inspect_app.models.verdicts import Edition, Verdict
from inspect_app.rules.errors import InputsDamaged, Unknown
from inspect_app.services import inputs
from inspect_app.services.documents import digest, to_bytes
from inspect_app.version import SOFTWARE
from report_templates import verdict as verdict_report

SHOWN = 20
"""So many differing keys of an edition are named."""


class Outcome(StrEnum):
    """What comes of computing a verdict again.

    OTHER_SOFTWARE : other bytes, and another version of the software than the one that issued it
    UNFROZEN : issued before inputs were frozen; its PDF alone was drawn again
    """

    SAME = "same"
    OTHER_SOFTWARE = "other_software"
    DIFFERENT = "different"
    DAMAGED = "damaged"
    UNFROZEN = "unfrozen"


@dataclass(frozen=True)
class Kept:
    """An edition as it was issued; pdf_sha256 : of the unsigned PDF."""

    edition: str
    document: bytes
    document_sha256: str
    pdf_sha256: str


@dataclass(frozen=True)
class Recomputed:
    """A verdict computed again.

    software : that issued it
    differences : by edition, the keys of verdict.json that differ; `pdf` where the page does
    """

    number: str
    version: int
    outcome: Outcome
    software: str
    differences: Mapping[str, Sequence[str]]
    fault: str = ""

    @property
    def is_sound(self) -> bool:
        return self.outcome not in (Outcome.DIFFERENT, Outcome.DAMAGED)


def recompute(session: Session, number: str, version: int) -> Recomputed:
    """Compute one version of a verdict again; reads only.

    Raises
    ------
    Unknown : there is no such version
    """
    row = session.get(Verdict, (number, version), options=[undefer(Verdict.inputs)])
    if row is None:
        raise Unknown("There is no such verdict.", number=number, version=version)
    stored = session.scalars(
        select(Edition)
        .where(Edition.number == number, Edition.version == version)
        .order_by(Edition.edition)
        .options(undefer(Edition.document), undefer(Edition.pdf))
    ).all()
    damaged = [
        f"{one.edition}/{what}"
        for one in stored
        for what, content, wanted in (
            ("verdict.json", one.document, one.document_sha256),
            ("pdf", one.pdf, one.pdf_sha256),
        )
        if digest(content) != wanted
    ]
    kept = [Kept(one.edition, one.document, one.document_sha256, one.pdf_sha256) for one in stored]
    if damaged:
        return Recomputed(number, version, Outcome.DAMAGED, "", {}, ", ".join(damaged))
    return compare(number, version, kept, frozen=row.inputs, interviews=row.interviews)


def compare(
    number: str,
    version: int,
    kept: Sequence[Kept],
    *,
    frozen: bytes | None,
    interviews: bytes,
) -> Recomputed:
    """Compute a verdict from its frozen inputs and hold it to what was issued; pure."""
    software = str(json.loads(kept[0].document)["provenance"]["software"])
    if frozen is None:
        drawn = {one.edition: _of_page(one, one.document) for one in kept}
        found = {edition: keys for edition, keys in drawn.items() if keys}
        outcome = _judged(found, software) if found else Outcome.UNFROZEN
        return Recomputed(number, version, outcome, software, found)
    try:
        anew = {one["edition"]: one for one in inputs.again(*inputs.thaw(frozen, interviews))}
    except InputsDamaged as fault:
        return Recomputed(number, version, Outcome.DAMAGED, software, {}, str(fault))
    compared = {one.edition: _compared(one, anew[one.edition]) for one in kept}
    found = {edition: keys for edition, keys in compared.items() if keys}
    outcome = _judged(found, software) if found else Outcome.SAME
    return Recomputed(number, version, outcome, software, found)


def versions(session: Session, campaign_id: str) -> list[tuple[str, int]]:
    """List the verdicts of a campaign, every version."""
    query = (
        select(Verdict.number, Verdict.version)
        .where(Verdict.campaign_id == campaign_id)
        .order_by(Verdict.number, Verdict.version)
    )
    return [(number, version) for number, version in session.execute(query)]


def latest(session: Session, number: str) -> int:
    """Return the last version of a number; `Unknown` if there is none."""
    found = session.scalar(
        select(Verdict.version).where(Verdict.number == number).order_by(Verdict.version.desc())
    )
    if found is None:
        raise Unknown("There is no such verdict.", number=number)
    return found


def _judged(found: Mapping[str, Sequence[str]], software: str) -> Outcome:
    return Outcome.DIFFERENT if software == SOFTWARE else Outcome.OTHER_SOFTWARE


def _compared(kept: Kept, content: Mapping[str, Any]) -> list[str]:
    document = to_bytes(content)
    if document == kept.document:
        return _of_page(kept, document)
    keys = list(differing(json.loads(kept.document), json.loads(document)))
    return [*keys, *_of_page(kept, kept.document)]


def _of_page(kept: Kept, document: bytes) -> list[str]:
    try:
        pdf = verdict_report.render(verdict_report.VerdictSheet.from_json(document))
    except Exception as fault:  # whatever stops a later page from being drawn is a difference
        return [f"pdf ({type(fault).__name__}: {fault})"]
    return [] if digest(pdf) == kept.pdf_sha256 else ["pdf"]


def differing(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Name the keys in which two documents differ, as `indicators[2].estimate.high`.

    Examples
    --------
    >>> list(differing({"a": [1, {"b": 2}], "c": 3}, {"a": [1, {"b": 4}], "d": 3}))
    ['a[1].b', 'c', 'd']
    """
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from differing(
                one.get(key, _ABSENT), other.get(key, _ABSENT), f"{path}.{key}".lstrip(".")
            )
    elif isinstance(one, list) and isinstance(other, list):
        for n, (left, right) in enumerate(zip_longest(one, other, fillvalue=_ABSENT)):
            yield from differing(left, right, f"{path}[{n}]")
    elif one != other:
        yield path


_ABSENT = object()
