"""Several processes on one store: claimed hosts, who is at work, and the configuration for all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "host",
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("claim", _WHOLE, nullable=False),
        sa.Column("worker", _TEXT, nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_host")),
    )
    op.create_index("ix_host_held_until", "host", ["held_until"])
    op.create_table(
        "host_wait",
        sa.Column("host", _TEXT, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_host_wait")),
    )
    op.create_table(
        "worker",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("version", _TEXT, nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker")),
    )
    op.create_table(
        "config_file",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("text", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_config_file")),
    )
