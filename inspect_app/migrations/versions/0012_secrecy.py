"""Commissions by version, declarations, reassignments, the steps that end a campaign, and an
access log that cannot be changed unseen."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, column in (
        ("campaigns", sa.Column("agency_province", sa.String(2), nullable=True)),
        (
            "campaigns",
            sa.Column("release_hours", sa.Integer(), nullable=False, server_default="24"),
        ),
        ("campaigns", sa.Column("version", sa.Integer(), nullable=False, server_default="1")),
        ("campaigns", sa.Column("form_cut_off", sa.DateTime(timezone=True), nullable=True)),
        ("campaign_counties", sa.Column("language", sa.String(20), nullable=True)),
        ("frame_versions", sa.Column("loaded_by", sa.String(36), nullable=True)),
        ("plan_versions", sa.Column("accepted_by", sa.String(36), nullable=True)),
        ("seeds", sa.Column("public_value_at", sa.DateTime(timezone=True), nullable=True)),
        ("seeds", sa.Column("public_value_source", sa.Text(), nullable=True)),
        ("seeds", sa.Column("access_log_sha256", sa.String(64), nullable=True)),
        ("assignments", sa.Column("interpreter", sa.String(100), nullable=True)),
        ("access_entries", sa.Column("h", sa.String(64), nullable=True)),
    ):
        op.add_column(table, column)
    op.create_table(
        "commissions",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("document_sha256", sa.String(64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_commissions_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["accounts.id"], name="fk_commissions_made_by_accounts"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "version", name="pk_commissions"),
    )
    op.create_table(
        "campaign_steps",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(36), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_campaign_steps_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(["by"], ["accounts.id"], name="fk_campaign_steps_by_accounts"),
        sa.PrimaryKeyConstraint("campaign_id", "step", name="pk_campaign_steps"),
    )
    op.create_table(
        "declarations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("subject", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document_sha256", sa.String(64), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("ties", sa.JSON(), nullable=False),
        sa.Column("standing", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("training_score", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_declarations_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name="fk_declarations_recorded_by_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_declarations"),
        sa.UniqueConstraint(
            "campaign_id", "subject", "version", name="uq_declarations_campaign_id_subject_version"
        ),
    )
    op.create_table(
        "reassignments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("assignment_id", sa.String(36), nullable=False),
        sa.Column("visit_date", sa.Date(), nullable=False),
        sa.Column("enumerator_a", sa.String(36), nullable=False),
        sa.Column("enumerator_b", sa.String(36), nullable=False),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("began", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_reassignments_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignments.id"],
            name="fk_reassignments_assignment_id_assignments",
        ),
        sa.ForeignKeyConstraint(
            ["enumerator_a"], ["enumerators.id"], name="fk_reassignments_enumerator_a_enumerators"
        ),
        sa.ForeignKeyConstraint(
            ["enumerator_b"], ["enumerators.id"], name="fk_reassignments_enumerator_b_enumerators"
        ),
        sa.ForeignKeyConstraint(["by"], ["accounts.id"], name="fk_reassignments_by_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_reassignments"),
    )
    op.create_table(
        "exchange_approvals",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("village_code", sa.String(12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_sha256", sa.String(64), nullable=False),
        sa.Column("approved_by", sa.String(36), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id", "village_code"],
            ["sample_villages.campaign_id", "sample_villages.village_code"],
            name="fk_exchange_approvals_campaign_id_village_code_sample_villages",
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["accounts.id"], name="fk_exchange_approvals_approved_by_accounts"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "village_code", name="pk_exchange_approvals"),
    )
    op.create_index("ix_reassignments_campaign_id", "reassignments", ["campaign_id"])
    op.create_index("ix_reassignments_assignment_id", "reassignments", ["assignment_id"])
    for act in ("UPDATE", "DELETE"):
        op.execute(_guard("access_entries", act, op.get_bind().dialect.name))
    op.execute(_whole_guard(op.get_bind().dialect.name))


def _guard(table: str, act: str, dialect: str) -> str:
    """A trigger by which the database itself refuses to change who saw what."""
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


def _whole_guard(dialect: str) -> str:
    """The same against a row put in the place of another, and against emptying the table."""
    if dialect == "sqlite":
        return (
            "CREATE TRIGGER access_entries_no_replace BEFORE INSERT ON access_entries WHEN EXISTS "
            "(SELECT 1 FROM access_entries WHERE id = NEW.id) "
            "BEGIN SELECT RAISE(ABORT, 'access_entries is never changed'); END"
        )
    return (
        "CREATE TRIGGER access_entries_no_truncate BEFORE TRUNCATE ON access_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION access_entries_no_delete()"
    )
