"""The pictures that stories came with, and how much of an outlet's stories feeds show."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("story", sa.Column("pictures", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("origin", sa.Column("republish", sa.Text(), nullable=False, server_default="full"))
