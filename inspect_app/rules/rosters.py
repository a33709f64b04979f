"""The ids of a village's list, which follow from the order listed and are nobody's to choose.

The phone knows the seed of the draw before the list is made: of ids of its own making it could try
thousands, and keep the one that is drawn.
"""

import re

from inspect_app.rules.faults import Fault, fault

_NUMBERED = re.compile(r"[0-9]{12}-n[0-9]{4,}", re.ASCII)


def numbered(village_code: str, line: int) -> str:
    """Name a household without register code by its village and its line in the list."""
    return f"{village_code}-n{line:04}"


def is_numbered(unit_id: str) -> bool:
    """Whether an id is of the form that only a list gives."""
    return _NUMBERED.fullmatch(unit_id) is not None


def fault_of_id(
    pointer: str, unit_id: str, *, household_class: str, village_code: str, line: int
) -> Fault | None:
    """Find what is wrong with the id of one household listed.

    Class N is numbered as listed; the other classes carry their register code.
    """
    if household_class == "N":
        named = numbered(village_code, line)
        return None if unit_id == named else fault(pointer, "not-numbered", unit_id=named)
    return fault(pointer, "not-registered") if is_numbered(unit_id) else None
