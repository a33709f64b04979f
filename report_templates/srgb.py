"""The colour profile that says what our red, green and blue mean: sRGB, built from its definition.

IEC 61966-2-1 as an ICC profile of version 4.2. Its date and identifier are fixed, so that the
same report has the same bytes whoever draws it and whenever.
"""

from __future__ import annotations

import struct
from functools import cache

NAME = "sRGB IEC61966-2.1"

_CREATED = (2000, 1, 1, 0, 0, 0)
_D50 = (0.9642, 1.0, 0.8249)
_PRIMARIES = {  # adapted to D50
    b"rXYZ": (0.43607, 0.22249, 0.01392),
    b"gXYZ": (0.38515, 0.71687, 0.09708),
    b"bXYZ": (0.14307, 0.06061, 0.71410),
}
_ADAPTATION = (1.04788, 0.02292, -0.05022, 0.02959, 0.99048, -0.01707, -0.00925, 0.01508, 0.75168)
_TRANSFER = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # gamma, a, b, c, d


@cache
def profile() -> bytes:
    """Return the profile, some 500 bytes."""
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(*_TRANSFER)
    tags = {
        b"desc": _text(NAME),
        b"cprt": _text("Public domain"),
        b"wtpt": _xyz(_D50),
        b"chad": b"sf32" + bytes(4) + _fixed(*_ADAPTATION),
        **{name: _xyz(primary) for name, primary in _PRIMARIES.items()},
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    start = 128 + 4 + 12 * len(tags)
    places: dict[bytes, int] = {}
    table = data = b""
    for name, content in tags.items():
        if content not in places:
            places[content] = start + len(data)
            data += content + bytes(-len(content) % 4)
        table += name + struct.pack(">II", places[content], len(content))
    body = struct.pack(">I", len(tags)) + table + data
    return _header(128 + len(body)) + body


def _header(size: int) -> bytes:
    return struct.pack(
        ">I4x4s4s4s4s6H4s28x12s48x",
        size,
        bytes((4, 0x20, 0, 0)),
        b"mntr",
        b"RGB ",
        b"XYZ ",
        *_CREATED,
        b"acsp",
        _fixed(*_D50),
    )


def _fixed(*numbers: float) -> bytes:
    """Return numbers as signed 15.16 fixed point."""
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def _xyz(colour: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(*colour)


def _text(words: str) -> bytes:
    text = words.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(text), 28) + text
