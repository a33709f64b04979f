"""How decoded JSON is built: its depth, one limit for envelopes and bodies, and its floats."""

from itertools import chain
from typing import Any

JSON_DEPTH = 20
CONTAINERS = frozenset({dict, list})


def is_deep(found: object) -> bool:
    """Whether decoded JSON is nested deeper than `JSON_DEPTH` levels."""
    level = _containers([found])
    for _ in range(JSON_DEPTH):
        level = _containers(_inside(level))
        if not level:
            return False
    return True


def holds_float(found: object) -> bool:
    """Whether a number with a point or an exponent stands anywhere in decoded JSON."""
    level = [found]
    while level:
        if float in set(map(type, level)):
            return True
        level = _inside(_containers(level))
    return False


def _containers(level: list[Any]) -> list[Any]:
    return [each for each in level if type(each) in CONTAINERS]


def _inside(containers: list[Any]) -> list[Any]:
    """Everything that stands directly in one of these objects and lists."""
    held = (each.values() if type(each) is dict else each for each in containers)
    return list(chain.from_iterable(held))
