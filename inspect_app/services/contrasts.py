"""What another rule book would change: settings, and the verdicts of a campaign's counties."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from inspect_app.models.verdicts import Verdict
from inspect_app.rules import rulebooks
from inspect_app.rules.errors import (
    FieldworkUnfinished,
    RuleBookInvalid,
    RuleBookUnknown,
    RuleError,
)
from inspect_app.rules.rulebooks import RuleBook
from inspect_app.rules.verdicts import Decision
from inspect_app.services import campaigns, estimates, inputs, rereading
from inspect_app.services.estimates import CountyData, Figures
from inspect_app.settings import Settings
from sampling.errors import SamplingError

REFUSED = (FieldworkUnfinished, SamplingError, RuleError)
"""Why a county may have no figures; it is named and the others go on."""


@dataclass(frozen=True)
class Judged:
    """One indicator under one book; rates as fractions."""

    value: float
    low: float
    high: float
    threshold: float
    strict: bool
    finding: str | None


@dataclass(frozen=True)
class Side:
    """A county under one book.

    unruled : suspicions of this book that nobody ruled on, counted as if confirmed
    """

    outcome: str
    standing: str
    established: int
    unruled: int
    indicators: Mapping[str, Judged]


@dataclass(frozen=True)
class CountyContrast:
    """A county under two books.

    number, version : of the verdict whose frozen inputs were read; None where the estimates of now
        were; fault : why there are no figures
    """

    adcode: str
    name_zh: str
    number: str | None = None
    version: int | None = None
    one: Side | None = None
    other: Side | None = None
    fault: str | None = None

    @property
    def findings(self) -> tuple[str, ...]:
        """Indicators whose finding differs, in the order of the page."""
        if self.one is None or self.other is None:
            return ()
        mine, others = self.one.indicators, self.other.indicators
        return tuple(code for code in mine if mine[code].finding != others[code].finding)

    @property
    def changes(self) -> bool:
        if self.one is None or self.other is None:
            return False
        mine, others = self.one, self.other
        verdicts = ((one.outcome, one.standing, one.established) for one in (mine, others))
        return bool(self.findings) or len(set(verdicts)) > 1

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "changes": self.changes, "findings": list(self.findings)}


def settings_changed(one: RuleBook, other: RuleBook) -> dict[str, tuple[Any, Any]]:
    """Name the settings that two books disagree on, with both values."""
    mine, others = one.settings, other.settings
    return {key: (mine[key], others[key]) for key in mine if mine[key] != others[key]}


def contrast(
    session: Session, campaign_id: str, one: RuleBook, other: RuleBook, *, settings: Settings
) -> Iterator[CountyContrast]:
    """Judge each county of a campaign by two books; reads only, county by county.

    Where a verdict was issued, the frozen inputs of its last version are read; else what is
    accepted by now.
    """
    for county in sorted(campaigns.read(session, campaign_id).counties, key=lambda c: c.adcode):
        adcode, name = county.adcode, county.name_zh
        issued = session.scalars(
            select(Verdict)
            .where(Verdict.campaign_id == campaign_id, Verdict.county_adcode == adcode)
            .order_by(Verdict.version.desc())
            .limit(1)
            .options(undefer(Verdict.inputs))
        ).first()
        read = CountyContrast(adcode, name)
        if issued is not None:
            read = replace(read, number=issued.number, version=issued.version)
        try:
            data = _data(session, campaign_id, adcode, issued, settings)
            mine, others = _side(session, data, one), _side(session, data, other)
            yield replace(read, one=mine, other=others)
        except REFUSED as fault:
            yield replace(read, fault=str(fault))


def _data(
    session: Session, campaign_id: str, adcode: str, issued: Verdict | None, settings: Settings
) -> CountyData:
    if issued is None or issued.inputs is None:
        return estimates.gather(session, campaign_id, adcode, settings=settings)
    frozen, _ = inputs.thaw(issued.inputs, issued.interviews)
    return frozen.data


def _side(session: Session, data: CountyData, book: RuleBook) -> Side:
    reread = rereading.under(session, data, book)
    figures = Figures(estimates.headline(reread.data), {}, {}, ())
    decision = inputs.decide(reread.data, figures)
    return Side(
        decision.standing.outcome,
        decision.standing.standing,
        decision.standing.established,
        reread.unruled,
        _judged(decision),
    )


def _judged(decision: Decision) -> dict[str, Judged]:
    return {
        one.code: Judged(
            float(
                one.indicator.estimate.value
                if one.decided_by == "estimate"
                else one.indicator.sample
            ),
            one.indicator.estimate.low,
            one.indicator.estimate.high,
            float(one.rule.threshold),
            one.rule.strict,
            one.finding,
        )
        for one in decision.judged
    }


def open_book(word: str) -> RuleBook:
    """Read a packaged book by its name, or any other from a file.

    Raises
    ------
    RuleBookUnknown : neither
    RuleBookInvalid : with every fault, each with the line where it can be named
    """
    path = Path(word)
    if path.suffix != ".toml" or not path.is_file():
        if word not in rulebooks.names():
            known = ", ".join(rulebooks.names())
            raise RuleBookUnknown(f"没有规则库 {word} | there is no rule book {word}: {known}")
        return rulebooks.load(word)
    text = path.read_bytes().decode("utf-8-sig", "replace")
    try:
        return rulebooks.parse(text)
    except RuleBookInvalid as fault:
        found = [f"{path}:{line_of(text, one)}: {one}" for one in fault.extra["faults"]]  # type: ignore[attr-defined]  # a list
        raise RuleBookInvalid("\n".join(found), faults=found) from fault


def line_of(text: str, fault: str) -> int:
    """Find the line that a fault of `rulebooks.parse` is about; 1 for what is not there.

    Examples
    --------
    >>> line_of("id = 3\\n[settings.line]\\nvalue = 1\\n", "settings.line: 1 is none of higher")
    2
    """
    if found := re.search(r"at line (\d+)", fault):
        return int(found[1])
    key = fault.split(":")[0]
    lines = text.splitlines()
    if found := re.fullmatch(r"lines\[(\d+)\]", key):
        heads = [n for n, line in enumerate(lines, 1) if line.strip() == "[[lines]]"]
        return heads[int(found[1])] if int(found[1]) < len(heads) else 1
    starts = (f"[{key}]", f"{key} =", f"{key}=")
    return next((n for n, line in enumerate(lines, 1) if line.strip().startswith(starts)), 1)
