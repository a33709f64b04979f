"""Shapes of what the pages' forms send: the same limits as in the API, and nothing optional blank.

The view drops blank fields before, so that a field left empty is one left out.
"""

import hashlib
import re
from typing import Any

import marshmallow as ma

from inspect_app.rules.cases import Upload
from inspect_app.rules.states import DeviceState
from inspect_app.schemas.accounts import line_of_text, sensible_day, some_text
from inspect_app.schemas.cases import REASON
from inspect_app.schemas.sync import STATES

TOKEN = re.compile(r"(?:#?([ir])=)?([A-Za-z0-9_-]{16,100})")
"""An invitation as people copy it: the whole link, what follows its #, or the code alone."""
PLACE = re.compile(r"/(?:county|team)(?:/[A-Za-z0-9_-]+)*", re.ASCII)

PURPOSE = re.compile(r"(?:pin|roster/[0-9]{12})\Z", re.ASCII)


class SignInFormSchema(ma.Schema):
    """Who signs in, and where to go then."""

    login = ma.fields.String(required=True, validate=line_of_text(64))
    password = ma.fields.String(required=True, load_only=True, validate=line_of_text(200))
    next = ma.fields.String(load_default="/county", validate=line_of_text(300))

    @ma.post_load
    def stay(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Lead nowhere but to our own pages."""
        return {**data, "next": data["next"] if PLACE.fullmatch(data["next"]) else "/county"}


class EmptyFormSchema(ma.Schema):
    """A button alone; whatever else was sent is not looked at."""

    class Meta:
        unknown = ma.EXCLUDE


class InvitationFormSchema(ma.Schema):
    """An invitation's link, or a code."""

    link = ma.fields.String(required=True, load_only=True, validate=line_of_text(400))

    @ma.post_load
    def read(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Take kind and token out of the link: `i` for an invitation, `r` for a new password."""
        found = TOKEN.fullmatch(data.pop("link").strip().rpartition("#")[2])
        if found is None:
            raise ma.ValidationError("Neither a link nor a code.", "link")
        return {**data, "kind": found[1] or "i", "token": found[2]}


class JoinFormSchema(InvitationFormSchema):
    """An invitation with the password its holder chose, typed twice."""

    password = ma.fields.String(required=True, load_only=True, validate=line_of_text(1000))
    again = ma.fields.String(required=True, load_only=True, validate=line_of_text(1000))

    @ma.validates_schema
    def same(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("password") != data.get("again"):
            raise ma.ValidationError("The two differ.", "again")


class ReplyFormSchema(ma.Schema):
    """What the county says to a case."""

    text = ma.fields.String(required=True, validate=REASON)


class CompleteFormSchema(ma.Schema):
    """The county says that nothing more is to come."""

    sure = ma.fields.Boolean(required=True, truthy={"yes"}, falsy=set())


class StatementFormSchema(ma.Schema):
    """What the county says to the inspection as a whole."""

    text = ma.fields.String(required=True, validate=some_text(20_000))


class ObjectionFormSchema(ma.Schema):
    """What the county holds against a version of its verdict."""

    text = ma.fields.String(required=True, validate=some_text(4000))


class FileFormSchema(ma.Schema):
    """A document as a browser sends it; its name and hash are read from the file itself."""

    file = ma.fields.Raw(required=True)
    document_date = ma.fields.Date(load_default=None, validate=sensible_day)
    state_at_reference = ma.fields.String(load_default=None, validate=some_text(2000))

    @ma.validates_schema
    def dated(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("document_date") and not data.get("state_at_reference"):
            raise ma.ValidationError("Neither a date nor a note.", "document_date")

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> Upload:
        sent = data.pop("file")
        if not hasattr(sent, "read"):
            raise ma.ValidationError("Not a file.", "file")
        content = sent.read()
        name = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "", (sent.filename or "").strip())[-200:]
        return Upload(
            content=content,
            type=sent.mimetype,
            name=name or "file",
            sha256=hashlib.sha256(content).hexdigest(),
            **data,
        )


class ReasonFormSchema(ma.Schema):
    """Why something is decided, asked again or taken back."""

    text = ma.fields.String(required=True, validate=some_text(2000))


class OrderFormSchema(ma.Schema):
    """What a phone shall become, and why."""

    state = ma.fields.String(required=True, validate=ma.validate.OneOf(STATES))
    text = ma.fields.String(required=True, validate=some_text(2000))
    sure = ma.fields.Boolean(load_default=False, truthy={"yes"}, falsy=set())

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {
            "state": DeviceState(data["state"]),
            "reason": data["text"],
            "despite_unsent": data["sure"],
        }


class ApprovalFormSchema(ma.Schema):
    """Which reserve takes the place, and why."""

    reserve_unit_id = ma.fields.String(required=True, validate=line_of_text(80))
    text = ma.fields.String(required=True, validate=some_text(2000))

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"reserve_unit_id": data["reserve_unit_id"], "reason": data["text"]}


class CodeFormSchema(ma.Schema):
    """For whom an enrolment code is wanted."""

    enumerator_id = ma.fields.String(required=True, validate=line_of_text(36))


class WordFormSchema(ma.Schema):
    """For what a code is read out, and the number that stands on the phone."""

    purpose = ma.fields.String(required=True, validate=ma.validate.Regexp(PURPOSE))
    counter = ma.fields.Integer(required=True, validate=ma.validate.Range(0, 9999))
