"""Where the server's own secrets come from: tokens, nonces, verdict nonces, keys.

In production they are random. In demo mode they follow from the demo seed and a purpose that
names the thing, never from a counter, so that a server killed and started again repeats itself
and the same seed gives the same bytes.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass


@dataclass(frozen=True)
class Entropy:
    """Source of secret bytes; `demo_seed` is None outside demonstrations."""

    demo_seed: str | None = None

    def secret_bytes(self, n: int, purpose: str) -> bytes:
        """Return n secret bytes for a purpose, such as ``verdict/420528-2019-01/1``."""
        if self.demo_seed is None:
            return secrets.token_bytes(n)
        blocks = (n + 31) // 32
        stream = b"".join(
            hmac.digest(self.demo_seed.encode(), f"{purpose}\x1f{block}".encode(), hashlib.sha256)
            for block in range(blocks)
        )
        return stream[:n]
