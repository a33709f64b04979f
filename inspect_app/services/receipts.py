"""The server's receipt key: an Ed25519 key that signs what was received and when.

The key lives in a file outside the database, made once, readable by its owner only. In a
demonstration it follows from the demo seed, so that the same seed gives the same receipts.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from inspect_app.services.keys import KEY_BYTES, secret_key
from inspect_app.settings import Settings

KID = "r1"
SEED_BYTES = KEY_BYTES


def encode(data: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Read base64url with or without padding; ValueError for anything else."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


@dataclass(frozen=True)
class ReceiptKey:
    """The signing key and what is derived from it."""

    kid: str
    private: Ed25519PrivateKey = field(repr=False)
    nonce_key: bytes = field(repr=False)

    def sign(self, message: bytes) -> str:
        """Sign a message; base64url of 64 bytes."""
        return encode(self.private.sign(message))

    @cached_property
    def public(self) -> str:
        """The public key, base64url of 32 bytes."""
        return encode(self.private.public_key().public_bytes_raw())


def verify(public: str, message: bytes, signature: str) -> bool:
    """Whether a signature holds under a public key."""
    try:
        Ed25519PublicKey.from_public_bytes(decode(public)).verify(decode(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_of(settings: Settings) -> ReceiptKey:
    """Return the receipt key of a server, making its file at the first call ever."""
    return _load(settings.keys_dir, settings.demo_seed)


def file_of(settings: Settings) -> Path:
    """Return where the receipt key lies, or will."""
    return _file(settings.keys_dir)


def _file(folder: Path) -> Path:
    return folder / f"receipt-{KID}.key"


@lru_cache(maxsize=8)
def _load(folder: Path, demo_seed: str | None) -> ReceiptKey:
    seed = secret_key(_file(folder), purpose=f"receipt-key/{KID}", demo_seed=demo_seed)
    nonce_key = hmac.digest(seed, b"xf-nonce/1", hashlib.sha256)
    return ReceiptKey(KID, Ed25519PrivateKey.from_private_bytes(seed), nonce_key)
