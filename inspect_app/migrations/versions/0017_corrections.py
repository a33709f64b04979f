"""What a verdict was computed from, and why it replaces another."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; verdicts issued before have neither."""
    op.add_column("verdicts", sa.Column("inputs", sa.LargeBinary(), nullable=True))
    op.add_column("verdicts", sa.Column("reason", sa.String(20), nullable=True))
    op.add_column("verdicts", sa.Column("note", sa.String(2000), nullable=True))
