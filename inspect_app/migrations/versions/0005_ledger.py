"""Ops as received, the chain, quarantine; triggers keep the first two as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ops",
        sa.Column("op_id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("interview_id", sa.String(36), nullable=True),
        sa.Column("base_rev", sa.BigInteger(), nullable=True),
        sa.Column("return_id", sa.String(36), nullable=True),
        sa.Column("form_id", sa.String(60), nullable=True),
        sa.Column("version", sa.String(20), nullable=True),
        sa.Column("captured_at", sa.String(40), nullable=False),
        sa.Column("boot_id", sa.String(40), nullable=True),
        sa.Column("mono_ms", sa.BigInteger(), nullable=True),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("blobs", sa.JSON(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_ops_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_ops_device_id_devices"),
        sa.PrimaryKeyConstraint("op_id", name="pk_ops"),
    )
    op.create_table(
        "ledger",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(12), nullable=False),
        sa.Column("op_id", sa.String(36), nullable=True),
        sa.Column("kind", sa.String(16), nullable=True),
        sa.Column("interview_id", sa.String(36), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=True),
        sa.Column("body_sha256", sa.String(64), nullable=True),
        sa.Column("device_id", sa.String(36), nullable=True),
        sa.Column("received_at", sa.String(24), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("h", sa.String(64), nullable=False),
        sa.Column("kid", sa.String(16), nullable=False),
        sa.Column("signature", sa.String(100), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_ledger_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "seq", name="pk_ledger"),
    )
    op.create_index("ix_ledger_device_id_seq", "ledger", ["device_id", "seq"])
    op.create_index(
        "uq_ledger_op_id",
        "ledger",
        ["op_id"],
        unique=True,
        sqlite_where=sa.text("type = 'op'"),
        postgresql_where=sa.text("type = 'op'"),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("op_id", sa.String(36), nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.String(24), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_quarantine_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
        sa.UniqueConstraint("op_id", "body_sha256", name="uq_quarantine_op_id_body_sha256"),
    )
    op.create_index("ix_quarantine_campaign_id", "quarantine", ["campaign_id"])
    for table in ("ops", "ledger"):
        for act in ("UPDATE", "DELETE"):
            op.execute(_guard(table, act, op.get_bind().dialect.name))


def _guard(table: str, act: str, dialect: str) -> str:
    """A trigger by which the database itself refuses to change what has been received."""
    name = f"{table}_no_{act.lower()}"
    if dialect == "sqlite":
        return (
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
        )
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is never changed'; END $$; "
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )
