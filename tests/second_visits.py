"""Blind second visits for tests: many are drawn, proposed and ordered."""

from typing import Any

from fieldwork import tasks
from phones import an_interview
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.campaigns import Campaign


def ask_often(session: Session, campaign: Any, *, share: float) -> None:
    """Let chance draw more households than a rule book would, so that some of few are drawn."""
    change_rulebook(session, campaign, "value = 0.05\n", f"value = {share}\n")


def change_rulebook(session: Session, campaign: Any, before: str, after: str) -> None:
    """Let one value of a campaign's rule book be another."""
    stored = session.get_one(Campaign, campaign.id)
    book = stored.rulebook_toml.decode()
    assert book.count(before) == 1
    stored.rulebook_toml = book.replace(before, after).encode()
    session.commit()


def ask_everybody(phone: Phone) -> None:
    for task in tasks(phone):
        if not task.is_reserve:
            an_interview(phone, task)
    phone.push()


def propose(client: Any, campaign: Any, **changes: Any) -> Any:
    return client.post(
        f"/api/v1/campaigns/{campaign.id}/revisits/proposal",
        json={"county_adcode": campaign.adcode, **changes},
    )


def order(client: Any, campaign: Any, first: str, pair: list[str], **changes: Any) -> Any:
    return client.post(
        f"/api/v1/campaigns/{campaign.id}/revisits",
        json={"first_interview_id": first, "enumerators": pair, **changes},
    )
