"""When a household counts as approving of the work: True, False, or None where unknown.

An answer that is missing makes the result unknown only where it could still change it.
"""

from collections.abc import Callable, Mapping

from inspect_app.rules.answers import word
from inspect_app.rules.interviews import Row

SUBJECTS = ("sat_policy", "sat_measures", "sat_exit", "sat_cadres")
CONTENT = frozenset({"satisfied", "very_satisfied"})
DISCONTENT = frozenset({"dissatisfied", "very_dissatisfied"})
MAJORITY = 3


RULES = ("overall_without_dissent", "overall", "overall_without_discontent", "all_four", "majority")
"""Readings of how the answers make one yes."""


def approves(answers: Row, rule: str) -> bool | None:
    """Whether the household approves under one reading of the approval rule."""
    return _RULES[rule](answers)


def variants(answers: Row) -> dict[str, bool | None]:
    """The same household under every reading, for the report."""
    return {rule: judge(answers) for rule, judge in _RULES.items()}


def _overall(answers: Row) -> bool | None:
    said = word(answers, "sat_overall")
    return None if said is None else said == "yes"


def _overall_without(answers: Row, harmful: frozenset[str]) -> bool | None:
    """Yes over all, and not one of the four subjects answered in a harmful way."""
    subjects = [word(answers, subject) for subject in SUBJECTS]
    if any(answer in harmful for answer in subjects):
        return False
    overall = _overall(answers)
    return overall if overall is False or None not in subjects else None


def _at_least(answers: Row, wanted: int) -> bool | None:
    subjects = [word(answers, subject) for subject in SUBJECTS]
    content = sum(answer in CONTENT for answer in subjects)
    if content >= wanted:
        return True
    return False if content + subjects.count(None) < wanted else None


_RULES: Mapping[str, Callable[[Row], bool | None]] = {
    "overall_without_dissent": lambda row: _overall_without(row, DISCONTENT | {"unaware"}),
    "overall": _overall,
    "overall_without_discontent": lambda row: _overall_without(row, DISCONTENT),
    "all_four": lambda row: _at_least(row, len(SUBJECTS)),
    "majority": lambda row: _at_least(row, MAJORITY),
}
