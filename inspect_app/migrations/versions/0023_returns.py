"""Who the two are that a household is returned to, and whom the agency brings along.

Also an index, by which a pull finds what its phone was told.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of returns so far the phone is known, and its holder by it."""
    op.add_column("returns", sa.Column("enumerator_a", sa.String(36), nullable=True))
    op.add_column("returns", sa.Column("enumerator_b", sa.String(36), nullable=True))
    op.add_column("returns", sa.Column("interpreter", sa.String(100), nullable=True))
    op.create_index(
        "ix_access_entries_campaign_id_actor", "access_entries", ["campaign_id", "actor"]
    )
