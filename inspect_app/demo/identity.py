"""Who a phone is: its id, its key, and whatever else of it follows from its seed."""

import base64
import hashlib
import uuid
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

P256_ORDER = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)


@dataclass(frozen=True)
class Identity:
    """The seed of a phone, and what is made of it."""

    seed: str

    @property
    def device_id(self) -> str:
        return self.uuid("device")

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """The device key; a real phone makes one that cannot leave it."""
        number = int.from_bytes(self.bytes("key", 48), "big") % (P256_ORDER - 1) + 1
        return ec.derive_private_key(number, ec.SECP256R1())

    @property
    def public_key(self) -> dict[str, str]:
        """The public half as browsers export it."""
        numbers = self.key.public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": base64url(numbers.x.to_bytes(32, "big")),
            "y": base64url(numbers.y.to_bytes(32, "big")),
        }

    def sign(self, text: str) -> str:
        """Sign as browsers do: r and s side by side, base64url."""
        der = self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(der)
        return base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def bytes(self, purpose: str, n: int) -> bytes:
        """So many bytes for a purpose."""
        return hashlib.shake_256(f"{self.seed}\x1f{purpose}".encode()).digest(n)

    def uuid(self, purpose: str) -> str:
        """A UUID for a purpose."""
        return str(uuid.UUID(bytes=self.bytes(purpose, 16), version=4))


def base64url(data: bytes) -> str:
    """Encode as in URLs, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
