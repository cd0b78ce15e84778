"""Subscribers of our own hub (WebSub), and feeds that are made when they are asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.BigInteger()),
        sa.Column("tried_at", sa.BigInteger()),
        sa.Column("next_try_at", sa.BigInteger()),
    )
    op.create_index("ix_subscriber_file", "subscriber", ["file", "callback"], unique=True)
    op.create_index("ix_subscriber_domain", "subscriber", ["domain"])
    op.create_index("ix_subscriber_until", "subscriber", ["until"])
    op.create_table(
        "on_demand_feed",
        sa.Column("name", sa.Text(), primary_key=True, nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
    )
