"""Proposals: always within the rules, and full whenever a full one exists."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.rules.declarations import Tie, TieKind
from inspect_app.rules.independence import (
    Grounds,
    History,
    Inspector,
    VillageDay,
    of_pair,
    of_person,
    refusals,
)
from inspect_app.rules.pairing import pair_up

DAY = date(2020, 6, 10)
MORNING = datetime(2020, 6, 10, 1, 0, tzinfo=UTC)

Edges = frozenset[frozenset[str]]


def ranks(people: list[str]) -> dict[str, bytes]:
    return {one: hashlib.sha256(one.encode()).digest() for one in people}


def pairs_of(edges: Edges, people: list[str], n: int, days: dict[str, int]) -> list[frozenset[str]]:
    found = pair_up(
        people,
        lambda a, b: frozenset((a, b)) in edges,
        n,
        days=days,
        shared=lambda a, b: 0,
        rank=ranks(people),
    )
    return [frozenset(pair) for pair in found]


def most(edges: Edges, people: frozenset[str]) -> int:
    """The size of the largest matching, by trying every one."""
    if not people:
        return 0
    first = min(people)
    rest = people - {first}
    partners = [one for one in rest if frozenset((first, one)) in edges]
    return max([most(edges, rest), *(1 + most(edges, rest - {one}) for one in partners)])


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Edges, list[str], dict[str, int]]:
    people = [f"p{number}" for number in range(draw(st.integers(0, 9)))]
    possible = [frozenset(pair) for pair in combinations(people, 2)]
    edges = frozenset(draw(st.sets(st.sampled_from(possible))) if possible else ())
    days = {one: draw(st.integers(0, 2)) for one in people}
    return edges, people, days


@given(graphs(), st.integers(0, 5))
@settings(max_examples=300, deadline=None)
def test_as_many_pairs_as_exist_and_none_beyond_what_is_wanted(
    graph: tuple[Edges, list[str], dict[str, int]], n: int
) -> None:
    edges, people, days = graph

    pairs = pairs_of(edges, people, n, days)

    assert all(pair in edges for pair in pairs)
    assert len(frozenset().union(*pairs)) == 2 * len(pairs)
    assert len(pairs) == min(n, most(edges, frozenset(people)))


@given(graphs(), st.integers(1, 4))
@settings(max_examples=200, deadline=None)
def test_nobody_is_sent_more_often_than_needed(
    graph: tuple[Edges, list[str], dict[str, int]], n: int
) -> None:
    edges, people, days = graph
    pairs = pairs_of(edges, people, n, days)
    if len(pairs) < n:
        return

    worst = max(days[one] for pair in pairs for one in pair)

    rested = frozenset(one for one in people if days[one] < worst)
    assert most(edges, rested) < n


@given(graphs(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_people_is_irrelevant(
    graph: tuple[Edges, list[str], dict[str, int]], shuffler: Random
) -> None:
    edges, people, days = graph
    shuffled = list(people)
    shuffler.shuffle(shuffled)

    assert pairs_of(edges, people, 4, days) == pairs_of(edges, shuffled, 4, days)


@pytest.mark.parametrize("seed", range(20))
def test_large_sparse_graphs_match_as_fully_as_their_odd_cycles_allow(seed: int) -> None:
    """Rings of odd length, each with one bridge to the next: every ring leaves at most one over."""
    chance = Random(seed)
    rings = [chance.choice([3, 5, 7, 9]) for _ in range(12)]
    people, edges = [], set()
    for ring, length in enumerate(rings):
        members = [f"r{ring:02}-{place}" for place in range(length)]
        people += members
        edges |= {frozenset((members[i], members[(i + 1) % length])) for i in range(length)}
        if ring:
            edges.add(frozenset((members[0], f"r{ring - 1:02}-0")))
    chance.shuffle(people)

    pairs = pairs_of(frozenset(edges), people, len(people), dict.fromkeys(people, 0))

    # Twelve odd rings in a chain pair up two by two over their bridges.
    assert 2 * len(pairs) == sum(rings)


def inspectors() -> st.SearchStrategy[list[Inspector]]:
    one = st.builds(
        Inspector,
        id=st.just(""),
        province_code=st.sampled_from(["51", "51", "51", "42"]),
        home_adcode=st.sampled_from(["510104", "420528"]),
        has_phone=st.booleans(),
        team=st.sampled_from(["A", "B"]),
        ties=st.sampled_from([(), (), (Tie("420528", TieKind.KIN),)]),
        languages=st.sampled_from([frozenset(), frozenset({"ii"})]),
        training_score=st.sampled_from([95, 95, 80]),
        has_declared=st.sampled_from([True, True, True, False]),
    )
    return st.lists(one, max_size=8).map(
        lambda found: [
            Inspector(**{**vars(person), "id": f"p{number}"}) for number, person in enumerate(found)
        ]
    )


@given(
    inspectors(),
    st.lists(
        st.tuples(st.integers(-3, 4), st.integers(0, 7), st.integers(0, 7)).filter(
            lambda row: row[1] != row[2]
        ),
        max_size=12,
    ),
    st.integers(1, 4),
)
@settings(max_examples=200, deadline=None)
def test_what_is_proposed_breaks_no_rule_and_is_full_if_that_can_be(
    people: list[Inspector], met: list[tuple[int, int, int]], n: int
) -> None:
    history = History(
        VillageDay(DAY - timedelta(days=ago), frozenset((f"p{a}", f"p{b}"))) for ago, a, b in met
    )
    grounds = Grounds("420528", DAY, MORNING, history, frozenset(), 2, language="ii")
    free = {one.id: one for one in people if not of_person(one, grounds)}
    names = sorted(free)

    pairs = pair_up(
        names,
        lambda a, b: not of_pair((free[a], free[b]), grounds),
        n,
        days={one: history.days(one) for one in names},
        shared=lambda a, b: history.shared(frozenset((a, b)), but=DAY),
        rank=ranks(names),
    )

    by_id = {one.id: one for one in people}
    assert all(refusals((by_id[a], by_id[b]), grounds) == () for a, b in pairs)
    allowed = frozenset(
        frozenset((a.id, b.id))
        for a, b in combinations(people, 2)
        if refusals((a, b), grounds) == ()
    )
    assert len(pairs) == min(n, most(allowed, frozenset(by_id)))
