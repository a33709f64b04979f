"""A case on its way, as one call a step: opened, told, answered, ruled."""

import hashlib
from io import BytesIO
from typing import Any

from fieldwork import tasks
from phones import an_interview

from inspect_app.demo.phone import Phone

FORM = "multipart/form-data"
POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}


def opened(phone: Phone, by: Any, n: int = 0, **changes: Any) -> str:
    """Interview a poor household of the sample and accept it; return its case."""
    task = tasks(phone)[n]
    an_interview(phone, task, **{**POOR, **changes})
    phone.push()
    answer = by.post(f"/api/v1/interviews/{task.interview_id}/accept", json={})
    return str(answer.get_json()["cases"][0])


def act(client: Any, case: str, step: str, **body: Any) -> Any:
    """Take a step of a case."""
    return client.post(f"/api/v1/cases/{case}/{step}", json=body)


def look(client: Any, case: str) -> Any:
    """Read a case."""
    return client.get(f"/api/v1/cases/{case}").get_json()


def meets(people: dict[str, Any], campaign: Any, day: str) -> Any:
    """Enter the day of the county's feedback meeting."""
    return people["reviewer"].post(f"{hearing(campaign)}/meeting", json={"held_on": day})


def hearing(campaign: Any) -> str:
    """Where the right of reply of the campaign's county is."""
    return f"/api/v1/campaigns/{campaign.id}/hearings/{campaign.adcode}"


def notify(people: dict[str, Any], campaign: Any, kind: str = "told") -> Any:
    """Send the county the notice of its cases."""
    return people["reviewer"].post(f"{hearing(campaign)}/notices", json={"kind": kind})


def bring(client: Any, case: str, content: bytes = b"%PDF-1.7 a page", **told: str) -> Any:
    """Upload a document, with what the county says of it."""
    form = {"name": "a.pdf", "sha256": hashlib.sha256(content).hexdigest(), **told}
    file = (BytesIO(content), "a.pdf", "application/pdf")
    return client.post(
        f"/api/v1/cases/{case}/files", data={**form, "file": file}, content_type=FORM
    )


def sent_to_ruling(people: dict[str, Any], case: str) -> None:
    """Take a case through the county's reply to the experts."""
    act(people["reviewer"], case, "recheck")
    act(people["county"], case, "evidence", text="见附件", complete=True)
    act(people["reviewer"], case, "recheck")


def ruled(people: dict[str, Any], case: str, outcome: str, reason: str = "有据") -> Any:
    """Let one expert propose and a second one sign."""
    act(people["expert"], case, "ruling", outcome=outcome, reason=reason)
    return act(people["second"], case, "ruling/signature", agrees=True)
