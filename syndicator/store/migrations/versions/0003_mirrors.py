"""What mirrors show, and what a source is known by; no plain text beside the HTML it is read off."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("story", "text")
    op.add_column("endpoint", sa.Column("held", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "profile",
        sa.Column("source", sa.Text(), sa.ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("hosts", sa.JSON(), nullable=False),
        sa.Column("scripts", sa.JSON(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("familiar", sa.Float(), nullable=False),
        sa.Column("learned_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "showing",
        sa.Column("source", sa.Text(), sa.ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("endpoint", sa.Text(), primary_key=True),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("absent_at", sa.BigInteger()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_digest", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.Text(), nullable=False),
        sa.Column("link_key", sa.Text()),
    )
    op.create_index("ix_showing_first", "showing", ["source", "first_at"])
