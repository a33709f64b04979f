"""Remarks: what the boxes and notes say, sentences of one kind taken together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from report_templates import phrases, wording
from report_templates.verdict_sheet import Sentence, VerdictSheet
from report_templates.wording import Bilingual

FLIPS = "change.flip"

# Sentences of one code become one remark where these arguments agree; the others are listed.
_SHARED = {
    "change.extend": ("households", "villages"),
    "change.variant": ("setting", "reading", "finding"),
}


@dataclass(frozen=True)
class Remark:
    """One or more sentences of one code, and the words that say all of them."""

    code: str
    sentences: tuple[Sentence, ...]
    words: Bilingual


def remarks(sentences: Sequence[Sentence], sheet: VerdictSheet) -> tuple[Remark, ...]:
    """Gather sentences into remarks, each where its first sentence stands; flips come first."""
    groups: dict[tuple[object, ...], list[Sentence]] = {}
    for number, sentence in enumerate(sentences):
        groups.setdefault(_kinship(number, sentence, sheet), []).append(sentence)
    found = [
        Remark(group[0].code, tuple(group), phrases.together(group, sheet))
        for group in groups.values()
    ]
    return tuple(sorted(found, key=lambda remark: remark.code != FLIPS))


def _kinship(number: int, sentence: Sentence, sheet: VerdictSheet) -> tuple[object, ...]:
    """What two sentences must have in common to be said as one."""
    if sentence.code not in wording.EACH:
        return (number,)
    if sentence.code == "note.sides_differ":
        return (sentence.code, sheet.indicator(sentence.args["indicator"]).decided_by)
    shared = _SHARED.get(sentence.code, ())
    return (sentence.code, *(str(sentence.args[name]) for name in shared))
