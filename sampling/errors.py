"""What can go wrong in this package, each with a code and a sentence in two languages.

Nothing here knows about status codes or exit codes; whoever calls decides what to do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sampling.messages import both, say

SHOWN_FAULTS = 100


class SamplingError(Exception):
    """Root of the tree; `str(error)` is `中文 | English`.

    Parameters
    ----------
    code : key of the message table, `<table>.<name>`, see `sampling.messages`
    details : arguments of the sentence, kept as `error.details`

    Examples
    --------
    >>> str(SamplingError("file.not_folder", path="plan"))
    'plan 不是文件夹 | plan is not a folder'
    """

    def __init__(self, code: str, /, **details: object) -> None:
        super().__init__(say(code, **details))
        self.code = code
        self.details = details

    @property
    def lines(self) -> tuple[str, ...]:
        """What a command prints before it ends with exit code 1."""
        return (str(self),)


class PlanError(SamplingError):
    """A plan that contradicts itself, or that does not fit its frame."""


class AllocationError(SamplingError):
    """Sizes that cannot be shared among strata as asked."""


class DrawError(SamplingError):
    """A draw that cannot be made, or that does not recompute."""


class EstimationError(SamplingError):
    """Interviews from which a figure cannot be estimated."""


class CalibrationError(SamplingError):
    """Weights that cannot be calibrated or trimmed as asked."""


class SimulationError(SamplingError):
    """A truth that no register can have, or a plan that cannot be simulated."""


class RiskError(SamplingError):
    """Households on which no risk model can be fitted, tried or used."""


class MissingExtra(SamplingError):
    """An optional library that is not installed.

    Parameters
    ----------
    extra : extra of this package that brings it, e.g. "plot"

    Examples
    --------
    >>> print(MissingExtra("plot").args[0].partition(" | ")[2])
    this needs the extra "plot": pip install 'exit-inspection[plot]'
    """

    def __init__(self, extra: str) -> None:
        super().__init__("file.extra", extra=extra)


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in one file, where a person will look for it.

    Parameters
    ----------
    file : file name as given
    row : row or line number as an editor or a spreadsheet shows it, 0 = the file as a whole
    column : header as the file writes it, "" = the row as a whole
    code : key of the message table
    details : arguments of the sentence
    """

    file: str
    row: int
    column: str
    code: str
    details: Mapping[str, object] = field(default_factory=dict, compare=False, hash=False)

    @property
    def reason(self) -> tuple[str, str]:
        """Chinese and English sentence, without the place."""
        return both(self.code, **self.details)

    @property
    def sentences(self) -> tuple[str, str]:
        """Chinese and English sentence with the place in front."""
        zh_place, en_place = self.file, self.file
        if self.row:
            zh_place += f" 第{self.row}行"
            en_place += f" row {self.row}"
        if self.column:
            zh_place += f" “{self.column}”列"
            en_place += f' column "{self.column}"'
        zh, en = self.reason
        return f"{zh_place}：{zh}", f"{en_place}: {en}"

    def __str__(self) -> str:
        return " | ".join(self.sentences)


class FrameError(SamplingError):
    """A register or frame that is refused, with everything found wrong.

    Parameters
    ----------
    faults : what is wrong, at least one, in the order to print; the first `SHOWN_FAULTS` are kept
    more : count of faults beyond those given
    warnings : what is odd but would not have been refused
    """

    def __init__(
        self, faults: Iterable[Fault], *, more: int = 0, warnings: Iterable[Fault] = ()
    ) -> None:
        found = tuple(faults)
        self.faults = found[:SHOWN_FAULTS]
        self.more = more + len(found) - len(self.faults)
        self.warnings = tuple(warnings)
        first_zh, first_en = self.faults[0].sentences
        count = len(self.faults) + self.more
        super().__init__("frame.refused", count=count, first_zh=first_zh, first_en=first_en)

    @property
    def lines(self) -> tuple[str, ...]:
        """One line a fault, and one that counts those left out."""
        shown = tuple(str(fault) for fault in self.faults)
        return (*shown, say("frame.more", count=self.more)) if self.more else shown
