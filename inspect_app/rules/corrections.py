"""Why a verdict is replaced: a closed list, so that the public edition may say it too."""

from enum import StrEnum


class CorrectionReason(StrEnum):
    """What led to a new version of a verdict.

    RULING : a case was ruled on again, or somebody went there again
    ANSWERS : interviews or their files were corrected, or came late
    OBJECTION : an objection was upheld
    COMPUTATION : an error of the software was mended
    PUBLICATION : dates or what is public by now, such as the seed; no figure changed
    OTHER : see the note, which the full edition holds
    """

    RULING = "ruling"
    ANSWERS = "answers"
    OBJECTION = "objection"
    COMPUTATION = "computation"
    PUBLICATION = "publication"
    OTHER = "other"
