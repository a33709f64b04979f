"""The commissioner countersigns a verdict, and its editions get their electronic signature.

Where a key is configured, countersigning signs both editions, or neither. Where there is none yet,
`exit-inspection verdict sign` signs later what was countersigned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.signatures import Countersignature, SignedFile
from inspect_app.models.verdicts import Verdict
from inspect_app.rules.errors import SigningUnavailable, StepMissing, Unknown
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import signing, validity, verdicts
from inspect_app.services.documents import digest
from inspect_app.services.editions import EDITIONS
from inspect_app.services.signers import AUTHORITY_FILE, authorities_of, signer_of
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings

REASON = "评估结论 Verdict {number}, {version}, {edition}"


def countersign(
    session: Session, number: str, version: int, *, by: Caller, at: datetime, settings: Settings
) -> Countersignature:
    """Agree that a version goes out; committed: that, and the signed editions. Again is harmless.

    Raises
    ------
    Conflict : the version is replaced or withdrawn
    SigningUnavailable : a key is configured and cannot be used, or no time stamp was given
    """
    verdict = verdicts.find(session, number, version, by=by, roles=(Role.COMMISSIONER,))
    if (found := session.get(Countersignature, (number, version))) is not None:
        return found
    validity.require_standing(session, verdict)
    # Signing asks an authority elsewhere for the time, so it holds up nobody.
    files = _sign(verdict, EDITIONS, at=at, settings=settings)
    with writing(session, verdict.campaign_id):
        if (found := session.get(Countersignature, (number, version))) is not None:
            return found
        validity.require_standing(session, session.get_one(Verdict, (number, version)))
        row = Countersignature(number=number, version=version, signed_by=by.actor, signed_at=at)
        session.add(row)
        session.add_all(files)
    return row


def sign(
    session: Session,
    number: str,
    version: int,
    *,
    editions: Sequence[str] = EDITIONS,
    at: datetime,
    settings: Settings,
) -> list[SignedFile]:
    """Sign what was countersigned and has no signature yet: for an operator; the new files.

    Raises
    ------
    Unknown : no such version
    StepMissing : it is not countersigned
    SigningUnavailable : there is no key, or it cannot be used
    """
    verdict = session.get(Verdict, (number, version))
    if verdict is None:
        raise Unknown("There is no such verdict.")
    if session.get(Countersignature, (number, version)) is None:
        raise StepMissing("The commissioner countersigns before anything is signed.")
    if signer_of(settings) is None:
        raise SigningUnavailable("No signing key is configured.")
    validity.require_standing(session, verdict)
    done = {one.edition for one in signed_files(session, verdict)}
    wanted = [one for one in editions if one not in done]
    files = _sign(verdict, wanted, at=at, settings=settings)
    with writing(session, verdict.campaign_id):
        session.add_all(files)
    return files


def signed_files(session: Session, verdict: Verdict) -> Sequence[SignedFile]:
    """Return the signed editions of a version, without their bytes."""
    return session.scalars(
        select(SignedFile)
        .where(SignedFile.number == verdict.number, SignedFile.version == verdict.version)
        .order_by(SignedFile.edition)
    ).all()


@dataclass(frozen=True)
class Sealed:
    """A file with its electronic signature, and by whom. stamped : an authority said when"""

    content: bytes
    signer: str
    stamped: bool


def seal(pdf: bytes, *, reason: str, at: datetime, settings: Settings) -> Sealed | None:
    """Sign a file with the configured key; None where there is none.

    Raises
    ------
    SigningUnavailable : the key cannot be used, or no time stamp was given
    """
    signer = signer_of(settings)
    if signer is None:
        return None
    if settings.signing.key is None:
        _show_authority(settings)
    stamper = signing.stamper_of(settings.signing)
    evidence = signing.evidence_of(settings.signing)
    content = signing.sign_pdf(
        pdf, signer, at=at, reason=reason, stamper=stamper, evidence=evidence
    )
    return Sealed(content, signer.name[:400], stamper is not None)


def _sign(
    verdict: Verdict, editions: Sequence[str], *, at: datetime, settings: Settings
) -> list[SignedFile]:
    files = []
    for one in verdict.editions:
        if one.edition not in editions:
            continue
        said = {"number": one.number, "version": one.version, "edition": one.edition}
        sealed = seal(one.pdf, reason=REASON.format(**said), at=at, settings=settings)
        if sealed is None:
            continue
        files.append(
            SignedFile(
                **said,
                content=sealed.content,
                sha256=digest(sealed.content),
                signer=sealed.signer,
                stamped=sealed.stamped,
                signed_at=at,
            )
        )
    return files


def _show_authority(settings: Settings) -> None:
    """Leave the certificate of a demonstration's authority where a reader can take it from."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    (root,) = authorities_of(settings)
    path = settings.data_dir / AUTHORITY_FILE
    path.write_bytes(x509.load_der_x509_certificate(root).public_bytes(Encoding.PEM))
