"""Days of a chain: finished ones are kept with their root, so that a proof costs one day's lines.

A day is finished when a line of a later one is about to be added; from then on nothing joins it.
The last day is open. The trees of the days that were asked for last are kept in memory, and grow by
the lines that have come since: a proof is for everybody, and must not cost the lines of a day.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from inspect_app.models.ledger import LedgerDay, LedgerEntry
from inspect_app.rules import chain
from inspect_app.rules.chain import Day, Tree

ROWS_AT_ONCE = 2000
TREES_KEPT = 8


@dataclass(frozen=True)
class Border:
    """Where a chain stands at the end of a day, or before its first."""

    root: bytes
    count: int


@dataclass(frozen=True)
class Standing:
    """A day as it stands: the count of the chain at its end, and the tree of its leaves."""

    day: str
    count: int
    leaves: int
    tree: Tree

    @property
    def root(self) -> bytes:
        return self.tree.root(self.leaves)

    def path(self, leaf: int) -> list[bytes]:
        """Compute the way from a leaf to the root."""
        return self.tree.path(leaf, self.leaves)


@dataclass
class _Grown:
    """A day's tree in memory; the root before it is its first leaf.

    last : hash of its last line, and so of all before it
    """

    tree: Tree
    day: str = ""
    last: str = ""


@dataclass
class _Trees:
    """Trees by the root before them, which says whose chain it is; the oldest are given up."""

    found: OrderedDict[bytes, _Grown] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, before: bytes) -> _Grown | None:
        if before in self.found:
            self.found.move_to_end(before)
        return self.found.get(before)

    def keep(self, before: bytes, grown: _Grown) -> None:
        self.found[before] = grown
        self.found.move_to_end(before)
        while len(self.found) > TREES_KEPT:
            self.found.popitem(last=False)


_trees = _Trees()


def finish(session: Session, campaign_id: str) -> None:
    """Keep the roots of all days up to the end of the chain, which gets a line of a later day.

    Part of the caller's transaction, which must hold the lock of the campaign.
    """
    rows = [
        {"campaign_id": campaign_id, "day": day.day, "count": day.count, "root": day.root.hex()}
        for day in _walk(session, campaign_id, _last_border(session, campaign_id))
    ]
    if rows:
        session.execute(insert(LedgerDay), rows)


def last(session: Session, campaign_id: str) -> Standing | None:
    """Return the last day of a chain; None for a chain without lines."""
    found = list(_after(session, campaign_id, _last_border(session, campaign_id)))
    return found[-1] if found else None


def of_line(session: Session, campaign_id: str, seq: int) -> Standing:
    """Return the day that holds a line of the chain."""
    kept = select(LedgerDay).where(LedgerDay.campaign_id == campaign_id)
    until = session.scalar(kept.where(LedgerDay.count >= seq).order_by(LedgerDay.count).limit(1))
    if until is None:
        open_days = _after(session, campaign_id, _last_border(session, campaign_id))
        return next(day for day in open_days if day.count >= seq)
    before = session.scalar(
        kept.where(LedgerDay.count < seq).order_by(LedgerDay.count.desc()).limit(1)
    )
    day = _grow(session, campaign_id, _border(campaign_id, before), until.count)
    assert day is not None, "a day that was kept has lines"  # nosec B101  # a fact
    return day


def faults(session: Session, campaign_id: str, replayed: Sequence[Day]) -> Iterator[str]:
    """Kept days that are not those of the chain."""
    known = {day.day: (day.count, day.root.hex()) for day in replayed}
    for kept in session.scalars(
        select(LedgerDay).where(LedgerDay.campaign_id == campaign_id).order_by(LedgerDay.count)
    ):
        if known.get(kept.day) != (kept.count, kept.root):
            yield f"{kept.day} 的日根不符 · the root kept for {kept.day} differs"


def _last_border(session: Session, campaign_id: str) -> Border:
    kept = session.scalar(
        select(LedgerDay)
        .where(LedgerDay.campaign_id == campaign_id)
        .order_by(LedgerDay.count.desc())
        .limit(1)
    )
    return _border(campaign_id, kept)


def _border(campaign_id: str, kept: LedgerDay | None) -> Border:
    if kept is None:
        return Border(chain.genesis(campaign_id), 0)
    return Border(bytes.fromhex(kept.root), kept.count)


def _after(session: Session, campaign_id: str, border: Border) -> Iterator[Standing]:
    """The days after a border, one after the other."""
    while (day := _grow(session, campaign_id, border)) is not None:
        yield day
        border = Border(day.root, day.count)


def _grow(
    session: Session, campaign_id: str, after: Border, until: int | None = None
) -> Standing | None:
    """Bring the tree of the day after a border up to what this session sees of the chain.

    until : the last line of the day, where it is known
    """
    with _trees.lock:
        grown = _trees.get(after.root)
        if grown is None or not _goes_on(session, campaign_id, after, grown):
            grown = _Grown(Tree([after.root]))
        known = after.count + len(grown.tree) - 1
        for received_at, h in _lines(session, campaign_id, known, until):
            day = chain.day_of(received_at)
            if grown.day not in ("", day):
                break
            grown.tree.add(bytes.fromhex(h))
            grown.day, grown.last = day, h
        leaves = len(grown.tree)
        if leaves == 1:
            return None
        _trees.keep(after.root, grown)
        return Standing(grown.day, after.count + leaves - 1, leaves, grown.tree)


def _goes_on(session: Session, campaign_id: str, after: Border, grown: _Grown) -> bool:
    """Whether the chain has the last line of a tree; another database's chain may not."""
    h = session.scalar(
        select(LedgerEntry.h).where(
            LedgerEntry.campaign_id == campaign_id,
            LedgerEntry.seq == after.count + len(grown.tree) - 1,
        )
    )
    return h == grown.last


def _lines(
    session: Session, campaign_id: str, after: int, until: int | None = None
) -> Iterator[Row[str, str]]:
    """Time and hash of the lines after a number, up to another."""
    lines = (
        select(LedgerEntry.received_at, LedgerEntry.h)
        .where(LedgerEntry.campaign_id == campaign_id, LedgerEntry.seq > after)
        .order_by(LedgerEntry.seq)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    if until is not None:
        lines = lines.where(LedgerEntry.seq <= until)
    return iter(session.execute(lines))


def _walk(session: Session, campaign_id: str, after: Border) -> list[Day]:
    """Gather the lines after a border into days, up to the end of the chain."""
    hashes = (
        (chain.day_of(received_at), bytes.fromhex(h))
        for received_at, h in _lines(session, campaign_id, after.count)
    )
    return chain.days(campaign_id, hashes, before=after.root, count=after.count)
