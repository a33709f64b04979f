"""What a signed file can be refused for, and how people write digests down."""

import re
from enum import StrEnum

SHORTEST_DIGEST, DIGEST = 16, 64
"""Hex digits of a SHA-256: as many as an address shows at least, and all of them."""

_SPACES = re.compile(r"[\s\-‐-―]+")
_HEX = re.compile(r"[0-9a-f]+")
_NUMBER = re.compile(r"[0-9]{6}-[0-9]{4}-[0-9]{2}")


class Fault(StrEnum):
    """Why a file is not what was signed; each has its own words in `messages` and `pages`."""

    UNREADABLE = "unreadable"
    NOT_SIGNED = "not-signed"
    ALTERED = "altered"
    APPENDED = "appended"
    CHANGED_LATER = "changed-later"
    NOT_CERTIFIED = "not-certified"
    NO_DOCUMENT = "no-document"
    DOCUMENT_SWAPPED = "document-swapped"
    UNTRUSTED = "untrusted"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NO_STAMP = "no-stamp"
    STAMP_UNTRUSTED = "stamp-untrusted"


def read_digest(text: str) -> str | None:
    """Return the hex digits somebody typed, grouped or in capitals; None for anything else."""
    digits = _SPACES.sub("", text).lower()
    if SHORTEST_DIGEST <= len(digits) <= DIGEST and _HEX.fullmatch(digits):
        return digits
    return None


def read_number(text: str) -> str | None:
    """Return the number of a verdict as it is stored; None for what is none."""
    number = text.strip()
    return number if number.isascii() and _NUMBER.fullmatch(number) else None


def grouped(digest: str) -> str:
    """Write a digest as everywhere on paper: groups of eight."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))
