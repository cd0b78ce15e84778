"""Stories' pages as files, for copies of the readers' face: those of the stories that public feeds show just now."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

import msgspec

from syndicator import __version__
from syndicator.models import Feed, Story
from syndicator.models.account import StoryAccount
from syndicator.publish import SiteFile
from syndicator.rules import Rules
from syndicator.runtime.account import public_account
from syndicator.store import Store, Transaction
from syndicator.web import FeedDirectory, render_copy

_PATH = re.compile(r"stories/([0-9]{1,12})(/index\.html|\.json)")
_FEEDS_AT_ONCE = 50


class StoryPages:
    """Which stories have a page, and as of which words. Pages are rendered when they are read.

    They are rendered anew when what is told of the story changes; what else the page shows, such as the other stories
    of an event, is as of that moment.
    """

    def __init__(self, store: Store, rules: Callable[[], Rules], directory: Callable[[], FeedDirectory]) -> None:
        """Look at no feed yet."""
        self._store, self._rules, self._directory = store, rules, directory
        self._by_feed: dict[str, frozenset[int]] = {}
        self._shown: Counter[int] = Counter()
        self._digests: dict[int, str] = {}

    async def look_at(self, feeds: Iterable[Feed]) -> None:
        """Find out which stories these feeds show."""
        wanted = sorted(feeds, key=lambda feed: feed.name)
        for start in range(0, len(wanted), _FEEDS_AT_ONCE):
            some = wanted[start : start + _FEEDS_AT_ONCE]
            for name, digests in (await self._store.read(partial(_stories_of, feeds=some))).items():
                self._put(name, digests)

    def forget(self, names: Iterable[str]) -> None:
        """Forget what these feeds show: they are gone, or not for everybody."""
        for name in names:
            self._put(name, {})

    def files(self, rank: int) -> Mapping[str, SiteFile]:
        """Return the pages by path, each as HTML and as JSON."""
        return {
            path: SiteFile(digest=digest, content_type=content_type, rank=rank)
            for number, digest in self._digests.items()
            for path, content_type in (
                (f"stories/{number}/index.html", "text/html; charset=utf-8"),
                (f"stories/{number}.json", "application/json; charset=utf-8"),
            )
        }

    async def read(self, path: str) -> tuple[str, bytes] | None:
        """Render a page; return what tells it from those before, and its bytes. None if there is no such page."""
        found = _PATH.fullmatch(path)
        digest = self._digests.get(int(found[1])) if found else None
        if found is None or digest is None:
            return None
        rules, number = self._rules(), found[1]
        account = await self._store.read(lambda tx: public_account(tx, rules, number))
        if account is None:
            return None
        account = self._of_copy(account)
        if found[2] == ".json":
            return digest, msgspec.json.encode(account)
        directory = self._directory()
        page = render_copy(account, f"stories/{number}", title=directory.title, base_url=directory.base_url)
        return digest, page.encode()

    def _of_copy(self, account: StoryAccount) -> StoryAccount:
        """Return what is told of a story with those of the others that are here."""
        near, event = tuple(each for each in account.near if each.id in self._digests), account.event
        if event is not None:
            others = tuple(each for each in event.others if each.id in self._digests)
            event = replace(event, others=others)
        return replace(account, near=near, event=event)

    def _put(self, feed: str, digests: Mapping[int, str]) -> None:
        before = self._by_feed.pop(feed, frozenset())
        if digests:
            self._by_feed[feed] = frozenset(digests)
        self._shown.update(digests.keys())
        self._digests.update(digests)
        self._shown.subtract(before)
        for number in before:
            if not self._shown[number]:
                del self._shown[number], self._digests[number]


def _stories_of(tx: Transaction, *, feeds: Iterable[Feed]) -> dict[str, dict[int, str]]:
    numbers = {feed.name: tx.feeds.members(feed.name, feed.limit) for feed in feeds}
    digests = {
        story.id: _digest(story)
        for story in tx.stories.get(sorted({each for some in numbers.values() for each in some}))
    }
    return {name: {each: digests[each] for each in some if each in digests} for name, some in numbers.items()}


def _digest(story: Story) -> str:
    return hashlib.blake2b(msgspec.msgpack.encode((__version__, story)), digest_size=16).hexdigest()
