"""Cases and their steps."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("county_adcode", sa.String(6), nullable=False),
        sa.Column("unit_id", sa.String(120), nullable=False),
        sa.Column("interview_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("blocks", sa.JSON(), nullable=False),
        sa.Column("opened_by", sa.String(36), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_cases_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.interview_id"], name="fk_cases_interview_id_interviews"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
    )
    op.create_index(
        "ix_cases_campaign_id_county_adcode_id", "cases", ["campaign_id", "county_adcode", "id"]
    )
    op.create_index("ix_cases_interview_id", "cases", ["interview_id"])
    op.create_table(
        "case_events",
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_state", sa.String(20), nullable=True),
        sa.Column("to_state", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(4000), nullable=False),
        sa.Column("document_name", sa.String(200), nullable=True),
        sa.Column("document_sha256", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_events_case_id_cases"),
        sa.PrimaryKeyConstraint("case_id", "n", name="pk_case_events"),
    )
