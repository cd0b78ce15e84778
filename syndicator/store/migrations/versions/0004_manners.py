"""When feeds ask to be polled, and where endpoints say they have moved to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("rhythm", sa.Text()))
    op.add_column("endpoint", sa.Column("move", sa.Text()))
