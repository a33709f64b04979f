"""Several revisions of one interview: what the others say of the one that is to count.

Nobody improves a visit by sending it twice. What one revision tells of an official in the room
holds for every other of the same people, until another pair has repeated the visit on demand;
what one raised as a suspicion stays to be explained, whichever of them counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """A revision as far as others are held against it.

    people : who held the visit; answers_return : it came because a reviewer asked for it
    broken : flags that demand a repeat; suspicions : kinds of cases that it would open
    """

    rev: int
    people: frozenset[str]
    answers_return: bool
    broken: frozenset[str]
    suspicions: frozenset[str]


def broken_in(versions: Iterable[Version], current_rev: int) -> dict[str, int]:
    """Return the broken conditions that hold for a revision and stand in another one: code, rev.

    Those count that anybody held who held the current one, or anybody at all where no other pair,
    none of whom had been there, has answered a return since.
    """
    ordered = sorted(versions, key=lambda one: one.rev)
    current = next(one for one in ordered if one.rev == current_rev)
    found: dict[str, int] = {}
    for one in _of_this_visit(ordered, current):
        for code in sorted(one.broken - current.broken):
            found.setdefault(code, one.rev)
    return found


def suspicions_gone(versions: Iterable[Version], current_rev: int) -> frozenset[str]:
    """Return the suspicions that another revision raised and the current one does not."""
    known = {one.rev: one.suspicions for one in versions}
    return frozenset().union(*known.values()) - known[current_rev]


def _of_this_visit(ordered: Sequence[Version], current: Version) -> list[Version]:
    """Revisions of whoever held the visit that the current one tells of."""
    seen: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()
    for one in ordered:
        if one.answers_return and not one.people & seen:
            former = seen  # another pair went: what those before it did is repeated
        seen |= one.people
    if current.people & former:
        return list(ordered)
    return [one for one in ordered if not one.people <= former]
