"""What each endpoint listed last, and how often it killed the parser; a story's tags beside its words."""

import json
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("endpoint", sa.Column("kills", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("endpoint", sa.Column("whole_at", sa.BigInteger(), nullable=True))
    op.add_column("endpoint", sa.Column("items", sa.LargeBinary(), nullable=True))
    op.add_column("story", sa.Column("tags", sa.Text(), nullable=False, server_default="[]"))
    query = sa.text("SELECT story, scheme, term, label, path, evidence FROM tag ORDER BY story, place")
    rows = op.get_bind().execute(query).mappings()
    for story, tags in groupby(rows, key=lambda row: row["story"]):
        written = [
            {name: row[name] for name in ("scheme", "term", "label")}
            | {name: json.loads(row[name]) for name in ("path", "evidence")}
            for row in tags
        ]
        op.get_bind().execute(
            sa.text("UPDATE story SET tags = :tags WHERE id = :story"),
            {"tags": json.dumps(written, ensure_ascii=False, separators=(",", ":")), "story": story},
        )
    op.drop_table("tag")
