"""Second visits, signed rulings, leads, evidence, statements, and what the evening queue needs."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OF_A_CASE = ("case_id", "n")
OF_A_COUNTY = ("campaign_id", "county_adcode", "n")
RECORDS = {
    "case_events": OF_A_CASE,
    "case_rulings": OF_A_CASE,
    "case_signatures": OF_A_CASE,
    "declarations": ("id",),
    "evidence": OF_A_CASE,
    "exchange_approvals": ("campaign_id", "village_code"),
    "feedback_meetings": OF_A_COUNTY,
    "replacement_refusals": ("campaign_id", "unit_id", "n"),
    "replacements": ("campaign_id", "unit_id"),
    "statements": OF_A_COUNTY,
    "verdict_waivers": OF_A_COUNTY,
}
"""Tables that are only ever added to, with their keys."""


def upgrade() -> None:
    """Add tables and columns; a case may stand without an interview from now on."""
    _let_cases_stand_alone()
    _add_columns()
    op.create_index(
        "ix_interviews_campaign_id_state_urgency", "interviews", ["campaign_id", "state", "urgency"]
    )
    op.create_index(
        "ix_interviews_campaign_id_village_code", "interviews", ["campaign_id", "village_code"]
    )
    op.create_index("ix_interviews_device_id_arrived_at", "interviews", ["device_id", "arrived_at"])
    op.create_index(
        "ix_ledger_events",
        "ledger",
        ["campaign_id", "interview_id"],
        sqlite_where=sa.text("type = 'event'"),
        postgresql_where=sa.text("type = 'event'"),
    )
    _add_revisits()
    _add_rulings()
    _add_evidence()
    _add_the_countys_word()
    _add_waivers()
    _let_records_stand()


def _let_cases_stand_alone() -> None:
    """Take the duty to name an interview from cases.

    SQLite writes the table anew, which it refuses while rows point to it: the events step aside.
    """
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("cases", "interview_id", existing_type=sa.String(36), nullable=True)
        return
    op.execute("CREATE TABLE case_events_aside AS SELECT * FROM case_events")
    op.execute("DELETE FROM case_events")
    with op.batch_alter_table("cases") as batch:
        batch.alter_column("interview_id", existing_type=sa.String(36), nullable=True)
    op.execute("INSERT INTO case_events SELECT * FROM case_events_aside")
    op.execute("DROP TABLE case_events_aside")


def _add_columns() -> None:
    no, yes = sa.false(), sa.true()
    for table, column in (
        ("cases", sa.Column("from_sample", sa.Boolean(), nullable=False, server_default=yes)),
        ("cases", sa.Column("reopens", sa.String(36), nullable=True)),
        ("cases", sa.Column("reply_until", sa.DateTime(timezone=True), nullable=True)),
        ("case_events", sa.Column("lapsed", sa.Boolean(), nullable=False, server_default=no)),
        ("case_events", sa.Column("complete", sa.Boolean(), nullable=False, server_default=no)),
        ("interviews", sa.Column("urgency", sa.Integer(), nullable=False, server_default="0")),
        ("interviews", sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True)),
        ("interviews", sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True)),
        ("revisions", sa.Column("traits", sa.JSON(), nullable=True)),
        ("reviews", sa.Column("without_files", sa.Boolean(), nullable=False, server_default=no)),
        ("replacements", sa.Column("late", sa.Boolean(), nullable=False, server_default=no)),
        ("villages", sa.Column("lat", sa.Double(), nullable=True)),
        ("villages", sa.Column("lon", sa.Double(), nullable=True)),
    ):
        op.add_column(table, column)


def _add_revisits() -> None:
    op.create_table(
        "revisits",
        sa.Column("interview_id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("unit_id", sa.String(120), nullable=False),
        sa.Column("round", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("first_interview_id", sa.String(36), nullable=False),
        sa.Column("county_adcode", sa.String(6), nullable=False),
        sa.Column("village_code", sa.String(12), nullable=False),
        sa.Column("household_class", sa.String(1), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("enumerator_a", sa.String(36), nullable=False),
        sa.Column("enumerator_b", sa.String(36), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=True),
        sa.Column("ordered_by", sa.String(36), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_revisits_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name="fk_revisits_device_id_devices"
        ),
        sa.ForeignKeyConstraint(
            ["enumerator_a"], ["enumerators.id"], name="fk_revisits_enumerator_a_enumerators"
        ),
        sa.ForeignKeyConstraint(
            ["enumerator_b"], ["enumerators.id"], name="fk_revisits_enumerator_b_enumerators"
        ),
        sa.PrimaryKeyConstraint("interview_id", name="pk_revisits"),
    )
    op.create_index(
        "ix_revisits_campaign_id_kind_interview_id",
        "revisits",
        ["campaign_id", "kind", "interview_id"],
    )
    op.create_index("ix_revisits_first_interview_id", "revisits", ["first_interview_id"])
    op.create_index("ix_revisits_device_id", "revisits", ["device_id"])
    op.create_table(
        "replacement_refusals",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("unit_id", sa.String(120), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("refused_by", sa.String(36), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_replacement_refusals_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "unit_id", "n", name="pk_replacement_refusals"),
    )


def _add_rulings() -> None:
    op.create_table(
        "case_rulings",
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_state", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(4000), nullable=False),
        sa.Column("proposed_by", sa.String(36), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_rulings_case_id_cases"),
        sa.PrimaryKeyConstraint("case_id", "n", name="pk_case_rulings"),
    )
    op.create_table(
        "case_signatures",
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(4000), nullable=False),
        sa.Column("signed_by", sa.String(36), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "n"],
            ["case_rulings.case_id", "case_rulings.n"],
            name="fk_case_signatures_case_id_n_case_rulings",
        ),
        sa.PrimaryKeyConstraint("case_id", "n", name="pk_case_signatures"),
    )


def _add_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=True),
        sa.Column("after_visit", sa.Boolean(), nullable=True),
        sa.Column("state_at_reference", sa.String(2000), nullable=True),
        sa.Column("uploaded_by", sa.String(36), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_evidence_case_id_cases"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_evidence_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("case_id", "n", name="pk_evidence"),
    )
    op.create_index("ix_evidence_campaign_id_sha256", "evidence", ["campaign_id", "sha256"])


def _add_the_countys_word() -> None:
    op.create_table(
        "feedback_meetings",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("county_adcode", sa.String(6), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.String(36), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_feedback_meetings_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "county_adcode", "n", name="pk_feedback_meetings"),
    )
    op.create_table(
        "statements",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("county_adcode", sa.String(6), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("voice", sa.String(8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said_by", sa.String(36), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_statements_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "county_adcode", "n", name="pk_statements"),
    )


def _add_waivers() -> None:
    op.create_table(
        "verdict_waivers",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("county_adcode", sa.String(6), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ends", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("waived_by", sa.String(36), nullable=False),
        sa.Column("waived_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_verdict_waivers_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "county_adcode", "n", name="pk_verdict_waivers"),
    )


def _let_records_stand() -> None:
    """Let the database itself refuse that records are changed, replaced or deleted."""
    if op.get_bind().dialect.name == "sqlite":
        for table, key in RECORDS.items():
            refused = f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
            same = " AND ".join(f"{column} = NEW.{column}" for column in key)
            there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # nosec B608  # names of ours
            for name, act, when in (
                ("update", "UPDATE", "1"),
                ("delete", "DELETE", "1"),
                ("replace", "INSERT", there),
            ):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table} "
                    f"WHEN {when} {refused}"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is never changed', TG_TABLE_NAME; END $$"
    )
    for table in RECORDS:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
