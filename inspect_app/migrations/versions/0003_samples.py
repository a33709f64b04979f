"""Villages, the sealed sample and its households, enumerators and assignments."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "villages",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("village_code", sa.String(12), nullable=False),
        sa.Column("village_name", sa.String(100), nullable=False),
        sa.Column("town_code", sa.String(12), nullable=False),
        sa.Column("town_name", sa.String(100), nullable=True),
        sa.Column("county_adcode", sa.String(6), nullable=False),
        sa.Column("stratum", sa.String(40), nullable=True),
        sa.Column("remoteness_class", sa.Integer(), nullable=True),
        sa.Column("households_e", sa.Integer(), nullable=False),
        sa.Column("persons_e", sa.Integer(), nullable=False),
        sa.Column("households_p", sa.Integer(), nullable=False),
        sa.Column("persons_p", sa.Integer(), nullable=False),
        sa.Column("households_n", sa.Integer(), nullable=False),
        sa.Column("persons_n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_villages_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "village_code", name="pk_villages"),
    )
    op.create_table(
        "sealed_samples",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("villages", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_by", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_sealed_samples_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["sealed_by"], ["accounts.id"], name="fk_sealed_samples_sealed_by_accounts"
        ),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_sealed_samples"),
    )
    op.create_table(
        "sample_villages",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("village_code", sa.String(12), nullable=False),
        sa.Column("county_adcode", sa.String(6), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.String(40), nullable=False),
        sa.Column("ticket", sa.String(64), nullable=False),
        sa.Column("pi1", sa.Double(), nullable=False),
        sa.Column("certainty", sa.Boolean(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("is_reserve", sa.Boolean(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_reason", sa.Text(), nullable=True),
        sa.Column("replaces", sa.String(12), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id", "village_code"],
            ["villages.campaign_id", "villages.village_code"],
            name="fk_sample_villages_campaign_id_village_code_villages",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "village_code", name="pk_sample_villages"),
        sa.UniqueConstraint(
            "campaign_id",
            "county_adcode",
            "position",
            name="uq_sample_villages_campaign_id_county_adcode_position",
        ),
    )
    op.create_table(
        "sample_households",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("unit_id", sa.String(120), nullable=False),
        sa.Column("county_adcode", sa.String(6), nullable=False),
        sa.Column("stratum", sa.String(40), nullable=False),
        sa.Column("psu", sa.String(12), nullable=False),
        sa.Column("household_class", sa.String(1), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(64), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("is_reserve", sa.Boolean(), nullable=False),
        sa.Column("pi1", sa.Double(), nullable=False),
        sa.Column("pi2", sa.Double(), nullable=False),
        sa.Column("inclusion_prob", sa.Double(), nullable=False),
        sa.Column("base_weight", sa.Double(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("interview_id", sa.String(36), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaces", sa.String(120), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id", "psu"],
            ["sample_villages.campaign_id", "sample_villages.village_code"],
            name="fk_sample_households_campaign_id_psu_sample_villages",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "unit_id", name="pk_sample_households"),
        sa.UniqueConstraint("interview_id", name="uq_sample_households_interview_id"),
    )
    op.create_index(
        "ix_sample_households_campaign_id_psu_household_class_order",
        "sample_households",
        ["campaign_id", "psu", "household_class", "order"],
    )
    op.create_table(
        "enumerators",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("team", sa.String(40), nullable=False),
        sa.Column("province_code", sa.String(2), nullable=False),
        sa.Column("home_adcode", sa.String(6), nullable=False),
        sa.Column("declared", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_enumerators_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_enumerators"),
    )
    op.create_index("ix_enumerators_campaign_id", "enumerators", ["campaign_id"])
    op.create_table(
        "assignments",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("village_code", sa.String(12), nullable=False),
        sa.Column("visit_date", sa.Date(), nullable=False),
        sa.Column("enumerator_a", sa.String(36), nullable=False),
        sa.Column("enumerator_b", sa.String(36), nullable=False),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id", "village_code"],
            ["sample_villages.campaign_id", "sample_villages.village_code"],
            name="fk_assignments_campaign_id_village_code_sample_villages",
        ),
        sa.ForeignKeyConstraint(
            ["enumerator_a"], ["enumerators.id"], name="fk_assignments_enumerator_a_enumerators"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name="fk_assignments_created_by_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["enumerator_b"], ["enumerators.id"], name="fk_assignments_enumerator_b_enumerators"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
        sa.UniqueConstraint(
            "campaign_id", "village_code", name="uq_assignments_campaign_id_village_code"
        ),
    )
    op.create_index("ix_assignments_enumerator_a", "assignments", ["enumerator_a"])
    op.create_index("ix_assignments_enumerator_b", "assignments", ["enumerator_b"])
    op.create_index("ix_assignments_device_id", "assignments", ["device_id"])
    op.create_table(
        "access_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("actor", sa.String(36), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_access_entries_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_access_entries"),
    )
    op.create_index("ix_access_entries_campaign_id", "access_entries", ["campaign_id"])
