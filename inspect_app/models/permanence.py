"""What may become of a row once it is stored: every table says so here, and triggers hold to it.

A table is added to only, or some of its columns change, or it is no record at all. A migration
puts the triggers on the first two kinds, and a test tries them on both engines: a new table, or
a new column of such a table, has to be declared here before it passes.
"""

from collections.abc import Mapping

ADDED_TO = frozenset(
    {
        # what came from the field, and what was decided about it
        *("ops", "ledger", "ledger_days", "op_seals", "carried_files", "contacts", "voids"),
        *("quarantine_decisions", "alarm_acks", "roster_decisions", "conflict_choices"),
        *("reviews", "replacements", "replacement_refusals"),
        # who commissioned, drew, sent out and looked
        *("commissions", "campaign_steps", "sealed_samples", "enumerators", "declarations"),
        *("reassignments", "exchange_approvals", "access_entries", "account_events"),
        *("device_commands", "feed_items", "feed_epochs"),
        # cases and papers
        *("case_events", "case_rulings", "case_signatures", "evidence", "feedback_meetings"),
        *("statements", "sheet_copies", "sheet_events", "notices", "notice_receipts"),
        # verdicts
        *("verdicts", "editions", "verdict_waivers", "countersignatures", "signed_files"),
        *("withdrawals", "public_notices", "objections", "objection_answers"),
    }
)
"""Tables whose rows are written once. Of a void op, the body goes."""

CHANGING: Mapping[str, frozenset[str]] = {
    "assignments": frozenset(
        {"visit_date", "enumerator_a", "enumerator_b", "device_id", "interpreter"}
    ),
    "blobs": frozenset(),
    "cases": frozenset({"state", "due_at", "reply_until"}),
    "devices": frozenset(
        {
            *("state", "app", "superseded_by", "reached_state", "reached_at"),
            *("last_contact_at", "last_pull_at", "offset_ms", "pull_offset_ms"),
            *("boot_id", "mono_ms", "past_boots", "clock_jumps", "last_jump_ms", "last_jump_at"),
            *("unsent", "free_mb", "persisted", "push_minute", "pushes_in_minute"),
        }
    ),
    "interviews": frozenset(
        {
            *("current_rev", "last_rev", "device_id", "state", "in_conflict"),
            *("urgency", "arrived_at", "compared_at"),
        }
    ),
    # Known once a sealed file is whole and open.
    "op_blobs": frozenset({"plain_sha256", "is_household_photo"}),
    "quarantine": frozenset({"state", "body"}),
    "returns": frozenset({"device_id", "enumerator_a", "enumerator_b", "interpreter"}),
    "revisions": frozenset({"traits"}),
    "revisits": frozenset(
        {
            *("device_id", "enumerator_a", "enumerator_b", "interpreter"),
            *("ordered_by", "ordered_at"),
        }
    ),
    "roster_lists": frozenset({"stands", "drawn"}),
    "sample_households": frozenset({"opened_at", "replaces"}),
    "sample_villages": frozenset({"released_at", "given_up_at", "given_up_reason", "replaces"}),
    "seal_keys": frozenset({"retired_at", "rehearsed_at"}),
    "seeds": frozenset(
        {
            *("secret", "public_value", "public_value_at", "campaign_seed"),
            *("opened_at", "opened_by", "published_at", "access_log_sha256"),
        }
    ),
}
"""Tables of which only these columns change, and no row goes but by `LEAVING`."""

ON_CONDITION: Mapping[str, Mapping[str, str]] = {
    "ops": {"body": "to empty, once the chain says that it is void"},
    "quarantine": {"body": "to empty, once the chain says that it is void"},
    "revisions": {"traits": "once the body of its op was destroyed"},
    "roster_lists": {"drawn": "of a list that nothing was drawn from so far"},
    "seeds": dict.fromkeys(CHANGING["seeds"], "once, from nothing"),
}
"""Changes that the database lets through only then."""

LEAVING: Mapping[str, str] = {
    "blobs": "named by no op, no copy in quarantine and no case any more",
    "op_blobs": "the body of its op was destroyed",
    "sample_households": "the list they were drawn from stands no more, and nobody went there",
}
"""Tables from which a row may be deleted, and when; the database refuses it otherwise."""

MUTABLE: Mapping[str, str] = {
    "accounts": "passwords and locks; what happened to them stands in account_events",
    "attempts": "failed log-ins, forgotten after a while",
    "campaign_counties": "follow the commission that holds; its versions stand in commissions",
    "campaigns": "follow the commission that holds; its versions stand in commissions",
    "comparisons": "follow from the interviews, may be emptied at any time",
    "enrolment_codes": "used or taken back; of no use afterwards",
    "frame_versions": "replaced until the seed is committed; the access log says so",
    "invitations": "accepted or taken back",
    "memberships": "parts begin and end; each time stands in account_events",
    "password_links": "used once",  # nosec B105  # the name of a table
    "plan_versions": "replaced until the seed is committed; the access log says so",
    "rates": "counts of one minute",
    "spent_nonces": "forgotten once they have lapsed",
    "tokens": "seen, prolonged, taken back",
    "villages": "replaced with their frame until the seed is committed",
}
"""Tables that are no record, each with its reason."""
