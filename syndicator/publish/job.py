"""Publishing: every feed whose files are behind its members is rendered and written, one feed after another.

A fault in one feed is that feed's: it is logged, shown and tried again later, and the others are published.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog

from syndicator.errors import StoreError
from syndicator.models import Feed, FeedState, LinksTo, Outlet, Story
from syndicator.models.formats import feed_of, file_name
from syndicator.models.status import FeedProblem
from syndicator.publish.context import PublicationContext, PublicationRules
from syndicator.publish.files import FeedFiles
from syndicator.publish.formats import RENDERERS
from syndicator.publish.notes import History, with_notes
from syndicator.publish.retry import Failures
from syndicator.store import Store, Transaction
from syndicator.watch import working_base

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What a feed's files are to show, all as of one moment; ``outlets`` are those that have the stories.

    ``history`` is what happened to the stories, as far as the feed asks for it.
    """

    state: FeedState
    stories: Sequence[Story]
    outlets: frozenset[str]
    bases: Mapping[str, str]
    history: History


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
        """Start with no feed known to fail."""
        self._store, self._files, self._rules, self._clock = store, files, rules, clock
        self._failures = Failures()
        self._last_rules: PublicationRules | None = None
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
            feeds = sorted({feed_of(name) for name in lost})
            await self._store.write(lambda tx: tx.feeds.unrender(feeds))
        names = await self._store.read(lambda tx: tx.feeds.stale_names())
        # There and back: entries of the feeds that the last run ended with are still in the cache, however small it is.
        self._is_backwards ^= bool(names)
        return [name for name in sorted(names, reverse=not self._is_backwards) if await self._try(name)]

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
        content = await self._store.read(
            partial(_load, feed=feed, outlets=rules.context.outlets, asked=rules.asked_fields.get(name, frozenset()))
        )
        # A version that the store knew after a reload must not be recorded for files made by the rules before it.
        if content is None or self._rules() is not rules:
            return False
        await asyncio.to_thread(self._write_files, feed, content, rules.context)
        return await self._store.write(partial(_record, content=content, outlets=rules.context.outlets))

    def _write_files(self, feed: Feed, content: _Content, context: PublicationContext) -> None:
        """Write a feed in each of its formats; raise the first fault once all have been tried."""
        faults: list[Exception] = []
        stories = [with_notes(each, content.history, context, content.bases) for each in content.stories]
        content = replace(content, stories=stories)
        for format_name in feed.formats:
            try:
                body = _render(format_name, feed, content, context)
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
    shown = frozenset(id_ for story in stories for id_ in (story.outlet, *story.outlets))
    return _Content(
        state=state,
        stories=stories,
        outlets=shown,
        bases=_link_bases(tx, shown, outlets),
        history=_history(tx, [story.id for story in stories], asked),
    )


def _history(tx: Transaction, numbers: Sequence[int], asked: Collection[str]) -> History:
    return History(
        revisions=tx.stories.revisions_of(numbers) if "revised" in asked else {},
        carriers=tx.stories.carriers_of(numbers) if "copies" in asked else {},
        checks=tx.page_checks.of(numbers) if "deleted" in asked else {},
    )


def _record(tx: Transaction, *, content: _Content, outlets: Mapping[str, Outlet]) -> bool:
    """Store that a feed's files show its content; return False, and store nothing, if links lead elsewhere by now.

    A home that failed while they were written marked only the feeds that were known to show its outlet.
    """
    if _link_bases(tx, content.outlets, outlets) != content.bases:
        return False
    tx.feeds.rendered(content.state.name, content.state.version, outlets=content.outlets)
    return True


def _link_bases(tx: Transaction, shown: Collection[str], outlets: Mapping[str, Outlet]) -> dict[str, str]:
    """Return where links lead, by outlet, for those where that may be elsewhere than home: only to a mirror."""
    known = [outlets[id_] for id_ in sorted(shown) if id_ in outlets]
    movable = [outlet for outlet in known if outlet.mirrors and outlet.links is not LinksTo.HOME]
    states = tx.sources.states([source for outlet in movable for source in outlet.sources])
    endpoints = {id_: state.endpoints for id_, state in states.items()}
    return {outlet.id: working_base(outlet, endpoints) for outlet in movable}


def _render(format_name: str, feed: Feed, content: _Content, context: PublicationContext) -> bytes:
    """Render a feed; a story that the format cannot carry is left out alone."""
    render = partial(
        RENDERERS[format_name], feed, context=context, changed_at=content.state.changed_at, bases=content.bases
    )
    try:
        return render(stories=content.stories)
    except Exception:  # noqa: BLE001 - whichever story it is, the others are well
        render(stories=[])  # raises if it is the feed itself
        return render(stories=[story for story in content.stories if _can_be_rendered(render, feed, story)])


def _can_be_rendered(render: Callable[..., bytes], feed: Feed, story: Story) -> bool:
    try:
        render(stories=[story])
    except Exception:  # noqa: BLE001 - left out and logged with its traceback
        _log.exception("a story cannot be rendered and is left out", feed=feed.name, story=story.uid)
        return False
    return True


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
