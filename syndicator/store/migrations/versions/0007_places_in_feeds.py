"""A story's place in a feed: by its own date where it was old when it came."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("member", sa.Column("placed_at", sa.BigInteger(), nullable=False, server_default="0"))
    # What readers have seen stays where it is.
    op.execute("UPDATE member SET placed_at = (SELECT first_seen FROM story WHERE story.id = member.story)")
    op.create_index("ix_member_placed", "member", ["feed", "placed_at", "story"])
