"""Authorities, keys and signed files of tests: everything is made at test time."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

import pikepdf
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from inspect_app.services.signers import Signer, usage

NOW = datetime(2026, 7, 1, tzinfo=UTC)
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Authority:
    """An authority that certifies whom a test wants."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def trust(self) -> tuple[bytes, ...]:
        """What somebody holds who believes it."""
        return (self.certificate.public_bytes(serialization.Encoding.DER),)

    def certify(
        self,
        name: str = "agency",
        *,
        since: datetime = NOW - YEAR,
        until: datetime = NOW + YEAR,
        stamps: bool = False,
        number: int = 7,
    ) -> Signer:
        """Certify somebody who signs documents, or who stamps the time on them."""
        key = a_key(name)
        built = (
            x509.CertificateBuilder()
            .subject_name(a_name(name))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(number)
            .not_valid_before(since)
            .not_valid_after(until)
            .add_extension(usage(signs_documents=True), critical=True)
        )
        if stamps:
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            built = built.add_extension(purpose, critical=True)
        certificate = built.sign(self.key, hashes.SHA256())
        return Signer(pkcs8(key), certificate.public_bytes(serialization.Encoding.DER))

    def revoke(self, number: int = 7, *, on: datetime = NOW - timedelta(days=9)) -> bytes:
        """Publish a list that says a certificate is good no more; DER."""
        row = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(on).build()
        return self._list([row])

    def revoke_nobody(self) -> bytes:
        """Publish a list without names; DER."""
        return self._list([])

    def _list(self, rows: list[x509.RevokedCertificate]) -> bytes:
        built = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(NOW - timedelta(days=8))
            .next_update(NOW + YEAR)
            .add_extension(x509.CRLNumber(1), critical=False)
        )
        for row in rows:
            built = built.add_revoked_certificate(row)
        return built.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@cache
def an_authority(name: str = "authority") -> Authority:
    """Return an authority, the same for a name."""
    key = a_key(name)
    built = (
        x509.CertificateBuilder()
        .subject_name(a_name(name))
        .issuer_name(a_name(name))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - 9 * YEAR)
        .not_valid_after(NOW + 20 * YEAR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs_certificates=True), critical=True)
    )
    return Authority(built.sign(key, hashes.SHA256()), key)


@cache
def a_key(name: str) -> rsa.RSAPrivateKey:
    """Make a key, once for a name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def a_name(name: str) -> x509.Name:
    """Name a holder."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def pkcs8(key: rsa.RSAPrivateKey) -> bytes:
    """Write a key as the signing service holds it."""
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def a_stamper(authority: Authority, at: datetime) -> Any:
    """Return a time-stamping authority within this process, whose clock stands."""
    from asn1crypto import keys
    from asn1crypto import x509 as asn1
    from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

    signer = authority.certify("stamps", since=NOW - 9 * YEAR, until=NOW + 9 * YEAR, stamps=True)
    return DummyTimeStamper(
        asn1.Certificate.load(signer.certificate),
        keys.PrivateKeyInfo.load(signer.key),
        fixed_dt=at,
    )


def a_document(**changes: Any) -> bytes:
    """As much of a verdict.json as a file is checked by."""
    content = {
        "number": "420528-2019-01",
        "version": 1,
        "edition": "public",
        "simulated": True,
        "provenance": {"ledger": {"root": "ab" * 32, "count": 12, "day": "2020-06-05"}},
        **changes,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def a_pdf(document: bytes | None, printed: str) -> bytes:
    """A page that names a digest and carries a document, as a report does."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.docinfo["/Keywords"] = f"420528-2019-01, SHA-256 {printed}"
    if document is not None:
        attached = pikepdf.AttachedFileSpec(
            pdf, document, filename="verdict.json", mime_type="application/json"
        )
        pdf.attachments["verdict.json"] = attached
        pdf.Root.AF = pikepdf.Array([pdf.attachments["verdict.json"].obj])
    out = BytesIO()
    pdf.save(out, deterministic_id=True, min_version="1.7")
    return out.getvalue()
