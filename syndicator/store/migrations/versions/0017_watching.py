"""What is watched: rhythms, volumes, domains, days, alerts and notices."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arrival",
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("is_first", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_late", sa.Boolean(), server_default=sa.false(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "pulse",
        sa.Column("subject", sa.Text(), primary_key=True, nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("newest_at", sa.BigInteger(), nullable=False),
        sa.Column("quiet_at", sa.BigInteger()),
        sa.Column("silent_at", sa.BigInteger()),
        sa.Column("thinned_at", sa.BigInteger()),
        sa.Column("members", sa.Text(), server_default="[]", nullable=False),
    )
    op.create_index("ix_pulse_quiet", "pulse", ["quiet_at"])
    op.create_index("ix_pulse_thinned", "pulse", ["thinned_at"])
    _note_arrivals()
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("usual", sa.LargeBinary(), server_default="", nullable=False),
        sa.Column("raised_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("spike", sa.Text()),
        sa.UniqueConstraint("name", name="uq_series_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_series_raised", "series", ["raised_at"])
    op.create_table(
        "volume",
        sa.Column("series", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("hour", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.Column("young", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_volume_hour", "volume", ["hour"])
    op.create_table(
        "counted_story",
        sa.Column("story", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
    )
    op.create_index("ix_counted_story_hour", "counted_story", ["hour"])
    op.create_table(
        "counted_since",
        sa.Column("name", sa.Text(), primary_key=True, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "door",
        sa.Column("host", sa.Text(), primary_key=True, nullable=False),
        sa.Column("issuer", sa.Text(), server_default="", nullable=False),
        sa.Column("previous_issuer", sa.Text(), server_default="", nullable=False),
        sa.Column("issuer_since", sa.BigInteger()),
        sa.Column("key", sa.Text(), server_default="", nullable=False),
        sa.Column("valid_from", sa.BigInteger()),
        sa.Column("valid_until", sa.BigInteger()),
        sa.Column("prefixes", sa.Text(), server_default="{}", nullable=False),
        sa.Column("strange", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "day",
        sa.Column("source", sa.Text(), primary_key=True, nullable=False),
        sa.Column("day", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("polls", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("worst", sa.Text(), server_default="", nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_day_day", "day", ["day"])
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("stories", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger()),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", sa.BigInteger()),
        sa.Column("cleared_at", sa.BigInteger()),
        sa.Column("clear_since", sa.BigInteger()),
        sa.Column("told_at", sa.BigInteger()),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("confirmed_at", sa.BigInteger()),
        sa.Column("raised", sa.Text(), nullable=False),
        sa.Column("is_covered", sa.Boolean(), server_default=sa.false(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_state", "alert", ["state", "cleared_at"])
    op.create_index("ix_alert_subject", "alert", ["kind", "subject"], unique=True)
    op.create_table(
        "ops_event",
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("alert", sa.Integer()),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("stories", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("is_muted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ops_event_alert", "ops_event", ["alert"])
    op.create_index("ix_ops_event_at", "ops_event", ["at"])
    op.create_index("ix_ops_event_outlet", "ops_event", ["outlet", "id"])
    op.create_table(
        "mute",
        sa.Column("subject", sa.Text(), primary_key=True, nullable=False),
        sa.Column("kind", sa.Text(), primary_key=True, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "recipient",
        sa.Column("name", sa.Text(), primary_key=True, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="{}", nullable=False),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        sa.Column(
            "recipient",
            sa.Text(),
            sa.ForeignKey("recipient.name", ondelete="CASCADE", name="fk_notice_recipient"),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("reached", sa.Text(), server_default="", nullable=False),
        sa.UniqueConstraint("key", name="uq_notice_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notice_due", "notice", ["due_at"])
    op.create_index("ix_notice_recipient", "notice", ["recipient", "id"])


def _note_arrivals() -> None:
    """Note when the entries of the last 60 days came: rhythms are learned from them at once.

    An entry's date counts where it lies within two days before it was first seen.
    """
    day = 86_400_000_000
    op.execute(
        f"""
        INSERT INTO arrival (source, at, seen_at, is_first)
        SELECT entry.source,
               CASE WHEN published BETWEEN seen_at - 2 * {day} AND seen_at THEN published ELSE seen_at END,
               seen_at,
               seen_at = known.first_at
        FROM entry JOIN (
            SELECT source, min(seen_at) AS first_at FROM entry GROUP BY source
        ) AS known ON entry.source = known.source
        WHERE seen_at >= (SELECT max(seen_at) FROM entry) - 60 * {day}
        ORDER BY 2, 3
        """  # noqa: S608 - our own number
    )
