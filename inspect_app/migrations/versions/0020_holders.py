"""An interview is held by the phone whose revision counts, not by the first one."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


CURRENT = (
    "FROM revisions JOIN ops ON ops.op_id = revisions.op_id"
    " WHERE revisions.interview_id = interviews.interview_id"
    " AND revisions.rev = interviews.current_rev"
)
RELEASED_FOR = (
    "SELECT quarantine_decisions.as_device FROM quarantine_decisions"
    " JOIN quarantine ON quarantine.id = quarantine_decisions.quarantine_id"
    " WHERE quarantine.op_id = ops.op_id AND quarantine.body_sha256 = ops.body_sha256"
    " AND quarantine_decisions.decision = 'released'"
)


def upgrade() -> None:
    """Give interviews that others repeated to the phone that repeated them, or that their
    revision was released for.

    One whose revision is missing stays with its phone: `exit-inspection ledger verify` names it.
    """
    op.execute(
        sa.text(
            "UPDATE interviews SET device_id ="  # nosec B608  # constants of this file
            f" (SELECT coalesce(({RELEASED_FOR}), ops.device_id) {CURRENT})"
            f" WHERE current_rev > 1 AND EXISTS (SELECT 1 {CURRENT})"
        )
    )
