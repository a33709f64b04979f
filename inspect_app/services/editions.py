"""The two editions of a verdict, and by which rules the public one follows from the full one."""

from collections.abc import Mapping
from typing import Any

FULL, PUBLIC = "full", "public"
EDITIONS = (FULL, PUBLIC)


def public(full: Mapping[str, Any]) -> dict[str, Any]:
    """Derive the public edition of a complete verdict.json."""
    kept = {key: value for key, value in full.items() if key != "nonce"}
    return {**kept, "edition": PUBLIC}
