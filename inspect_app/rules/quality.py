"""What makes an interview look unlike one that was held: remarks for the nightly review.

Each remark sends a reviewer to look; none decides anything by itself. Thresholds are ours:
a form of sixty questions read out and answered takes a quarter of an hour at the least.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from inspect_app.rules.approval import SUBJECTS
from inspect_app.rules.interviews import Flag, Interview, Row

SHORTEST_MINUTES = 15
LONGEST_MINUTES = 240
CLOCK_TOLERANCE_MS = 5 * 60 * 1000


def remarks(interview: Interview, *, offset_ms: int) -> Iterator[Flag]:
    """Look at one interview and the clock of the phone that sealed it.

    offset_ms : server time minus phone time when the op arrived
    """
    minutes = _minutes(interview.answers)
    if interview.is_completed and minutes is not None:
        if minutes < 0:
            yield Flag("clock_jumped", "ended_at")
        elif minutes < SHORTEST_MINUTES:
            yield Flag("too_short", "ended_at", detail=f"{minutes:.0f} min")
        elif minutes > LONGEST_MINUTES:
            yield Flag("too_long", "ended_at", detail=f"{minutes:.0f} min")
    if abs(offset_ms) > CLOCK_TOLERANCE_MS:
        yield Flag("clock_offset", "started_at", detail=f"{offset_ms / 60000:.0f} min")
    if _is_straight_lined(interview.answers):
        yield Flag("straight_lined", SUBJECTS[0])


def _minutes(answers: Row) -> float | None:
    started, ended = answers.get("started_at"), answers.get("ended_at")
    if not isinstance(started, str) or not isinstance(ended, str):
        return None
    length = datetime.fromisoformat(ended.upper()) - datetime.fromisoformat(started.upper())
    return length.total_seconds() / 60


def _is_straight_lined(answers: Mapping[str, object]) -> bool:
    """One and the same extreme answer to all four subjects: honest at times, and easy to tick."""
    given = {answers.get(subject) for subject in SUBJECTS}
    return len(given) == 1 and given <= {"very_satisfied", "very_dissatisfied", "unaware"}
