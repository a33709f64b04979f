"""Invitations: staff name a login and a role; the person alone sets the password."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.entropy import Entropy
from inspect_app.models.accounts import Account, MembershipRow
from inspect_app.models.campaigns import CampaignCounty
from inspect_app.models.invitations import Invitation
from inspect_app.rules.errors import (
    Conflict,
    Forbidden,
    Invalid,
    InvitationExpired,
    InvitationUsed,
    LoginTaken,
    Unknown,
)
from inspect_app.rules.passwords import acceptable
from inspect_app.rules.permissions import roles
from inspect_app.rules.roles import Caller, Membership, Role, may_staff
from inspect_app.services import account_log, accounts, passwords, replies, tokens
from inspect_app.services.account_log import Happened
from inspect_app.services.accounts import Person
from inspect_app.services.logins import Door
from inspect_app.services.receipts import encode
from inspect_app.services.transactions import writing

LIFE = timedelta(hours=72)
LINK = "/join#i="
"""Where the page for invitations is; what follows the # is never sent to a server."""


@dataclass(frozen=True)
class Wanted:
    """Who is invited into which role; `name` is how the campaign's lists will call the person."""

    login: str
    name: str
    membership: Membership


@dataclass(frozen=True)
class Invited:
    """An invitation; `token` and `link` are told once, to whoever made it."""

    id: str
    campaign_id: str
    login: str
    name: str
    role: str
    county_adcode: str | None
    team: str | None
    created_at: datetime
    created_by: str
    expires_at: datetime
    accepted_at: datetime | None
    accepted_by: str | None
    revoked_at: datetime | None
    token: str | None = None
    link: str | None = None


def invite(
    session: Session, wanted: Wanted, *, by: Caller, entropy: Entropy, at: datetime
) -> Invited:
    """Invite a login to one role; the answer does not tell whether an account has the login.

    Raises
    ------
    Forbidden : the caller does not staff this campaign, or not with this role
    Invalid : the role needs a county of the campaign, or a team
    Conflict : this person has, or had, a role in the campaign
    """
    place = wanted.membership
    _may_staff(by, place)
    with writing(session, place.campaign_id):
        _check_place(session, place)
        _refuse_second_role(session, wanted.login, place.campaign_id)
        purpose = f"invitation/{place.campaign_id}/{wanted.login}/{at.isoformat()}"
        token = encode(entropy.secret_bytes(tokens.SECRET_BYTES, purpose))
        name = uuid4() if entropy.demo_seed is None else uuid5(UUID(place.campaign_id), purpose)
        row = Invitation(
            id=str(name),
            token_hash=tokens.digest(token),
            campaign_id=place.campaign_id,
            login=wanted.login,
            name=wanted.name,
            role=place.role.value,
            county_adcode=place.county_adcode,
            team=place.team,
            created_at=at,
            created_by=by.actor,
            expires_at=at + LIFE,
        )
        row = session.merge(row)  # a demonstration that repeats itself invites once
        session.flush()
        return _invited(row, token)


def listed(
    session: Session, campaign_id: str, *, by: Caller, after: str | None, limit: int
) -> list[Invited]:
    """List a campaign's invitations by id, without their tokens."""
    by.require(campaign_id, *roles("staff"))
    query = (
        select(Invitation)
        .where(Invitation.campaign_id == campaign_id)
        .order_by(Invitation.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Invitation.id > after)
    return [_invited(row) for row in session.scalars(query)]


def revoke(
    session: Session, campaign_id: str, invitation_id: str, *, by: Caller, at: datetime
) -> Invited:
    """Take an invitation back; again changes nothing.

    Raises
    ------
    Unknown : the campaign has no such invitation
    Forbidden : a planner, and the role is not one that planners invite into
    InvitationUsed : it has been accepted
    """
    own = by.require(campaign_id, *roles("staff"))
    with writing(session, campaign_id):
        row = session.get(Invitation, invitation_id)
        if row is None or row.campaign_id != campaign_id:
            raise Unknown("There is no such invitation.")
        if not may_staff(own.role, Role(row.role)):
            raise Forbidden("A commissioner made this invitation, and takes it back.")
        if row.accepted_at is not None:
            raise InvitationUsed()
        if row.revoked_at is None:
            row.revoked_at, row.revoked_by = at, by.actor
        session.flush()
        return _invited(row)


def accept_as_stranger(
    session: Session, token: str, password: str, *, door: Door, entropy: Entropy, at: datetime
) -> Person:
    """Make the account of an invitation with the password its holder chose, and give it its role.

    Raises
    ------
    Unknown : no such invitation, it was taken back, or who made it belongs to the campaign no more
    InvitationUsed, InvitationExpired : it is spent
    LoginTaken : an account has this login; its owner logs in and accepts
    PasswordRefused : the password would be guessed
    """
    row = _find(session, token, at=at)
    campaign_id, login = row.campaign_id, row.login
    taken = session.scalar(select(Account.id).where(Account.login == login))
    session.rollback()
    if taken is not None:
        raise LoginTaken("已有账号用此登录名，请登录后接受 | log in as this account and accept")
    hashed = passwords.hash_password(acceptable(password, login=login), memory_kib=door.memory_kib)
    with writing(session, campaign_id):
        row = _find(session, token, at=at)
        account = accounts.add(session, row.login, row.name, hashed, entropy=entropy, at=at)
        _join(session, account, row, door=door, at=at)
        return accounts.person(session, account)


def accept(session: Session, token: str, *, by: Caller, door: Door, at: datetime) -> Person:
    """Take the role of an invitation for the caller's own account, whose login it names.

    Raises
    ------
    Unknown : no such invitation, it was taken back, it names another login, or who made it belongs
        to the campaign no more
    InvitationUsed, InvitationExpired : it is spent
    Conflict : this person has, or had, a role in the campaign
    """
    campaign_id = _find(session, token, at=at).campaign_id
    with writing(session, campaign_id):
        row = _find(session, token, at=at)
        account = session.get_one(Account, by.actor)
        if account.login != row.login:
            raise Unknown("There is no such invitation.")
        _refuse_second_role(session, row.login, campaign_id)
        _join(session, account, row, door=door, at=at)
        return accounts.person(session, account)


def _may_staff(by: Caller, membership: Membership) -> None:
    own = by.require(membership.campaign_id, *roles("staff"))
    if membership.role is Role.ENUMERATOR:
        raise Forbidden("An enumerator comes in by an enrolled device, not by an account.")
    if not may_staff(own.role, membership.role):
        raise Forbidden(
            "A planner invites planners and team leaders; the others come from a commissioner."
        )


def _check_place(session: Session, membership: Membership) -> None:
    of_county = membership.role is Role.COUNTY_OFFICIAL
    of_team = membership.role is Role.TEAM_LEADER
    if of_county:
        key = (membership.campaign_id, membership.county_adcode or "")
        if session.get(CampaignCounty, key) is None:
            raise Invalid("A county official needs a county of this campaign.")
    if of_team and not membership.team:
        raise Invalid("A team leader needs a team.")
    if (membership.county_adcode and not of_county) or (membership.team and not of_team):
        raise Invalid("Only county officials have a county, and only team leaders a team.")


def _refuse_second_role(session: Session, login: str, campaign_id: str) -> None:
    held = session.scalar(
        select(MembershipRow.role)
        .join(Account, Account.id == MembershipRow.account_id)
        .where(Account.login == login, MembershipRow.campaign_id == campaign_id)
    )
    if held is not None:
        raise Conflict("This person has, or had, a role in this campaign.", role=held)


def _find(session: Session, token: str, *, at: datetime) -> Invitation:
    row = session.scalar(select(Invitation).where(Invitation.token_hash == tokens.digest(token)))
    if row is None or row.revoked_at is not None:
        raise Unknown("There is no such invitation.")
    if row.accepted_at is not None:
        raise InvitationUsed()
    if not accounts.holds_a_part(session, row.created_by, row.campaign_id):
        raise Unknown("There is no such invitation.")
    if row.expires_at <= at:
        raise InvitationExpired()
    return row


def _join(session: Session, account: Account, row: Invitation, *, door: Door, at: datetime) -> None:
    session.add(
        MembershipRow(
            account_id=account.id,
            campaign_id=row.campaign_id,
            role=row.role,
            county_adcode=row.county_adcode,
            team=row.team,
            joined_at=at,
        )
    )
    row.accepted_at, row.accepted_by = at, account.id
    session.flush()
    if row.role == Role.COUNTY_OFFICIAL and row.county_adcode is not None:
        # A successor has the full time to answer.
        replies.put_off(session, row.campaign_id, row.county_adcode, since=at)
    account_log.note(
        session,
        account.id,
        Happened.JOINED,
        at=at,
        address=door.address,
        actor=row.created_by,
        campaign_id=row.campaign_id,
    )


def _invited(row: Invitation, token: str | None = None) -> Invited:
    return Invited(
        id=row.id,
        campaign_id=row.campaign_id,
        login=row.login,
        name=row.name,
        role=row.role,
        county_adcode=row.county_adcode,
        team=row.team,
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        accepted_at=row.accepted_at,
        accepted_by=row.accepted_by,
        revoked_at=row.revoked_at,
        token=token,
        link=f"{LINK}{token}" if token else None,
    )
