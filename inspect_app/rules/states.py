"""The states of things that move through an inspection."""

from enum import StrEnum


class CaseState(StrEnum):
    """A suspected finding on its way to a ruling."""

    SUSPECTED = "suspected"
    EVIDENCE_DUE = "evidence_due"
    EVIDENCE_RECEIVED = "evidence_received"
    UNDER_RULING = "under_ruling"
    CONFIRMED = "confirmed"
    OVERTURNED = "overturned"
    UNDECIDED = "undecided"


class CaseKind(StrEnum):
    """What a case is about."""

    WRONG_EXIT = "wrong_exit"
    MISSED = "missed"
    RECURRENCE = "recurrence"


class InterviewState(StrEnum):
    """A household's interview between the phone and the estimate."""

    RECEIVED = "received"
    RETURNED = "returned"
    ACCEPTED = "accepted"


class OpStatus(StrEnum):
    """What the server did with one op of a push."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    STALE_FORM = "stale_form"
    NOT_ASSIGNED = "not_assigned"
    SUPERSEDED_DEVICE = "superseded_device"
    INVALID = "invalid"
    OP_ID_REUSED = "op_id_reused"
    BAD_SEAL = "bad_seal"
    HASH_MISMATCH = "hash_mismatch"
    FAILED = "failed"


class DeviceState(StrEnum):
    """What a phone may still do."""

    ACTIVE = "active"
    LOCKED = "locked"
    DRAINING = "draining"
    WIPED = "wiped"
    SUPERSEDED = "superseded"


class QuarantineState(StrEnum):
    """What became of something that was kept for a person to judge.

    ARRIVED : sealed and unreadable at first, it came again and could be opened
    """

    OPEN = "open"
    DISMISSED = "dismissed"
    RELEASED = "released"
    ARRIVED = "arrived"


class Disposition(StrEnum):
    """Outcome of a visit."""

    COMPLETED = "completed"
    PARTIAL = "partial"
    REFUSED = "refused"
    ABSENT = "absent"
    MOVED_OUT = "moved_out"
    DISSOLVED = "dissolved"
    DEAD = "dead"
    NOT_FOUND = "not_found"
    NOT_VISITED = "not_visited"


REPLACEABLE = frozenset(
    {
        Disposition.REFUSED,
        Disposition.ABSENT,
        Disposition.MOVED_OUT,
        Disposition.DISSOLVED,
        Disposition.DEAD,
        Disposition.NOT_FOUND,
    }
)


class VerdictState(StrEnum):
    """Whether a version of a verdict stands; the first of these that is so, from the end."""

    ISSUED = "issued"
    VALID = "valid"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
