"""Why a feedback meeting was put right, and rulings that rest on more than later papers."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was entered and proposed before has neither."""
    op.add_column("feedback_meetings", sa.Column("reason", sa.String(2000), nullable=True))
    # Empty, not false: digests leave out what is empty, so that earlier rulings keep theirs.
    op.add_column("case_rulings", sa.Column("other_grounds", sa.Boolean(), nullable=True))
