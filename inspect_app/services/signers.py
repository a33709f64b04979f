"""Who signs: a key with its certificates, read from where the settings say.

Outside demonstrations nothing works by default. A demonstration makes an authority of its own
from its seed; everybody who knows the seed has its key, and its certificates say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from inspect_app.entropy import Entropy
from inspect_app.rules.errors import SigningUnavailable
from inspect_app.settings import Settings, Signing

PKCS12 = (".p12", ".pfx")
SIMULATED_NAME = "模拟签名 SIMULATED signature"
SIMULATED_FROM, SIMULATED_UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
AUTHORITY_FILE = "simulated-authority.pem"


@dataclass(frozen=True)
class Signer:
    """A private key with the certificate that names its holder.

    key : PKCS#8, DER; certificate, chain : DER, the chain up to but not needing the root
    """

    key: bytes = field(repr=False)
    certificate: bytes
    chain: tuple[bytes, ...] = ()

    @property
    def name(self) -> str:
        """The holder, as the certificate has it."""
        return x509.load_der_x509_certificate(self.certificate).subject.rfc4514_string()


def signer_of(settings: Settings) -> Signer | None:
    """Return who signs on this server; None where no key is configured.

    Raises
    ------
    SigningUnavailable : the key cannot be used, with the reason
    """
    if settings.signing.key is not None:
        return _read(settings.signing)
    if settings.demo_seed is not None:
        return simulated(settings.demo_seed)
    return None


def authorities_of(settings: Settings) -> tuple[bytes, ...]:
    """Return the certificates (DER) by which this server believes a signature."""
    if settings.signing.trust is not None:
        return read_certificates(settings.signing.trust)
    if settings.demo_seed is not None:
        return simulated(settings.demo_seed).chain
    return ()


def read_certificates(path: Path) -> tuple[bytes, ...]:
    """Read certificates from a file, PEM or DER; returned as DER.

    Raises
    ------
    SigningUnavailable : the file cannot be read, or holds none
    """
    try:
        content = path.read_bytes()
        if b"-----BEGIN" in content:
            found = x509.load_pem_x509_certificates(content)
        else:
            found = [x509.load_der_x509_certificate(content)]
    except (OSError, ValueError) as error:
        raise SigningUnavailable(f"{path.name} holds no certificate.") from error
    return tuple(map(_der, found))


def _read(named: Signing) -> Signer:
    """Read the key anew at every use: an operator who replaces it need not start anything again."""
    path = named.key
    if path is None:
        raise SigningUnavailable("No key is configured.")
    try:
        if path.stat().st_mode & 0o077:
            raise SigningUnavailable(f"Others may read {path.name}; chmod 600 it.")
        content = path.read_bytes()
        secret = named.passphrase.encode() if named.passphrase else None
        if path.suffix.lower() in PKCS12:
            key, certificate, more = pkcs12.load_key_and_certificates(content, secret)
            chain: Sequence[x509.Certificate] = more
        else:
            key = serialization.load_pem_private_key(content, secret)
            certificate, *chain = map(
                x509.load_der_x509_certificate, read_certificates(named.chain or path)
            )
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        reason = f"{path.name} cannot be used as a signing key: {type(error).__name__}."
        raise SigningUnavailable(reason) from error
    if key is None or certificate is None:
        raise SigningUnavailable(f"{path.name} holds no key with a certificate.")
    if key.public_key() != certificate.public_key():
        raise SigningUnavailable("Key and certificate are not of a pair.")
    return Signer(_pkcs8(key), _der(certificate), tuple(map(_der, chain)))


@lru_cache(maxsize=4)
def simulated(seed: str) -> Signer:
    """Return the signer of a demonstration, whose chain is its throw-away authority."""
    root_key, key = _key_from(seed, "authority"), _key_from(seed, "signer")
    root_name, name = _name("authority 演示用机构"), _name("verdict 评估结论")
    root = (
        _certificate(root_name, root_name, root_key, number=1)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs_certificates=True), critical=True)
        .sign(root_key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    own = (
        _certificate(name, root_name, key, number=2)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs_documents=True), critical=True)
        .sign(root_key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return Signer(_pkcs8(key), _der(own), (_der(root),))


def usage(*, signs_documents: bool = False, signs_certificates: bool = False) -> x509.KeyUsage:
    """Say in a certificate what its key is for."""
    return x509.KeyUsage(
        digital_signature=signs_documents,
        content_commitment=signs_documents,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _key_from(seed: str, holder: str) -> ec.EllipticCurvePrivateKey:
    drawn = int.from_bytes(Entropy(seed).secret_bytes(32, f"signing/{holder}"), "big")
    # A number from 1 to below the curve's order, which is just under 2**256.
    return ec.derive_private_key(drawn % (2**255) + 1, ec.SECP256R1())


def _certificate(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, number: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(number)
        .not_valid_before(SIMULATED_FROM)
        .not_valid_after(SIMULATED_UNTIL)
    )


def _name(holder: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, SIMULATED_NAME),
            x509.NameAttribute(NameOID.COMMON_NAME, f"SIMULATED {holder}"),
        ]
    )


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _pkcs8(key: object) -> bytes:
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise SigningUnavailable("The signing key must be RSA or elliptic curve.")
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
