"""The small pictures that simulated interviews name: signatures, an interpreter's card, houses.

They are whole PNG files of about a kilobyte, with noise for content, so that phones have something
real to send. Bytes follow from names alone, on every machine.
"""

import hashlib
import struct
import zlib
from dataclasses import dataclass, field
from functools import lru_cache

from inspect_app.demo.chance import Dice
from inspect_app.demo.story import Visit, at_desk
from inspect_app.demo.truth import TruthRow

TYPE = "image/png"
SIGNATURE, CARD, HOUSE = (48, 12), (32, 20), (36, 27)
"""Width and height in pixels."""
PHOTOGRAPHED = 0.05
"""Share of houses of which there is a picture: sending one costs the server more than an
interview does."""


@dataclass(frozen=True)
class Picture:
    """One file and the hash that names it."""

    data: bytes = field(repr=False)
    sha256: str


def of_visit(household: TruthRow, visit: Visit, seed: str) -> dict[str, Picture]:
    """Return the pictures of one completed interview, by the question that asks for them.

    A signature is the same in every household, and only some houses are photographed; that of an
    interview made up at a desk is the same wherever that pair sat down.
    """
    first, second = visit.enumerators
    is_invented = at_desk(household, visit)
    owner = visit.enumerators if is_invented else (household.unit_id,)
    found = {
        "signature_a": picture(SIGNATURE, seed, first, "signature"),
        "signature_b": picture(SIGNATURE, seed, second, "signature"),
    }
    if is_invented or Dice(seed, household.unit_id, "camera").chance(PHOTOGRAPHED):
        found["obs_photo"] = picture(HOUSE, seed, *owner, "house", str(visit.visit_no))
    if household.minority_language:
        found["interpreter_photo"] = picture(CARD, seed, visit.interpreter, "card")
    return found


@lru_cache(maxsize=512)
def picture(size: tuple[int, int], *names: str) -> Picture:
    """Make a grey picture whose pixels follow from its names."""
    width, height = size
    noise = hashlib.shake_256("\x1f".join(names).encode()).digest(width * height)
    rows = b"".join(b"\0" + noise[start : start + width] for start in range(0, len(noise), width))
    data = (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + _chunk(b"IDAT", _stored(rows))
        + _chunk(b"IEND", b"")
    )
    return Picture(data, hashlib.sha256(data).hexdigest())


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def _stored(content: bytes) -> bytes:
    """A zlib stream without compression: its bytes do not depend on the library's version."""
    length = struct.pack("<HH", len(content), len(content) ^ 0xFFFF)
    return b"\x78\x01\x01" + length + content + struct.pack(">I", zlib.adler32(content))
