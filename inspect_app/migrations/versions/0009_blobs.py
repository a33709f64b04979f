"""Files that ops name, and which of them have arrived; an op becomes complete once."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

HOUSEHOLD_PHOTOS = ("obs_photo",)
"""Fields of the one questionnaire there was that hold a picture of how a household lives."""

ROWS_AT_ONCE = 500


def upgrade() -> None:
    op.create_table(
        "op_blobs",
        sa.Column("op_id", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(80), nullable=False),
        sa.Column("is_household_photo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_op_blobs_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name="fk_op_blobs_device_id_devices"
        ),
        sa.ForeignKeyConstraint(["op_id"], ["ops.op_id"], name="fk_op_blobs_op_id_ops"),
        sa.PrimaryKeyConstraint("op_id", "sha256", name="pk_op_blobs"),
    )
    op.create_index("ix_op_blobs_campaign_id_sha256", "op_blobs", ["campaign_id", "sha256"])
    op.create_index("ix_op_blobs_device_id_sha256", "op_blobs", ["device_id", "sha256"])
    op.create_table(
        "blobs",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_blobs_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "sha256", name="pk_blobs"),
    )
    op.create_index(
        "uq_ledger_complete_op_id",
        "ledger",
        ["op_id"],
        unique=True,
        sqlite_where=sa.text("type = 'complete'"),
        postgresql_where=sa.text("type = 'complete'"),
    )
    _name_files_of_old_ops(op.get_bind())


def _name_files_of_old_ops(connection: sa.Connection) -> None:
    """Read off the ops that are here which files they name."""
    op_blobs = sa.table(
        "op_blobs",
        *map(sa.column, ("op_id", "sha256", "campaign_id", "device_id", "bytes", "type")),
        sa.column("is_household_photo", sa.Boolean()),
    )
    found = connection.execute(
        sa.text("SELECT op_id, campaign_id, device_id, blobs, body FROM ops ORDER BY op_id")
    )
    while some := found.fetchmany(ROWS_AT_ONCE):
        rows = {}
        for op_id, campaign_id, device_id, told, body in some:
            files = json.loads(told) if isinstance(told, str) else told
            photos = _household_photos(bytes(body)) if files else set()
            for file in reversed(files):
                rows[op_id, file["sha256"]] = {
                    "op_id": op_id,
                    "sha256": file["sha256"],
                    "campaign_id": campaign_id,
                    "device_id": device_id,
                    "bytes": file["bytes"],
                    "type": file["type"][:80],
                    "is_household_photo": file["sha256"] in photos,
                }
        if rows:
            connection.execute(op_blobs.insert(), [rows[key] for key in sorted(rows)])


def _household_photos(body: bytes) -> set[str]:
    try:
        answers = json.loads(body)["answers"]
        return {str(answers[field]) for field in HOUSEHOLD_PHOTOS if field in answers}
    except (ValueError, KeyError, TypeError):
        return set()
