"""Several revisions of one visit: nobody improves it by sending it twice."""

from inspect_app.rules.versions import Version, broken_in, suspicions_gone


def a_version(rev: int, people: str = "Li Wang", **given: object) -> Version:
    known = {"answers_return": False, "broken": frozenset(), "suspicions": frozenset()}
    return Version(rev, frozenset(people.split()), **(known | given))  # type: ignore[arg-type]  # by name


BROKEN = frozenset({"room_not_cleared"})


def test_what_one_revision_tells_holds_for_the_others_of_the_same_people():
    versions = [a_version(1, broken=BROKEN), a_version(2)]

    assert broken_in(versions, 2) == {"room_not_cleared": 1}
    assert broken_in(versions, 1) == {}


def test_a_repeat_of_another_pair_that_was_asked_for_begins_anew():
    versions = [a_version(1, broken=BROKEN), a_version(2, "Zhao Sun", answers_return=True)]

    assert broken_in(versions, 2) == {}
    late = a_version(3, "Li Wang", broken=BROKEN)
    assert broken_in([*versions, late], 2) == {}
    assert broken_in([*versions, a_version(3, "Li Wang")], 3) == {"room_not_cleared": 1}


def test_neither_the_same_pair_nor_one_that_was_not_asked_begins_anew():
    same = [a_version(1, broken=BROKEN), a_version(2, answers_return=True)]
    unasked = [a_version(1, broken=BROKEN), a_version(2, "Zhao Sun")]

    assert broken_in(same, 2) == broken_in(unasked, 2) == {"room_not_cleared": 1}


def test_a_pair_of_which_one_was_there_does_not_begin_anew():
    half = [a_version(1, broken=BROKEN), a_version(2, "Wang Zhao", answers_return=True)]

    assert broken_in(half, 2) == {"room_not_cleared": 1}
    others = a_version(3, "Sun Qian", answers_return=True)
    assert broken_in([*half, others], 3) == {}
    assert broken_in([*half, others, a_version(4, "Sun Wang")], 4) == {"room_not_cleared": 1}


def test_what_the_repeat_itself_breaks_holds_for_it():
    versions = [
        a_version(1),
        a_version(2, "Zhao Sun", answers_return=True),
        a_version(3, "Zhao Sun", broken=BROKEN),
    ]

    assert broken_in(versions, 2) == {"room_not_cleared": 3}


def test_a_suspicion_of_any_other_revision_is_gone_not_only_of_an_earlier_one():
    poor = a_version(2, suspicions=frozenset({"wrong_exit"}))

    assert suspicions_gone([a_version(1), poor], 1) == {"wrong_exit"}
    assert suspicions_gone([a_version(1), poor], 2) == frozenset()
