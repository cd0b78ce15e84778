"""Names of feeds that are gone; how soon a feed will change."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feed", sa.Column("pace", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "former_feed",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("present_name", sa.Text(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=False),
    )
