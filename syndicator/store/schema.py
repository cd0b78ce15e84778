"""The tables. A change here wants a migration beside the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
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
)

from syndicator.models import Move, Rhythm, Tag

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime kept as microseconds since 1970: SQLite knows no time zones."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Refuse naive datetimes by the subtraction."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give it back aware."""
        return None if value is None else _EPOCH + value * _MICROSECOND


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
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

source = Table(
    "source",
    metadata,
    Column("id", Text, primary_key=True),
    Column("outlet", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("working", Text),
    Column("title", Text, nullable=False, default=""),
    Column("polled_at", Moment),
    Column("good_at", Moment),
    Column("news_at", Moment),
    Column("rhythm", Packed(Rhythm)),
    # Until then a hub has promised to push its news.
    Column("pushed_until", Moment),
)
Index("ix_source_due", source.c.is_active, source.c.due_at)

endpoint = Table(
    "endpoint",
    metadata,
    Column("source", Text, ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("url", Text, primary_key=True),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_hash", Text),
    Column("outcome", Text),
    Column("note", Text, nullable=False, default=""),
    Column("failures", Float, nullable=False, default=0.0),
    Column("tried_at", Moment),
    Column("good_at", Moment),
    Column("next_try_at", Moment),
    # How many documents in a row the parser did not survive.
    Column("kills", Integer, nullable=False, default=0, server_default="0"),
    Column("whole_at", Moment),
    Column("held", Text, nullable=False, default="", server_default=""),
    Column("move", Packed(Move)),
    Column("latency", Float, nullable=False, default=0.0, server_default="0"),
    Column("wanted", Text, nullable=False, default="", server_default=""),
    # What the last document listed: a packed record for each item, so that known ones need no second reading.
    Column("items", LargeBinary),
)

# What each source is known by, so that another's content under its address is noticed.
profile = Table(
    "profile",
    metadata,
    Column("source", Text, ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("title", Text, nullable=False),
    Column("hosts", JSON, nullable=False),
    Column("scripts", JSON, nullable=False),
    Column("words", JSON, nullable=False),
    Column("familiar", Float, nullable=False),
    Column("learned_at", Moment, nullable=False),
)

# What each endpoint of a source that is compared shows, and since when.
showing = Table(
    "showing",
    metadata,
    Column("source", Text, ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("endpoint", Text, primary_key=True),
    Column("first_at", Moment, nullable=False),
    Column("absent_at", Moment),
    Column("title", Text, nullable=False),
    Column("title_digest", Text, nullable=False),
    Column("text_digest", Text, nullable=False),
    Column("link_key", Text),
)
Index("ix_showing_first", showing.c.source, showing.c.first_at)

# Addresses that may be an outlet's as well.
hint = Table(
    "hint",
    metadata,
    Column("outlet", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("evidence", Text, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("times", Integer, nullable=False),
    Column("is_dismissed", Boolean, nullable=False),
)

# Hubs that sources name, and subscriptions that were asked for there (WebSub).
offer = Table(
    "offer",
    metadata,
    Column("source", Text, ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
)

subscription = Table(
    "subscription",
    metadata,
    Column("token", Text, primary_key=True),
    Column("source", Text, ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("renew_at", Moment),
    Column("until", Moment),
)
Index("ix_subscription_source", subscription.c.source)

story = Table(
    "story",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("outlet", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("link", Text),
    Column("author", Text),
    Column("language", Text, nullable=False),
    Column("published", Moment),
    Column("first_seen", Moment, nullable=False),
    Column("updated", Moment, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("enclosure", JSON(none_as_null=True)),
    Column("point", Packed(tuple[float, float])),
    # Shown by the outlet's home: from then on no mirror may edit it.
    Column("is_confirmed", Boolean, nullable=False),
    Column("tags", Packed(tuple[Tag, ...]), nullable=False, server_default="[]"),
    sqlite_autoincrement=True,  # a number is never used twice, so that numbers rise with first sight
)
Index("ix_story_first_seen", story.c.first_seen)

entry = Table(
    "entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("link", Text),
    Column("link_key", Text),
    Column("copy_digest", Text),
    Column("title_digest", Text, nullable=False),
    Column("text_digest", Text, nullable=False),
    Column("published", Moment),
    Column("seen_at", Moment, nullable=False),
    # Set to null by retention: the identity outlives the story, or an old item would come back as new.
    Column("story", Integer, ForeignKey("story.id", ondelete="SET NULL")),
    UniqueConstraint("source", "key"),
)
Index("ix_entry_link", entry.c.outlet, entry.c.link_key)
Index("ix_entry_copy", entry.c.copy_digest)
Index("ix_entry_story", entry.c.story)

revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("story", Integer, ForeignKey("story.id", ondelete="CASCADE"), nullable=False),
    Column("replaced_at", Moment, nullable=False),
    Column("title", Text, nullable=False),
    Column("html", Text, nullable=False),
)
Index("ix_revision_story", revision.c.story)

feed = Table(
    "feed",
    metadata,
    Column("name", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("rendered", Integer, nullable=False),
    Column("changed_at", Moment, nullable=False),
    # A fill walks from the newest story to the oldest; what lies below this number is still to be looked at.
    Column("fill_below", Integer, nullable=False),
    Column("fill_removes", Boolean, nullable=False),
)

member = Table(
    "member",
    metadata,
    Column("feed", Text, ForeignKey("feed.name", ondelete="CASCADE"), primary_key=True),
    Column("story", Integer, ForeignKey("story.id", ondelete="CASCADE"), primary_key=True),
)
Index("ix_member_story", member.c.story)
