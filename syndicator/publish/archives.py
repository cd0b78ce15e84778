"""Archived feeds (RFC 5005, 4): what leaves a feed's document stays in documents of its months, which never change.

A month's archive is made a day after the month has gone, with all that is in no archive yet. If a feed has more than
its document takes, parts of the month are archived before: whatever is beyond the document stands in an archive by the
time that the document is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from syndicator.models import Feed, Link
from syndicator.models.archives import Archive, PendingMember
from syndicator.models.formats import FORMATS_BY_NAME, KINDS, archive_name, feed_of, label_of
from syndicator.publish.context import PublicationContext
from syndicator.publish.files import FeedFiles
from syndicator.store import Store, Transaction
from syndicator.store.archives import packed

ATOM = "atom"
# A month is closed so long after its end: what comes late, or is rewritten soon, is in its archive.
_MARGIN = timedelta(days=1)
_MOST_ENTRIES = 250
# So many pending members are looked at to find out what goes into one archive.
_MOST_PENDING = 2000
_TYPE = FORMATS_BY_NAME[ATOM].content_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A document with the stories that stand in it, by number, and the ``updated`` of each."""

    body: bytes
    stories: Mapping[int, datetime]


Render = Callable[[Sequence[int], Sequence[Link]], Awaitable[Rendered | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePlan:
    """The next archive to be made of a feed: which it is, and its stories, the oldest first."""

    month: str
    part: int
    stories: Sequence[int]


def plan_archive(
    pending: Sequence[PendingMember], overflow: Sequence[PendingMember], latest: Archive | None, now: datetime
) -> ArchivePlan | None:
    """Return the next archive to make, None if nothing is due.

    ``pending`` are the members that are in no archive, the oldest first: those of months that have gone are due. So is
    all of ``overflow``. A member whose month is closed counts as one of the month after: archives never change.
    """
    running, first = month_of(now - _MARGIN), _first_open(latest)
    month_by_story = {each.story: max(month_of(each.placed_at), first) for each in [*pending, *overflow]}
    due = dict.fromkeys(each.story for each in pending if month_by_story[each.story] < running)
    due.update(dict.fromkeys(each.story for each in overflow))
    if not due:
        return None
    month = min(month_by_story[number] for number in due)
    stories = [number for number in due if month_by_story[number] == month]
    is_last = month < running and len(stories) <= _MOST_ENTRIES
    next_part = latest.part + 1 if latest is not None and latest.month == month else 1
    return ArchivePlan(month=month, part=0 if is_last else next_part, stories=stories[:_MOST_ENTRIES])


def month_of(moment: datetime) -> str:
    """Return the month of a moment in UTC: "2026-11"."""
    moment = moment.astimezone(UTC)
    return f"{moment.year:04}-{moment.month:02}"


def _first_open(latest: Archive | None) -> str:
    """Return the first month that may still get an archive."""
    if latest is None:
        return ""
    if latest.part:
        return latest.month
    year, month = map(int, latest.month.split("-"))
    return f"{year + month // 12:04}-{month % 12 + 1:02}"


def is_archived(feed: Feed) -> bool:
    """Return whether a feed has archives: RFC 5005 knows them in Atom. Folders of kinds have none in them."""
    return feed.has_archives and ATOM in feed.formats and feed.name not in KINDS


class Archiver:
    """Makes the archives of feeds, and writes their files: those that are lost, too, from the bytes in the store."""

    def __init__(self, store: Store, files: FeedFiles, clock: Callable[[], datetime]) -> None:
        """Make none before ``archive``."""
        self._store, self._files, self._clock = store, files, clock
        self._missing: set[str] = set()
        self._looked_in = ""

    def note_missing(self, names: Iterable[str]) -> None:
        """Remember archives whose files are to be written again."""
        self._missing.update(names)

    async def mark_due(self, feeds: Iterable[Feed]) -> None:
        """Mark feeds to be rendered that have something of a month that has gone; look once a month, and at first."""
        running = month_of(self._clock() - _MARGIN)
        if running != self._looked_in:
            start = datetime.strptime(f"{running}+0000", "%Y-%m%z")
            outdated = await self._store.read(lambda tx: tx.archives.outdated(start))
            archived = {feed.name for feed in feeds if is_archived(feed)}
            if due := [name for name in outdated if name in archived]:
                await self._store.write(lambda tx: tx.feeds.unrender(due))
            self._looked_in = running

    async def restore(self, feed: Feed) -> None:
        """Write a feed's missing archives again, byte for byte. Raise OSError if one cannot be written."""
        for name in sorted(each for each in self._missing if feed_of(each) == feed.name):
            found = await self._store.read(partial(_body, name=name))
            if found is not None:
                await asyncio.to_thread(self._files.put, name, *found)
            self._missing.discard(name)

    async def archive(self, feed: Feed, context: PublicationContext, render: Render) -> bool:
        """Make the next archive of a feed, if one is due; return whether there may be more to do.

        ``render`` renders stories, by number, in a document with these links. The bytes are in the store before they
        are in a file, which is written again if that fails.
        """
        now = self._clock()
        latest, plan = await self._store.read(partial(_next_archive, feed=feed, now=now))
        if plan is None:
            return False
        made = Archive(
            feed=feed.name,
            number=latest.number + 1 if latest else 1,
            month=plan.month,
            part=plan.part,
            made_at=now,
        )
        rendered = await render(plan.stories[::-1], archive_links(made, latest, feed, context))
        if rendered is None:
            return False
        body = await asyncio.to_thread(packed, rendered.body)
        if await self._store.write(lambda tx: tx.archives.add(made, body, rendered.stories)):
            self.note_missing([archive_name(feed.name, made.label)])
            await self.restore(feed)
        return True


def _next_archive(tx: Transaction, *, feed: Feed, now: datetime) -> tuple[Archive | None, ArchivePlan | None]:
    latest = tx.archives.latest(feed.name)
    if latest is None and tx.archives.is_being_filled(feed.name):
        return None, None  # the newest come first, and archives begin with the oldest
    is_overflowing = tx.archives.is_overflowing(feed.name, feed.limit)
    oldest = tx.archives.pending(feed.name, 1)
    if not is_overflowing and (not oldest or month_of(oldest[0].placed_at) >= month_of(now - _MARGIN)):
        return latest, None  # as mostly
    pending = tx.archives.pending(feed.name, _MOST_PENDING)
    overflow = tx.archives.pending(feed.name, _MOST_PENDING, below=feed.limit // 2) if is_overflowing else []
    return latest, plan_archive(pending, overflow, latest, now)


def _body(tx: Transaction, *, name: str) -> tuple[bytes, datetime] | None:
    return tx.archives.body(feed_of(name), label_of(name))


def archive_links(made: Archive, before: Archive | None, feed: Feed, context: PublicationContext) -> list[Link]:
    """Return the links in an archive's head: to itself, to its feed's own document, to the archive before.

    None leads to the one after, which does not exist yet: a document that never changes cannot know of it.
    """
    own = Link(rel="self", href=_address(made, context))
    current = Link(rel="current", href=context.address(feed, ATOM), type=_TYPE)
    return [own, current, *previous_link(before, context)]


def previous_link(archive: Archive | None, context: PublicationContext) -> list[Link]:
    """Return the link to a feed's newest archive, or to the one before another, if there is any."""
    return [Link(rel="prev-archive", href=_address(archive, context), type=_TYPE)] if archive is not None else []


def _address(archive: Archive, context: PublicationContext) -> str:
    return f"{context.base_url}/feeds/{archive_name(archive.feed, archive.label)}"
