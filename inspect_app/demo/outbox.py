"""What a phone has sealed and kept until the server has it: ops and files."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

KEPT = frozenset({"hash_mismatch", "failed", "op_id_reused", "bad_seal"})
"""Statuses after which the phone keeps the op; any other it may delete once it has a receipt."""


@dataclass(frozen=True)
class KeptFile:
    """A photo or a drawing, kept until the server has it."""

    type: str
    data: bytes = field(repr=False)


@dataclass
class Sealed:
    """One op in the outbox; it never changes after sealing.

    needs : files that the server still waits for, as its last answer said
    """

    op: dict[str, Any]
    result: dict[str, Any] | None = None
    needs: set[str] = field(default_factory=set)

    @property
    def is_done(self) -> bool:
        """Whether the phone may delete it: the server has it, and a receipt proves that."""
        return self.result is not None and self.result["status"] not in KEPT


Arrangement = Callable[[Sequence[Sealed]], Sequence[Sealed]]


def named_files(answers: Mapping[str, Any], files: Mapping[str, KeptFile]) -> list[dict[str, Any]]:
    """Photos and drawings that an interview names, as the envelope lists them."""
    named = sorted({value for value in answers.values() if isinstance(value, str)} & files.keys())
    return [
        {"sha256": sha256, "bytes": len(files[sha256].data), "type": files[sha256].type}
        for sha256 in named
    ]


def awaited(outbox: Iterable[Sealed]) -> set[str]:
    """The files that the server needs, or may need, of what was sealed."""
    return {
        blob["sha256"]
        for sealed in outbox
        for blob in sealed.op.get("blobs", ())
        if not sealed.is_done or blob["sha256"] in sealed.needs
    }


def manifest(unsent: Iterable[Sealed]) -> dict[str, Any]:
    """What is still on the phone, as every push says it."""
    return {
        "unsent": [
            {
                "op_id": sealed.op["op_id"],
                "body_sha256": sealed.op["body_sha256"],
                "bytes": len((sealed.op.get("body") or sealed.op["sealed"]["ct"]).encode()),
                "captured_at": sealed.op["captured_at"],
            }
            for sealed in unsent
        ],
        "free_mb": 1024,
        "persisted": True,
    }
