"""What the doctor found: good, worth attention, or a fault; words stand in `words`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from inspect_app.doctor.words import STATES, WORDS


class Grade(IntEnum):
    """How bad it is; the worst one is the exit code."""

    GOOD = 0
    ATTENTION = 1
    FAULT = 2


GRADES = {Grade.GOOD: "良好 good", Grade.ATTENTION: "注意 attention", Grade.FAULT: "故障 fault"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, by the code of its sentence, with the values in it."""

    code: str
    grade: Grade
    values: dict[str, object] = field(default_factory=dict)

    @property
    def found(self) -> tuple[str, str]:
        """What was found, Chinese and English."""
        zh, en, _, _ = WORDS[self.code]
        return zh.format(**self._told(0)), en.format(**self._told(1))

    @property
    def advice(self) -> tuple[str, str]:
        """What to do, Chinese and English; empty when it is good."""
        if self.grade is Grade.GOOD:
            return "", ""
        _, _, zh, en = WORDS[self.code]
        return zh.format(**self._told(0)), en.format(**self._told(1))

    def _told(self, language: int) -> dict[str, object]:
        """The values in a language: those that are words in its words, the others as they are."""
        return {
            name: STATES[str(value)][language] if str(value) in STATES else value
            for name, value in self.values.items()
        }

    def as_json(self) -> dict[str, object]:
        """The finding for programs."""
        (found_zh, found_en), (do_zh, do_en) = self.found, self.advice
        return {
            "code": self.code,
            "grade": self.grade.name.lower(),
            "found_zh": found_zh,
            "found_en": found_en,
            "do_zh": do_zh,
            "do_en": do_en,
        }


def good(code: str, **values: object) -> Finding:
    return Finding(code, Grade.GOOD, values)


def attention(code: str, **values: object) -> Finding:
    return Finding(code, Grade.ATTENTION, values)


def fault(code: str, **values: object) -> Finding:
    return Finding(code, Grade.FAULT, values)


def graded(code: str, is_good: bool, otherwise: Grade = Grade.FAULT, **values: object) -> Finding:
    """Good, or as bad as told."""
    return Finding(code, Grade.GOOD if is_good else otherwise, values)


def run(*checks: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Run checks; one that cannot be made is a fault of its own and stops no other."""
    for check in checks:
        try:
            yield from check()
        except Exception as error:
            name = getattr(check, "__name__", None) or getattr(check, "func", check).__name__
            yield fault("check.failed", check=name, kind=type(error).__name__)
