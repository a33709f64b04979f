"""Who may act, and where: roles are held by campaign, one person one role in each."""

from dataclasses import dataclass, field
from enum import StrEnum

from inspect_app.rules.devices import Phone
from inspect_app.rules.errors import Forbidden, Unknown

SHORTEST_PASSWORD = 10
"""Characters that the password of a person has at least."""


class Role(StrEnum):
    """Role of a person in one campaign."""

    COMMISSIONER = "commissioner"
    PLANNER = "planner"
    REVIEWER = "reviewer"
    EXPERT = "expert"
    TEAM_LEADER = "team_leader"
    ENUMERATOR = "enumerator"
    COUNTY_OFFICIAL = "county_official"


PEOPLE = tuple(role for role in Role if role is not Role.ENUMERATOR)
"""Roles of people who log in; an enumerator comes in by an enrolled phone."""
OF_THE_AGENCY = (Role.PLANNER, Role.TEAM_LEADER)
"""Whom a planner brings in and lets go; who reviews, rules or answers for a county comes from
elsewhere, or one person could hold every hand, and send away the hands that disagree."""


def may_staff(own: Role, role: Role) -> bool:
    """Whether the holder of one role, who staffs a campaign, decides who holds another in it."""
    return own is Role.COMMISSIONER or role in OF_THE_AGENCY


@dataclass(frozen=True)
class Membership:
    """One person's place in one campaign."""

    campaign_id: str
    role: Role
    county_adcode: str | None = None
    team: str | None = None


@dataclass(frozen=True)
class Caller:
    """Whoever sent the request, as far as rules need to know.

    `actor` is the account id of a person or the device id of a phone. A phone has exactly one
    membership, as enumerator, and a `scope`: "full", or "push" when it may only send; `phone` is
    what was read of it with the token.
    """

    actor: str
    memberships: tuple[Membership, ...] = ()
    may_commission: bool = False
    device_id: str | None = None
    enumerator_id: str | None = None
    scope: str = "full"
    phone: Phone | None = field(default=None, repr=False, compare=False)
    by_campaign: dict[str, Membership] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_campaign", {m.campaign_id: m for m in self.memberships})

    def has_any(self, roles: tuple[Role, ...]) -> bool:
        """Whether the caller holds one of these roles in some campaign."""
        if self.may_commission and Role.COMMISSIONER in roles:
            return True
        return any(m.role in roles for m in self.memberships)

    def require(self, campaign_id: str, *roles: Role) -> Membership:
        """Return the caller's membership of a campaign; refuse other roles.

        For a stranger the campaign does not exist: both answers are the same.
        """
        membership = self.by_campaign.get(campaign_id)
        if membership is None:
            raise Unknown("There is no such campaign.")
        if membership.role not in roles:
            raise Forbidden(f"This role may not do that in this campaign; {', '.join(roles)} may.")
        return membership

    def role_in(self, campaign_id: str) -> Role | None:
        """Return the caller's role in a campaign, None for a stranger."""
        membership = self.by_campaign.get(campaign_id)
        return membership.role if membership else None
