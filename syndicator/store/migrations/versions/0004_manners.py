"""When feeds ask to be polled, where endpoints say they have moved to, which other addresses outlets may have."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("rhythm", sa.Text()))
    op.add_column("endpoint", sa.Column("move", sa.Text()))
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
