"""Two editions of a verdict, each a document and a PDF; what is there becomes the full edition."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOVED = ("document", "document_sha256", "pdf", "pdf_sha256")


def upgrade() -> None:
    """Move documents and PDFs out of `verdicts`; from then on they are never changed."""
    op.create_table(
        "editions",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.String(8), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("document_sha256", sa.String(64), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_sha256", sa.String(64), nullable=False),
        sa.CheckConstraint("edition IN ('full', 'public')", name="ck_editions_edition"),
        sa.ForeignKeyConstraint(
            ["number", "version"],
            ["verdicts.number", "verdicts.version"],
            name="fk_editions_number_version_verdicts",
        ),
        sa.PrimaryKeyConstraint("number", "version", "edition", name="pk_editions"),
    )
    moved = ", ".join(MOVED)
    op.execute(
        f"INSERT INTO editions (number, version, edition, {moved}) "  # nosec B608  # our names
        f"SELECT number, version, 'full', {moved} FROM verdicts"
    )
    for column in MOVED:
        op.drop_column("verdicts", column)
    for act in ("UPDATE", "DELETE"):
        op.execute(_guard("editions", act, op.get_bind().dialect.name))


def _guard(table: str, act: str, dialect: str) -> str:
    """A trigger by which the database itself refuses to change what was issued."""
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
