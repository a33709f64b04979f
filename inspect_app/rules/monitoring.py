"""Which households ought to be watched: unstable, marginal or suddenly in difficulty.

Information for the county, never part of a verdict. A failing block outranks it.
"""

from fractions import Fraction

from inspect_app.rules.answers import number, word, words
from inspect_app.rules.income import Income
from inspect_app.rules.interviews import Interview
from inspect_app.rules.rulebooks import PovertyLine, RuleBook

ENDANGERING = frozenset({"illness", "disaster", "accident", "job_loss", "death", "price"})


def monitored_types(
    interview: Interview,
    *,
    class_found: str,
    income: Income,
    book: RuleBook,
    monitoring_line: PovertyLine | None,
) -> tuple[str, ...]:
    """The monitored types a household belongs to whose blocks are all right.

    1 `unstable`: exited, above the poverty line but not above the monitoring line, or with an
    income that will not last. 2 `marginal`: the same for a household never registered.
    3 `sudden`: any class, when a blow endangers basic living whatever the income.
    """
    types = []
    is_thin = monitoring_line is not None and income.is_at_or_below(monitoring_line.yuan)
    if is_thin or word(interview.answers, "income_outlook") in ("less", "lost"):
        types += {"E": ["unstable"], "N": ["marginal"]}.get(class_found, [])
    if _is_endangered(interview, income, book):
        types.append("sudden")
    return tuple(types)


def _is_endangered(interview: Interview, income: Income, book: RuleBook) -> bool:
    shocks = words(interview.answers, "shocks")
    if not shocks or not shocks & ENDANGERING:
        return False
    if word(interview.answers, "can_meet_basics") == "no":
        return True
    spending = number(interview.answers, "shock_spending")
    if spending is None or income.high is None:
        return False
    return spending > Fraction(str(book.shock_ratio)) * max(income.high, 0)
