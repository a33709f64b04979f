"""What the office will know of a simulated household once it is visited, reviewed and ruled on.

The demonstration gets there over HTTP; studies of many seeds take this short cut. A test holds
the two together.
"""

from typing import Any

from inspect_app.demo.truth import TruthRow
from inspect_app.rules.states import REPLACEABLE, Disposition


def is_returned(household: TruthRow) -> bool:
    """Whether the reviewer sends the first interview back: a part is open, or it was made up."""
    return household.appearance == "fabricated" or bool(household.unanswered_block())


def is_replaced(household: TruthRow) -> bool:
    """Whether a reserve household takes this one's place."""
    return Disposition(household.disposition) in REPLACEABLE


def final_row(household: TruthRow) -> dict[str, Any]:
    """Columns of `interviews` that the field adds to a sampled household."""
    row: dict[str, Any] = {
        "disposition": household.disposition,
        "class_found": None,
        "persons": household.persons,
        "wrong_exit": None,
        "missed": None,
        "recurrence": None,
        "missed_base": None,
        "approves": None,
        "undetermined": [],
    }
    if household.disposition != "completed":
        return row
    again = is_returned(household)
    looks = household.looks(repeat=again)
    confirmed = looks in ("wrong_exit", "missed") and household.ruling() == "confirmed"
    approves = household.approval(repeat=again)
    row["class_found"] = household.household_class
    row["approves"] = None if approves is None else int(approves)
    if approves is None:
        row["undetermined"] = ["satisfaction_rate"]
    counted = household.persons if confirmed else 0
    if household.household_class == "E":
        open_still = looks == "undetermined"
        row["wrong_exit"] = None if open_still else counted
        row["recurrence"] = counted * household.recurrence
        if open_still:
            row["undetermined"] = [*row["undetermined"], "wrong_exit_rate"]
    elif household.household_class == "N":
        open_still = looks == "undetermined"
        row["missed"] = None if open_still else counted
        row["missed_base"] = household.persons
        if open_still:
            row["undetermined"] = [*row["undetermined"], "missed_rate"]
    return row
