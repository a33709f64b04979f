"""What a seal covers, byte for byte: docs/sealed-format.md gives the formats.

A seal says to whom something is closed, the device's signature who closed it, and that whoever
carried it has changed nothing. Here stand the texts; `services/seals.py` opens.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from inspect_app.rules.faults import Fault

INFO = b"xf-seal/1"
MAGIC = b"xf-blob/1\n"
POINT_BYTES, IV_BYTES, TAG_BYTES = 65, 12, 16
KID = re.compile(r"[a-z0-9]{1,20}", re.ASCII)


@dataclass(frozen=True)
class Seal:
    """What closes the body of an op, with the signature of the phone that closed it.

    epk : public half of the key made for this op alone; base64url as all of these
    device_id : of the phone whose signature it is; None until somebody has looked
    """

    kid: str
    epk: str
    iv: str
    ct: str = field(repr=False)
    sig: str = field(repr=False)
    device_id: str | None = None

    @property
    def raw(self) -> bytes:
        """The seal as it is kept where it cannot be opened."""
        sealed = {"kid": self.kid, "epk": self.epk, "iv": self.iv, "ct": self.ct}
        return json.dumps({"sealed": sealed, "sig": self.sig}, sort_keys=True).encode()


@dataclass(frozen=True)
class Unopened:
    """A body that nobody here can read: sealed to another key, torn, or signed by nobody known."""

    faults: tuple[Fault, ...] = ()


class NamedFile(Protocol):
    """A file as an envelope names it."""

    @property
    def sha256(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def type(self) -> str: ...


class Envelope(Protocol):
    """What of an op travels in clear, as a push brought it or as it is stored."""

    @property
    def op_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def body_sha256(self) -> str: ...
    @property
    def interview_id(self) -> str | None: ...
    @property
    def base_rev(self) -> int | None: ...
    @property
    def return_id(self) -> str | None: ...
    @property
    def form_id(self) -> str | None: ...
    @property
    def version(self) -> str | None: ...
    @property
    def captured_at(self) -> str: ...
    @property
    def boot_id(self) -> str | None: ...
    @property
    def mono_ms(self) -> int | None: ...


def additional_data(campaign_id: str, device_id: str, op: Envelope) -> str:
    """The text that an op's ciphertext is bound to."""
    return "\n".join(("xf-op/1", campaign_id, device_id, op.op_id, op.kind, op.body_sha256))


def signed_text(
    campaign_id: str, device_id: str, op: Envelope, files: Iterable[NamedFile], *, ct_sha256: str
) -> str:
    """The text that the device signs: what its ciphertext is bound to, its hash, the envelope."""
    facts = (
        op.interview_id,
        op.base_rev,
        op.return_id,
        op.form_id,
        op.version,
        op.captured_at,
        op.boot_id,
        op.mono_ms,
    )
    return "\n".join(
        (
            additional_data(campaign_id, device_id, op),
            ct_sha256,
            *("" if fact is None else str(fact) for fact in facts),
            *(f"{one.sha256} {one.bytes} {one.type}" for one in files),
        )
    )


def info(kid: str) -> bytes:
    """What a content key is derived for."""
    return INFO + kid.encode()


@dataclass(frozen=True)
class SealedFile:
    """The parts of a sealed photo or drawing."""

    kid: str
    epk: bytes
    iv: bytes
    ct: bytes = field(repr=False)

    @classmethod
    def parse(cls, data: bytes) -> "SealedFile":
        """Take a sealed file apart.

        Raises
        ------
        ValueError : it is none, or torn
        """
        start = len(MAGIC) + 1
        if not data.startswith(MAGIC) or len(data) <= start:
            raise ValueError("not a sealed file")
        ends = [start + data[len(MAGIC)]]
        ends += [ends[0] + POINT_BYTES, ends[0] + POINT_BYTES + IV_BYTES]
        kid = data[start : ends[0]].decode("ascii", "replace")
        if not KID.fullmatch(kid) or len(data) < ends[2] + TAG_BYTES:
            raise ValueError("a torn sealed file")
        return cls(kid, data[ends[0] : ends[1]], data[ends[1] : ends[2]], data[ends[2] :])


def file_data(campaign_id: str, device_id: str) -> bytes:
    """The text that a file's ciphertext is bound to."""
    return "\n".join(("xf-blob/1", campaign_id, device_id)).encode()


def digest(data: bytes) -> str:
    """SHA-256 as it is written everywhere."""
    return hashlib.sha256(data).hexdigest()
