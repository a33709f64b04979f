"""Half characters: what is left of an emoji where a phone's text field cut it in two.

JavaScript counts such a character as two, cuts between them, and writes the half as an escape such
as `\\ud83d`. That is JSON and yet no text, since nothing stores or sends it. The bytes are kept as
they came; whoever reads them finds the sign for a lost character instead.
"""

import json
import re
from typing import Any

HALF = re.compile("[\ud800-\udfff]")
LOST = "\ufffd"


def read(text: str | bytes) -> Any:
    """Read JSON whose texts may hold half characters.

    Raises
    ------
    ValueError : not JSON
    """
    found = json.loads(text, parse_constant=_refuse)
    return mended(found) if may_stand_in(text) else found


def may_stand_in(text: str | bytes) -> bool:
    """Whether a JSON text holds an escape of the kind that half characters are written with."""
    return (b"\\ud" if isinstance(text, bytes) else "\\ud") in text.lower()  # type: ignore[operator]  # of one kind


def stand_in(value: object) -> bool:
    """Whether a text, or one within a value, holds half a character."""
    if isinstance(value, str):
        return HALF.search(value) is not None
    if isinstance(value, dict):
        return any(stand_in(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(stand_in, value))


def mended(value: Any) -> Any:
    """Return a value with the sign for a lost character in the place of each half one."""
    if isinstance(value, str):
        return HALF.sub(LOST, value)
    if isinstance(value, dict):
        return {mended(key): mended(part) for key, part in value.items()}
    return [mended(part) for part in value] if isinstance(value, list) else value


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
