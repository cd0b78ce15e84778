"""Publishing: every feed whose files are behind its members is rendered and written, one feed after another.

A fault in one feed is that feed's: it is logged, shown and tried again later, and the others are published.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import structlog

from syndicator.errors import StoreError
from syndicator.models import Feed, FeedState, Link, Outlet, Story
from syndicator.models.archives import Archive
from syndicator.models.formats import OPML_FILE, feed_of, file_name, is_archive
from syndicator.models.status import FeedProblem
from syndicator.publish import atom
from syndicator.publish.archives import ATOM, Archiver, Rendered, is_archived, previous_link
from syndicator.publish.cache import EntryCache
from syndicator.publish.context import PublicationContext, PublicationRules
from syndicator.publish.files import FeedFiles
from syndicator.publish.formats import RENDERERS, Renderer
from syndicator.publish.notes import History, with_notes
from syndicator.publish.opml import render as render_opml
from syndicator.publish.pace import expected_gap
from syndicator.publish.rendering import link_bases, render_feed
from syndicator.publish.retry import Failures
from syndicator.store import Store, Transaction

_log = structlog.get_logger()
# So many archives of a feed are made before other feeds have their turn.
_MOST_ARCHIVES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What a feed's files are to show, all as of one moment; ``outlets`` are those that have the stories.

    ``history`` is what happened to the stories, as far as the feed asks for it. ``archive`` is the feed's newest;
    something is to be archived before this can be published if it ``is_overflowing``.
    """

    state: FeedState
    stories: Sequence[Story]
    outlets: frozenset[str]
    bases: Mapping[str, str]
    history: History
    archive: Archive | None = None
    is_overflowing: bool = False


class Publisher:
    """Renders and writes feeds. ``publish`` must not run twice at a time.

    ``rules`` returns the feeds in force, the same object until a reload replaces it.
    """

    def __init__(
        self,
        store: Store,
        files: FeedFiles,
        rules: Callable[[], PublicationRules],
        clock: Callable[[], datetime],
    ) -> None:
        """Start with no feed known to fail. ``paces`` are how many seconds feeds' next changes are off, by name."""
        self.paces: dict[str, int] = {}
        self._store, self._files, self._rules, self._clock = store, files, rules, clock
        self._failures = Failures()
        self._archiver = Archiver(store, files, clock)
        self._last_rules: PublicationRules | None = None
        self._listed: PublicationRules | None = None
        self._is_backwards = False
        self._written: set[str] = set()

    def take_written(self) -> set[str]:
        """Return, once, the names of feeds' files that have other bytes than before."""
        written, self._written = self._written, set()
        return written

    @property
    def problems(self) -> Mapping[str, FeedProblem]:
        """Why each failing feed cannot be published, what to do, and when it is tried again; by the feed's name."""
        return self._failures.problems

    async def publish(self) -> list[str]:
        """Publish the feeds that are behind; return the names of those that are up to date now.

        Raise StoreError if the store fails, OSError if the folder takes no file at all. What was written before that
        stays, and the next run goes on from there.
        """
        self._notice_reload()
        if lost := self._files.take_lost():
            self._listed = None if OPML_FILE in lost else self._listed
            self._archiver.note_missing(filter(is_archive, lost))
            feeds = sorted({feed_of(name) for name in lost})
            await self._store.write(lambda tx: tx.feeds.unrender(feeds))
        await self._archiver.mark_due(self._rules().feeds.values())
        names = await self._store.read(lambda tx: tx.feeds.stale_names())
        # There and back: entries of the feeds that the last run ended with are still in the cache, however small it is.
        self._is_backwards ^= bool(names)
        done = [name for name in sorted(names, reverse=not self._is_backwards) if await self._try(name)]
        await self._list_feeds()
        return done

    async def publish_one(self, name: str) -> bool:
        """Publish one feed if it is behind; return whether it is up to date now. Raise as ``publish`` does."""
        return name not in await self._store.read(lambda tx: tx.feeds.stale_names()) or await self._try(name)

    async def _list_feeds(self) -> None:
        """Write the list of all public feeds, if it may be another since the last run.

        A fault is logged, and no feed waits for the list: it is tried again at the next reload or start.
        """
        rules = self._rules()
        if rules is self._listed:
            return
        self._listed = rules
        try:
            await asyncio.to_thread(self._write_list, rules)
        except Exception:  # noqa: BLE001 - whatever is wrong with the list must not keep feeds back
            _log.exception("cannot write the list of feeds", file=OPML_FILE)

    def _write_list(self, rules: PublicationRules) -> None:
        self._files.put(OPML_FILE, render_opml(rules.feeds.values(), rules.context), self._clock())
        self._files.sync()

    def _notice_reload(self) -> None:
        """Try failing feeds at once after a reload: the operator may have mended them."""
        rules = self._rules()
        if rules is not self._last_rules:
            self._failures.keep_only(rules.feeds)
            self._failures.end_waits()
            self._last_rules = rules

    async def _try(self, name: str) -> bool:
        if self._failures.is_waiting(name, self._clock()):
            return False
        try:
            is_published = await self._publish_feed(name)
        except StoreError:
            raise
        except OSError as error:
            await asyncio.to_thread(self._files.check_writable)  # raises if the fault is not this feed's alone
            # The folder was deleted meanwhile, and exists again: nothing keeps the next run from writing.
            if not isinstance(error, FileNotFoundError):
                self._fail(name, _reason(error), error)
            return False
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one feed must not keep the others back
            self._fail(name, _reason(error), error)
            return False
        if is_published and self._failures.clear(name):
            _log.info("a feed is published again", feed=name)
        return is_published

    async def _publish_feed(self, name: str) -> bool:
        """Render one feed and write its files; return False if it is behind again, or gone, by the time they are."""
        rules = self._rules()
        feed = rules.feeds.get(name)
        if feed is None:
            return False
        load = partial(_load, feed=feed, outlets=rules.context.outlets, asked=rules.asked_fields.get(name, frozenset()))
        for _ in range(_MOST_ARCHIVES):
            is_complete = await self._archive(feed, rules)
            content = await self._store.read(load)
            if content is None or not (is_complete and content.is_overflowing):
                break  # else stories have come meanwhile, and others have left
        # A version that the store knew after a reload must not be recorded for files made by the rules before it.
        if content is None or self._rules() is not rules:
            return False
        await asyncio.to_thread(self._write_files, feed, content, rules.context)
        if not is_complete:
            return False
        pace = expected_gap([story.first_seen for story in content.stories], self._clock())
        self.paces[name] = int(pace.total_seconds())
        record = partial(_record, content=content, outlets=rules.context.outlets, pace=self.paces[name])
        return await self._store.write(record)

    async def _archive(self, feed: Feed, rules: PublicationRules) -> bool:
        """Archive what leaves a feed's document before that is written; return False if there is more than some."""
        if not is_archived(feed):
            return True
        await self._archiver.restore(feed)
        render = partial(self._render_archive, feed, rules)
        for _ in range(_MOST_ARCHIVES):
            if not await self._archiver.archive(feed, rules.context, render):
                return True
        return False

    async def _render_archive(
        self, feed: Feed, rules: PublicationRules, numbers: Sequence[int], links: Sequence[Link]
    ) -> Rendered | None:
        """Render stories in a document that never changes: what may be gone tomorrow, it does not lead to.

        Those are mirrors that stand in for a home, the pages of stories, other copies and hubs.
        """
        asked = rules.asked_fields.get(feed.name, frozenset())
        content = await self._store.read(partial(_load_archive, feed=feed, numbers=numbers, asked=asked))
        if not content.stories:
            return None
        feed = replace(feed, has_story_links=False)
        context = replace(rules.context, hubs=(), alternates=(), entry_cache=EntryCache(bound=0))
        renderer = partial(atom.render, links=links, is_archive=True)
        body = await asyncio.to_thread(lambda: _rendered(renderer, feed, _shown(content, context), context))
        return Rendered(body=body, stories={each.id: each.updated for each in content.stories})

    def _write_files(self, feed: Feed, content: _Content, context: PublicationContext) -> None:
        """Write a feed in each of its formats; raise the first fault once all have been tried."""
        faults: list[Exception] = []
        content = _shown(content, context)
        for format_name in feed.formats:
            try:
                renderer = RENDERERS[format_name]
                if format_name == ATOM:
                    renderer = partial(atom.render, links=previous_link(content.archive, context))
                body = _rendered(renderer, feed, content, context)
                name = file_name(feed.name, format_name)
                if self._files.put(name, body, content.state.changed_at):
                    self._written.add(name)
            except Exception as error:  # noqa: BLE001 - raised below
                faults.append(error)
        self._files.sync()
        if faults:
            raise faults[0]

    def _fail(self, name: str, reason: str, error: Exception) -> None:
        failure = self._failures.add(name, reason, self._clock())
        is_foreseen = isinstance(error, OSError)
        _log.error(
            "cannot publish a feed",
            feed=name,
            reason=reason,
            next_try=failure.next_try_at.isoformat(timespec="seconds"),
            exc_info=None if is_foreseen else error,
        )


def _load(
    tx: Transaction, *, feed: Feed, outlets: Mapping[str, Outlet], asked: Collection[str] = ()
) -> _Content | None:
    """Read a feed's state, its stories with what happened to them as far as it is ``asked`` for, and links' bases.

    Return None if the store has no such feed.
    """
    found = tx.feeds.load(feed.name, feed.limit)
    if found is None:
        return None
    state, stories = found
    latest = tx.archives.latest(feed.name) if is_archived(feed) else None
    shown = frozenset(id_ for story in stories for id_ in (story.outlet, *story.outlets))
    return _Content(
        state=state,
        stories=stories,
        outlets=shown,
        bases=link_bases(tx, shown, outlets),
        history=_history(tx, [story.id for story in stories], asked),
        archive=latest,
        is_overflowing=latest is not None and tx.archives.is_overflowing(feed.name, feed.limit),
    )


def _load_archive(tx: Transaction, *, feed: Feed, numbers: Sequence[int], asked: Collection[str]) -> _Content:
    """Read stories in this order, with what happened to them. Links lead home: mirrors come and go."""
    by_number = {story.id: story for story in tx.stories.get(numbers)}
    stories = [by_number[number] for number in numbers if number in by_number]
    changed_at = max((story.updated for story in stories), default=datetime.min.replace(tzinfo=UTC))
    return _Content(
        state=FeedState(name=feed.name, version=0, rendered=0, changed_at=changed_at),
        stories=stories,
        outlets=frozenset(),
        bases={},
        history=_history(tx, [story.id for story in stories], asked),
    )


def _shown(content: _Content, context: PublicationContext) -> _Content:
    """Return a content with what happened to its stories above their texts."""
    stories = [with_notes(each, content.history, context, content.bases) for each in content.stories]
    return replace(content, stories=stories)


def _history(tx: Transaction, numbers: Sequence[int], asked: Collection[str]) -> History:
    return History(
        revisions=tx.stories.revisions_of(numbers) if "revised" in asked else {},
        carriers=tx.stories.carriers_of(numbers) if "copies" in asked else {},
        checks=tx.page_checks.of(numbers) if "deleted" in asked else {},
    )


def _record(tx: Transaction, *, content: _Content, outlets: Mapping[str, Outlet], pace: int) -> bool:
    """Store that a feed's files show its content; return False, and store nothing, if links lead elsewhere by now.

    A home that failed while they were written marked only the feeds that were known to show its outlet.
    """
    if link_bases(tx, content.outlets, outlets) != content.bases:
        return False
    tx.feeds.rendered(content.state.name, content.state.version, outlets=content.outlets, pace=pace)
    return True


def _rendered(renderer: Renderer, feed: Feed, content: _Content, context: PublicationContext) -> bytes:
    return render_feed(
        renderer, feed, content.stories, context, changed_at=content.state.changed_at, bases=content.bases
    )


def _reason(error: Exception) -> str:
    """Return in words what failed and what to do."""
    match error:
        case IsADirectoryError():
            return f"a folder lies where its file belongs ({error.filename2 or error.filename}): move it away"
        case FileExistsError() | NotADirectoryError():
            return f"a file lies where its folder belongs ({error.filename2 or error.filename}): move it away"
        case PermissionError():
            return f"its file may not be replaced ({error}): check owner, mode and attributes of file and folder"
        case OSError():
            return f"its file cannot be written ({error}): check the folder and the disk"
        case _:
            return f"a fault of this program ({type(error).__name__}: {error}): report it with the traceback in the log"
