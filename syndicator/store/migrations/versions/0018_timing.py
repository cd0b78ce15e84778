"""When items of sources appear: polling by rhythm."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("timing", sa.LargeBinary()))
    op.add_column("source", sa.Column("turns", sa.Float()))
