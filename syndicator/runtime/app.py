"""Wiring: the one place that picks concrete parts, and puts the rules in force."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog
from aiohttp.abc import AbstractResolver

from syndicator.alerts import EditsWanted, edit_consumer
from syndicator.capture import CapturingFetch, Recorder
from syndicator.config import Config, shared_texts
from syndicator.errors import LocalFaultError
from syndicator.extract import COMMAND, Extractor, Limits, Pool
from syndicator.fetch import Fetcher, HostState
from syndicator.models import Document, FetchOptions, Origin, Source, Validators
from syndicator.models.archives import Archive
from syndicator.models.formats import OPML_FILE, archive_name, file_name
from syndicator.outbox import (
    Backfill,
    Outbox,
    PageWatch,
    Pulses,
    Windows,
    event_consumer,
    search_consumers,
    volume_consumer,
)
from syndicator.pipeline import Pipeline
from syndicator.poll import Clock, Fetch, Ports
from syndicator.publish import FeedFiles, PublicationContext, PublicationRules, Publisher, Replicator, open_target
from syndicator.rules import Rules, rules_from
from syndicator.runtime.adopt import past_origins, read_adopted, sync_store
from syndicator.runtime.claims import LEASE, Claims, OnlyProcess, SharedClaims
from syndicator.runtime.on_demand import OnDemandFeeds
from syndicator.runtime.reader_pages import PageSource
from syndicator.runtime.retention import CapturePruner
from syndicator.runtime.search_feeds import SearchFeeds
from syndicator.runtime.static_site import FilesOfSite
from syndicator.runtime.story_pages import ShownStories
from syndicator.store import BUSY_SECONDS, Transaction, open_store
from syndicator.tag import LocalNames, open_gazetteer
from syndicator.web import FeedDirectory

Post = Callable[[str, Mapping[str, str], FetchOptions], Awaitable[Document]]
_log = structlog.get_logger()
# Stories whose places tell, after a restart, where their outlets write of.
_REMEMBERED_STORIES = 5000


def utc_now() -> datetime:
    """Read the clock: the only place that does."""
    return datetime.now(UTC)


class App:
    """The parts, living as long as the process, and the rules they work by.

    Must be created in a running event loop and closed with ``close()``. ``adopt`` a configuration before anything else,
    and again whenever it changes. ``fetch`` and ``post`` replace the network, and ``commit_clock`` the time of commits,
    for replays, of which nothing is captured. A ``pool`` that is given outlives the application.
    """

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock = utc_now,
        commit_clock: Clock | None = None,
        fetch: Fetch | None = None,
        post: Post | None = None,
        resolver: AbstractResolver | None = None,
        limits: Limits | None = None,
        pool: Pool | None = None,
        files: FeedFiles | None = None,
        patience: float = 0.0,
        store_busy: float = BUSY_SECONDS,
        is_follower: bool = False,
    ) -> None:
        """Open the store (with the options of ``open_store``), raising StoreError, and the folder of feeds.

        A follower works beside the daemon: it migrates nothing, and works by the configuration in the store.
        """
        self.clock = clock
        self.rules = rules_from(config)
        self._publication = _publication_rules(self.rules, None, {})
        # Nobody is told of a feed before the store has said which of them are in force.
        self.directory = FeedDirectory(base_url=config.base_url, title=config.title)
        self.files = files or FeedFiles(config.state / "feeds")
        self.pool = pool or Pool(COMMAND, size=config.workers, limits=limits)
        self._has_own_pool = pool is None
        self.extractor = Extractor(self.pool, self.rules.classification, self.rules.history)
        self.resolver, self._own_post = resolver, post
        self._client: Fetcher | None = None
        self._hosts = HostState()
        self._retiring: set[asyncio.Task[None]] = set()
        # The store has a thread, which must not outlive a part that cannot be made: it comes last.
        self.store = open_store(config.store, patience=patience, busy=store_busy, may_migrate=not is_follower)
        self.captures = Recorder(
            config.state / "captures", clock=clock, user_agent=lambda: self.config.politeness.user_agent
        )
        self.capture_pruner = CapturePruner(self.store, self.captures, lambda: self.config)
        fetching = fetch or CapturingFetch(self._fetch, self.captures)
        recorded = None if fetch else self.captures.note
        ports = Ports(fetch=fetching, extract=self.extractor, store=self.store, clock=clock, rules=lambda: self.rules)
        # Set when stories have been committed: their feeds are behind.
        self.changed = asyncio.Event()
        self.pipeline = Pipeline(
            ports, recorded=recorded, changed=self.changed.set, commit_clock=commit_clock, is_follower=is_follower
        )
        self.publisher = Publisher(self.store, self.files, lambda: self._publication, clock)
        self.reader_pages = PageSource(self.store, ports.rules, clock)
        self.searches = SearchFeeds(
            self.store, rules=ports.rules, context=lambda: self._publication.context, clock=clock
        )
        self.replicator = Replicator(
            self.store,
            FilesOfSite(
                self.files,
                ShownStories(self.store),
                lambda: self.directory,
                self.reader_pages,
                rules=ports.rules,
            ),
            targets=lambda: self.config.copies_to,
            open_target=lambda address: open_target(address, self.config.copy_credentials),
            clock=clock,
        )
        self.backfill = Backfill(self.store, self.extractor, rules=ports.rules, clock=clock)
        events = event_consumer(self.store, rules=ports.rules, clock=clock)
        windows = Windows(self.store, rules=ports.rules, clock=clock)
        self.on_demand = OnDemandFeeds(self.store, rules=ports.rules, clock=clock, changed=self.changed.set)
        on_demand = (self.on_demand.joiner, self.on_demand.filler)
        search = search_consumers(self.store)
        edits = edit_consumer(self.store, rules=ports.rules, wants=EditsWanted(ports.rules, clock), clock=clock)
        pulses = Pulses(self.store, rules=ports.rules)
        volumes = volume_consumer(self.store, rules=ports.rules, clock=clock)
        self.outbox = Outbox(self.store, [self.backfill, events, windows, *on_demand, *search, edits, pulses, volumes])
        self.pages = PageWatch(self.store, fetching, rules=ports.rules, clock=clock)

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self.rules.config

    async def adopt(self, config: Config) -> None:
        """Put a configuration in force: new sources are due at once, new and edited feeds are filled from the store.

        Raise StoreError or LocalFaultError, with the one before still in force, when that cannot be done.
        """
        before, publication = self.rules, self._publication
        rules = await self._rules_from(config)
        past = await self.store.read(lambda tx: past_origins(tx, rules))
        await self.on_demand.adopt(rules)
        # The rules first: a poll that is committed between here and the next line already works by the new ones.
        self.rules, self._publication = rules, _publication_rules(rules, publication, past)
        try:
            self.extractor.adopt(rules.classification, rules.history)
            await self.outbox.register()
            on_demand = self.on_demand.feeds
            shared = shared_texts(config) if self.store.is_shared else None
            adopted = await self.store.write(
                lambda tx: sync_store(tx, rules, self.clock(), on_demand=on_demand, shared=shared)
            )
            self.publish_on_demand()
        except BaseException:  # whatever it is, the store has taken nothing
            self.rules, self._publication = before, publication
            with suppress(LocalFaultError):
                self.extractor.adopt(before.classification, before.history)
                await self.on_demand.adopt(before)
            raise
        # All at once, and deleted first: nobody is to see a feed in between that is private or gone.
        self._keep_only(config, adopted.archives)
        self.files.keep_private(
            [feed.name for feed in config.feeds.values() if feed.is_private], resting=config.resting_feeds
        )
        self.directory, self.publisher.paces = adopted.directory, adopted.paces
        self._change_client(before.config)
        self._log_exceptions(() if before.config is config else before.sources.values())

    async def follow(self, config: Config) -> None:
        """Work by a configuration that another process has put in force in the store. Errors as those of ``adopt``."""
        before, rules = self.rules, await self._rules_from(config)
        self.extractor.adopt(rules.classification, rules.history)
        self.rules = rules
        self._change_client(before.config)

    async def show(self, config: Config) -> None:
        """Serve readers by a configuration that another process has put in force in the store. Raise StoreError."""
        rules = await asyncio.to_thread(rules_from, config)
        await self.on_demand.adopt(rules)
        past, adopted = await self.store.read(lambda tx: (past_origins(tx, rules), read_adopted(tx, config)))
        self.rules, self._publication = rules, _publication_rules(rules, self._publication, past)
        self.directory, self.publisher.paces = replace(adopted.directory, has_tokens=False), adopted.paces

    def claims(self, *, lease: timedelta = LEASE) -> Claims:
        """Return what tells which hosts may be polled by this process, which the configuration names."""
        worker = self.config.worker
        if not self.store.is_shared:
            return OnlyProcess(self.store, worker)
        return SharedClaims(
            self.store,
            worker,
            waits=self._hosts.waits,
            spacing=lambda: self.config.politeness.spacing,
            clock=self.clock,
            lease=lease,
        )

    async def _rules_from(self, config: Config) -> Rules:
        """Return the rules of a configuration, which know where outlets wrote of lately."""
        rules = await asyncio.to_thread(rules_from, config)
        for outlet, tags in await self.store.read(lambda tx: list(tx.stories.latest_tags(_REMEMBERED_STORIES))):
            rules.history.learn(outlet, (tags,))
        return rules

    def _change_client(self, before: Config) -> None:
        if self.config.politeness != before.politeness and self._client is not None:
            self._retire(self._client)
            self._client = self._new_client()

    def publish_on_demand(self) -> None:
        """Put the feeds on demand that there are now beside the others."""
        feeds = {**self.on_demand.feeds, **self.config.feeds}
        if feeds != self._publication.feeds:
            self._publication = replace(self._publication, feeds=feeds)

    async def drop_unwanted(self) -> None:
        """Drop the feeds on demand that nobody asks for any more, with their files. Raise StoreError.

        Nothing may be published meanwhile.
        """
        if await self.on_demand.tidy():
            await self.delete_dropped()

    async def delete_dropped(self) -> None:
        """Delete the files of feeds on demand that are no more, while nothing is published. Raise StoreError."""
        self.publish_on_demand()
        self._keep_only(self.config, await self.store.read(lambda tx: tx.archives.all()))

    def _keep_only(self, config: Config, archives: Iterable[Archive]) -> None:
        """Delete the files of other feeds. What cannot be deleted is logged; what is missing is published again."""
        feeds = [*config.feeds.values(), *self.on_demand.feeds.values()]
        names = [file_name(feed.name, each) for feed in feeds for each in feed.formats]
        archived = {feed.name for feed in config.feeds.values() if feed.has_archives}
        names += [archive_name(each.feed, each.label) for each in archives if each.feed in archived]
        try:
            self.files.keep_only([*names, OPML_FILE], resting=config.resting_feeds)
        except OSError as error:
            _log.error("cannot delete the files of feeds that are gone", error=str(error))

    def shift_waits(self, by: timedelta) -> None:
        """Move by a step of the clock how long hosts asked to be left alone, and the ages of their robots.txt."""
        self._hosts.shift(by)

    async def shift_plans(self, since: datetime, by: timedelta) -> None:
        """Move by a step of the clock what the store holds of plans made ``since``; pull in what is implausible."""
        config, now = self.config, self.clock()

        def shift(tx: Transaction) -> None:
            tx.shift_times(since=since, by=by)
            tx.sources.sync(config.sources, now, config.bounds)

        await self.store.write(shift)

    async def close(self) -> None:
        """End children and connections, finish writing."""
        await asyncio.gather(*self._retiring)
        if self._client is not None:
            await self._client.close()
        if self._has_own_pool:
            await self.pool.close()
        self.captures.close()
        self.store.close()

    async def post(self, url: str, form: Mapping[str, str], options: FetchOptions) -> Document:
        """Send a form to an address, guarded."""
        if self._own_post is not None:
            return await self._own_post(url, form, options)
        return await self._fetcher().post(url, form, options)

    async def _fetch(self, url: str, known: Validators, options: FetchOptions) -> Document:
        return await self._fetcher()(url, known, options)

    def _fetcher(self) -> Fetcher:
        self._client = self._client or self._new_client()
        return self._client

    def _new_client(self) -> Fetcher:
        return Fetcher(self.config.politeness, clock=self.clock, resolver=self.resolver, memory=self._hosts)

    def _retire(self, client: Fetcher) -> None:
        """Close a client when its last exchange has ended."""
        task = asyncio.create_task(client.close(is_patient=True))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    def _log_exceptions(self, known: Iterable[Source]) -> None:
        """Log which sources the operator polls with less than the usual politeness."""
        for source in set(self.config.sources.values()).difference(known):
            if source.interval is not None and source.interval < self.config.bounds.shortest:
                _log.info("asked more often than poll.shortest", source=source.id, interval=str(source.interval))
            if not all(source.options_for(endpoint).respect_robots for endpoint in source.endpoints):
                _log.info("asked whatever robots.txt says", source=source.id)


def _publication_rules(rules: Rules, before: PublicationRules | None, past: Mapping[str, Origin]) -> PublicationRules:
    """Return what publishing works by. A context that has not changed is kept, with the entries it has rendered."""
    config = rules.config
    context = PublicationContext(
        base_url=config.base_url,
        title=config.title,
        authority=config.authority,
        outlets=config.outlets,
        past=past,
        labels={
            **open_gazetteer(config.gazetteer).labels(),
            **{key: concept.label for key, concept in config.concepts.items()},
        },
        local_label=LocalNames(config.gazetteer),
        icon=config.feed_icon,
        logo=config.feed_logo,
        alternates=config.copies_at,
        hubs=config.hub.announced(config.base_url),
        ttl_minutes=max(1, int(config.bounds.shortest.total_seconds() // 60)),
    )
    kept = before.context if before is not None and before.context == context else context
    return PublicationRules(feeds=config.feeds, context=kept, asked_fields=rules.asked_fields)
