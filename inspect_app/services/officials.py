"""Who answers for a county: whether anybody could, and whose part may not end yet."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.accounts import Account, MembershipRow
from inspect_app.models.cases import Case
from inspect_app.rules.errors import Conflict
from inspect_app.rules.roles import Role
from inspect_app.rules.states import CaseState

WAITING = (CaseState.EVIDENCE_DUE.value, CaseState.EVIDENCE_RECEIVED.value)
"""States in which a county may still bring evidence."""


def answering(session: Session, campaign_id: str, adcode: str) -> set[str]:
    """Return who may bring evidence for a county now: the part holds, the account is not locked."""
    return set(
        session.scalars(
            select(MembershipRow.account_id)
            .join(Account, Account.id == MembershipRow.account_id)
            .where(
                MembershipRow.campaign_id == campaign_id,
                MembershipRow.role == Role.COUNTY_OFFICIAL.value,
                MembershipRow.county_adcode == adcode,
                MembershipRow.ended_at.is_(None),
                Account.locked_at.is_(None),
            )
        )
    )


def refuse_last(session: Session, campaign_id: str, adcode: str, account_id: str) -> None:
    """Refuse to end the part of the only one who can answer while cases wait for the county.

    Raises
    ------
    Conflict : a successor joins first
    """
    if answering(session, campaign_id, adcode) - {account_id}:
        return
    waiting = select(Case.id).where(
        Case.campaign_id == campaign_id,
        Case.county_adcode == adcode,
        Case.state.in_(WAITING),
    )
    if session.scalar(waiting.limit(1)) is not None:
        raise Conflict("Cases wait for this county's evidence; its successor joins first.")
