"""Sign a PDF so that nothing of it may change: PAdES, appended behind the file as it was drawn.

The reproducible file stays the exact beginning of the signed one, so its digest can be checked
after the signature was cut off. pyHanko is imported inside the functions: it takes 0.4 CPU s.
"""

import base64
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from inspect_app.rules.errors import SigningUnavailable, StampRefused
from inspect_app.services.signers import Signer, read_certificates
from inspect_app.settings import Signing

if TYPE_CHECKING:
    from pyhanko.sign.timestamps import TimeStamper
    from pyhanko_certvalidator import ValidationContext

FIELD = "Signature"
DIGEST = "sha256"
FILE_END = b"%%EOF\n"
STAMP_SECONDS = 15
STAMP_QUERY, STAMP_REPLY = "application/timestamp-query", "application/timestamp-reply"

# The library tells its log what it also returns; ours would repeat it on every terminal.
for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Evidence:
    """What a signature is embedded with so that it can be checked long after; empty is allowed.

    trust : certificates (DER) that the signer's chain ends at; revocations : lists (DER)
    """

    trust: Sequence[bytes] = ()
    revocations: Sequence[bytes] = ()


def sign_pdf(
    pdf: bytes,
    signer: Signer,
    *,
    at: datetime,
    reason: str,
    stamper: "TimeStamper | None" = None,
    evidence: Evidence | None = None,
) -> bytes:
    """Return the file with a certifying signature appended, under which nothing may change.

    Raises
    ------
    StampRefused : no time stamp could be had
    SigningUnavailable : the file cannot be signed, or the certificate does not hold
    """
    from pyhanko.pdf_utils.generic import ByteStringObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
    from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
    from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError

    class Appending(IncrementalPdfFileWriter):
        """Leaves title, dates and XMP alone, which the library would write anew."""

        def _update_meta(self) -> None:
            """Keep what stands there: the signed file must stay PDF/A."""

        @classmethod
        def _handle_id(cls, prev: Any) -> Any:
            """Name the signed file by what it is made of, not by chance."""
            named = super()._handle_id(prev)  # type: ignore[no-untyped-call]
            named[1] = ByteStringObject(hashlib.sha256(pdf).digest()[:16])
            return named

    class Certifying(PdfSigner):
        """Says the time that the caller's clock shows, and leaves the version of the file."""

        def register_extensions(self, pdf_out: Any, *, md_algorithm: str) -> None:
            """Name what PDF 1.7 needs for PAdES; the library makes it PDF 2.0 for some keys."""
            pdf_out.register_extension(ESIC_EXTENSION_1)

        def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> Any:
            session = super().init_signing_session(pdf_out, existing_fields_only)
            session.system_time = at
            return session

    if not pdf.endswith(FILE_END):
        raise SigningUnavailable("The file has no proper end to append a signature to.")
    context = _context(evidence, at=at)
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm=DIGEST,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason=reason,
        name=_holder(signer),
        embed_validation_info=context is not None,
        validation_context=context,
        dss_settings=DSSContentSettings(
            include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
        ),
    )
    place = SigFieldSpec(
        FIELD,
        # Beyond the page's edge, where no rule of PDF/UA asks for a tag.
        invis_sig_settings=InvisSigSettings(box_out_of_bounds=True),
        readable_field_name="电子签名 Electronic signature",
    )
    try:
        signed = Certifying(
            metadata, signer=_hand(signer), timestamper=stamper, new_field_spec=place
        ).sign_pdf(Appending(BytesIO(pdf), strict=False))
    except TimestampRequestError as error:
        raise StampRefused() from error
    except (SigningError, PdfError) as error:
        raise SigningUnavailable(f"The file cannot be signed: {error}") from error
    content = bytes(signed.getvalue())
    if not content.startswith(pdf) or unsigned_part(content) != pdf:
        raise SigningUnavailable("The signature would change the file.")
    return content


def unsigned_part(signed: bytes) -> bytes:
    """Return the file as it was before the last revision was appended; all of it if there is one.

    A revision ends with `%%EOF` and a line feed, as every file does that we draw.
    """
    last = signed.rfind(FILE_END.strip())
    before = signed.rfind(FILE_END, 0, max(last, 0))
    return signed if before < 0 else signed[: before + len(FILE_END)]


def revocation_lists(folder: Path | None) -> tuple[bytes, ...]:
    """Read the revocation lists (CRL, DER or PEM) of a folder, by name.

    Raises
    ------
    SigningUnavailable : a file is none
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    found = []
    for path in sorted(folder.glob("*.crl")) if folder is not None else ():
        content = path.read_bytes()
        is_text = content.startswith(b"-----BEGIN")
        try:
            read = x509.load_pem_x509_crl if is_text else x509.load_der_x509_crl
            found.append(read(content).public_bytes(Encoding.DER))
        except ValueError as error:
            raise SigningUnavailable(f"{path} is no revocation list.") from error
    return tuple(found)


def evidence_of(settings: Signing) -> Evidence | None:
    """Return what signatures are embedded with; None where no revocation lists are configured."""
    lists = revocation_lists(settings.revocations)
    if not lists or settings.trust is None:
        return None
    return Evidence(read_certificates(settings.trust), lists)


def stamper_of(settings: Signing) -> "TimeStamper | None":
    """Return how time stamps are asked for; None where no authority is configured."""
    if settings.stamp_url is None:
        return None
    from pyhanko.sign.timestamps import TimeStamper
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError

    headers = {"Content-Type": STAMP_QUERY, "Accept": STAMP_REPLY}
    if settings.stamp_user is not None:
        pair = f"{settings.stamp_user}:{settings.stamp_password or ''}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    url = settings.stamp_url

    class HttpStamper(TimeStamper):
        """Asks over HTTP (RFC 3161, section 3.4) with the standard library."""

        async def async_request_tsa_response(self, req: Any) -> Any:
            from asn1crypto import tsp  # type: ignore[import-untyped]

            asked = Request(url, data=req.dump(), headers=headers)
            try:
                # The address is the operator's; settings take http and https only.
                with urlopen(asked, timeout=STAMP_SECONDS) as answer:  # nosec B310
                    if answer.headers.get_content_type() != STAMP_REPLY:
                        raise TimestampRequestError("the answer is no time stamp")
                    return tsp.TimeStampResp.load(answer.read())
            except HTTPError as error:
                error.close()
                raise TimestampRequestError("the authority refuses") from error
            except (OSError, ValueError) as error:
                raise TimestampRequestError("the authority cannot be reached") from error

    return HttpStamper()  # type: ignore[no-untyped-call]


def _hand(signer: Signer) -> Any:
    from asn1crypto import keys, x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    class Steady(SimpleSigner):
        """Signs the same bytes alike, with an elliptic curve too (RFC 6979)."""

        def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
            key = serialization.load_der_private_key(self.signing_key.dump(), None)
            if not isinstance(key, ec.EllipticCurvePrivateKey) or digest_algorithm != DIGEST:
                return super().sign_raw(data, digest_algorithm)
            return key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))

    certificates = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    certificates.register_multiple(x509.Certificate.load(one) for one in signer.chain)
    return Steady(
        x509.Certificate.load(signer.certificate),
        keys.PrivateKeyInfo.load(signer.key),
        certificates,
        embed_roots=False,
    )


def _holder(signer: Signer) -> str:
    from asn1crypto import x509

    found = x509.Certificate.load(signer.certificate).subject.native
    return str(found.get("common_name") or found.get("organization_name") or "")


def _context(evidence: Evidence | None, *, at: datetime) -> "ValidationContext | None":
    if evidence is None:
        return None
    from asn1crypto import crl, x509
    from pyhanko_certvalidator import ValidationContext

    return ValidationContext(
        trust_roots=[x509.Certificate.load(one) for one in evidence.trust],
        crls=[crl.CertificateList.load(one) for one in evidence.revocations],
        moment=at,
        allow_fetching=False,
        revocation_mode="require",
    )
