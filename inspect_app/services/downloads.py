"""Files of a verdict as they are handed to somebody, the full edition with a line in the log."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from inspect_app.rules.errors import Unknown
from inspect_app.rules.roles import Caller
from inspect_app.services import access, countersigning, verdicts
from inspect_app.services.editions import FULL

JSON, PDF, SIGNED = "json", "pdf", "signed"
FORMS = (JSON, PDF, SIGNED)


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
    edition: str,
    form: str,
    *,
    by: Caller,
    at: datetime,
) -> Handed:
    """Return a file of an edition to whoever may read that.

    Committed: that the full edition, which names sampled households by code, was seen.

    Raises
    ------
    Unknown : no such verdict, edition or file, or not for this reader
    """
    if form not in FORMS:
        raise Unknown("There is no such file of this edition.")
    found = verdicts.find_edition(session, number, version, edition=edition, by=by)
    campaign_id = verdicts.find(session, number, version, by=by).campaign_id
    stem = f"{number}-v{version}-{edition}"
    if form == JSON:
        handed = Handed(found.document, found.document_sha256, "application/json", f"{stem}.json")
    elif form == PDF:
        handed = Handed(found.pdf, found.pdf_sha256, "application/pdf", f"{stem}.pdf")
    else:
        signed = countersigning.find_signed(session, number, version, edition=edition, by=by)
        handed = Handed(signed.content, signed.sha256, "application/pdf", f"{stem}-signed.pdf")
    if edition == FULL:
        what = f"full edition of verdict {number}/{version}, {form} {handed.sha256}"
        access.note_access(session, campaign_id, what, by=by, at=at)
    return handed
