"""Papers: numbered copies of assignment sheets, notices to counties and their receipts."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("sheet_copies", "sheet_events", "notices", "notice_receipts")


def upgrade() -> None:
    """Add the tables; no row of them is ever changed."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "sheet_copies",
        sa.Column("assignment_id", sa.String(36), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("document_sha256", sa.String(64), nullable=False),
        sa.Column("pdf_sha256", sa.String(64), nullable=False),
        sa.Column("printed_by", sa.String(36), nullable=False),
        sa.Column("printed_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name="fk_sheet_copies_assignment_id_assignments"
        ),
        sa.PrimaryKeyConstraint("assignment_id", "n", name="pk_sheet_copies"),
    )
    op.create_table(
        "sheet_events",
        sa.Column("assignment_id", sa.String(36), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.Column("entered_by", sa.String(36), nullable=False),
        sa.Column("entered_at", moment, nullable=False),
        sa.CheckConstraint(
            "what IN ('returned', 'destroyed', 'lost')", name="ck_sheet_events_what"
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id", "n"],
            ["sheet_copies.assignment_id", "sheet_copies.n"],
            name="fk_sheet_events_assignment_id_n_sheet_copies",
        ),
        sa.PrimaryKeyConstraint("assignment_id", "n", "what", name="pk_sheet_events"),
    )
    op.create_table(
        "notices",
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("county_adcode", sa.String(6), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("cases", sa.JSON(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("document_sha256", sa.String(64), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_sha256", sa.String(64), nullable=False),
        sa.Column("signed", sa.LargeBinary(), nullable=True),
        sa.Column("signed_sha256", sa.String(64), nullable=True),
        sa.Column("signer", sa.String(400), nullable=True),
        sa.Column("stamped", sa.Boolean(), nullable=False),
        sa.Column("issued_by", sa.String(36), nullable=False),
        sa.Column("issued_at", moment, nullable=False),
        sa.CheckConstraint("kind IN ('told', 'ruled')", name="ck_notices_kind"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_notices_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_notices"),
        sa.UniqueConstraint(
            "campaign_id", "county_adcode", "n", name="uq_notices_campaign_id_county_adcode_n"
        ),
    )
    op.create_table(
        "notice_receipts",
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("received_by", sa.String(36), nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["notices.number"], name="fk_notice_receipts_number_notices"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_notice_receipts"),
    )
    for table in TABLES:
        for act in ("UPDATE", "DELETE"):
            op.execute(_guard(table, act, op.get_bind().dialect.name))


def _guard(table: str, act: str, dialect: str) -> str:
    """A trigger by which the database itself refuses to change what left the house."""
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
