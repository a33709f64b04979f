"""Interviews and their revisions, contacts, rosters, returns, reviews, replacements."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interviews",
        sa.Column("interview_id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("unit_id", sa.String(120), nullable=False),
        sa.Column("round", sa.String(8), nullable=False),
        sa.Column("county_adcode", sa.String(6), nullable=False),
        sa.Column("village_code", sa.String(12), nullable=False),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("current_rev", sa.Integer(), nullable=False),
        sa.Column("last_rev", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("in_conflict", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_interviews_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name="fk_interviews_device_id_devices"
        ),
        sa.PrimaryKeyConstraint("interview_id", name="pk_interviews"),
    )
    op.create_index(
        "ix_interviews_campaign_id_interview_id", "interviews", ["campaign_id", "interview_id"]
    )
    op.create_table(
        "revisions",
        sa.Column("interview_id", sa.String(36), nullable=False),
        sa.Column("rev", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("op_id", sa.String(36), nullable=False),
        sa.Column("base_rev", sa.BigInteger(), nullable=False),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("stale_form", sa.Boolean(), nullable=False),
        sa.Column("offset_ms", sa.BigInteger(), nullable=False),
        sa.Column("disposition", sa.String(16), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("answers_sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["interviews.interview_id"],
            name="fk_revisions_interview_id_interviews",
        ),
        sa.ForeignKeyConstraint(["op_id"], ["ops.op_id"], name="fk_revisions_op_id_ops"),
        sa.PrimaryKeyConstraint("interview_id", "rev", name="pk_revisions"),
        sa.UniqueConstraint("op_id", name="uq_revisions_op_id"),
    )
    op.create_index("ix_revisions_answers_sha256", "revisions", ["answers_sha256"])
    op.create_table(
        "contacts",
        sa.Column("op_id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("unit_id", sa.String(120), nullable=False),
        sa.Column("round", sa.String(8), nullable=False),
        sa.Column("visit_no", sa.Integer(), nullable=False),
        sa.Column("disposition", sa.String(16), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_contacts_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(["op_id"], ["ops.op_id"], name="fk_contacts_op_id_ops"),
        sa.PrimaryKeyConstraint("op_id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_campaign_id_unit_id", "contacts", ["campaign_id", "unit_id"])
    op.create_table(
        "roster_lists",
        sa.Column("op_id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("village_code", sa.String(12), nullable=False),
        sa.Column("household_class", sa.String(8), nullable=False),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("sealed_at", sa.String(40), nullable=False),
        sa.Column("drawn", sa.JSON(), nullable=False),
        sa.Column("differs", sa.Boolean(), nullable=False),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_roster_lists_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name="fk_roster_lists_device_id_devices"
        ),
        sa.ForeignKeyConstraint(["op_id"], ["ops.op_id"], name="fk_roster_lists_op_id_ops"),
        sa.PrimaryKeyConstraint("op_id", name="pk_roster_lists"),
    )
    op.create_index(
        "ix_roster_lists_campaign_id_village_code", "roster_lists", ["campaign_id", "village_code"]
    )
    op.create_table(
        "returns",
        sa.Column("return_id", sa.String(36), nullable=False),
        sa.Column("interview_id", sa.String(36), nullable=False),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("base_rev", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("returned_by", sa.String(36), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_returns_device_id_devices"),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.interview_id"], name="fk_returns_interview_id_interviews"
        ),
        sa.PrimaryKeyConstraint("return_id", name="pk_returns"),
    )
    op.create_index("ix_returns_device_id", "returns", ["device_id"])
    op.create_index("ix_returns_interview_id", "returns", ["interview_id"])
    op.create_table(
        "reviews",
        sa.Column("interview_id", sa.String(36), nullable=False),
        sa.Column("rev", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("decision", sa.String(12), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("decided_by", sa.String(36), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.interview_id"], name="fk_reviews_interview_id_interviews"
        ),
        sa.PrimaryKeyConstraint("interview_id", "rev", name="pk_reviews"),
    )
    op.create_table(
        "replacements",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("unit_id", sa.String(120), nullable=False),
        sa.Column("reserve_unit_id", sa.String(120), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("approved_by", sa.String(36), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_replacements_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "unit_id", name="pk_replacements"),
    )
