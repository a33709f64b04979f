"""Campaigns and what is frozen with them, and who has which role."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name_zh", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("agency_zh", sa.String(200), nullable=False),
        sa.Column("agency_en", sa.String(200), nullable=False),
        sa.Column("round_kind", sa.String(20), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("rulebook_id", sa.String(60), nullable=False),
        sa.Column("rulebook_sha256", sa.String(64), nullable=False),
        sa.Column("rulebook_toml", sa.LargeBinary(), nullable=False),
        sa.Column("form_id", sa.String(60), nullable=False),
        sa.Column("form_version", sa.String(20), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name="fk_campaigns_created_by_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
    )
    op.create_table(
        "campaign_counties",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("adcode", sa.String(6), nullable=False),
        sa.Column("name_zh", sa.String(100), nullable=False),
        sa.Column("name_en", sa.String(100), nullable=True),
        sa.Column("province_zh", sa.String(100), nullable=False),
        sa.Column("province_en", sa.String(100), nullable=False),
        sa.Column("city_zh", sa.String(100), nullable=False),
        sa.Column("region_group", sa.String(20), nullable=False),
        sa.Column("exit_year", sa.Integer(), nullable=False),
        sa.Column("reference_date", sa.Date(), nullable=False),
        sa.Column("line_year", sa.Integer(), nullable=False),
        sa.Column("line_yuan", sa.Integer(), nullable=False),
        sa.Column("line_status", sa.String(30), nullable=False),
        sa.Column("line_document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_campaign_counties_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "adcode", name="pk_campaign_counties"),
    )
    op.create_table(
        "frame_versions",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("frame_sha256", sa.String(64), nullable=False),
        sa.Column("villages_sha256", sa.String(64), nullable=False),
        sa.Column("households_sha256", sa.String(64), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_frame_versions_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_frame_versions"),
    )
    op.create_table(
        "plan_versions",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("plan_sha256", sa.String(64), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_plan_versions_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_plan_versions"),
    )
    op.create_table(
        "seeds",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("committed_by", sa.String(36), nullable=False),
        sa.Column("public_value", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_by", sa.String(36), nullable=True),
        sa.Column("campaign_seed", sa.String(64), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["accounts.id"], name="fk_seeds_opened_by_accounts"),
        sa.ForeignKeyConstraint(
            ["committed_by"], ["accounts.id"], name="fk_seeds_committed_by_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_seeds_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_seeds"),
    )
    op.create_table(
        "memberships",
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("county_adcode", sa.String(6), nullable=True),
        sa.Column("team", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_memberships_account_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_memberships_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("account_id", "campaign_id", name="pk_memberships"),
    )
    op.create_index("ix_memberships_campaign_id", "memberships", ["campaign_id"])
