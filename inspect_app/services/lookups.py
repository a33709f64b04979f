"""What anybody who holds a report may check it by: number and digest, or the digest of the file.

Whoever does not hold one learns nothing: a number that was never issued and a digest that does
not fit are one answer, and only so many guesses a minute are heard.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inspect_app.models.signatures import SignedFile
from inspect_app.models.verdicts import Edition, Verdict
from inspect_app.rules import chain
from inspect_app.rules.errors import Unknown
from inspect_app.rules.independence import field_day
from inspect_app.rules.states import VerdictState
from inspect_app.rules.verifying import DIGEST, SHORTEST_DIGEST, read_digest, read_number
from inspect_app.services import days, downloads, rates, validity
from inspect_app.services.documents import digest
from inspect_app.services.downloads import Handed
from inspect_app.services.editions import FULL, PUBLIC
from inspect_app.services.validity import Standing
from inspect_app.settings import Settings
from report_templates import figures
from report_templates.figures import Rule

NOTHING = "Nothing is known under this number and digest."
_NO_DIGEST = "0" * DIGEST


@dataclass(frozen=True)
class Figure:
    """An indicator as page 1 prints it; `finding` is None for the reference row."""

    code: str
    estimate: str
    low: str
    high: str
    threshold: str
    finding: str | None


@dataclass(frozen=True)
class Link:
    """One step from the sealed field data to the file, and whether it holds at this moment.

    sha256 : None where the edition does not name it
    """

    what: str
    sha256: str | None
    holds: bool


@dataclass(frozen=True)
class Shown:
    """What anybody sees who holds an edition of a verdict.

    public_sha256 : digest of the public edition's verdict.json, once anybody may download that
    """

    number: str
    version: int
    edition: str
    simulated: bool
    county: Mapping[str, Any]
    campaign: Mapping[str, Any]
    outcome: str
    finding: str
    established: int
    figures: tuple[Figure, ...]
    standing: Standing
    public_sha256: str | None
    document_sha256: str
    pdf_sha256: str
    signed_sha256: str | None
    signer: str | None
    signed_at: datetime | None
    ledger_root: str
    ledger_count: int
    ledger_day: str | None
    chain: tuple[Link, ...]

    @property
    def sound(self) -> bool:
        """Whether every step of the chain holds."""
        return all(link.holds for link in self.chain)


def find(
    session: Session,
    number: str,
    typed: str,
    *,
    address: str | None,
    at: datetime,
    settings: Settings,
) -> Shown:
    """Return what is shown of an edition to whoever gives its number and 16 digits or more.

    Raises
    ------
    Unknown : no such number, or not this digest
    TooManyRequests : this address has guessed too often
    """
    found = _edition(session, number, typed, address=address, at=at, settings=settings)
    return _shown(session, found, at=at)


def hand_out(
    session: Session,
    number: str,
    typed: str,
    form: str,
    *,
    address: str | None,
    at: datetime,
    settings: Settings,
) -> Handed:
    """Return the PDF of a published public edition, signed or as drawn, to anybody who names it.

    Raises
    ------
    Unknown : no such edition, a full one, or one that is not published or does not stand any more
    TooManyRequests : this address has guessed too often
    """
    found = _edition(session, number, typed, address=address, at=at, settings=settings)
    verdict = session.get_one(Verdict, (found.number, found.version))
    if found.edition != PUBLIC or not _is_public(validity.standing(session, verdict), at):
        raise Unknown(NOTHING)
    return downloads.file_of(session, found, form)


def _is_public(standing: Standing, at: datetime) -> bool:
    """Whether the notice has begun, of a version that stands."""
    first_day = standing.first_day
    is_valid = standing.state is VerdictState.VALID
    return is_valid and first_day is not None and first_day <= field_day(at)


def _edition(
    session: Session,
    number: str,
    typed: str,
    *,
    address: str | None,
    at: datetime,
    settings: Settings,
) -> Edition:
    """Find an edition by number and digest; a wrong guess is counted."""
    _require_patience(session, address, at=at, settings=settings)
    wanted = read_digest(typed) or ""
    rows = session.scalars(
        select(Edition)
        .where(Edition.number == (read_number(number) or ""))
        .order_by(Edition.version, Edition.edition)
    ).all()
    # All are compared, and something is where there is none: time tells no more than the answer.
    matching = [one for one in rows if _fits(one.document_sha256, wanted)]
    if not rows:
        _fits(_NO_DIGEST, wanted)
    if not matching:
        _count_guess(session, address, at=at, settings=settings)
        raise Unknown(NOTHING)
    return matching[0]


def find_file(
    session: Session, typed: str, *, address: str | None, at: datetime, settings: Settings
) -> Shown:
    """Return what is shown of the edition that a file belongs to: PDF, signed PDF or verdict.json.

    Raises
    ------
    Unknown : no file of this digest was issued
    TooManyRequests : this address has guessed too often
    """
    _require_patience(session, address, at=at, settings=settings)
    wanted = read_digest(typed) or ""
    found = session.scalar(
        select(Edition)
        .outerjoin(
            SignedFile,
            (SignedFile.number == Edition.number)
            & (SignedFile.version == Edition.version)
            & (SignedFile.edition == Edition.edition),
        )
        .where(
            or_(
                Edition.document_sha256 == wanted,
                Edition.pdf_sha256 == wanted,
                SignedFile.sha256 == wanted,
            )
        )
        .limit(1)
    )
    if found is None:
        _count_guess(session, address, at=at, settings=settings)
        raise Unknown(NOTHING)
    return _shown(session, found, at=at)


def _fits(known: str, wanted: str) -> bool:
    same = hmac.compare_digest(known[: len(wanted)].encode(), wanted.encode())
    return same and len(wanted) >= SHORTEST_DIGEST


def _require_patience(
    session: Session, address: str | None, *, at: datetime, settings: Settings
) -> None:
    limit = settings.limits.guesses_per_minute
    rates.require(session, _guesser(address), rates.GUESS, limit=limit, at=at)


def _count_guess(
    session: Session, address: str | None, *, at: datetime, settings: Settings
) -> None:
    limit = settings.limits.guesses_per_minute
    rates.spend(session, _guesser(address), rates.GUESS, limit=limit, at=at)


def _guesser(address: str | None) -> str:
    """Guesses at reports are counted apart from those at enrolment codes."""
    return rates.stranger(f"verify/{address or ''}")


def _shown(session: Session, edition: Edition, *, at: datetime) -> Shown:
    verdict = session.get_one(Verdict, (edition.number, edition.version))
    signed = session.get(SignedFile, (edition.number, edition.version, edition.edition))
    public = session.get(Edition, (edition.number, edition.version, PUBLIC))
    standing = validity.standing(session, verdict)
    content = json.loads(edition.document)
    ledger = content["provenance"]["ledger"]
    return Shown(
        number=edition.number,
        version=edition.version,
        edition=edition.edition,
        simulated=bool(content["simulated"]),
        county=content["county"],
        campaign=content["campaign"],
        outcome=content["verdict"]["outcome"],
        finding=content["verdict"]["standing"],
        established=content["verdict"]["established"],
        figures=tuple(map(_figure, content["indicators"])),
        standing=standing,
        public_sha256=public.document_sha256 if public and _is_public(standing, at) else None,
        document_sha256=edition.document_sha256,
        pdf_sha256=edition.pdf_sha256,
        signed_sha256=signed.sha256 if signed is not None else None,
        signer=signed.signer if signed is not None else None,
        signed_at=signed.signed_at if signed is not None else None,
        ledger_root=ledger["root"],
        ledger_count=ledger["count"],
        ledger_day=ledger["day"],
        chain=tuple(_chain(session, verdict, edition, signed, content["provenance"])),
    )


def _figure(indicator: Mapping[str, Any]) -> Figure:
    rule = Rule(indicator["threshold"], indicator["strict"], indicator["direction"])
    estimate = indicator["estimate"]
    return Figure(
        code=indicator["code"],
        estimate=str(figures.rounded(estimate["value"], rule)),
        low=str(figures.lower(estimate["low"], rule)),
        high=str(figures.upper(estimate["high"], rule)),
        threshold=f"{rule.sign} {figures.plain(rule.threshold)}",
        finding=indicator["finding"],
    )


def _chain(
    session: Session,
    verdict: Verdict,
    edition: Edition,
    signed: SignedFile | None,
    provenance: Mapping[str, Any],
) -> list[Link]:
    """Compute every digest anew from what is stored, each held to the one before it."""
    ledger = provenance["ledger"]
    full = session.get_one(Edition, (edition.number, edition.version, FULL))
    named = json.loads(full.document)["provenance"]["interviews_sha256"]
    links = [
        Link("ledger", ledger["root"], _root(session, verdict, ledger["count"]) == ledger["root"]),
        Link(
            "interviews",
            # From the digest alone, somebody with the register might try out what was withheld.
            named if edition.edition == FULL else None,
            digest(verdict.interviews) == verdict.interviews_sha256 == named,
        ),
        _file_link("document", edition.document, edition.document_sha256),
        _file_link("pdf", edition.pdf, edition.pdf_sha256),
    ]
    if signed is not None:
        whole = _file_link("signed", signed.content, signed.sha256)
        goes_on = signed.content.startswith(edition.pdf)
        links.append(Link(whole.what, whole.sha256, whole.holds and goes_on))
    return links


def _file_link(what: str, content: bytes, sha256: str) -> Link:
    return Link(what, sha256, digest(content) == sha256)


def _root(session: Session, verdict: Verdict, count: int) -> str:
    """Compute the root of the ledger as it was when it had so many lines."""
    if count == 0:
        return chain.genesis(verdict.campaign_id).hex()
    day = days.of_line(session, verdict.campaign_id, count)
    return day.tree.root(day.leaves - (day.count - count)).hex()
