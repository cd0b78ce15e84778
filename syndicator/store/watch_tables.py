"""The tables of what is watched: rhythms, volumes, domains, days, alerts and notices. See ``tables``."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    false,
)

from syndicator.models.volumes import Spike
from syndicator.store.tables import Moment, Names, Packed, metadata

# New items of sources, as polls brought them: what rhythms are learned from, in order of commit.
arrival = Table(
    "arrival",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    # When the outlet says it was published, clamped into the time since the last good answer.
    Column("at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    # Of a source's first document: it seeds, and is no arrival.
    Column("is_first", Boolean, nullable=False, server_default=false()),
    # Nobody had looked for more than a day: items may have come and gone.
    Column("is_late", Boolean, nullable=False, server_default=false()),
    sqlite_autoincrement=True,
)

# The rhythm of a source, or of a group of sources (``outlet:``, ``country:``, ``language:``): see ``watch.pulse``.
pulse = Table(
    "pulse",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("newest_at", Moment, nullable=False),
    Column("quiet_at", Moment),
    Column("silent_at", Moment),
    Column("thinned_at", Moment),
    # Of a group: what it is the rhythm of. If some of it is gone, less is to be expected.
    Column("members", Packed(tuple[str, ...]), nullable=False, server_default="[]"),
)
Index("ix_pulse_quiet", pulse.c.quiet_at)
Index("ix_pulse_thinned", pulse.c.thinned_at)

# What stories are counted by: see ``watch.series`` and ``watch.spikes``.
series = Table(
    "series",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    # What is usual for it, packed.
    Column("usual", LargeBinary, nullable=False, server_default=""),
    Column("raised_at", Moment),
    Column("ended_at", Moment),
    Column("spike", Packed(Spike)),
    sqlite_autoincrement=True,
)
Index("ix_series_raised", series.c.raised_at)
# How many stories a series has in an hour; hours without any have no row.
volume = Table(
    "volume",
    metadata,
    Column("series", Integer, primary_key=True),
    # Hours since 1970.
    Column("hour", Integer, primary_key=True),
    Column("stories", Integer, nullable=False),
    # Those of sources that are new: they teach what is usual, and are no part of a spike.
    Column("young", Integer, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_volume_hour", volume.c.hour)
# The stories of the last days, with the series that they were counted in.
counted_story = Table(
    "counted_story",
    metadata,
    Column("story", Integer, primary_key=True),
    Column("hour", Integer, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("series", Packed(tuple[int, ...]), nullable=False),
)
Index("ix_counted_story_hour", counted_story.c.hour)
# Since when sources, and the feeds and concepts that stories are counted by, are known.
counted_since = Table(
    "counted_since",
    metadata,
    # ``source:ID``, ``feed:NAME`` or ``concept:ID``.
    Column("name", Text, primary_key=True),
    # Of the filter; with another one it is another feed.
    Column("fingerprint", Text, nullable=False),
    Column("since", Moment, nullable=False),
)

# Who answers at a host: its certificate and the prefixes of its addresses.
door = Table(
    "door",
    metadata,
    Column("host", Text, primary_key=True),
    Column("issuer", Text, nullable=False, server_default=""),
    Column("previous_issuer", Text, nullable=False, server_default=""),
    Column("issuer_since", Moment),
    Column("key", Text, nullable=False, server_default=""),
    Column("valid_from", Moment),
    Column("valid_until", Moment),
    # The prefixes of its addresses, each with when it was seen last.
    Column("prefixes", Text, nullable=False, server_default="{}"),
    # In how many polls in a row all of them were new.
    Column("strange", Integer, nullable=False, server_default="0"),
    Column("seen_at", Moment, nullable=False),
)

# What became of each day of a source.
day = Table(
    "day",
    metadata,
    Column("source", Text, primary_key=True),
    # Days since 1970.
    Column("day", Integer, primary_key=True),
    Column("new", Integer, nullable=False),
    Column("polls", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("worst", Text, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)
Index("ix_day_day", day.c.day)

# The newest alert for each kind and subject.
alert = Table(
    "alert",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("evidence", Packed(tuple[str, ...]), nullable=False),
    Column("outlet", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("stories", Packed(tuple[int, ...]), nullable=False),
    Column("path", Text, nullable=False),
    Column("since", Moment),
    Column("found_at", Moment, nullable=False),
    Column("raised_at", Moment),
    Column("cleared_at", Moment),
    Column("clear_since", Moment),
    Column("told_at", Moment),
    Column("acknowledged_at", Moment),
    Column("confirmed_at", Moment),
    # Microseconds since 1970, of the last seven days.
    Column("raised", Packed(tuple[int, ...]), nullable=False),
    Column("is_covered", Boolean, nullable=False, server_default=false()),
    sqlite_autoincrement=True,
)
Index("ix_alert_subject", alert.c.kind, alert.c.subject, unique=True)
Index("ix_alert_state", alert.c.state, alert.c.cleared_at)

# The log of operations: what happened to alerts, and what was noted.
ops_event = Table(
    "ops_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("alert", Integer),
    Column("subject", Text, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("evidence", Packed(tuple[str, ...]), nullable=False),
    Column("outlet", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("stories", Packed(tuple[int, ...]), nullable=False),
    Column("path", Text, nullable=False),
    Column("is_muted", Boolean, nullable=False, server_default=false()),
    sqlite_autoincrement=True,
)
Index("ix_ops_event_at", ops_event.c.at)
Index("ix_ops_event_alert", ops_event.c.alert)
Index("ix_ops_event_outlet", ops_event.c.outlet, ops_event.c.id)

mute = Table(
    "mute",
    metadata,
    Column("subject", Text, primary_key=True),
    # Empty for all kinds.
    Column("kind", Text, primary_key=True),
    Column("until", Moment, nullable=False),
)

# Who is told, and how far in the log of operations they have been.
recipient = Table(
    "recipient",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("state", Text, nullable=False, server_default="{}"),
)

# Messages to recipients. One that is sent is kept for a while, so that nobody is told twice.
notice = Table(
    "notice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("recipient", Text, ForeignKey("recipient.name", ondelete="CASCADE"), nullable=False),
    # What it is known by at the other end: sent again, it is the same.
    Column("key", Text, nullable=False, unique=True),
    Column("made_at", Moment, nullable=False),
    Column("events", Packed(tuple[int, ...]), nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("due_at", Moment),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("sent_at", Moment),
    Column("error", Text, nullable=False, server_default=""),
    # Which of the recipient's addresses have it already.
    Column("reached", Names, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)
Index("ix_notice_due", notice.c.due_at)
Index("ix_notice_recipient", notice.c.recipient, notice.c.id)

__all__ = [
    "alert",
    "arrival",
    "counted_since",
    "counted_story",
    "day",
    "door",
    "mute",
    "notice",
    "ops_event",
    "pulse",
    "recipient",
    "series",
    "volume",
]
