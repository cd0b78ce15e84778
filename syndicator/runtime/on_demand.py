"""Feeds on demand: make one when it is first asked for, keep it as long as it is, drop it after that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from syndicator.models import Event, Feed
from syndicator.models.on_demand import OnDemandFeed
from syndicator.outbox.making_gate import MakingGate
from syndicator.outbox.on_demand import OnDemandFiller, OnDemandJoiner, first_members
from syndicator.outbox.on_demand_names import UnknownFeedError, event_number, is_on_demand, resolve
from syndicator.query import Vocabulary
from syndicator.rules import Rules
from syndicator.store import Store, Transaction
from syndicator.web.feeds import FeedNotMadeError

_log = structlog.get_logger()
# The answer to the first request waits for this many stories to be looked at; older ones are tried afterwards.
_SCANNED_AT_ONCE = 3000
# And again of the latest, once the feed is among those that news join.
_SCANNED_AGAIN = 200
_PER_MINUTE = 10
_MOST_WAITING = 8
_SOON = 60
# Who subscribed lately may come back: nothing younger makes room for a new one.
_SAFE_FOR = timedelta(days=1)


class OnDemandFeeds:
    """The feeds on demand that there are, ``feeds`` by name. ``changed`` is called when stories have joined one."""

    def __init__(
        self, store: Store, *, rules: Callable[[], Rules], clock: Callable[[], datetime], changed: Callable[[], None]
    ) -> None:
        """Begin with none; ``adopt`` finds those in the store."""
        self._store, self._rules, self._clock = store, rules, clock
        self._feeds: Mapping[str, OnDemandFeed] = {}
        self.feeds: Mapping[str, Feed] = {}
        self._vocabulary: tuple[Rules, Vocabulary] | None = None
        self._gone: frozenset[str] = frozenset()
        self._asked: set[str] = set()
        self._gate, self._making, self._waiting = MakingGate(_PER_MINUTE), asyncio.Lock(), 0
        self._has_dropped = False
        self.joiner = OnDemandJoiner(store, self._present, clock=clock, changed=changed).consumer()
        self.filler = OnDemandFiller(store, self._present, clock=clock, changed=changed)

    async def adopt(self, rules: Rules) -> None:
        """Take those from the store that there can be by new rules, before these are in force. Raise StoreError."""
        async with self._making:  # one that is stored after a look at the store would be lost
            await self._adopt(rules)

    async def _adopt(self, rules: Rules) -> None:
        records = await self._store.read(lambda tx: tx.on_demand.all())
        if not rules.config.on_demand.is_enabled or not records:
            self._gone = frozenset(each.name for each in records)
            self._set({})
            return
        events = await self._store.read(partial(_events_of, names=[each.name for each in records]))
        found, gone = {}, set()
        for each in records:
            try:
                found[each.name] = self._resolve(each.name, rules, events.get(each.name))
            except UnknownFeedError:
                gone.add(each.name)
        self._gone = frozenset(gone)
        self._set({each.name: found[each.name] for each in records if not each.is_gone and each.name in found})

    async def make(self, name: str) -> bool:
        """Make a feed that is asked for and is not there, with what is in the store; return whether there is one.

        It is to be published then. Raise FeedNotMadeError, or StoreError.
        """
        if not is_on_demand(name) or not self._rules().config.on_demand.is_enabled:
            return False
        if name in self._feeds:
            return True
        if self._waiting >= _MOST_WAITING:
            raise _busy()
        self._waiting += 1
        try:
            async with self._making:
                if name not in self._feeds:
                    await self._make(name)
        finally:
            self._waiting -= 1
        return True

    async def ask(self, name: str) -> bool:
        """Ask the process that makes feeds for one that is not there; return whether there can be one.

        It is made soon. Raise FeedNotMadeError, or StoreError.
        """
        if not is_on_demand(name) or not self._rules().config.on_demand.is_enabled:
            return False
        if name in self._feeds:
            return True
        wanted = await self._wanted(name, self._rules())
        now, most = self._clock(), self._rules().config.on_demand.most
        if not self._gate.admit(now) or not await self._store.write(lambda tx: tx.on_demand.ask(name, now, most=most)):
            raise _busy()
        self._set({**self._feeds, name: wanted})
        return True

    async def flush(self) -> None:
        """Store which feeds were asked for, for the process that drops them; find out which there are by now."""
        if asked := self._take_asked():
            now = self._clock()
            await self._store.write(lambda tx: tx.on_demand.asked(asked, now))
        await self.adopt(self._rules())

    def _take_asked(self) -> set[str]:
        asked, self._asked = self._asked, set()
        return asked

    def take_dropped(self) -> bool:
        """Return, once, whether feeds were dropped whose files may still be there."""
        dropped, self._has_dropped = self._has_dropped, False
        return dropped

    def asked(self, name: str) -> None:
        """Note that a feed is asked for; stored by ``tidy``."""
        if name in self._feeds:
            self._asked.add(name)

    async def tidy(self) -> bool:
        """Store which feeds were asked for; drop those that nobody wants, and return whether there were any.

        Raise StoreError.
        """
        if not self._feeds:
            return False
        asked = self._take_asked()
        now, kept_for = self._clock(), self._rules().config.on_demand.kept_for
        old = await self._store.write(partial(_drop_old, asked=asked, before=now - kept_for, now=now))
        self._set({name: each for name, each in self._feeds.items() if name not in old})
        if old:
            _log.info("feeds on demand dropped", feeds=old)
        return bool(old)

    def _set(self, feeds: Mapping[str, OnDemandFeed]) -> None:
        self._feeds, self.feeds = feeds, {name: each.feed for name, each in feeds.items()}

    def _present(self) -> Mapping[str, OnDemandFeed]:
        return self._feeds

    async def _make(self, name: str) -> None:
        wanted = await self._wanted(name, rules := self._rules())
        await self._make_room(name)
        while not await self._store_new(name, wanted, rules):
            wanted = await self._wanted(name, rules := self._rules())

    async def _wanted(self, name: str, rules: Rules) -> OnDemandFeed:
        number = event_number(name)
        event = await self._store.read(lambda tx: tx.events.get(number)) if number is not None else None
        try:
            # In a thread: to look for what may be meant takes a tenth of a second.
            return await asyncio.to_thread(self._resolve, name, rules, event)
        except UnknownFeedError as error:
            if name in self._gone:
                raise FeedNotMadeError(410, "This feed is no longer published.\n") from error
            raise FeedNotMadeError(404, f"{error}\n") from error

    async def _store_new(self, name: str, wanted: OnDemandFeed, rules: Rules) -> bool:
        """Store a feed; return whether these rules are still in force: else it is to be stored again, by the others."""
        look = partial(first_members, wanted=wanted, scanned=_SCANNED_AT_ONCE)
        placed, below = await self._store.read(look)
        fingerprint, now = rules.look_of(wanted.feed), self._clock()
        await self._store.write(lambda tx: tx.on_demand.create(name, fingerprint, now, placed=placed, next_below=below))
        if self._rules() is not rules:
            return False
        self._set({**self._feeds, name: wanted})
        # What was stored since they were looked at, when it was not among the feeds that news join.
        latest, _ = await self._store.read(partial(first_members, wanted=wanted, scanned=_SCANNED_AGAIN))
        held = {number: {name} for number in latest.keys() - placed.keys()}
        await self._store.write(lambda tx: tx.on_demand.join(held, latest, now))
        _log.info("feed on demand", feed=name, stories=len(placed))
        return True

    async def _make_room(self, name: str) -> None:
        """Drop the feed that nobody has asked for the longest, if there are as many as there may be."""
        now, most = self._clock(), self._rules().config.on_demand.most
        if not self._gate.admit(now):
            _log.warning("too many feeds on demand at a time", feed=name)
            raise _busy()
        if len(self._feeds) >= most:
            records = await self._store.read(lambda tx: tx.on_demand.all())
            kept = (each for each in records if each.name in self._feeds)
            oldest = min(kept, key=lambda each: each.asked_at, default=None)
            if oldest is None or oldest.name in self._asked or oldest.asked_at > now - _SAFE_FOR:
                raise FeedNotMadeError(503, "There are as many feeds on demand as there may be.\n", 3600)
            await self._store.write(lambda tx: tx.on_demand.drop([oldest.name]))
            self._set({key: each for key, each in self._feeds.items() if key != oldest.name})
            self._has_dropped = True

    def _resolve(self, name: str, rules: Rules, event: Event | None) -> OnDemandFeed:
        if self._vocabulary is None or self._vocabulary[0] is not rules:
            self._vocabulary = rules, rules.config.vocabulary
        config = rules.config
        return resolve(
            name, outlets=config.outlets, concepts=config.concepts, vocabulary=self._vocabulary[1], event=event
        )


def _busy() -> FeedNotMadeError:
    return FeedNotMadeError(503, "Too many new feeds are asked for at a time; try again later.\n", _SOON)


def _events_of(tx: Transaction, *, names: Iterable[str]) -> dict[str, Event]:
    numbers = {name: number for name in names if (number := event_number(name)) is not None}
    found = {name: tx.events.get(number) for name, number in numbers.items()}
    # One that was merged into another since has the stories of that, under the address that readers know.
    return {name: replace(event, id=numbers[name]) for name, event in found.items() if event is not None}


def _drop_old(tx: Transaction, *, asked: Iterable[str], before: datetime, now: datetime) -> list[str]:
    """Note what was asked for, subscribed to ones among it; delete what was last asked for before a time."""
    subscribed = {file.rpartition(".")[0] for file in tx.subscribers.files()}
    tx.on_demand.asked({*asked, *filter(is_on_demand, subscribed)}, now)
    old = [each.name for each in tx.on_demand.all() if each.asked_at < before]
    tx.on_demand.drop(old)
    return old


def retire_unknown(tx: Transaction, present: Iterable[str]) -> None:
    """Delete feeds on demand that there cannot be any more, in the transaction of a reload."""
    known = {each.name for each in tx.on_demand.all() if not each.is_gone}
    tx.on_demand.retire(sorted(known.difference(present)))
