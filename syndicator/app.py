"""Wiring: the one place that picks concrete parts, and gives them the configuration in force."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

import structlog
from aiohttp.abc import AbstractResolver

from syndicator import __version__
from syndicator.config import Config
from syndicator.dedupe import COPY_WINDOW, decide, shared_links
from syndicator.errors import StoreError
from syndicator.extract import COMMAND, ClassificationRules, Extractor, Limits, Pool
from syndicator.fetch import Fetcher, HostState
from syndicator.markup import words_of_safe
from syndicator.models import Document, Entry, Feed, FetchOptions, Source, Story, Tag, Validators
from syndicator.pipeline import RETAG_BELOW, Fetch, Pipeline
from syndicator.publish import RENDERERS, FeedFiles, PublicationContext
from syndicator.query import Filters, Subject, parse
from syndicator.query.grammar import Where, concepts_in
from syndicator.store import Store, Transaction
from syndicator.tag import OutletHistory, Tagger, open_gazetteer, tagging_fingerprint
from syndicator.watch import ENOUGH_KNOWN, learn, mirror_candidates, mismatch_reason, working_base

Post = Callable[[str, Mapping[str, str], FetchOptions], Awaitable[Document]]
_log = structlog.get_logger()
_REMEMBERED_STORIES = 5000  # whose places tell, after a restart, where their outlets write of


def utc_now() -> datetime:
    """Read the clock: the only place that does."""
    return datetime.now(UTC)


class App:
    """The parts, living as long as the process, and the configuration they work by.

    Make one inside a running loop; ``adopt`` a configuration before anything else, and again whenever it changes;
    ``close`` at the end. ``fetch`` and ``post`` replace the network, for replays.
    """

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], datetime] = utc_now,
        fetch: Fetch | None = None,
        post: Post | None = None,
        resolver: AbstractResolver | None = None,
        limits: Limits | None = None,
        shelf: FeedFiles | None = None,
        patience: float = 0.0,
    ) -> None:
        """Open the store (raising StoreError) and the shelf of published files; ``patience`` is the store's."""
        self.clock = clock
        self.store = Store(config.store, patience=patience)
        self.shelf = shelf or FeedFiles(config.state / "feeds")
        self.pool = Pool(COMMAND, size=config.workers, limits=limits)
        self._resolver, self._own_fetch, self._own_post = resolver, fetch, post
        self._fetcher: Fetcher | None = None
        self._memory = HostState()
        self._closing: asyncio.Task[None] | None = None
        self._use(config)

    async def adopt(self, config: Config) -> None:
        """Put a configuration in force: new sources are due at once, new and edited feeds are filled from the store.

        Raise StoreError, with the one before still in force, when it cannot be written down.
        """
        manners_changed = config.politeness != self.config.politeness
        before = self.config
        # Filters first: a poll that ends between here and the next line already works by the new ones.
        self._use(config)
        try:
            await self.store.write(self._write_down)
        except StoreError:
            self._use(before)
            raise
        lost = self.shelf.keep_only(f"{feed.name}.{kind}" for feed in config.feeds.values() for kind in feed.formats)
        await self.store.write(lambda tx: tx.feeds.unrender([name.rpartition(".")[0] for name in lost]))
        if manners_changed and self._fetcher is not None:
            retired = self._fetcher
            self._fetcher = self._new_client()
            self._closing = asyncio.create_task(retired.close(is_patient=True))
        self._tell_exceptions(() if before is config else before.sources.values())

    async def close(self) -> None:
        """End children and connections, finish writing."""
        if self._closing is not None:
            await self._closing
        if self._fetcher is not None:
            await self._fetcher.close()
        await self.pool.close()
        self.store.close()

    def _use(self, config: Config) -> None:
        self.config = config
        vocabulary = config.vocabulary
        self._filters: dict[str, Where] = {name: parse(feed.where, vocabulary) for name, feed in config.feeds.items()}
        concepts = tuple(config.concepts.values())
        self._tag = Tagger(concepts, config.gazetteer)
        gazetteer = open_gazetteer(config.gazetteer)
        self._earlier = OutletHistory(gazetteer.number_of)
        wheres = {name: feed.where for name, feed in config.feeds.items()}
        asked = _print([asdict(each) for each in concepts], wheres, config.gazetteer.name)
        countries = {outlet.id: outlet.country for outlet in config.outlets.values()}
        rules = ClassificationRules(
            gazetteer=config.gazetteer,
            countries=countries,
            concepts=concepts,
            filters=self._filters,
            fingerprint=asked,
        )
        # One assignment, so that the writer's thread never sees the filters of one reload with the print of another.
        self._chosen_by = asked, Filters(self._filters)
        self._site = PublicationContext(
            base_url=config.base_url,
            title=config.title,
            authority=config.authority,
            outlets=config.outlets,
            labels={
                **gazetteer.labels(),
                **{key: concept.label for key, concept in config.concepts.items()},
            },
            ttl_minutes=max(1, int(config.bounds.shortest.total_seconds() // 60)),
        )
        extractor = Extractor(self.pool, rules, self._earlier)
        self.pipeline = Pipeline(
            takes_pushes=config.takes_pushes,
            slow=config.mirror_slow,
            outlets=config.outlets,
            feeds=config.feeds,
            bounds=config.bounds,
            store=self.store,
            fetch=self._own_fetch or self._fetch,
            prepare=extractor.document,
            whole=extractor.full_text,
            decide=decide,
            tag=self._retag,
            select=self._select,
            is_current=lambda print_: print_ == self._chosen_by[0],
            name=self._name,
            shared_links=shared_links,
            copy_window=COPY_WINDOW,
            mismatch_reason=mismatch_reason,
            enough_known=ENOUGH_KNOWN,
            hints=mirror_candidates,
            learn=learn,
            render=self._render,
            working_base=working_base,
            clock=self.clock,
        )

    def _retag(self, story: Story) -> tuple[Tag, ...]:
        outlet = self.config.outlets.get(story.outlet)
        country, earlier = outlet.country if outlet else "", self._earlier.shares(story.outlet)
        return self._tag(story.title, words_of_safe(story.html), story.language, country, earlier)

    def _select(self, story: Story) -> frozenset[str]:
        """Name the feeds that hold a story, by the filters in force: a poll may have begun under others."""
        text = words_of_safe(story.html)
        return self._chosen_by[1](Subject(story.title, text, story.language, story.outlets, story.tags))

    async def post(self, url: str, form: Mapping[str, str], way: FetchOptions) -> Document:
        """Send a form to an address, guarded."""
        if self._own_post is not None:
            return await self._own_post(url, form, way)
        return await self._client().post(url, form, way)

    async def _fetch(self, endpoint: str, known: Validators, way: FetchOptions) -> Document:
        return await self._client()(endpoint, known, way)

    def _client(self) -> Fetcher:
        if self._fetcher is None:
            self._fetcher = self._new_client()
        return self._fetcher

    def _new_client(self) -> Fetcher:
        return Fetcher(self.config.politeness, clock=self.clock, resolver=self._resolver, memory=self._memory)

    def _name(self, source: Source, entry: Entry, since: datetime | None) -> str:
        """Name a new story for ever: a ``tag:`` URI (RFC 4151) from the source and the entry's key.

        ``since`` tells apart stories for which an outlet uses one key after the other.
        """
        mark = f"{source.id}\n{entry.key}" + (f"\n{since.isoformat()}" if since else "")
        digest = hashlib.blake2b(mark.encode("utf-8", "replace"), digest_size=10).hexdigest()
        return f"tag:{self.config.authority}:{source.outlet}/{digest}"

    def _render(self, feed: Feed, stories: Sequence[Story], *, changed_at: datetime, bases: Mapping[str, str]) -> None:
        for kind in feed.formats:
            render = partial(RENDERERS[kind], feed, site=self._site, changed_at=changed_at, bases=bases)
            try:
                body = render(stories=stories)
            except (ValueError, TypeError):  # one story that XML cannot carry must not keep the others back
                body = render(stories=[story for story in stories if _can_be_rendered(render, story)])
            self.shelf.put(f"{feed.name}.{kind}", body, changed_at)

    def _tell_exceptions(self, told: Iterable[Source]) -> None:
        """Log which sources the operator has asked with less than the usual manners."""
        for source in set(self.config.sources.values()).difference(told):
            if source.interval is not None and source.interval < self.config.bounds.shortest:
                _log.info("asked more often than poll.shortest", source=source.id, interval=str(source.interval))
            if not all(source.options_for(endpoint).respect_robots for endpoint in source.endpoints):
                _log.info("asked whatever robots.txt says", source=source.id)

    def _write_down(self, tx: Transaction) -> None:
        """Make the store agree with the configuration."""
        now, last_story = self.clock(), tx.stories.last_number()
        for outlet, tags in tx.stories.latest_tags(_REMEMBERED_STORIES):
            self._earlier.learn(outlet, (tags,))
        tx.sources.sync(self.config.sources, now)
        concepts = {key: asdict(each) for key, each in self.config.concepts.items()}
        tagger = _print(tagging_fingerprint(), self.config.gazetteer.name, concepts)
        if tx.get_meta("tagger") != tagger:
            tx.set_meta("tagger", tagger)
            tx.set_meta(RETAG_BELOW, str(last_story + 1))
            tx.feeds.refill(last_story=last_story)
        tx.feeds.define(
            {name: self._prints(feed) for name, feed in self.config.feeds.items()}, now, last_story=last_story
        )

    def _prints(self, feed: Feed) -> tuple[str, str]:
        """Give a print of what a feed holds, and one of how it looks."""
        used = [asdict(self.config.concepts[name]) for name in sorted(concepts_in(self._filters[feed.name]))]
        look = (__version__, feed.title, feed.description, feed.limit, feed.formats)
        outlets = [(outlet.id, outlet.name, outlet.bases) for outlet in self.config.outlets.values()]
        labels = [(concept.id, concept.label) for concept in self.config.concepts.values()]
        site = (self.config.base_url, self.config.title, outlets, labels)
        return _print(feed.where.strip(), used), _print(look, site)


def _can_be_rendered(render: Callable[..., bytes], story: Story) -> bool:
    try:
        render(stories=[story])
    except (ValueError, TypeError):
        _log.exception("a story cannot be rendered and is left out", story=story.uid)
        return False
    return True


def _print(*values: object) -> str:
    text = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
