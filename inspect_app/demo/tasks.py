"""The households of a phone: given to it, or drawn by itself from a village's list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inspect_app.rules.ops import interview_id
from inspect_app.rules.reserves import Outcome, Seat, unlocked
from sampling.tickets import draw_units


@dataclass(frozen=True)
class Task:
    """One household the phone was given, or drew itself."""

    interview_id: str
    unit_id: str
    village_code: str
    household_class: str
    round: str
    order: int
    is_reserve: bool
    form_id: str
    version: str


def drawn(
    told: Mapping[str, Any], households: Iterable[Mapping[str, Any]], campaign_id: str
) -> list[Task]:
    """Draw from a sealed list with the village's seed, as the server will again."""
    own = [
        row["unit_id"] for row in households if row["household_class"] == told["household_class"]
    ]
    sample, reserve = draw_units(told["seed"], own, told["n"], told["reserve"])
    return [
        Task(
            interview_id=interview_id(campaign_id, unit_id, told["round"]),
            unit_id=unit_id,
            village_code=told["village_code"],
            household_class=told["household_class"],
            round=told["round"],
            order=order,
            is_reserve=order > len(sample),
            form_id=told["form_id"],
            version=told["version"],
        )
        for order, unit_id in enumerate([*sample, *reserve], 1)
    ]


def is_far(told: Mapping[str, Any], households: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a list's count is too far from the register's to draw from it unasked."""
    listed = sum(row["household_class"] == told["household_class"] for row in households)
    may_differ = told.get("may_differ")
    return may_differ is not None and abs(listed - told["expected"]) > may_differ


def open_now(
    tasks: Iterable[Task], outcomes: Mapping[str, Outcome], *, max_visits: int
) -> list[Task]:
    """The households that may be visited: the sample, and the reserves opened in order."""
    cells: dict[str, list[Task]] = {}
    for task in tasks:
        cells.setdefault(task.household_class, []).append(task)
    found: list[Task] = []
    for household_class in sorted(cells):
        cell = sorted(cells[household_class], key=lambda task: task.order)
        seats = [Seat(task.unit_id, task.order, task.is_reserve) for task in cell]
        opened = set(unlocked(seats, outcomes, max_visits=max_visits))
        found += [task for task in cell if not task.is_reserve or task.unit_id in opened]
    return found
