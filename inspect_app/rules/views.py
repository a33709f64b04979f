"""Which answers of a household need a second look, by block and household class.

In most households all are right. So the questions of a block are written as one function that
passes over what is right, and names the questions that `inspect_app.rules.interviews` must look
at closely.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from inspect_app.rules.sources import Names
from inspect_app.rules.values import Answers, Reading

if TYPE_CHECKING:
    from inspect_app.rules.questionnaires import Field

View = Callable[[Reading, Answers], "list[Field]"]
"""(reading, answers of the block or of one of its rows) -> questions that may be wrong there."""


def view_of(questions: Iterable["Field"], household_class: str | None, names: Names) -> View:
    """Write the view of a block that is shown, from a household of one class.

    names : those of the expressions of the form
    """
    lines = [
        "def view(reading, row):",
        " found = []",
        " get = row.get",
    ]
    hidden: dict[str, str] = {}
    for question in questions:
        doubt = f"found.append({names.constant(question)})"
        asked = question.is_asked_of(household_class)
        unanswered = list(_unanswered(question, doubt, hidden, names)) if asked else []
        answered = [doubt] if not asked else list(_answered(question, doubt))
        if not unanswered and not answered:
            continue
        lines.append(f" own = get({question.id!r})")
        if unanswered:
            lines += [" if own is None:", *(f"  {line}" for line in unanswered)]
        if answered:
            lines.append(" else:" if unanswered else " if own is not None:")
            lines += [f"  {line}" for line in answered]
    lines[3:3] = [f" {flag} = False" for flag in hidden.values()]
    view: View = names.function("view", [*lines, " return found"])
    return view


def _unanswered(
    question: "Field", doubt: str, hidden: dict[str, str], names: Names
) -> Iterator[str]:
    """A question without an answer is wrong unless it may lack one, or was rightly not asked.

    hidden : flags of the questions before that were found hidden, by question; it is added to
    """
    if not question.required:
        return
    if question.relevance is None:
        yield doubt
        return
    leads = [hidden[name] for name in sorted(question.relevance.refers_to & hidden.keys())]
    flag = hidden[question.id] = names.variable()
    shown = names.variable()
    yield f"{shown} = {question.relevance.code}"
    yield f"if {shown} is False: {flag} = True"
    # What it hangs on is hidden here: then it is hidden as well.
    excused = f"{shown} is not None or not ({' or '.join(leads)})" if leads else "True"
    yield f"elif {excused}: {doubt}"


def _answered(question: "Field", doubt: str) -> Iterator[str]:
    """An answer is wrong where its question is hidden, or its constraint broken."""
    rules = [question.relevance] if question.relevance else []
    if question.constraint:
        rules.append(question.constraint.expression)
    if rules:
        yield f"if {' or '.join(f'{rule.code} is False' for rule in rules)}: {doubt}"
