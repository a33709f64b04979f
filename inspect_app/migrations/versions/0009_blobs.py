"""Files that ops name, and which of them have arrived; an op becomes complete once."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "op_blobs",
        sa.Column("op_id", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(80), nullable=False),
        sa.Column("is_household_photo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_op_blobs_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name="fk_op_blobs_device_id_devices"
        ),
        sa.ForeignKeyConstraint(["op_id"], ["ops.op_id"], name="fk_op_blobs_op_id_ops"),
        sa.PrimaryKeyConstraint("op_id", "sha256", name="pk_op_blobs"),
    )
    op.create_index("ix_op_blobs_campaign_id_sha256", "op_blobs", ["campaign_id", "sha256"])
    op.create_index("ix_op_blobs_device_id_sha256", "op_blobs", ["device_id", "sha256"])
    op.create_table(
        "blobs",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_blobs_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "sha256", name="pk_blobs"),
    )
    op.create_index(
        "uq_ledger_complete_op_id",
        "ledger",
        ["op_id"],
        unique=True,
        sqlite_where=sa.text("type = 'complete'"),
        postgresql_where=sa.text("type = 'complete'"),
    )
