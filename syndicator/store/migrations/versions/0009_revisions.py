"""What revisions changed and who showed them; pages that are looked at again, and what was found gone."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# The words that took the place of a revision's: those of the next one, or the story's.
_NEXT = """COALESCE(
    (SELECT later.{column} FROM revision AS later WHERE later.story = revision.story AND later.id > revision.id
        ORDER BY later.id LIMIT 1),
    (SELECT story.{column} FROM story WHERE story.id = revision.story)
)"""


def upgrade() -> None:
    op.add_column("revision", sa.Column("endpoint", sa.Text(), nullable=False, server_default=""))
    op.add_column("revision", sa.Column("changed", sa.Text(), nullable=False, server_default=""))
    op.add_column("story", sa.Column("revised", sa.Text(), nullable=False, server_default=""))
    op.add_column("story", sa.Column("deleted_at", sa.BigInteger()))
    title, text = (f"revision.{column} <> {_NEXT.format(column=column)}" for column in ("title", "html"))
    op.execute(
        f"UPDATE revision SET changed = TRIM(CASE WHEN {title} THEN 'title' ELSE '' END"  # noqa: S608
        f" || CASE WHEN {text} THEN ' text' ELSE '' END)"
    )
    # What was cut out of the middle of many revisions may have been of either kind.
    for name in ("title", "text"):
        op.execute(
            f"UPDATE story SET revised = TRIM(revised || ' {name}') WHERE id IN"  # noqa: S608
            f" (SELECT story FROM revision WHERE changed LIKE '%{name}%')"
        )
    op.create_table(
        "page_check",
        sa.Column("story", sa.Integer(), sa.ForeignKey("story.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("checks", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("checked_at", sa.BigInteger()),
        sa.Column("gone_at", sa.BigInteger()),
        sa.Column("restored_at", sa.BigInteger()),
        sa.Column("outcome", sa.Text(), nullable=False, server_default=""),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
    )
    op.create_index("ix_page_check_due", "page_check", ["outlet", "next_at"])
