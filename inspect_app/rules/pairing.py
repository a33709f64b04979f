"""Pairs for a village day: as many as the rules allow, those sent who were sent least.

Two people go together or not, whichever village it is, so a full assignment is a matching of n
edges in the graph of who may go with whom. `pair_up` promises:

- n pairs whenever n disjoint pairs exist, else as many as exist: it augments until there is no
  augmenting path, which is when a matching is largest (Berge; the search is Edmonds', who shrinks
  odd cycles);
- the person sent who was sent most often before was sent no more often than needed: people are
  let in by their days, and nobody of the next number of days while those so far suffice;
- the same pairs from the same people and ranks.

Within these it prefers partners who shared the fewest days. That is a preference, no optimum.
"""

from collections.abc import Callable, Mapping, Sequence

Edge = Callable[[str, str], bool]


def pair_up(
    people: Sequence[str],
    may_go: Edge,
    n: int,
    *,
    days: Mapping[str, int],
    shared: Callable[[str, str], int],
    rank: Mapping[str, bytes],
) -> list[tuple[str, str]]:
    """Choose n disjoint pairs, or as many as there are.

    Parameters
    ----------
    people : whoever may go at all on that day
    may_go : whether two of them may go together; symmetric
    n : pairs wanted (count)
    days : village days that each has behind; shared : days that two have spent together
    rank : decides between equals, the smallest first

    Returns
    -------
    pairs, each and all in the order of rank
    """
    order = sorted(people, key=lambda one: (days[one], rank[one], one))
    matching = Matching(order, may_go)
    admitted = 0
    while matching.size < n and admitted < len(order):
        sent = days[order[admitted]]
        while admitted < len(order) and days[order[admitted]] == sent:
            admitted += 1
        matching.admit(admitted)
        matching.take_easy(n, shared)
        matching.grow(n)
    pairs = [sorted(pair, key=lambda one: rank[one]) for pair in matching.pairs()]
    return sorted(((a, b) for a, b in pairs), key=lambda pair: rank[pair[0]])


class Matching:
    """A matching among the first `admitted` people of an order; it only grows."""

    def __init__(self, order: Sequence[str], may_go: Edge) -> None:
        self._order = order
        self._may_go = may_go
        self._near: dict[int, list[int]] = {}
        self._mate = [-1] * len(order)
        self._admitted = 0
        self.size = 0

    def admit(self, count: int) -> None:
        """Let in the first `count` people."""
        self._admitted = count

    def pairs(self) -> list[tuple[str, str]]:
        """Return the pairs so far."""
        order = self._order
        return [(order[v], order[w]) for v, w in enumerate(self._mate) if v < w]

    def take_easy(self, n: int, shared: Callable[[str, str], int]) -> None:
        """Pair free people in their order, each with the free partner met least, up to n pairs."""
        order = self._order
        free = [v for v in range(self._admitted) if self._mate[v] == -1]
        for v in free:
            if self.size == n:
                return
            if self._mate[v] != -1:
                continue
            partners = (
                (shared(order[v], order[w]), w)
                for w in free
                if w != v and self._mate[w] == -1 and self._may_go(order[v], order[w])
            )
            _, w = min(partners, default=(0, -1))
            if w != -1:
                self._mate[v], self._mate[w] = w, v
                self.size += 1

    def grow(self, n: int) -> None:
        """Augment from every free person until n pairs are found or no more exist.

        From where no augmenting path starts now, none will after others were taken.
        """
        for root in range(self._admitted):
            if self.size >= n:
                return
            if self._mate[root] == -1:
                self.size += self._augment(root)

    def _augment(self, root: int) -> bool:
        """Search an augmenting path breadth first, odd cycles shrunk to their base, and take it."""
        count = self._admitted
        base = list(range(count))
        parent = [-1] * count
        seen = [False] * count
        seen[root] = True
        queue = [root]
        for v in queue:
            for w in self._neighbours(v):
                if base[v] == base[w] or self._mate[v] == w:
                    continue
                if w == root or (self._mate[w] != -1 and parent[self._mate[w]] != -1):
                    queue += self._shrink(v, w, base, parent, seen)
                elif parent[w] == -1:
                    parent[w] = v
                    if self._mate[w] == -1:
                        self._flip(w, parent)
                        return True
                    seen[self._mate[w]] = True
                    queue.append(self._mate[w])
        return False

    def _shrink(
        self, v: int, w: int, base: list[int], parent: list[int], seen: list[bool]
    ) -> list[int]:
        """Shrink the odd cycle that edge v-w closes; return who is reached anew."""
        top = self._common_base(v, w, base, parent)
        on_cycle = self._mark(v, top, w, base, parent) | self._mark(w, top, v, base, parent)
        reached = []
        for one in range(self._admitted):
            if base[one] in on_cycle:
                base[one] = top
                if not seen[one]:
                    seen[one] = True
                    reached.append(one)
        return reached

    def _common_base(self, v: int, w: int, base: list[int], parent: list[int]) -> int:
        passed = set()
        v = base[v]
        while True:
            passed.add(v)
            if self._mate[v] == -1:
                break
            v = base[parent[self._mate[v]]]
        w = base[w]
        while w not in passed:
            w = base[parent[self._mate[w]]]
        return w

    def _mark(self, v: int, top: int, child: int, base: list[int], parent: list[int]) -> set[int]:
        """Walk from v to the base of a cycle, turning its links round."""
        marked = set()
        while base[v] != top:
            mate = self._mate[v]
            marked |= {base[v], base[mate]}
            parent[v] = child
            child = mate
            v = parent[mate]
        return marked

    def _flip(self, end: int, parent: list[int]) -> None:
        while end != -1:
            before = parent[end]
            following = self._mate[before]
            self._mate[end], self._mate[before] = before, end
            end = following

    def _neighbours(self, v: int) -> list[int]:
        if v not in self._near:
            order = self._order
            self._near[v] = [
                w for w in range(len(order)) if w != v and self._may_go(order[v], order[w])
            ]
        return [w for w in self._near[v] if w < self._admitted]
