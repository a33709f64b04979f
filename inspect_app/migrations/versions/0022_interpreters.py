"""Whom the agency brings along on a second visit."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; second visits so far had nobody."""
    op.add_column("revisits", sa.Column("interpreter", sa.String(100), nullable=True))
