"""Decisions of a rule book on figures that lie where a test wants them, and what it says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from inspect_app.rules import rulebooks
from inspect_app.rules.rulebooks import RuleBook
from inspect_app.rules.sentences import Circumstances, sentences
from inspect_app.rules.verdicts import EXIT_CRITERIA, Decision, Judged, Reading, decide
from sampling.estimate import Estimate
from sampling.findings import Footing
from sampling.indicators import Indicator, Undetermined
from sampling.reach import Reach

BOOK = rulebooks.load("2017-national")
CODES = (*EXIT_CRITERIA, "recurrence_rate")
WRONG, MISSED, INCIDENCE, APPROVAL = EXIT_CRITERIA
# Value, low and high of a rate, in thresholds; approval lies as far on the other side of its own.
PLACES = {
    "met_established": (0.2, 0.1, 0.4),
    "met_open": (0.8, 0.4, 1.5),
    "unmet_open": (1.2, 0.6, 2.0),
    "unmet_established": (2.0, 1.5, 3.0),
}
SURE = Footing(share=0.0, n_eff=1e5, step=0.5, households=2, villages=1)
DOUBTFUL = Footing(share=0.016, n_eff=300.0, step=1 / 400, households=400, villages=30)

Place = tuple[float, float, float]


def a_place(code: str, finding: str) -> Place:
    """Value, low and high where the finding says, under the rule book as published."""
    if code == APPROVAL:
        value, high, low = (0.9 + 0.1 * (1 - times) for times in PLACES[finding])
        return value, low, high
    threshold = 0.03 if code == INCIDENCE else 0.02
    value, low, high = (threshold * times for times in PLACES[finding])
    return value, low, high


def an_indicator(
    code: str,
    finding: str = "met_established",
    *,
    at: Place | None = None,
    certain: bool = True,
    sample: str | None = None,
    numerator: float = 7,
    deff: float = 1.3,
    undetermined: Undetermined | None = None,
    footing: Footing = SURE,
) -> Indicator:
    """One figure; `certain`: it would also fail at the level that allows for several tries."""
    value, low, high = at or a_place(code, finding)
    return Indicator(
        code=code,
        numerator=numerator,
        denominator=1000,
        unit="households" if code == APPROVAL else "persons",
        estimate=Estimate(value, 0.001, low, high, deff, 27, 480, 320.5),
        interval_95=(low, high),
        interval_certain=(low, high) if certain else (0.0, 1.0),
        undetermined=undetermined or Undetermined(0, value, value),
        sample=Fraction(sample or repr(value)),
        footing=replace(footing, mirrored=code == APPROVAL),
    )


def a_decision(
    *changed: Indicator,
    book: RuleBook = BOOK,
    region: str = "west_3pct",
    round_kind: str = "exit",
    others: Mapping[Reading, Sequence[Indicator]] | None = None,
    villages_left: int = 100,
) -> Decision:
    """A verdict on five sound figures, some of them changed."""
    given = {one.code: one for one in changed}
    return decide(
        [given.get(code) or an_indicator(code) for code in CODES],
        rulebook=book,
        region_group=region,
        round_kind=round_kind,
        villages_left=villages_left,
        other_readings=others or {},
    )


def judged(decision: Decision, code: str) -> Judged:
    return next(one for one in decision.judged if one.code == code)


def said(decision: Decision, *, book: RuleBook = BOOK, **changes: Any) -> list[dict[str, Any]]:
    """What the report says of a decision."""
    circumstances: dict[str, Any] = {
        "response_rate": 0.93,
        "replacement_rate": 0.04,
        "undetermined": 0,
        "reach": (a_reach("E"), a_reach("N")),
        "release_date": date(2020, 6, 30),
        "reply_until": date(2020, 7, 7),
    }
    return sentences(
        decision, rulebook=book, circumstances=Circumstances(**circumstances | changes)
    )


def a_reach(household_class: str) -> Reach:
    return Reach(
        "420528", household_class, 30, 480, 1.75, 274, 0.011, 0.3, False, 900, 60, 0.02, 0.005,
        0.003, 0.01, 1.3,
    )  # fmt: skip


def the(code: str, told: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Arguments of every sentence with a code."""
    return [sentence["args"] for sentence in told if sentence["code"] == code]
