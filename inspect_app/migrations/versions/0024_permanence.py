"""Triggers on every table that is added to, or of which only some columns change.

`models/permanence.py` says which they are. A table that a later migration makes anew loses its
triggers with it on SQLite, and a column that is added is in none of them: a test tries them all.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ADDED_TO = (
    *("account_events", "alarm_acks", "campaign_steps", "commissions", "conflict_choices"),
    *("contacts", "device_commands", "enumerators", "feed_epochs", "feed_items"),
    *("quarantine_decisions", "reassignments", "reviews", "roster_decisions", "sealed_samples"),
    *("verdicts", "voids"),
)
CHANGING = {
    "assignments": ("visit_date", "enumerator_a", "enumerator_b", "device_id", "interpreter"),
    "blobs": (),
    "cases": ("state", "due_at", "reply_until"),
    "devices": (
        *("state", "app", "superseded_by", "reached_state", "reached_at"),
        *("last_contact_at", "last_pull_at", "offset_ms", "pull_offset_ms"),
        *("boot_id", "mono_ms", "past_boots", "clock_jumps", "last_jump_ms", "last_jump_at"),
        *("unsent", "free_mb", "persisted", "push_minute", "pushes_in_minute"),
    ),
    "interviews": (
        *("current_rev", "last_rev", "device_id", "state", "in_conflict"),
        *("urgency", "arrived_at", "compared_at"),
    ),
    "op_blobs": ("plain_sha256", "is_household_photo"),
    "quarantine": ("state", "body"),
    "returns": ("device_id", "enumerator_a", "enumerator_b", "interpreter"),
    "revisions": ("traits",),
    "revisits": (
        *("device_id", "enumerator_a", "enumerator_b", "interpreter"),
        *("ordered_by", "ordered_at"),
    ),
    "roster_lists": ("stands", "drawn"),
    "sample_households": ("opened_at", "replaces"),
    "sample_villages": ("released_at", "given_up_at", "given_up_reason", "replaces"),
    "seal_keys": ("retired_at", "rehearsed_at"),
    "seeds": (
        *("secret", "public_value", "public_value_at", "campaign_seed"),
        *("opened_at", "opened_by", "published_at", "access_log_sha256"),
    ),
}
"""Columns that change; every other column stays, and so does the row but by `LEAVING`."""

EMPTIED = "EXISTS (SELECT 1 FROM ops WHERE ops.op_id = OLD.op_id AND length(ops.body) = 0)"
ON_CONDITION = {
    ("quarantine", "body"): "coalesce(length(NEW.body), 1) = 0 AND EXISTS (SELECT 1 FROM ledger "
    "WHERE ledger.campaign_id = OLD.campaign_id AND ledger.op_id = OLD.op_id "
    "AND ledger.body_sha256 = OLD.body_sha256 AND ledger.type = 'void')",
    ("revisions", "traits"): EMPTIED,
    ("roster_lists", "drawn"): "CAST(OLD.drawn AS text) = '[]'",
    **{("seeds", column): f'OLD."{column}" IS NULL' for column in CHANGING["seeds"]},
}
"""Changes that are let through only then: once, or as a body that was destroyed leaves behind."""

LEAVING = {
    "blobs": "NOT EXISTS (SELECT 1 FROM op_blobs WHERE op_blobs.campaign_id = OLD.campaign_id "
    "AND op_blobs.sha256 = OLD.sha256) AND NOT EXISTS (SELECT 1 FROM evidence "
    "WHERE evidence.campaign_id = OLD.campaign_id AND evidence.sha256 = OLD.sha256) "
    "AND NOT EXISTS (SELECT 1 FROM quarantine WHERE quarantine.campaign_id = OLD.campaign_id "
    "AND length(quarantine.body) > 0 "
    "AND CAST(quarantine.envelope AS text) LIKE '%' || OLD.sha256 || '%')",
    "op_blobs": EMPTIED,
    "sample_households": "OLD.household_class = 'N' AND NOT EXISTS "
    "(SELECT 1 FROM roster_lists WHERE roster_lists.campaign_id = OLD.campaign_id "
    "AND roster_lists.village_code = OLD.psu AND roster_lists.stands) AND NOT EXISTS "
    "(SELECT 1 FROM interviews WHERE interviews.interview_id = OLD.interview_id) AND NOT EXISTS "
    "(SELECT 1 FROM contacts WHERE contacts.campaign_id = OLD.campaign_id "
    "AND contacts.unit_id = OLD.unit_id)",
}
"""Rows that may go, and when."""

NOT_EMPTIED_SO_FAR = (
    *("editions", "countersignatures", "signed_files", "withdrawals", "public_notices"),
    *("objections", "objection_answers", "sheet_copies", "sheet_events", "notices"),
    *("notice_receipts", "op_seals", "carried_files"),
)
"""Tables with triggers of earlier migrations, which PostgreSQL would empty all the same."""

GUARDED = (
    "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger' "
    "AND tbl_name NOT IN ('ops', 'ledger') ORDER BY tbl_name"
)


def upgrade() -> None:
    """Let the database itself refuse to change what is added to."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    guard, guard_if = (_on_sqlite, _on_sqlite_if) if is_sqlite else (_here, _here_if)
    for table in ADDED_TO:
        guard(table, "UPDATE", "DELETE", "TRUNCATE")
    for table, changing in CHANGING.items():
        stays = f"UPDATE OF {_names(table, but=changing)}"
        guard(table, stays, *(() if table in LEAVING else ("DELETE",)), "TRUNCATE")
    for (table, column), allowed in ON_CONDITION.items():
        guard_if(table, f'UPDATE OF "{column}"', f"no_{column}", "NEW", allowed)
    for table, allowed in LEAVING.items():
        guard_if(table, "DELETE", "no_delete", "OLD", allowed)
    if is_sqlite:
        _refuse_replacing()
        return
    for table in NOT_EMPTIED_SO_FAR:
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    _look_past_temporary_tables()


def _refuse_replacing() -> None:
    """Refuse the row whose key is taken, by whichever key, in every table that has triggers.

    INSERT OR REPLACE deletes the row before it, and on most connections asks no trigger of
    deletion. Copies in quarantine come again all the time; those that are here stay. Lines of the
    chain and ops have such a guard for all of their keys.
    """
    bind = op.get_bind()
    for table in bind.scalars(sa.text(GUARDED)).all():
        taken = " OR ".join(
            f"EXISTS (SELECT 1 FROM {table} WHERE "  # nosec B608  # names of ours
            + " AND ".join(f'"{name}" = NEW."{name}"' for name in key)
            + ")"
            for key in _keys(table)
        )
        refusal = f"ABORT, '{table} is never changed: the key is taken'"
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_replace")
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken} "
            f"BEGIN SELECT RAISE({'IGNORE' if table == 'quarantine' else refusal}); END"
        )


def _keys(table: str) -> list[Any]:
    """Columns of the primary key and of each unique one."""
    known = sa.inspect(op.get_bind())
    unique: list[Any] = [one["column_names"] for one in known.get_unique_constraints(table)]
    unique += [one["column_names"] for one in known.get_indexes(table) if one["unique"]]
    return [known.get_pk_constraint(table)["constrained_columns"], *unique]


def _look_past_temporary_tables() -> None:
    """Let every trigger, of earlier migrations too, ask the tables of this schema.

    PostgreSQL looks for a name among temporary tables first, and anybody may make one.
    """
    bind = op.get_bind()
    schema = bind.scalar(sa.text("SELECT quote_ident(current_schema())"))
    functions = bind.scalars(
        sa.text(
            "SELECT oid::regprocedure::text FROM pg_proc WHERE prorettype = 'trigger'::regtype "
            "AND pronamespace = current_schema()::regnamespace"
        )
    )
    for function in functions:
        op.execute(f"ALTER FUNCTION {function} SET search_path = {schema}, pg_temp")


def _names(table: str, *, but: tuple[str, ...]) -> str:
    """The columns of a table without these, quoted: one is called `order`.

    SQLite lets a column that counts the rows be changed under other names.
    """
    bind = op.get_bind()
    known = [one["name"] for one in sa.inspect(bind).get_columns(table)]
    known += ("rowid", "oid", "_rowid_") if bind.dialect.name == "sqlite" else ()
    return ", ".join(f'"{name}"' for name in known if name not in but)


def _on_sqlite(table: str, *acts: str) -> None:
    for act in acts:
        if act != "TRUNCATE":  # there is none
            name = act.split()[0].lower()
            op.execute(
                f"CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
            )


def _on_sqlite_if(table: str, act: str, name: str, _row: str, allowed: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table} WHEN NOT ({allowed}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
    )


def _here(table: str, *acts: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE {' OR '.join(acts)} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _here_if(table: str, act: str, name: str, row: str, allowed: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {allowed} THEN RETURN {row}; END IF; "
        f"RAISE EXCEPTION '{table} is never changed'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_{name}()"
    )
