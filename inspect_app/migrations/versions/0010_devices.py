"""What supervisors do about phones, quarantine, rosters, conflicts; bodies that were destroyed."""

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


def upgrade() -> None:
    for column in (
        sa.Column("superseded_by", sa.String(36), nullable=True),
        sa.Column("pull_offset_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_pull_at", sa.DateTime(timezone=True), nullable=True),
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
    for statement in _void_guard(op.get_bind().dialect.name):
        op.execute(statement)


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
    """
    if dialect == "sqlite":
        same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in (*KEPT, "blobs"))
        return [
            "DROP TRIGGER ops_no_update",
            f"CREATE TRIGGER ops_no_update BEFORE UPDATE ON ops WHEN NOT (length(NEW.body) = 0 "
            f"AND {same} AND {_is_void()}) "
            "BEGIN SELECT RAISE(ABORT, 'ops is never changed'); END",
        ]
    same = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in KEPT)
    guarded = [
        "DROP TRIGGER ops_no_update ON ops",
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
