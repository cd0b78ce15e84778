"""The tables. A change here needs a migration beside the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.event import listen
from sqlalchemy.ext.compiler import compiles

from syndicator.models import PermanentRedirect, Picture, PollingHints, Tag

# PostgreSQL's integers end after 214 days of ten million stories; SQLite's do not, and it numbers rows by no others.
WHOLE = BigInteger().with_variant(Integer(), "sqlite")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Ordered(Text):
    """Text in the order of its bytes, whatever the language of a server: ranges of ids and keys rely on it."""


@compiles(Ordered, "postgresql")
def _by_bytes(_type: Ordered, _compiler: object, **_: object) -> str:
    # A collation of the type itself would stand at each parameter, too.
    return 'TEXT COLLATE "C"'


TEXT = Ordered()


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime kept as microseconds since 1970: SQLite knows no time zones."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Refuse naive datetimes by the subtraction."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return it aware."""
        return None if value is None else _EPOCH + value * _MICROSECOND


class Names(TypeDecorator[tuple[str, ...]]):
    """A few names of a closed set, kept with a space between two."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Join them."""
        return None if value is None else " ".join(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:  # noqa: ARG002
        """Split them."""
        return None if value is None else tuple(value.split())


class Packed(TypeDecorator[Any]):
    """A value of one type kept as JSON text: rows for its parts would cost as much as all the rest of the row."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind
        self._decoder = msgspec.json.Decoder(kind)

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write it down."""
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read it back."""
        return None if value is None else self._decoder.decode(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta = Table(
    "meta",
    metadata,
    Column("key", TEXT, primary_key=True),
    Column("value", TEXT, nullable=False),
)

source = Table(
    "source",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("outlet", TEXT, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("working", TEXT),
    Column("title", TEXT, nullable=False, default=""),
    Column("polled_at", Moment),
    Column("good_at", Moment),
    Column("news_at", Moment),
    Column("polling_hints", Packed(PollingHints)),
    # Until then a hub has promised to push its news.
    Column("pushed_until", Moment),
    # Counts what others than polls decided (the operator, a hub): a poll that began before writes on top of none of it.
    Column("version", WHOLE, nullable=False, default=0, server_default="0"),
    # When its items appear, besides its rhythm; and how often a day its clock turns at a speed of 1: ``poll.timing``.
    Column("timing", LargeBinary),
    Column("turns", Float),
)
Index("ix_source_due", source.c.is_active, source.c.due_at)

endpoint = Table(
    "endpoint",
    metadata,
    Column("source", TEXT, ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("url", TEXT, primary_key=True),
    Column("etag", TEXT),
    Column("last_modified", TEXT),
    Column("body_hash", TEXT),
    Column("outcome", TEXT),
    Column("note", TEXT, nullable=False, default=""),
    Column("failures", Float, nullable=False, default=0.0),
    Column("tried_at", Moment),
    Column("good_at", Moment),
    # The first good answer of those in a row since the last bad one.
    Column("good_since", Moment),
    Column("next_try_at", Moment),
    # How many documents in a row crashed the parser.
    Column("parser_crashes", WHOLE, nullable=False, default=0, server_default="0"),
    Column("last_full_at", Moment),
    Column("quarantine", TEXT, nullable=False, default="", server_default=""),
    Column("redirect", Packed(PermanentRedirect)),
    Column("latency", Float, nullable=False, default=0.0, server_default="0"),
    Column("missing_archive", TEXT, nullable=False, default="", server_default=""),
    # One packed record for each item of the last document: items seen there are not parsed again.
    Column("seen_items", LargeBinary),
)
# The few endpoints that an operator may have to know of: a look each minute must not read all of them.
UNWELL = "failures >= 3 OR outcome = 'gone' OR quarantine IN ('suspect', 'confirmed') OR redirect IS NOT NULL"
Index("ix_endpoint_unwell", endpoint.c.source, sqlite_where=text(UNWELL), postgresql_where=text(UNWELL))

# The hosts that have been claimed, by politeness key: who polls there, with which claim, and until when. The numbers of
# claims rise, so that a process which has lost its host can be told from the one that has it now.
host = Table(
    "host",
    metadata,
    Column("key", TEXT, primary_key=True),
    Column("claim", WHOLE, nullable=False),
    Column("worker", TEXT, nullable=False),
    # By the database's clock.
    Column("held_until", Moment, nullable=False),
)
Index("ix_host_held_until", host.c.held_until)

# How long hosts asked to be left alone.
host_wait = Table(
    "host_wait",
    metadata,
    Column("host", TEXT, primary_key=True),
    Column("until", Moment, nullable=False),
)

# The processes that poll, and when each was last seen, by the database's clock.
worker = Table(
    "worker",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("labels", Names, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

# The texts of the configuration's files, for processes that have no folder with them.
config_file = Table(
    "config_file",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("text", TEXT, nullable=False),
)

# What each source is known by, so that another's content under its address is noticed.
source_profile = Table(
    "source_profile",
    metadata,
    Column("source", TEXT, ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("title", TEXT, nullable=False),
    Column("hosts", JSON, nullable=False),
    Column("scripts", JSON, nullable=False),
    Column("words", JSON, nullable=False),
    Column("familiar", Float, nullable=False),
    Column("learned_at", Moment, nullable=False),
)

# What each endpoint of a source that is compared shows, and since when.
appearance = Table(
    "appearance",
    metadata,
    Column("source", TEXT, ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("key", TEXT, primary_key=True),
    Column("endpoint", TEXT, primary_key=True),
    Column("first_at", Moment, nullable=False),
    Column("absent_at", Moment),
    Column("title", TEXT, nullable=False),
    Column("title_digest", TEXT, nullable=False),
    Column("text_digest", TEXT, nullable=False),
    Column("link_key", TEXT),
)
Index("ix_appearance_first", appearance.c.source, appearance.c.first_at)
Index("ix_appearance_first_at", appearance.c.first_at)

# Addresses that may be an outlet's as well.
mirror_candidate = Table(
    "mirror_candidate",
    metadata,
    Column("outlet", TEXT, primary_key=True),
    Column("address", TEXT, primary_key=True),
    Column("kind", TEXT, primary_key=True),
    Column("evidence", TEXT, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("times", WHOLE, nullable=False),
    Column("is_dismissed", Boolean, nullable=False),
)

# Hubs that sources name, and subscriptions that were asked for there (WebSub).
hub_link = Table(
    "hub_link",
    metadata,
    Column("source", TEXT, ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("hub", TEXT, nullable=False),
    Column("topic", TEXT, nullable=False),
)

subscription = Table(
    "subscription",
    metadata,
    Column("token", TEXT, primary_key=True),
    Column("source", TEXT, ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
    Column("hub", TEXT, nullable=False),
    Column("topic", TEXT, nullable=False),
    Column("secret", TEXT, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("renew_at", Moment),
    Column("until", Moment),
)
Index("ix_subscription_source", subscription.c.source)

# Who subscribes at our own hub to which published file; ``digest`` is that of the bytes that were delivered last.
subscriber = Table(
    "subscriber",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("file", TEXT, nullable=False),
    Column("callback", TEXT, nullable=False),
    Column("domain", TEXT, nullable=False),
    Column("secret", TEXT, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("digest", TEXT, nullable=False),
    Column("failures", WHOLE, nullable=False),
    Column("failing_since", Moment),
    Column("tried_at", Moment),
    Column("next_try_at", Moment),
)
Index("ix_subscriber_file", subscriber.c.file, subscriber.c.callback, unique=True)
Index("ix_subscriber_domain", subscriber.c.domain)
Index("ix_subscriber_until", subscriber.c.until)

story = Table(
    "story",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("uid", TEXT, nullable=False, unique=True),
    Column("outlet", TEXT, nullable=False),
    Column("source", TEXT, nullable=False),
    Column("title", TEXT, nullable=False),
    Column("html", TEXT, nullable=False),
    Column("link", TEXT),
    Column("author", TEXT),
    Column("language", TEXT, nullable=False),
    Column("published", Moment),
    Column("first_seen", Moment, nullable=False),
    Column("updated", Moment, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("enclosure", JSON(none_as_null=True)),
    Column("point", Packed(tuple[float, float])),
    # Shown by the outlet's home: from then on no mirror may edit it.
    Column("is_confirmed", Boolean, nullable=False),
    Column("tags", Packed(tuple[Tag, ...]), nullable=False, server_default="[]"),
    # How often the text alone was rewritten: counters and clocks in texts change without end.
    Column("text_revisions", WHOLE, nullable=False, default=0, server_default="0"),
    # What the outlet has ever rewritten, title or text: not all revisions are kept.
    Column("revised", Names, nullable=False, server_default=""),
    # When the story's page was found gone.
    Column("deleted_at", Moment),
    Column("pictures", Packed(tuple[Picture, ...]), nullable=False, server_default="[]"),
    sqlite_autoincrement=True,  # a number is never used twice, so that numbers rise with first sight
)
Index("ix_story_first_seen", story.c.first_seen)
Index("ix_story_outlet", story.c.outlet, story.c.id)

entry = Table(
    "entry",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("source", TEXT, nullable=False),
    Column("outlet", TEXT, nullable=False),
    Column("key", TEXT, nullable=False),
    Column("link", TEXT),
    Column("link_key", TEXT),
    Column("copy_digest", TEXT),
    Column("title_digest", TEXT, nullable=False),
    Column("text_digest", TEXT, nullable=False),
    Column("published", Moment),
    Column("seen_at", Moment, nullable=False),
    # Set to null by retention: the identity outlives the story, or an old item would come back as new.
    Column("story", WHOLE, ForeignKey("story.id", ondelete="SET NULL")),
    # Why it is that story's: the first decision on it, in words, and where it was read. A copy's headline is its own.
    Column("verdict", TEXT),
    Column("reason", TEXT),
    Column("title", TEXT),
    Column("credit", TEXT),
    Column("endpoint", TEXT),
    UniqueConstraint("source", "key"),
)
# Outlets are asked for their own pages, and all others for a page that is none of theirs.
Index("ix_entry_page", entry.c.link_key, entry.c.outlet)
Index("ix_entry_copy", entry.c.copy_digest)
# The entries of a story; and of those without one, the oldest.
Index("ix_entry_story", entry.c.story, entry.c.seen_at)

# Sources whose guids do not tell their items apart, and in how many documents that was seen.
guid_fault = Table(
    "guid_fault",
    metadata,
    Column("source", TEXT, ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("fault", TEXT, nullable=False),
    Column("times", WHOLE, nullable=False),
    Column("since", Moment, nullable=False),
)

# What is left of entries whose story retention deleted long ago: a digest of source and key, so that an outlet that
# lists an old item again does not make it news.
tombstone = Table("tombstone", metadata, Column("digest", LargeBinary, primary_key=True), sqlite_with_rowid=False)

# By what near-duplicates of a story are found: see ``fingerprint.fingerprint``.
fingerprint = Table(
    "fingerprint",
    metadata,
    Column("story", WHOLE, ForeignKey("story.id", ondelete="CASCADE"), primary_key=True),
    Column("keys", LargeBinary, nullable=False),
)

# What each outlet repeats under its stories: see ``ingest.boilerplate``.
boilerplate = Table(
    "boilerplate",
    metadata,
    Column("outlet", TEXT, primary_key=True),
    Column("learned", LargeBinary, nullable=False),
)

revision = Table(
    "revision",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("story", WHOLE, ForeignKey("story.id", ondelete="CASCADE"), nullable=False),
    Column("replaced_at", Moment, nullable=False),
    Column("title", TEXT, nullable=False),
    Column("html", TEXT, nullable=False),
    # Which address showed the new words, and what of the old ones they changed.
    Column("endpoint", TEXT, nullable=False, server_default=""),
    Column("changed", Names, nullable=False, server_default=""),
)
Index("ix_revision_story", revision.c.story)

# Stories whose pages are looked at again, to find out whether their outlet takes them away.
page_check = Table(
    "page_check",
    metadata,
    Column("story", WHOLE, ForeignKey("story.id", ondelete="CASCADE"), primary_key=True),
    Column("outlet", TEXT, nullable=False),
    # Null: never again. The row stays where there is something to tell.
    Column("next_at", Moment),
    Column("checks", WHOLE, nullable=False, server_default="0"),
    Column("checked_at", Moment),
    # Since when it was gone at every check, and when a page that was known to be gone came back.
    Column("gone_at", Moment),
    Column("restored_at", Moment),
    Column("outcome", TEXT, nullable=False, server_default=""),
    Column("note", TEXT, nullable=False, server_default=""),
)
Index("ix_page_check_due", page_check.c.outlet, page_check.c.next_at)

# What readers are told of where a story is from, as it was when its source was last in the configuration.
origin = Table(
    "origin",
    metadata,
    Column("source", TEXT, primary_key=True),
    Column("outlet", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("home", TEXT, nullable=False),
    Column("address", TEXT, nullable=False),
    # How much of its stories feeds show: that holds also when its file is gone.
    Column("republish", TEXT, nullable=False, server_default="full"),
)

feed = Table(
    "feed",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("fingerprint", TEXT, nullable=False),
    Column("version", WHOLE, nullable=False),
    Column("rendered", WHOLE, nullable=False),
    Column("changed_at", Moment, nullable=False),
    # A backfill walks from the newest story to the oldest: those below this number have not been tried yet.
    Column("backfill_below", WHOLE, nullable=False),
    Column("backfill_removes", Boolean, nullable=False),
    # How many seconds its next change was off when it was rendered last, as far as one can tell.
    Column("pace", WHOLE, nullable=False, server_default="0"),
)

# The names of feeds that are gone, and where their readers are sent; empty for nowhere. Kept for a year.
former_feed = Table(
    "former_feed",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("present_name", TEXT, nullable=False),
    Column("gone_at", Moment, nullable=False),
)

member = Table(
    "member",
    metadata,
    Column("feed", TEXT, ForeignKey("feed.name", ondelete="CASCADE"), primary_key=True),
    Column("story", WHOLE, ForeignKey("story.id", ondelete="CASCADE"), primary_key=True),
    # Feeds have the latest first: see ``models.placed_at``.
    Column("placed_at", Moment, nullable=False, server_default="0"),
    # The story's ``updated`` when it was last archived, and whether that is how it is now.
    Column("archived_as", Moment),
    Column("is_archived", Boolean, nullable=False, server_default=false()),
)
Index("ix_member_story", member.c.story)
# What is still to be archived of a feed, the oldest first.
Index(
    "ix_member_pending",
    member.c.feed,
    member.c.placed_at,
    member.c.story,
    sqlite_where=text("is_archived = 0"),
    postgresql_where=text("NOT is_archived"),
)
Index("ix_member_placed", member.c.feed, member.c.placed_at, member.c.story)

# Documents that hold what a feed's own no longer does (RFC 5005). They never change: here are the very bytes, packed.
archive = Table(
    "archive",
    metadata,
    Column("feed", TEXT, ForeignKey("feed.name", ondelete="CASCADE"), primary_key=True),
    Column("number", WHOLE, primary_key=True),
    Column("month", TEXT, nullable=False),
    Column("part", WHOLE, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

# The files of feeds, byte for byte, for processes that serve them elsewhere. Changes are numbered: all rows of one have
# the same version.
rendering = Table(
    "rendering",
    metadata,
    Column("file", TEXT, primary_key=True),
    Column("version", WHOLE, nullable=False, index=True),
    Column("digest", TEXT, nullable=False),
    Column("modified", Moment, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
# It is compressed: PostgreSQL need not try.
_STORED_APART = DDL(  # type: ignore[no-untyped-call]
    "ALTER TABLE rendering ALTER COLUMN body SET STORAGE EXTERNAL"
).execute_if(dialect="postgresql")
listen(rendering, "after_create", _STORED_APART)

# What was written to each copy of the readers' face, and with which digest.
replica_file = Table(
    "replica_file",
    metadata,
    Column("target", TEXT, primary_key=True),
    Column("path", TEXT, primary_key=True),
    Column("digest", TEXT, nullable=False),
)

# The outlets whose stories a feed's files show: when an outlet's links move, only these feeds are rendered again.
rendered_outlet = Table(
    "rendered_outlet",
    metadata,
    Column("outlet", TEXT, primary_key=True),
    Column("feed", TEXT, ForeignKey("feed.name", ondelete="CASCADE"), primary_key=True),
)
Index("ix_rendered_outlet_feed", rendered_outlet.c.feed)

# Feeds that are made when they are asked for. The names of those that cannot be made any more are kept.
on_demand_feed = Table(
    "on_demand_feed",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("asked_at", Moment, nullable=False),
    Column("is_gone", Boolean, nullable=False),
)

# Stories on the same happening. An event has the number and the uid of the story that opened it, and outlives it.
event = Table(
    "event",
    metadata,
    Column("id", WHOLE, primary_key=True, autoincrement=False),
    Column("uid", TEXT, nullable=False, unique=True),
    Column("title", TEXT, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("stories", WHOLE, nullable=False),
    Column("merged_into", WHOLE, ForeignKey("event.id", ondelete="CASCADE")),
)
Index("ix_event_last", event.c.last_at)
Index("ix_event_merged_into", event.c.merged_into)

event_member = Table(
    "event_member",
    metadata,
    Column("story", WHOLE, ForeignKey("story.id", ondelete="CASCADE"), primary_key=True),
    Column("event", WHOLE, ForeignKey("event.id", ondelete="CASCADE"), nullable=False),
    # How alike the story was to the event's; of the story that opened it, none.
    Column("score", Float),
    Column("reason", TEXT, nullable=False),
    # Events of other languages that may be the same.
    Column("related", Packed(tuple[int, ...]), nullable=False),
)
Index("ix_event_member_event", event_member.c.event)

# The outbox: what happened to stories, written in the transaction that did it, numbered in order of commit.
change = Table(
    "change",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("story", WHOLE, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

# Documents that were captured as they were received: where they lie in the files, and what came of them.
capture = Table(
    "capture",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("record", TEXT, nullable=False),
    Column("source", TEXT, nullable=False),
    Column("endpoint", TEXT, nullable=False),
    Column("at", Moment, nullable=False),
    Column("file", TEXT, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("digest", TEXT, nullable=False),
    # Else the record says where the same body was captured before.
    Column("is_whole", Boolean, nullable=False),
    Column("outcome", TEXT, nullable=False),
)
Index("ix_capture_source", capture.c.source, capture.c.at)
Index("ix_capture_file", capture.c.file)

# How far each consumer of changes has come.
consumer = Table(
    "consumer",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("position", WHOLE, nullable=False),
)

# The words of stories as they are written, in lower case, by everything that a filter may look for to find them:
# see ``search.Search``. The index beside it is no table of ours, and is made where SQLite has FTS5.
search_word = Table(
    "search_word",
    metadata,
    Column("key", TEXT, primary_key=True),
    Column("word", TEXT, primary_key=True),
    sqlite_with_rowid=False,
)
