"""What supervisors do about phones, quarantine, rosters, conflicts; bodies that were destroyed."""

import json
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEPT = (
    "op_id",
    "campaign_id",
    "device_id",
    "kind",
    "interview_id",
    "base_rev",
    "return_id",
    "form_id",
    "version",
    "captured_at",
    "boot_id",
    "mono_ms",
    "body_sha256",
    "complete",
)
ENVELOPE = (
    "kind",
    "base_rev",
    "return_id",
    "form_id",
    "version",
    "captured_at",
    "boot_id",
    "mono_ms",
)
LACKING = (
    "UPDATE ops SET complete = false WHERE complete AND op_id IN (SELECT op_id FROM op_blobs "
    "LEFT JOIN blobs ON blobs.campaign_id = op_blobs.campaign_id "
    "AND blobs.sha256 = op_blobs.sha256 WHERE blobs.sha256 IS NULL)"
)
"""What was called complete before there was a way for its files to come."""


def upgrade() -> None:
    for column in (
        sa.Column("superseded_by", sa.String(36), nullable=True),
        sa.Column("pull_offset_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_pull_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("past_boots", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("clock_jumps", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("last_jump_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_jump_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reached_state", sa.String(12), nullable=True),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("push_minute", sa.BigInteger(), nullable=True),
        sa.Column("pushes_in_minute", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("devices", column)
    op.create_index("ix_devices_campaign_id_id", "devices", ["campaign_id", "id"])
    op.add_column(
        "enrolment_codes", sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("enrolment_codes", sa.Column("revoked_by", sa.String(36), nullable=True))
    op.create_index("ix_enrolment_codes_campaign_id", "enrolment_codes", ["campaign_id"])
    for column in (
        sa.Column("county_adcode", sa.String(6), nullable=True),
        sa.Column("state", sa.String(12), nullable=False, server_default="open"),
        sa.Column("offset_ms", sa.BigInteger(), nullable=True),
        sa.Column("envelope", sa.JSON(), nullable=True),
    ):
        op.add_column("quarantine", column)
    op.create_index("ix_quarantine_campaign_id_state", "quarantine", ["campaign_id", "state", "id"])
    _create_decisions()
    _create_epochs()
    _give_envelopes(op.get_bind())
    for statement in _void_guard(op.get_bind().dialect.name):
        op.execute(statement)


def _create_epochs() -> None:
    """Make room for what tells cursors of a restored database from those of before."""
    op.create_table(
        "feed_epochs",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_feed_epochs"),
    )


def _give_envelopes(connection: sa.Connection) -> None:
    """Give bodies kept under a used op id an envelope, so that they can be released.

    What came with them was not kept: form, time and phone are taken from the op whose id they
    bear, kind and interview from what they say themselves.
    """
    kept = connection.execute(
        sa.text(
            "SELECT q.id, q.campaign_id, q.body_sha256, q.body, o.op_id, o.kind, o.base_rev, "
            "o.return_id, o.form_id, o.version, o.captured_at, o.boot_id, o.mono_ms "
            "FROM quarantine q JOIN ops o ON o.op_id = q.op_id "
            "WHERE q.status = 'op_id_reused' AND q.body IS NOT NULL ORDER BY q.id"
        )
    ).mappings()
    give = sa.text("UPDATE quarantine SET envelope = :envelope WHERE id = :id").bindparams(
        sa.bindparam("envelope", type_=sa.JSON())
    )
    for row in kept.all():
        envelope = {name: row[name] for name in ("op_id", *ENVELOPE, "body_sha256")}
        envelope |= _said(row["campaign_id"], bytes(row["body"])) | {"blobs": []}
        connection.execute(give, {"id": row["id"], "envelope": {"interview_id": None} | envelope})


def _said(campaign_id: str, body: bytes) -> dict[str, str | None]:
    """Kind and interview of a body; nothing where it cannot be read."""
    try:
        said = json.loads(body)
        if "households" in said:
            name = f"{said['village_code']}/roster"
            kind = "roster"
        else:
            name = f"{said['unit_id']}/{said['round']}"
            kind = "interview" if "answers" in said else "contact"
    except (ValueError, KeyError, TypeError):
        return {}
    return {"kind": kind, "interview_id": str(uuid.uuid5(uuid.UUID(campaign_id), name))}


def _create_decisions() -> None:
    op.create_table(
        "device_commands",
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("ordered_by", sa.String(36), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name="fk_device_commands_device_id_devices"
        ),
        sa.PrimaryKeyConstraint("device_id", "n", name="pk_device_commands"),
    )
    op.create_table(
        "rates",
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "kind", name="pk_rates"),
    )
    op.create_table(
        "quarantine_decisions",
        sa.Column("quarantine_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("as_device", sa.String(36), nullable=True),
        sa.Column("op_id", sa.String(36), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.String(36), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["quarantine_id"],
            ["quarantine.id"],
            name="fk_quarantine_decisions_quarantine_id_quarantine",
        ),
        sa.PrimaryKeyConstraint("quarantine_id", "decision", name="pk_quarantine_decisions"),
    )
    op.create_table(
        "alarm_acks",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("note", sa.String(2000), nullable=False),
        sa.Column("acked_by", sa.String(36), nullable=False),
        sa.Column("acked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_alarm_acks_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "seq", name="pk_alarm_acks"),
    )
    op.create_table(
        "voids",
        sa.Column("op_id", sa.String(36), nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("voided_by", sa.String(36), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_voids_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("op_id", "body_sha256", name="pk_voids"),
    )
    op.create_table(
        "roster_decisions",
        sa.Column("op_id", sa.String(36), nullable=False),
        sa.Column("decision", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("decided_by", sa.String(36), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["op_id"], ["roster_lists.op_id"], name="fk_roster_decisions_op_id_roster_lists"
        ),
        sa.PrimaryKeyConstraint("op_id", "decision", name="pk_roster_decisions"),
    )
    op.create_table(
        "conflict_choices",
        sa.Column("interview_id", sa.String(36), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("decided_by", sa.String(36), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["interviews.interview_id"],
            name="fk_conflict_choices_interview_id_interviews",
        ),
        sa.PrimaryKeyConstraint("interview_id", "n", name="pk_conflict_choices"),
    )


def _void_guard(dialect: str) -> list[str]:
    """Let one change of an op through: its body emptied, once the chain says that it is void.

    The same transaction has to hold the line of type `void`; every other column must stay.
    Replacing a row, which SQLite does without asking the triggers of deletion, is refused for
    lines of the chain and does nothing to ops, whose ids come again all the time.
    """
    if dialect == "sqlite":
        same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in (*KEPT, "blobs"))
        return [
            "DROP TRIGGER ops_no_update",
            LACKING,
            f"CREATE TRIGGER ops_no_update BEFORE UPDATE ON ops WHEN NOT (length(NEW.body) = 0 "
            f"AND {same} AND {_is_void()}) "
            "BEGIN SELECT RAISE(ABORT, 'ops is never changed'); END",
            "CREATE TRIGGER ops_no_replace BEFORE INSERT ON ops "
            "WHEN EXISTS (SELECT 1 FROM ops WHERE op_id = NEW.op_id) "
            "BEGIN SELECT RAISE(IGNORE); END",
            "CREATE TRIGGER ledger_no_replace BEFORE INSERT ON ledger WHEN EXISTS (SELECT 1 "
            "FROM ledger WHERE campaign_id = NEW.campaign_id AND seq = NEW.seq) OR EXISTS "
            "(SELECT 1 FROM ledger WHERE type = 'op' AND NEW.type = 'op' AND op_id = NEW.op_id) "
            "OR EXISTS (SELECT 1 FROM ledger WHERE type = 'complete' AND NEW.type = 'complete' "
            "AND op_id = NEW.op_id) "
            "BEGIN SELECT RAISE(ABORT, 'ledger is never changed'); END",
        ]
    same = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in KEPT)
    guarded = [
        "DROP TRIGGER ops_no_update ON ops",
        LACKING,
        "CREATE OR REPLACE FUNCTION ops_no_update() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF octet_length(NEW.body) = 0 AND {same} "
        f"AND NEW.blobs::text = OLD.blobs::text AND {_is_void()} THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION 'ops is never changed'; END $$",
        "CREATE TRIGGER ops_no_update BEFORE UPDATE ON ops "
        "FOR EACH ROW EXECUTE FUNCTION ops_no_update()",
    ]
    for table in ("ops", "ledger"):
        guarded.append(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_no_delete()"
        )
    return guarded


def _is_void() -> str:
    return (
        "EXISTS (SELECT 1 FROM ledger WHERE ledger.campaign_id = OLD.campaign_id "
        "AND ledger.op_id = OLD.op_id AND ledger.body_sha256 = OLD.body_sha256 "
        "AND ledger.type = 'void')"
    )
