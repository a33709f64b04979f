"""Shapes of accounts, roles and log-ins."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import marshmallow as ma

from inspect_app.rules.roles import Role


class Whole(ma.validate.Regexp):
    """A pattern for the whole text; `$` alone would let a line end through.

    It is written `^…$`, as readers of the API document expect.
    """

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self._whole = re.compile(pattern)

    def __call__(self, value: Any) -> Any:
        if self._whole.fullmatch(value) is None:
            raise ma.ValidationError(self.default_message)
        return value


ADCODE = Whole(r"^[0-9]{6}$")
UUID_TEXT = Whole(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
HALF_A_PAIR = re.compile(r"[\ud800-\udfff]")


class Clean(Whole):
    """Text without control characters, nor half of a surrogate pair, which has no UTF-8.

    Other languages see such halves in every sign beyond 16 bits, so the API document leaves them
    out of the pattern.
    """

    def __call__(self, value: Any) -> Any:
        if self._whole.fullmatch(value) is None or HALF_A_PAIR.search(value):
            raise ma.ValidationError("Holds a character that is not allowed.")
        return value


LINE = Clean(r"^[^\u0000-\u001f\u007f]*$")
TEXT = Clean(r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$")
SAID = Clean(
    r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*"
    r"[^\u0000-\u001f\u007f\s][^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"
)
"""The same, with a sign in it that is no space."""
SENSIBLE_YEARS = range(2000, 2100)
SENSIBLE_DAYS = "^20[0-9]{2}-"
ROLES = ma.validate.OneOf([role.value for role in Role])


def line_of_text(most: int, least: int = 1) -> list[Callable[[str], Any]]:
    """Text of a sensible length, without control characters."""
    return [ma.validate.Length(least, most), LINE]


def some_text(most: int, least: int = 1) -> list[Callable[[str], Any]]:
    """Text that may have several lines, such as a reason; where it has to be given, not blank."""
    return [ma.validate.Length(least, most), SAID if least else TEXT]


def sensible_day(day: date) -> None:
    """Refuse days at the ends of the calendar, which no arithmetic survives."""
    if day.year not in SENSIBLE_YEARS:
        raise ma.ValidationError("Not a day of this century.")


class MembershipSchema(ma.Schema):
    """One role in one campaign."""

    campaign_id = ma.fields.String(required=True, validate=UUID_TEXT)
    role = ma.fields.String(required=True, validate=ROLES, metadata={"example": "reviewer"})
    county_adcode = ma.fields.String(
        allow_none=True,
        load_default=None,
        validate=ADCODE,
        metadata={"description": "of a county official"},
    )
    team = ma.fields.String(
        allow_none=True,
        load_default=None,
        validate=line_of_text(40),
        metadata={"description": "of a team leader"},
    )


class AccountSchema(ma.Schema):
    """A person, without secrets."""

    id = ma.fields.String(required=True)
    login = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    may_commission = ma.fields.Boolean(required=True)
    memberships = ma.fields.List(ma.fields.Nested(MembershipSchema), required=True)


class PasswordSchema(ma.Schema):
    """Who is logging in."""

    login = ma.fields.String(required=True, validate=line_of_text(64))
    password = ma.fields.String(required=True, load_only=True, validate=line_of_text(200))


class NewPasswordSchema(ma.Schema):
    """Another password; what makes one unusable is told by `password-refused`."""

    old_password = ma.fields.String(required=True, load_only=True, validate=line_of_text(200))
    new_password = ma.fields.String(required=True, load_only=True, validate=line_of_text(1000))


class LinkPasswordSchema(ma.Schema):
    """A link's token and the password its holder chose."""

    token = ma.fields.String(required=True, load_only=True, validate=line_of_text(100))
    password = ma.fields.String(required=True, load_only=True, validate=line_of_text(1000))


class LoginSchema(ma.Schema):
    """A bearer token; it is shown this once."""

    access_token = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    account_id = ma.fields.String(required=True)


class SessionSchema(ma.Schema):
    """A browser's session has begun; its token travels in a cookie that pages cannot read."""

    account_id = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(
        required=True, metadata={"description": "at the latest; earlier after 30 idle minutes"}
    )
    csrf_token = ma.fields.String(
        required=True, metadata={"description": "sent as X-CSRF-Token with whatever changes things"}
    )


class CurrentSessionSchema(ma.Schema):
    """The session that asks: what a page needs after it was loaded anew."""

    account_id = ma.fields.String(required=True)
    csrf_token = ma.fields.String(required=True)


class TokenSchema(ma.Schema):
    """A token of the caller, without its text."""

    id = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, metadata={"example": "bearer"})
    created_at = ma.fields.AwareDateTime(required=True)
    seen_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    revoked_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    address = ma.fields.String(required=True, allow_none=True)
    current = ma.fields.Boolean(required=True)


class TokenListSchema(ma.Schema):
    """Tokens of the caller that still work."""

    sessions = ma.fields.List(ma.fields.Nested(TokenSchema), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class MemberSchema(ma.Schema):
    """One person of a campaign."""

    account_id = ma.fields.String(required=True)
    login = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    role = ma.fields.String(required=True)
    county_adcode = ma.fields.String(required=True, allow_none=True)
    team = ma.fields.String(required=True, allow_none=True)
    ended_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class MemberListSchema(ma.Schema):
    """People of a campaign."""

    members = ma.fields.List(ma.fields.Nested(MemberSchema), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class AccountEventSchema(ma.Schema):
    """What happened to the account of one of the campaign's people."""

    id = ma.fields.Integer(required=True)
    account_id = ma.fields.String(required=True)
    login = ma.fields.String(required=True)
    event = ma.fields.String(required=True, metadata={"example": "log_in_failed"})
    address = ma.fields.String(required=True, allow_none=True)
    actor = ma.fields.String(required=True, allow_none=True)
    at = ma.fields.AwareDateTime(required=True)


class AccountEventListSchema(ma.Schema):
    """The log of accounts, oldest first."""

    events = ma.fields.List(ma.fields.Nested(AccountEventSchema), required=True)
    next = ma.fields.Integer(required=True, allow_none=True)
