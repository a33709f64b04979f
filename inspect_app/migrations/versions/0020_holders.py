"""An interview is held by the phone whose revision counts, not by the one that sent the first."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give interviews that others repeated to the phone that repeated them."""
    op.execute(
        sa.text(
            "UPDATE interviews SET device_id = ("
            "SELECT ops.device_id FROM revisions JOIN ops ON ops.op_id = revisions.op_id"
            " WHERE revisions.interview_id = interviews.interview_id"
            " AND revisions.rev = interviews.current_rev) WHERE current_rev > 1"
        )
    )
