"""Check a signed verdict as a file, with nothing but the file and the authorities one trusts.

Every reason to refuse it is found and named, not only the first.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from inspect_app.rules.verifying import Fault
from inspect_app.services.signing import unsigned_part

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
    from pyhanko.sign.validation.status import PdfSignatureStatus

DOCUMENT = "verdict.json"
_PRINTED = re.compile(r"SHA-256[ :]*([0-9a-f]{64})")


@dataclass(frozen=True)
class Facts:
    """What the document inside a file says of itself."""

    number: str
    version: int
    edition: str
    simulated: bool
    ledger_root: str | None
    ledger_count: int | None


@dataclass(frozen=True)
class Verification:
    """What was found in a file; without faults it is what was signed.

    sha256 : of the file; unsigned_sha256 : of the file before it was signed
    document_sha256 : of the verdict.json inside; printed_sha256 : the digest that the file names
    signed_at : by the time stamp if `stamped`, else by the signer's own clock
    """

    faults: tuple[Fault, ...]
    sha256: str
    unsigned_sha256: str | None = None
    document_sha256: str | None = None
    printed_sha256: str | None = None
    facts: Facts | None = None
    signer: str | None = None
    signed_at: datetime | None = None
    stamped: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing speaks against the file."""
        return not self.faults


def verify(
    content: bytes,
    *,
    trust: Sequence[bytes],
    at: datetime,
    stamp_required: bool = False,
    revocations: Sequence[bytes] = (),
) -> Verification:
    """Check a file: signature, coverage of every byte, signer, time, and the document inside.

    trust : certificates (DER) of the authorities that are believed
    at : the moment for which certificates must be good, where no time stamp proves an earlier one
    revocations : lists (CRL, DER) beside those in the file
    """
    from pyhanko.pdf_utils.reader import PdfFileReader

    sha256 = _sha256(content)
    try:
        reader = PdfFileReader(BytesIO(content), strict=False)
        document, printed = _document(reader), _printed(reader)
        signatures = list(reader.embedded_signatures)
    except Exception:  # a damaged file may do anything to its reader, and is not believed
        return Verification((Fault.UNREADABLE,), sha256)
    faults = list(_faults_of_document(document, printed))
    found: dict[str, Any] = {
        "document_sha256": None if document is None else _sha256(document),
        "printed_sha256": printed,
        "facts": None if document is None else _facts(document),
    }
    if not signatures:
        return Verification((Fault.NOT_SIGNED, *faults), sha256, unsigned_sha256=sha256, **found)
    checked = _Check(content, reader, signatures[0], at, tuple(trust), tuple(revocations))
    faults = [*checked.faults(stamp_required=stamp_required), *faults]
    if Fault.APPENDED not in faults and Fault.CHANGED_LATER not in faults:
        found["unsigned_sha256"] = _sha256(unsigned_part(content))
    return Verification(tuple(faults), sha256, **found, **checked.told())


class _Check:
    """One signature of one file, looked at once as of now and once as of its time stamp."""

    def __init__(
        self,
        content: bytes,
        reader: "PdfFileReader",
        signature: "EmbeddedPdfSignature",
        at: datetime,
        trust: tuple[bytes, ...],
        revocations: tuple[bytes, ...],
    ) -> None:
        self.content, self.reader, self.signature = content, reader, signature
        self.trust, self.revocations = trust, revocations
        self.status = self._status(at, at)
        self.stamp = None if self.status is None else self.status.timestamp_validity
        self.stamped = self.stamp is not None and self.stamp.trusted
        if self.stamp is not None and self.stamped:
            # The time stamp proves that the signature stood then; what expired later is no fault.
            self.status = self._status(self.stamp.timestamp, at)

    def faults(self, *, stamp_required: bool) -> list[Fault]:
        """Name what speaks against the signature."""
        from pyhanko.sign.fields import MDPPerm

        intact = self.status is not None and self.status.intact and self.status.valid
        if self.status is None or not intact or not self._is_tidy():
            return [Fault.ALTERED, *self._coverage()]
        found = self._coverage()
        if self.signature.docmdp_level is not MDPPerm.NO_CHANGES:
            found.append(Fault.NOT_CERTIFIED)
        found += self._trust(self.status)
        if self.stamp is not None and not self.stamped:
            found.append(Fault.STAMP_UNTRUSTED)
        elif self.stamp is None and stamp_required:
            found.append(Fault.NO_STAMP)
        return found

    def told(self) -> dict[str, Any]:
        """Return who signed and when, as far as the file says so."""
        status = self.status
        if status is None:
            return {}
        at = status.signer_reported_dt
        if self.stamp is not None and self.stamped:
            at = self.stamp.timestamp
        name = status.signing_cert.subject.human_friendly
        return {"signer": name, "signed_at": at, "stamped": self.stamped}

    def _is_tidy(self) -> bool:
        """Whether the one place that a signature cannot cover, its own, is as we write it.

        Then no byte of the file can change without being noticed.
        """
        start, length, after, _ = map(int, self.signature.sig_object["/ByteRange"])
        place = self.content[start + length : after]
        plain = _plainest(self.signature.signed_data).hex().upper().encode()
        return place == b"<" + plain.ljust(len(place) - 2, b"0") + b">"

    def _coverage(self) -> list[Fault]:
        """Tell bytes behind the end from a revision that changes what is shown."""
        from pyhanko.sign.validation.status import SignatureCoverageLevel

        if self.signature.coverage is SignatureCoverageLevel.ENTIRE_FILE:
            return []
        later = self.reader.xrefs.total_revisions - 1 > self.signature.signed_revision
        return [Fault.CHANGED_LATER if later else Fault.APPENDED]

    def _trust(self, status: "PdfSignatureStatus") -> list[Fault]:
        from pyhanko.sign.ades.report import AdESIndeterminate as Why

        problem = status.trust_problem_indic
        if problem is None and status.validation_path is not None:
            return []
        if problem in (Why.REVOKED_NO_POE, Why.REVOKED_CA_NO_POE):
            return [Fault.REVOKED]
        certificate, at = status.signing_cert, status.validation_time
        is_dated = certificate.not_valid_before <= at <= certificate.not_valid_after
        if problem is not Why.NO_CERTIFICATE_CHAIN_FOUND and not is_dated:
            return [Fault.EXPIRED]
        return [Fault.UNTRUSTED]

    def _status(self, moment: datetime, stamp_moment: datetime) -> "PdfSignatureStatus | None":
        from pyhanko.sign.validation import validate_pdf_signature

        try:
            return validate_pdf_signature(
                self.signature, self._context(moment), self._context(stamp_moment), skip_diff=True
            )
        except Exception:  # nor is a damaged signature
            return None

    def _context(self, moment: datetime) -> Any:
        from asn1crypto import crl, x509  # type: ignore[import-untyped]
        from pyhanko.sign.validation.dss import DocumentSecurityStore
        from pyhanko.sign.validation.errors import NoDSSFoundError
        from pyhanko_certvalidator import ValidationContext

        try:
            lists = DocumentSecurityStore.read_dss(self.reader).crls
            inside = [reference.get_object().data for reference in lists]
        except NoDSSFoundError:
            inside = []
        found = (*inside, *self.revocations)
        return ValidationContext(
            trust_roots=[x509.Certificate.load(one) for one in self.trust],
            crls=[crl.CertificateList.load(one) for one in found],
            moment=moment,
            allow_fetching=False,
            revocation_mode="require" if found else "soft-fail",
        )


def _plainest(signed: Any) -> bytes:
    """Write a signature anew from what it must hold; some of its headers nothing protects."""
    from asn1crypto import cms

    one = signed["signer_infos"][0]
    names = ("sid", "digest_algorithm", "signature_algorithm", "signed_attrs", "signature")
    parts = {"version": "v1", **{name: one[name] for name in names}}
    if one["unsigned_attrs"].native:
        parts["unsigned_attrs"] = one["unsigned_attrs"]
    content = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [one["digest_algorithm"]],
            "encap_content_info": {"content_type": "data"},
            "certificates": signed["certificates"],
            "signer_infos": [cms.SignerInfo(parts)],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": content}).dump()  # type: ignore[no-any-return]


def _document(reader: "PdfFileReader") -> bytes | None:
    """Return the attached verdict.json, None where there is none or more than one.

    Programs find attachments by the list of associated files or by the tree of names: both count.
    """
    listed = _under(reader.root, "/AF")
    named = _under(reader.root, "/Names", "/EmbeddedFiles", "/Names")
    entries = [one.get_object() for one in (*(listed or ()), *list(named or ())[1::2])]
    found = {
        bytes(entry["/EF"]["/F"].data)
        for entry in entries
        if DOCUMENT in (str(entry.get("/UF")), str(entry.get("/F")))
    }
    return found.pop() if len(found) == 1 else None


def _under(found: Any, *names: str) -> Any:
    """Follow names through dictionaries and references; None where one is missing."""
    for name in names:
        if found is None or name not in found:
            return None
        found = found.raw_get(name).get_object()
    return found


def _printed(reader: "PdfFileReader") -> str | None:
    """Return the digest that the file's own description names, None where it names two."""
    texts = [str(_under(reader.trailer, "/Info", "/Keywords"))]
    if (description := _under(reader.root, "/Metadata")) is not None:
        texts.append(description.data.decode("utf-8", "replace"))
    named = {digest for text in texts for digest in _PRINTED.findall(text)}
    return named.pop() if len(named) == 1 else None


def _faults_of_document(document: bytes | None, printed: str | None) -> Sequence[Fault]:
    if document is None:
        return [Fault.NO_DOCUMENT]
    if _sha256(document) != printed or _facts(document) is None:
        return [Fault.DOCUMENT_SWAPPED]
    return []


def _facts(document: bytes) -> Facts | None:
    try:
        content = json.loads(document)
        ledger = content["provenance"].get("ledger") or {}
        return Facts(
            str(content["number"]),
            int(content["version"]),
            str(content["edition"]),
            bool(content["simulated"]),
            ledger.get("root"),
            ledger.get("count"),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
