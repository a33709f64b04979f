"""Issued verdicts."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "verdicts",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("county_adcode", sa.String(6), nullable=False),
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("document_sha256", sa.String(64), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_sha256", sa.String(64), nullable=False),
        sa.Column("interviews", sa.LargeBinary(), nullable=False),
        sa.Column("interviews_sha256", sa.String(64), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_verdicts_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("number", "version", name="pk_verdicts"),
        sa.UniqueConstraint(
            "campaign_id",
            "county_adcode",
            "version",
            name="uq_verdicts_campaign_id_county_adcode_version",
        ),
    )
    op.create_index("ix_verdicts_campaign_id", "verdicts", ["campaign_id"])
