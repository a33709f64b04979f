"""What was visited in a county, and what the plan had meant to establish there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from report_templates.estimates import each


@dataclass(frozen=True)
class Reach:
    """What the plan could and could not establish for one class of households."""

    household_class: str
    villages: int
    households: int
    effective_n: float
    zero_bound: float
    chance: float
    households_needed: int | None
    p0: float
    p1: float


@dataclass(frozen=True)
class Design:
    """What the plan said: villages, classes of remoteness, households a village by class.

    How many to take is a count or "all".
    """

    villages: int | str
    classes: int
    a_village: Mapping[str, int | str]


@dataclass(frozen=True)
class Sample:
    """What was visited: places, households and the persons in them.

    opened : households drawn and gone to, whether or not they answered
    """

    townships: int
    villages: int
    opened: int
    households: int
    persons: int
    response_rate: float
    replacement_rate: float
    design: Design
    reach: tuple[Reach, ...]


def sample(row: Mapping[str, Any]) -> Sample:
    """Read the sample of a verdict.json."""
    plan = row["plan"]
    return Sample(
        townships=row["townships"],
        villages=row["villages"],
        opened=sum(row["opened"].values()),
        households=sum(row["completed"].values()),
        persons=sum(row["persons"].values()),
        response_rate=row["response_rate"],
        replacement_rate=row["replacement_rate"],
        design=Design(
            plan["villages"],
            plan["classes"],
            {of: plan[of.lower()] for of in ("E", "N", "P")},
        ),
        reach=each(plan["reach"], _reach),
    )


def _reach(row: Mapping[str, Any]) -> Reach:
    return Reach(
        household_class=row["household_class"],
        villages=row["villages"],
        households=row["households"],
        effective_n=row["effective_n"],
        zero_bound=row["zero_bound"],
        chance=row["chance"],
        households_needed=row["households_needed"],
        p0=row["p0"],
        p1=row["p1"],
    )
