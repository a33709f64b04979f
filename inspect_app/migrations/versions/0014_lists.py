"""Finished days of a chain with their roots, and indices for long lists."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the days; those already finished are kept when the next line of a later day comes."""
    op.create_table(
        "ledger_days",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_ledger_days_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "day", name="pk_ledger_days"),
        sa.UniqueConstraint("campaign_id", "count", name="uq_ledger_days_campaign_id_count"),
    )
    for name, table, columns in (
        ("ix_interviews_by_state", "interviews", ["campaign_id", "state", "interview_id"]),
        ("ix_interviews_by_county", "interviews", ["campaign_id", "county_adcode", "interview_id"]),
        ("ix_cases_by_state", "cases", ["campaign_id", "state", "id"]),
    ):
        op.create_index(name, table, columns)
    for act in ("UPDATE", "DELETE"):
        op.execute(_guard("ledger_days", act, op.get_bind().dialect.name))


def _guard(table: str, act: str, dialect: str) -> str:
    """A trigger by which the database itself refuses to change a root that was given out."""
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
