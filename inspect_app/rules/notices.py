"""What a notice may say: which cases it tells of, and no word of a household."""

import re
from collections.abc import Iterable
from enum import StrEnum

from inspect_app.rules.quality import normal
from inspect_app.rules.states import CaseState


class NoticeKind(StrEnum):
    """A notice asks a county about its cases, or tells it what became of them."""

    TOLD = "told"
    RULED = "ruled"


TELLS: dict[NoticeKind, tuple[CaseState, ...]] = {
    NoticeKind.TOLD: (CaseState.EVIDENCE_DUE, CaseState.EVIDENCE_RECEIVED),
    NoticeKind.RULED: (CaseState.CONFIRMED, CaseState.OVERTURNED, CaseState.UNDECIDED),
}
"""States of the cases that a notice of a kind is about; all of them were told to the county."""

SHORTEST_QUOTE = 6
"""Signs that an answer in words has at least for its repetition to be a quotation."""

_OPINION = re.compile(r"满意|认可度|群众认可|satisf|approval", re.IGNORECASE)
_CODE = re.compile(r"[0-9A-Za-z._/-]+")


def says_too_much(reason: str, phrases: Iterable[str]) -> bool:
    """Whether a reason repeats an answer in words, or speaks of what somebody thinks.

    phrases : answers in free text, as `quality.normal` writes them
    """
    said = normal(reason)
    return bool(_OPINION.search(reason)) or any(
        len(phrase) >= SHORTEST_QUOTE and phrase in said for phrase in phrases
    )


def is_code(unit_id: str) -> bool:
    """Whether a household is named by a code; a lead may have been entered by a name."""
    return _CODE.fullmatch(unit_id) is not None and any(sign.isdigit() for sign in unit_id)
