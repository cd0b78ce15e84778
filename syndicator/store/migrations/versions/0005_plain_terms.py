"""Standard terms for tables and columns; the outbox; tombstones; which outlets each feed's files show."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("source", "rhythm", "polling_hints"),
    ("endpoint", "kills", "parser_crashes"),
    ("endpoint", "whole_at", "last_full_at"),
    ("endpoint", "held", "quarantine"),
    ("endpoint", "move", "redirect"),
    ("endpoint", "wanted", "missing_archive"),
    ("endpoint", "items", "seen_items"),
    ("feed", "fill_below", "backfill_below"),
    ("feed", "fill_removes", "backfill_removes"),
)
_TABLES = (
    ("profile", "source_profile"),
    ("showing", "appearance"),
    ("hint", "mirror_candidate"),
    ("offer", "hub_link"),
)


def upgrade() -> None:
    # Both SQLite and PostgreSQL rename in place: no row is copied.
    for table, old, new in _COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    op.drop_index("ix_showing_first", "showing")
    for old, new in _TABLES:
        op.rename_table(old, new)
    op.create_index("ix_appearance_first", "appearance", ["source", "first_at"])
    op.create_index("ix_appearance_first_at", "appearance", ["first_at"])
    op.execute("UPDATE endpoint SET outcome = 'suspended' WHERE outcome = 'quarantined'")
    op.add_column("source", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("story", sa.Column("text_revisions", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_story_outlet", "story", ["outlet", "id"])
    op.drop_index("ix_entry_story", "entry")
    op.create_index("ix_entry_story", "entry", ["story", "seen_at"])
    op.create_table("tombstone", sa.Column("digest", sa.LargeBinary(), primary_key=True), sqlite_with_rowid=False)
    op.create_table(
        "rendered_outlet",
        sa.Column("outlet", sa.Text(), primary_key=True),
        sa.Column("feed", sa.Text(), sa.ForeignKey("feed.name", ondelete="CASCADE"), primary_key=True),
    )
    op.create_index("ix_rendered_outlet_feed", "rendered_outlet", ["feed"])
    # Which outlets the files show is written down as they are rendered.
    op.execute("UPDATE feed SET rendered = 0")
    op.create_table(
        "change",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("story", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "consumer",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
    )
