"""Words of stories, for searches. The index itself is made by whoever fills it: not every SQLite has FTS5."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_word",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("word", sa.Text(), primary_key=True),
        sqlite_with_rowid=False,
    )
