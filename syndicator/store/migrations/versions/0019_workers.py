"""Several processes on one store: claimed hosts, who is at work, and the configuration for all of them."""

import sqlalchemy as sa
from alembic import op

from syndicator.store.tables import TEXT, WHOLE

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "host",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("claim", WHOLE, nullable=False),
        sa.Column("worker", TEXT, nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_host")),
    )
    op.create_index("ix_host_held_until", "host", ["held_until"])
    op.create_table(
        "host_wait",
        sa.Column("host", TEXT, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_host_wait")),
    )
    op.create_table(
        "worker",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker")),
    )
    op.create_table(
        "config_file",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_config_file")),
    )
