"""Seals: public halves of their keys, seals of ops, files that were carried, plain hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEPT = ("op_seals", "carried_files")


def upgrade() -> None:
    """Add the tables, and to each file that an op names the hash that its answers name."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "seal_keys",
        sa.Column("kid", sa.String(20), nullable=False),
        sa.Column("public_key", sa.String(100), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("retired_at", moment, nullable=True),
        sa.Column("rehearsed_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("kid", name="pk_seal_keys"),
    )
    op.create_table(
        "op_seals",
        sa.Column("op_id", sa.String(36), nullable=False),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("kid", sa.String(20), nullable=False),
        sa.Column("ct_sha256", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(100), nullable=False),
        sa.Column("carried_by", sa.String(36), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name="fk_op_seals_device_id_devices"
        ),
        sa.ForeignKeyConstraint(["op_id"], ["ops.op_id"], name="fk_op_seals_op_id_ops"),
        sa.PrimaryKeyConstraint("op_id", name="pk_op_seals"),
    )
    op.create_table(
        "carried_files",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.String(40), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("carried_by", sa.String(36), nullable=False),
        sa.Column("carried_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_carried_files_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name="fk_carried_files_device_id_devices"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_carried_files"),
    )
    op.create_index(
        "ix_carried_files_campaign_id_carried_at", "carried_files", ["campaign_id", "carried_at"]
    )
    op.add_column("op_blobs", sa.Column("plain_sha256", sa.String(64), nullable=True))
    op.execute("UPDATE op_blobs SET plain_sha256 = sha256")
    op.create_index(
        "ix_op_blobs_by_plain_hash", "op_blobs", ["campaign_id", "plain_sha256", "op_id"]
    )
    for table in KEPT:
        for act in ("UPDATE", "DELETE"):
            op.execute(_guard(table, act, op.get_bind().dialect.name))


def _guard(table: str, act: str, dialect: str) -> str:
    """A trigger by which the database itself refuses to change what came."""
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
