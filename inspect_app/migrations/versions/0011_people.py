"""Sessions, invitations, links for a new password, counted log-ins and their log."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _accounts_and_tokens()
    _links()
    _log_ins()


def _accounts_and_tokens() -> None:
    # Failures are counted for logins that nobody has as well, so the lock left this table.
    op.drop_column("accounts", "locked_until")
    op.add_column("accounts", sa.Column("locked_at", MOMENT, nullable=True))
    op.add_column("memberships", sa.Column("joined_at", MOMENT, nullable=True))
    op.add_column("memberships", sa.Column("ended_at", MOMENT, nullable=True))
    op.add_column("memberships", sa.Column("ended_by", sa.String(36), nullable=True))
    op.add_column("tokens", sa.Column("id", sa.String(36), nullable=True))
    op.add_column(
        "tokens", sa.Column("kind", sa.String(10), nullable=False, server_default="bearer")
    )
    op.add_column("tokens", sa.Column("created_at", MOMENT, nullable=True))
    op.add_column("tokens", sa.Column("seen_at", MOMENT, nullable=True))
    op.add_column("tokens", sa.Column("address", sa.String(45), nullable=True))
    op.add_column("tokens", sa.Column("revoked_at", MOMENT, nullable=True))
    op.create_index("ix_tokens_id", "tokens", ["id"], unique=True)


def _links() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("county_adcode", sa.String(6), nullable=True),
        sa.Column("team", sa.String(40), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("accepted_by", sa.String(36), nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("revoked_by", sa.String(36), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_invitations_token_hash"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_invitations_campaign_id_campaigns"
        ),
    )
    op.create_index("ix_invitations_campaign_id_id", "invitations", ["campaign_id", "id"])
    op.create_table(
        "password_links",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_password_links"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_password_links_account_id_accounts"
        ),
    )
    op.create_index("ix_password_links_account_id", "password_links", ["account_id"])


def _log_ins() -> None:
    op.create_table(
        "attempts",
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("lapses_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_attempts"),
    )
    op.create_index("ix_attempts_lapses_at", "attempts", ["lapses_at"])
    op.create_table(
        "account_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=True),
        sa.Column("event", sa.String(30), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=True),
        sa.Column("address", sa.String(45), nullable=True),
        sa.Column("actor", sa.String(36), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account_events"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_account_events_account_id_accounts"
        ),
    )
    op.create_index("ix_account_events_account_id_id", "account_events", ["account_id", "id"])
