"""The envelope of a push and of a page of the feed.

The envelope is strict: an unknown field is refused, so that a client's mistake shows at once. The
body of an op is not: whatever it holds, the op is kept, and `parse_body` says what is wrong.
"""

import json
import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import marshmallow as ma
import structlog

from inspect_app.rules.errors import Invalid
from inspect_app.rules.faults import TEXTS, Faulty, fault
from inspect_app.rules.nesting import is_deep
from inspect_app.rules.ops import (
    Blob,
    Content,
    Manifest,
    Push,
    PushAnswer,
    Receipt,
    Result,
    SealedOp,
    Unsent,
)
from inspect_app.rules.seals import KID, Seal, Unopened
from inspect_app.rules.states import OpStatus
from inspect_app.schemas.fields import (
    LIMITS,
    SHA256_PATTERN,
    UUID_PATTERN,
    AtMost,
    Moment,
    Text,
    TrueFalse,
    count,
    one_of,
)
from inspect_app.schemas.gate import gate_of
from inspect_app.schemas.interviews import parse_body
from inspect_app.schemas.lists import Counted
from inspect_app.settings import Limits

log = structlog.get_logger()

NAME_PATTERN = re.compile(r"[!-~]{1,60}", re.ASCII)
TYPE_PATTERN = re.compile(r"[a-z]+/[a-z0-9.+-]{1,40}", re.ASCII)
KINDS = ("interview", "contact", "roster")
STATES = ("active", "locked", "draining", "wiped")
BLOBS_PER_OP = 50
BASE64URL = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class BlobSchema(ma.Schema):
    """A file that an op names."""

    sha256 = Text(SHA256_PATTERN, required=True)
    bytes = count(required=True)
    type = Text(TYPE_PATTERN, required=True)

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> Blob:
        return Blob(**data)


class SealSchema(ma.Schema):
    """What closes a body on its way; see docs/sealed-format.md."""

    kid = Text(KID, required=True)
    epk = Text(re.compile(r"[A-Za-z0-9_-]{87}", re.ASCII), required=True)
    iv = Text(re.compile(r"[A-Za-z0-9_-]{16}", re.ASCII), required=True)
    ct = Text(BASE64URL, required=True)


class OpSchema(ma.Schema):
    """One op: `body` is the exact text that was hashed, or `sealed` with `sig` in its place."""

    op_id = Text(UUID_PATTERN, required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(KINDS))
    interview_id = Text(UUID_PATTERN, load_default=None, allow_none=True)
    base_rev = count(
        load_default=None,
        allow_none=True,
        description="of an interview: 0, or that of the return it answers",
    )
    return_id = Text(
        UUID_PATTERN, load_default=None, allow_none=True, description="which return it answers"
    )
    form_id = Text(
        NAME_PATTERN,
        load_default=None,
        allow_none=True,
        description="its questionnaire",
    )
    version = Text(
        re.compile(r"[!-~]{1,20}"), load_default=None, allow_none=True, description="of that"
    )
    captured_at = Moment(required=True, description="the phone's clock at sealing")
    boot_id = Text(
        re.compile(r"[!-~]{1,40}"),
        load_default=None,
        allow_none=True,
        description="start of the phone or app that mono_ms counts from, at sealing",
    )
    mono_ms = count(
        load_default=None,
        allow_none=True,
        description="milliseconds since then at sealing, by a clock nobody sets",
    )
    body_sha256 = Text(SHA256_PATTERN, required=True, description="of the body's UTF-8 bytes")
    body = ma.fields.String(
        load_default=None, allow_none=True, metadata={"description": "always taken, sealed or not"}
    )
    sealed = ma.fields.Nested(
        SealSchema,
        load_default=None,
        allow_none=True,
        metadata={"description": "the body closed to a seal key; how is told in docs/sealing.md"},
    )
    sig = Text(
        re.compile(r"[A-Za-z0-9_-]{86}"),
        load_default=None,
        allow_none=True,
        description="the device's signature of what is sealed",
    )
    blobs = Counted(
        ma.fields.Nested(BlobSchema),
        load_default=list,
        validate=ma.validate.Length(max=BLOBS_PER_OP),
    )

    # What the check below says, as the API document says it.
    shape: ClassVar = {
        "anyOf": [
            {
                "properties": {
                    "body": {"type": "string"},
                    "sealed": {"type": "null"},
                    "sig": {"type": "null"},
                },
                "required": ["body"],
            },
            {
                "properties": {
                    "body": {"type": "null"},
                    "sealed": {"type": "object"},
                    "sig": {"type": "string"},
                },
                "required": ["sealed", "sig"],
            },
        ]
    }

    @ma.validates_schema
    def check_body(self, data: dict[str, Any], **_: Any) -> None:
        if (data["body"] is None) == (data["sealed"] is None):
            raise ma.ValidationError("Either body, or sealed with sig.", "body")
        if (data["sig"] is None) != (data["sealed"] is None):
            raise ma.ValidationError("It goes with sealed.", "sig")


class UnsentSchema(ma.Schema):
    """One op that is still on the phone."""

    op_id = Text(UUID_PATTERN, required=True)
    body_sha256 = Text(SHA256_PATTERN, required=True)
    bytes = count(required=True)
    captured_at = Moment(required=True)

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> Unsent:
        return Unsent(**data)


class ManifestSchema(ma.Schema):
    """What the phone holds after this push, were nothing of it taken."""

    unsent = Counted(
        ma.fields.Nested(UnsentSchema),
        required=True,
        validate=AtMost("manifest_entries", "unsent items"),
    )
    free_mb = count(load_default=None, allow_none=True)
    persisted = TrueFalse(load_default=None, allow_none=True)

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> Manifest:
        return Manifest(tuple(data["unsent"]), data["free_mb"], data["persisted"])


class PushSchema(ma.Schema):
    """A push: nothing to a hundred ops, and the manifest of what is unsent."""

    device_now = Moment(required=True)
    boot_id = Text(re.compile(r"[!-~]{1,40}"), required=True)
    mono_ms = count(required=True)
    app = Text(re.compile(r"[!-~]{1,40}"), required=True)
    manifest = ma.fields.Nested(ManifestSchema, load_default=None, allow_none=True)
    ops = Counted(
        ma.fields.Nested(OpSchema), load_default=list, validate=AtMost("ops_per_push", "ops")
    )
    state = ma.fields.String(
        load_default=None,
        allow_none=True,
        validate=ma.validate.OneOf(STATES),
        metadata={"description": "what the phone has come to; where `features` has device-state"},
    )
    device_id = Text(UUID_PATTERN, load_default=None, allow_none=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.gate = gate_of(self)

    def load(self, data: Any, **kwargs: Any) -> Any:
        """Take the ordinary through the gate; marshmallow decides and words the rest."""
        found = self.gate.load(data) if not kwargs else None
        return super().load(data, **kwargs) if found is None else found

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> Push:
        return Push(
            device_now=datetime.fromisoformat(data["device_now"]),
            boot_id=data["boot_id"],
            mono_ms=data["mono_ms"],
            app=data["app"],
            manifest=data["manifest"],
            ops=tuple(sealed(op, LIMITS.get()) for op in data["ops"]),
            state=data["state"],
            device_id=data["device_id"],
        )


def sealed(op: dict[str, Any], limits: Limits) -> SealedOp:
    """Build an op and read its body; one that is too long is kept unread, a sealed one closed."""
    text, closed, sig = op.pop("body"), op.pop("sealed", None), op.pop("sig", None)
    if closed is not None:
        seal = Seal(**closed, sig=sig)
        told = {**op, "blobs": tuple(op["blobs"])}
        return SealedOp(**told, body=b"", content=Unopened(), seal=seal)
    # A lone surrogate has no UTF-8 bytes, so the hash of such a body cannot be right.
    body = text.encode("utf-8", "surrogatepass")
    limit = limits.roster_body_bytes if op["kind"] == "roster" else limits.op_body_bytes
    content = Faulty((fault("", "too-long"),)) if len(body) > limit else _content(op, text)
    return SealedOp(**{**op, "body": body, "content": content, "blobs": tuple(op["blobs"])})


def _content(op: Mapping[str, Any], text: str) -> Content:
    """Read a body; one that fails the reader itself is kept, and takes no other op with it."""
    try:
        if op["kind"] == "interview":
            form_id, version = op["form_id"] or "", op["version"] or ""
            return parse_body("interview", text, form_id=form_id, version=version)
        return parse_body(op["kind"], text)
    except Exception:
        log_id = uuid.uuid4().hex
        log.exception("op not read", log_id=log_id, op_id=op["op_id"], kind=op["kind"])
        return Faulty((fault("", "unjudgeable", log_id=log_id),))


def reread(envelope: Mapping[str, Any], body: bytes) -> SealedOp:
    """Read an op that is given as envelope and body: kept here, or opened just now."""
    op = {name: value for name, value in envelope.items() if name != "seal"}
    op["blobs"] = tuple(Blob(**blob) for blob in envelope["blobs"])
    try:
        text = body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # what was sealed need not be text
        return SealedOp(**op, body=body, content=Faulty((fault("", "not-json"),)))
    return sealed({**op, "body": text}, LIMITS.get())


def read_push(line: bytes) -> Push:
    """Read one push of a sealed file, as strictly as one that came by itself.

    Raises
    ------
    Invalid : the line is no push
    """
    try:
        found = json.loads(line)
        if is_deep(found):
            raise ValueError
        push: Push = _PUSH.load(found)
    except (ValueError, RecursionError, ma.ValidationError) as error:
        raise Invalid("A line of the file is no push of a phone.") from error
    return push


_PUSH = PushSchema()


class ReceiptSchema(ma.Schema):
    """A receipt; `sig` is Ed25519 over the ledger line and its hash, base64url."""

    kid = ma.fields.String(required=True)
    received_at = ma.fields.String(required=True)
    h = ma.fields.String(required=True)
    sig = ma.fields.String(required=True)


class BodyFaultSchema(ma.Schema):
    """One thing wrong in a body."""

    pointer = ma.fields.String(required=True, metadata={"description": "into the body"})
    code = ma.fields.String(required=True, metadata=one_of(TEXTS))
    detail = ma.fields.String(required=True)


class ResultSchema(ma.Schema):
    """What was done with one op; keys without a value are left out."""

    op_id = ma.fields.String(required=True)
    status = ma.fields.String(
        required=True, metadata=one_of(OpStatus, "keep and show what you do not know")
    )
    body_sha256 = ma.fields.String(required=True)
    rev = ma.fields.Integer(metadata={"description": "number among those of the household"})
    seq = ma.fields.Integer(metadata={"description": "number of its line in the ledger"})
    receipt = ma.fields.Nested(ReceiptSchema)
    first_status = ma.fields.String(
        metadata={"description": "of a duplicate: as it was told when it first came"}
    )
    faults = ma.fields.List(ma.fields.Nested(BodyFaultSchema))
    log_id = ma.fields.String()
    need_blobs = ma.fields.List(ma.fields.String(), required=True)

    @ma.post_dump
    def drop_absent(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {
            key: value
            for key, value in data.items()
            if value is not None and (value or key != "faults")
        }


class PushAnswerSchema(ma.Schema):
    """One result per op, in the order sent."""

    server_time = ma.fields.String(required=True)
    offset_ms = ma.fields.Integer(
        required=True, metadata={"description": "the server's clock minus the phone's"}
    )
    results = ma.fields.List(ma.fields.Nested(ResultSchema), required=True)

    def dump(self, obj: PushAnswer, **_: Any) -> dict[str, Any]:
        """Write the answer as the fields above would, in a tenth of the time."""
        return {
            "server_time": obj.server_time,
            "offset_ms": obj.offset_ms,
            "results": [_told(result) for result in obj.results],
        }


def _told(result: Result) -> dict[str, Any]:
    found = {
        "op_id": result.op_id,
        "status": result.status,
        "body_sha256": result.body_sha256,
        "rev": result.rev,
        "seq": result.seq,
        "receipt": _receipt(result.receipt),
        "first_status": result.first_status,
        "faults": [
            {"pointer": one.pointer, "code": one.code, "detail": one.detail}
            for one in result.faults
        ]
        or None,
        "log_id": result.log_id,
        "need_blobs": list(result.need_blobs),
    }
    return {key: value for key, value in found.items() if value is not None}


def _receipt(given: Receipt | None) -> dict[str, str] | None:
    if given is None:
        return None
    return {"kid": given.kid, "received_at": given.received_at, "h": given.h, "sig": given.sig}


class PullQuerySchema(ma.Schema):
    """Where the phone stands in its feed; nothing for the start."""

    cursor = ma.fields.String(load_default=None, validate=ma.validate.Length(max=100))


class PullHeadersSchema(ma.Schema):
    """What a client may say beside the cursor, without a change of address or envelope."""

    protocol = ma.fields.String(
        data_key="X-Sync-Protocol",
        load_default=None,
        validate=ma.validate.Length(max=4),
        metadata={"description": "the protocol that the client speaks; 1 where it says nothing"},
    )
    device_now = Moment(
        data_key="X-Device-Now",
        load_default=None,
        description="the phone's clock at this moment, as in a push",
    )

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        moment = data["device_now"]
        return {**data, "device_now": datetime.fromisoformat(moment) if moment else None}


class FeedPageSchema(ma.Schema):
    """A page of the feed; items carry a `type` and clients ignore types they do not know."""

    items_ = ma.fields.List(ma.fields.Dict(), required=True, data_key="items", attribute="items")
    next_cursor = ma.fields.String(required=True)
    more = ma.fields.Boolean(required=True)
    state = ma.fields.String(required=True)
