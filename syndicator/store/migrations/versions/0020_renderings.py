"""Feeds' files as rows, for processes that serve them elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "rendering",
        sa.Column("file", _TEXT, nullable=False),
        sa.Column("version", _WHOLE, nullable=False),
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("file", name=op.f("pk_rendering")),
    )
    op.create_index("ix_rendering_version", "rendering", ["version"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE rendering ALTER COLUMN body SET STORAGE EXTERNAL")
