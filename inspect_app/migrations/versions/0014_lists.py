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
    _index_pages()
    _index_what_waits()
    _index_what_lies_around()
    _index_the_phones()
    op.create_table(
        "comparisons",
        sa.Column("interview_id", sa.String(36), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stamp", sa.String(120), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["interviews.interview_id"],
            name="fk_comparisons_interview_id_interviews",
        ),
        sa.PrimaryKeyConstraint("interview_id", name="pk_comparisons"),
    )
    for act in ("UPDATE", "DELETE"):
        op.execute(_guard("ledger_days", act, op.get_bind().dialect.name))
    op.execute(_whole_guard(op.get_bind().dialect.name))


def _index_pages() -> None:
    """Pages by id; the last column is what a team or a state is picked by on the way."""
    op.drop_index("ix_interviews_campaign_id_interview_id", "interviews")
    for name, table, columns in (
        ("ix_interviews_by_id", "interviews", ["campaign_id", "interview_id", "device_id"]),
        (
            "ix_interviews_by_state",
            "interviews",
            ["campaign_id", "state", "interview_id", "device_id"],
        ),
        (
            "ix_interviews_by_county",
            "interviews",
            ["campaign_id", "county_adcode", "interview_id", "state"],
        ),
        ("ix_cases_by_state", "cases", ["campaign_id", "state", "id"]),
    ):
        op.create_index(name, table, columns)


def _index_what_waits() -> None:
    """Order and counts of the evening's queue, over what is not decided only; what came since."""
    op.drop_index("ix_interviews_campaign_id_state_urgency", "interviews")
    waiting = "state = 'received'"
    order = ["campaign_id", sa.text("urgency DESC"), "arrived_at", "interview_id"]
    place = ["device_id", "county_adcode", "village_code"]
    for name, columns, where in (
        ("ix_interviews_waiting", [*order, "county_adcode", "device_id"], waiting),
        ("ix_interviews_fresh", [*order, "village_code"], f"{waiting} AND compared_at IS NULL"),
        ("ix_interviews_counted", ["campaign_id", *place, "urgency", "in_conflict"], waiting),
    ):
        op.create_index(
            name,
            "interviews",
            columns,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def _index_what_lies_around() -> None:
    """Interviews of a village or a phone with what tells whether any is new; shared files."""
    for old, table, name, columns in (
        (
            "ix_interviews_campaign_id_village_code",
            "interviews",
            "ix_interviews_by_village",
            ["campaign_id", "village_code", "arrived_at", "current_rev"],
        ),
        (
            "ix_interviews_device_id_arrived_at",
            "interviews",
            "ix_interviews_by_device",
            ["device_id", "arrived_at", "current_rev"],
        ),
        (
            "ix_revisions_answers_sha256",
            "revisions",
            "ix_revisions_by_answers",
            ["answers_sha256", "interview_id"],
        ),
        (
            "ix_op_blobs_campaign_id_sha256",
            "op_blobs",
            "ix_op_blobs_by_hash",
            ["campaign_id", "sha256", "op_id"],
        ),
    ):
        op.drop_index(old, table)
        op.create_index(name, table, columns)


def _index_the_phones() -> None:
    """What the list of phones counts, and alarms in the order of the chain."""
    op.drop_index("ix_ledger_device_id_seq", "ledger")
    op.create_index("ix_ledger_by_device", "ledger", ["device_id", "seq", "type"])
    event = sa.text("type = 'event'")
    op.create_index(
        "ix_ledger_alarms",
        "ledger",
        ["campaign_id", "seq"],
        sqlite_where=event,
        postgresql_where=event,
    )
    op.create_index(
        "ix_ops_complete",
        "ops",
        ["device_id"],
        sqlite_where=sa.text("complete = 1"),  # as queries are written there
        postgresql_where=sa.text("complete"),
    )


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


def _whole_guard(dialect: str) -> str:
    """The same against a row put in the place of another, and against emptying the table."""
    if dialect == "sqlite":
        return (
            "CREATE TRIGGER ledger_days_no_replace BEFORE INSERT ON ledger_days WHEN EXISTS "
            "(SELECT 1 FROM ledger_days WHERE campaign_id = NEW.campaign_id "
            "AND (day = NEW.day OR count = NEW.count)) "
            "BEGIN SELECT RAISE(ABORT, 'ledger_days is never changed'); END"
        )
    return (
        "CREATE TRIGGER ledger_days_no_truncate BEFORE TRUNCATE ON ledger_days "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_days_no_delete()"
    )
