"""Fingerprints of stories, and why an entry is the story's that it is."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fingerprint",
        sa.Column("story", sa.Integer(), sa.ForeignKey("story.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "guid_fault",
        sa.Column("source", sa.Text(), sa.ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "boilerplate",
        sa.Column("outlet", sa.Text(), primary_key=True),
        sa.Column("learned", sa.LargeBinary(), nullable=False),
    )
    for name in ("verdict", "reason", "title", "credit", "endpoint"):
        op.add_column("entry", sa.Column(name, sa.Text()))
    op.drop_index("ix_entry_link", "entry")
    op.create_index("ix_entry_page", "entry", ["link_key", "outlet"])
