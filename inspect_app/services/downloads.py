"""Files of a verdict as they are handed to somebody, the full edition with a line in the log."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from inspect_app.models.signatures import SignedFile
from inspect_app.models.verdicts import Edition, Verdict
from inspect_app.rules.errors import Unknown
from inspect_app.rules.roles import Caller
from inspect_app.services import access, verdicts
from inspect_app.services.editions import FULL

JSON, PDF, SIGNED = "json", "pdf", "signed"


@dataclass(frozen=True)
class Handed:
    """A file to be sent to somebody who may have it. name : under which it is saved"""

    content: bytes
    sha256: str
    type: str
    name: str


def hand_out(
    session: Session,
    number: str,
    version: int,
    edition: str | None,
    form: str,
    *,
    by: Caller,
    at: datetime,
) -> Handed:
    """Return a file of an edition to whoever may read that.

    Committed: that the full edition, which names sampled households by code, was seen.

    edition : full or public; without one, the fullest that the caller's role reads

    Raises
    ------
    Unknown : no such verdict, edition or file, or not for this reader
    """
    found = verdicts.find_edition(session, number, version, edition=edition, by=by)
    handed = file_of(session, found, form)
    if found.edition == FULL:
        campaign_id = session.get_one(Verdict, (number, version)).campaign_id
        what = f"full edition of verdict {number}/{version}, {form} {handed.sha256}"
        access.note_access(session, campaign_id, what, by=by, at=at)
    return handed


def file_of(session: Session, found: Edition, form: str) -> Handed:
    """Return one of the files of an edition; whose it is to read, the caller knows.

    Raises
    ------
    Unknown : no such file
    """
    stem = f"{found.number}-v{found.version}-{found.edition}"
    if form == JSON:
        return Handed(found.document, found.document_sha256, "application/json", f"{stem}.json")
    if form == PDF:
        return Handed(found.pdf, found.pdf_sha256, "application/pdf", f"{stem}.pdf")
    if form != SIGNED:
        raise Unknown("There is no such file of this edition.")
    signed = session.get(SignedFile, (found.number, found.version, found.edition))
    if signed is None:
        raise Unknown("This edition is not signed.")
    return Handed(signed.content, signed.sha256, "application/pdf", f"{stem}-signed.pdf")
