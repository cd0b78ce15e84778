"""Archives of feeds, and which members stand in one; what was written to copies of the readers' face."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("member", sa.Column("archived_as", sa.BigInteger()))
    op.add_column("member", sa.Column("is_archived", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_member_pending",
        "member",
        ["feed", "placed_at", "story"],
        sqlite_where=sa.text("is_archived = 0"),
        postgresql_where=sa.text("NOT is_archived"),
    )
    op.create_table(
        "archive",
        sa.Column("feed", sa.Text(), sa.ForeignKey("feed.name", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "replica_file",
        sa.Column("target", sa.Text(), primary_key=True),
        sa.Column("path", sa.Text(), primary_key=True),
        sa.Column("digest", sa.Text(), nullable=False),
    )
