"""Looking answers up: "does not know", "refuses to say" and no answer at all are None."""

from inspect_app.rules.interviews import Row

NO_ANSWER = frozenset({"dk", "refused"})


def number(row: Row, question: str) -> int | None:
    """A whole number, if it was given."""
    value = row.get(question)
    return value if isinstance(value, int) else None


def word(row: Row, question: str) -> str | None:
    """The chosen value, if one was chosen. Not for `disposition`, which may be "refused"."""
    value = row.get(question)
    return value if isinstance(value, str) and value not in NO_ANSWER else None


def words(row: Row, question: str) -> frozenset[str] | None:
    """The set of chosen values, without the word for none of them."""
    value = row.get(question)
    return frozenset(value) - {"none"} if isinstance(value, tuple) else None
