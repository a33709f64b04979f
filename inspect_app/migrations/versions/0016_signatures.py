"""What follows a verdict: countersigned, signed, published, objected to, withdrawn."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = (
    "countersignatures",
    "signed_files",
    "withdrawals",
    "public_notices",
    "objections",
    "objection_answers",
)


def upgrade() -> None:
    """Add the tables; no row of them is ever changed."""
    moment = sa.DateTime(timezone=True)
    _of_verdict(
        "countersignatures",
        sa.Column("signed_by", sa.String(36), nullable=False),
        sa.Column("signed_at", moment, nullable=False),
    )
    op.create_table(
        "signed_files",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.String(8), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("signer", sa.String(400), nullable=False),
        sa.Column("stamped", sa.Boolean(), nullable=False),
        sa.Column("signed_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["number", "version", "edition"],
            ["editions.number", "editions.version", "editions.edition"],
            name="fk_signed_files_number_version_edition_editions",
        ),
        sa.PrimaryKeyConstraint("number", "version", "edition", name="pk_signed_files"),
    )
    op.create_index("ix_signed_files_sha256", "signed_files", ["sha256"])
    _of_verdict(
        "withdrawals",
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("withdrawn_by", sa.String(36), nullable=False),
        sa.Column("withdrawn_at", moment, nullable=False),
    )
    _of_verdict(
        "public_notices",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("published_by", sa.String(36), nullable=False),
        sa.Column("published_at", moment, nullable=False),
    )
    _of_verdict(
        "objections",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("text", sa.String(4000), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(36), nullable=False),
        sa.Column("recorded_at", moment, nullable=False),
        sa.CheckConstraint("origin IN ('county', 'public')", name="ck_objections_origin"),
        key=("number", "version", "n"),
    )
    op.create_table(
        "objection_answers",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(4000), nullable=False),
        sa.Column("answered_by", sa.String(36), nullable=False),
        sa.Column("answered_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["number", "version", "n"],
            ["objections.number", "objections.version", "objections.n"],
            name="fk_objection_answers_number_version_n_objections",
        ),
        sa.PrimaryKeyConstraint("number", "version", "n", name="pk_objection_answers"),
    )
    for table in TABLES:
        for act in ("UPDATE", "DELETE"):
            op.execute(_guard(table, act, op.get_bind().dialect.name))


def _of_verdict(
    table: str, *columns: sa.Column | sa.Constraint, key: tuple[str, ...] = ("number", "version")
) -> None:
    """Create a table whose rows belong to one version of a verdict."""
    op.create_table(
        table,
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["number", "version"],
            ["verdicts.number", "verdicts.version"],
            name=f"fk_{table}_number_version_verdicts",
        ),
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
    )


def _guard(table: str, act: str, dialect: str) -> str:
    """A trigger by which the database itself refuses to change what was said."""
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
