"""How deeply JSON may be nested: one limit for envelopes and for the bodies inside them."""

from collections.abc import Iterable

JSON_DEPTH = 20


def is_deep(found: object) -> bool:
    """Whether decoded JSON is nested deeper than `JSON_DEPTH` levels."""
    level = [found]
    for _ in range(JSON_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
    return any(isinstance(each, dict | list) for each in level)


def _inside(outer: object) -> Iterable[object]:
    if isinstance(outer, dict):
        return outer.values()
    return outer if isinstance(outer, list) else ()
