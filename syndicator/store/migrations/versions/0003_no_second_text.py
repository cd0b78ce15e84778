"""A story's plain text is read off its HTML, and need not be kept beside it."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("story", "text")
