"""Verdicts as if they had been issued, so that a test begins where it has something to say."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from signatures import a_pdf
from sqlalchemy.orm import Session

from inspect_app.models.verdicts import Edition, Verdict
from inspect_app.services import ledger
from inspect_app.services.documents import digest, to_bytes

EXAMPLE = Path(__file__).parent / "data" / "report" / "demo_changyang.json"
NUMBER = "420528-2019-01"
INTERVIEWS = b"unit_id,weight\n1,2.0\n"
ISSUED_AT = datetime(2020, 6, 2, tzinfo=UTC)


def a_verdict(
    session: Session,
    campaign_id: str,
    version: int = 1,
    *,
    number: str = NUMBER,
    interviews: bytes = INTERVIEWS,
    **changes: Any,
) -> Verdict:
    """Store a version with both editions, each a document with a page that names its digest."""
    root, count, day = ledger.root(session, campaign_id)
    content = json.loads(EXAMPLE.read_bytes())
    content |= {"number": number, "version": version, "replaces": version - 1 or None}
    content["provenance"] |= {
        "interviews_sha256": digest(interviews),
        "ledger": {"root": root, "count": count, "day": day},
    }
    content |= changes
    verdict = Verdict(
        number=number,
        version=version,
        campaign_id=campaign_id,
        county_adcode=number[:6],
        replaces=version - 1 or None,
        interviews=interviews,
        interviews_sha256=digest(interviews),
        issued_at=ISSUED_AT,
        issued_by="reviewer",
        editions=[_edition(content), _edition(_public(content))],
    )
    session.add(verdict)
    session.commit()
    return verdict


def _public(full: dict[str, Any]) -> dict[str, Any]:
    """As much of the public edition as tells it from the full one."""
    kept = {key: value for key, value in full.items() if key != "nonce"}
    provenance = {**full["provenance"]}
    del provenance["interviews_sha256"]
    return {**kept, "edition": "public", "provenance": provenance}


def _edition(content: dict[str, Any]) -> Edition:
    document = to_bytes(content)
    pdf = a_pdf(document, digest(document))
    return Edition(
        edition=content["edition"],
        document=document,
        document_sha256=digest(document),
        pdf=pdf,
        pdf_sha256=digest(pdf),
    )
