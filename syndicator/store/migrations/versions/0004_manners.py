"""When feeds ask to be polled, where endpoints say they have moved to, which other addresses outlets may have,
and subscriptions at hubs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("rhythm", sa.Text()))
    op.add_column("source", sa.Column("pushed_until", sa.BigInteger()))
    op.add_column("story", sa.Column("point", sa.Text()))
    op.add_column("endpoint", sa.Column("move", sa.Text()))
    op.add_column("endpoint", sa.Column("wanted", sa.Text(), nullable=False, server_default=""))
    op.add_column("endpoint", sa.Column("latency", sa.Float(), nullable=False, server_default="0"))
    op.create_table(
        "hint",
        sa.Column("outlet", sa.Text(), primary_key=True),
        sa.Column("address", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("is_dismissed", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "offer",
        sa.Column("source", sa.Text(), sa.ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
    )
    op.create_table(
        "subscription",
        sa.Column("token", sa.Text(), primary_key=True),
        sa.Column("source", sa.Text(), sa.ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("renew_at", sa.BigInteger()),
        sa.Column("until", sa.BigInteger()),
    )
    op.create_index("ix_subscription_source", "subscription", ["source"])
