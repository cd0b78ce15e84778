"""The tables of what is watched: rhythms, volumes, domains, days, alerts and notices. See ``tables``."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    false,
)

from syndicator.models.notify import RecipientState
from syndicator.models.volumes import Spike
from syndicator.store.tables import TEXT, WHOLE, Moment, Names, Packed, metadata

# New items of sources, as polls brought them: what rhythms are learned from, in order of commit.
arrival = Table(
    "arrival",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("source", TEXT, nullable=False),
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
    Column("subject", TEXT, primary_key=True),
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
    Column("id", WHOLE, primary_key=True),
    Column("name", TEXT, nullable=False, unique=True),
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
    Column("series", WHOLE, primary_key=True),
    # Hours since 1970.
    Column("hour", WHOLE, primary_key=True),
    Column("stories", WHOLE, nullable=False),
    # Those of sources that are new: they teach what is usual, and are no part of a spike.
    Column("young", WHOLE, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_volume_hour", volume.c.hour)
# The stories of the last days, with the series that they were counted in.
counted_story = Table(
    "counted_story",
    metadata,
    Column("story", WHOLE, primary_key=True, autoincrement=False),
    Column("hour", WHOLE, nullable=False),
    Column("outlet", TEXT, nullable=False),
    Column("series", Packed(tuple[int, ...]), nullable=False),
)
Index("ix_counted_story_hour", counted_story.c.hour)
# Since when sources, and the feeds and concepts that stories are counted by, are known.
counted_since = Table(
    "counted_since",
    metadata,
    # ``source:ID``, ``feed:NAME`` or ``concept:ID``.
    Column("name", TEXT, primary_key=True),
    # Of the filter; with another one it is another feed.
    Column("fingerprint", TEXT, nullable=False),
    Column("since", Moment, nullable=False),
)

# Who answers at a host: its certificate and the prefixes of its addresses. See ``watch.doors``.
door = Table(
    "door",
    metadata,
    Column("host", TEXT, primary_key=True),
    Column("issuer", TEXT, nullable=False),
    # The issuers and the prefixes met, each with the day it was met last, in days since 1970.
    Column("issuers", Packed(dict[str, int]), nullable=False),
    Column("previous_issuer", TEXT, nullable=False),
    Column("issuer_since", Moment),
    # The SHA-256 of the public key, in hexadecimal.
    Column("key", TEXT, nullable=False),
    Column("valid_from", Moment),
    Column("valid_until", Moment),
    Column("prefixes", Packed(dict[str, int]), nullable=False),
    # The prefixes met since none of the known ones answers, in how many polls in a row, and since when.
    Column("newcomers", Packed(dict[str, int]), nullable=False),
    Column("strange", WHOLE, nullable=False),
    Column("moved_at", Moment),
    Column("seen_at", Moment, nullable=False),
)
Index("ix_door_valid_until", door.c.valid_until)
Index("ix_door_issuer_since", door.c.issuer_since)
Index("ix_door_moved_at", door.c.moved_at)

# What became of each day of a source.
day = Table(
    "day",
    metadata,
    Column("source", TEXT, primary_key=True),
    # Days since 1970.
    Column("day", WHOLE, primary_key=True),
    Column("new", WHOLE, nullable=False),
    Column("polls", WHOLE, nullable=False),
    Column("failed", WHOLE, nullable=False),
    Column("worst", TEXT, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)
Index("ix_day_day", day.c.day)

# The newest alert for each kind and subject.
alert = Table(
    "alert",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("severity", WHOLE, nullable=False),
    Column("words", TEXT, nullable=False),
    Column("evidence", Packed(tuple[str, ...]), nullable=False),
    Column("outlet", TEXT, nullable=False),
    Column("country", TEXT, nullable=False),
    Column("language", TEXT, nullable=False),
    Column("stories", Packed(tuple[int, ...]), nullable=False),
    Column("path", TEXT, nullable=False),
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
    Column("id", WHOLE, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("phase", TEXT, nullable=False),
    Column("alert", WHOLE),
    Column("subject", TEXT, nullable=False),
    Column("severity", WHOLE, nullable=False),
    Column("words", TEXT, nullable=False),
    Column("evidence", Packed(tuple[str, ...]), nullable=False),
    Column("outlet", TEXT, nullable=False),
    Column("country", TEXT, nullable=False),
    Column("language", TEXT, nullable=False),
    Column("stories", Packed(tuple[int, ...]), nullable=False),
    Column("path", TEXT, nullable=False),
    Column("is_muted", Boolean, nullable=False, server_default=false()),
    sqlite_autoincrement=True,
)
Index("ix_ops_event_at", ops_event.c.at)
Index("ix_ops_event_alert", ops_event.c.alert)
Index("ix_ops_event_outlet", ops_event.c.outlet, ops_event.c.id)

mute = Table(
    "mute",
    metadata,
    Column("subject", TEXT, primary_key=True),
    # Empty for all kinds.
    Column("kind", TEXT, primary_key=True),
    Column("until", Moment, nullable=False),
)

# Who is told, and how far in the log of operations they have been.
recipient = Table(
    "recipient",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("position", WHOLE, nullable=False),
    Column("state", Packed(RecipientState), nullable=False, server_default="{}"),
)

# Messages to recipients. One that is sent is kept for a while, so that nobody is told twice.
notice = Table(
    "notice",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("recipient", TEXT, ForeignKey("recipient.name", ondelete="CASCADE"), nullable=False),
    # What it is known by at the other end: sent again, it is the same.
    Column("key", TEXT, nullable=False, unique=True),
    Column("made_at", Moment, nullable=False),
    Column("events", Packed(tuple[int, ...]), nullable=False),
    # An alert, a digest …
    Column("topic", TEXT, nullable=False),
    Column("title", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    # The same for programs, as JSON.
    Column("payload", TEXT, nullable=False),
    # When it is to be tried next; nothing when it is sent or given up.
    Column("due_at", Moment),
    Column("tries", WHOLE, nullable=False, server_default="0"),
    Column("tried_at", Moment),
    Column("sent_at", Moment),
    Column("error", TEXT, nullable=False, server_default=""),
    # Which of the recipient's addresses have it already, by digests.
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
    "metadata",
    "mute",
    "notice",
    "ops_event",
    "pulse",
    "recipient",
    "series",
    "volume",
]
