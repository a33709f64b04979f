"""Phones: enrolment codes, devices, spent nonces, feeds."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrolment_codes",
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("enumerator_id", sa.String(36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device_id", sa.String(36), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_enrolment_codes_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["enumerator_id"],
            ["enumerators.id"],
            name="fk_enrolment_codes_enumerator_id_enumerators",
        ),
        sa.PrimaryKeyConstraint("code_hash", name="pk_enrolment_codes"),
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("enumerator_id", sa.String(36), nullable=False),
        sa.Column("public_key", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("app", sa.String(40), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offset_ms", sa.BigInteger(), nullable=True),
        sa.Column("boot_id", sa.String(40), nullable=True),
        sa.Column("mono_ms", sa.BigInteger(), nullable=True),
        sa.Column("unsent", sa.JSON(), nullable=False),
        sa.Column("free_mb", sa.BigInteger(), nullable=True),
        sa.Column("persisted", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_devices_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["enumerator_id"], ["enumerators.id"], name="fk_devices_enumerator_id_enumerators"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_devices"),
    )
    op.create_index("ix_devices_enumerator_id", "devices", ["enumerator_id"])
    op.create_table(
        "spent_nonces",
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("nonce_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "nonce_hash", name="pk_spent_nonces"),
    )
    op.create_index("ix_spent_nonces_expires_at", "spent_nonces", ["expires_at"])
    op.create_table(
        "feed_items",
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(24), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name="fk_feed_items_device_id_devices"
        ),
        sa.PrimaryKeyConstraint("device_id", "seq", name="pk_feed_items"),
    )
