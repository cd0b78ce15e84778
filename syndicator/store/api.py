"""What the rest of the program may ask of a store. An engine implements the two protocols; subjects are shared.

The subjects (``Sources``, ``Stories`` …) speak SQLAlchemy Core and serve every engine. What differs between engines is
how work is run and committed, and how many rows are written at once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from syndicator.models import PollRecord, SourceState
from syndicator.models.workers import Claim
from syndicator.store.alerts import Alerts
from syndicator.store.archives import Archives
from syndicator.store.captures import Captures
from syndicator.store.changes import Changes
from syndicator.store.copies import Copies
from syndicator.store.days import Days
from syndicator.store.doors import AfterPeer, Doors
from syndicator.store.entries import Entries
from syndicator.store.events import Events
from syndicator.store.feed_days import FeedDays
from syndicator.store.feeds import Feeds
from syndicator.store.hosts import Hosts
from syndicator.store.mirrors import Mirrors
from syndicator.store.notices import Notices
from syndicator.store.on_demand import OnDemandFeeds
from syndicator.store.origins import Origins
from syndicator.store.outlet_stories import OutletStories
from syndicator.store.page_checks import PageChecks
from syndicator.store.pulses import Pulses
from syndicator.store.renderings import Renderings
from syndicator.store.replicas import Replicas
from syndicator.store.retention import Retention
from syndicator.store.search import Search
from syndicator.store.sources import Sources
from syndicator.store.stories import Stories
from syndicator.store.subscribers import Subscribers
from syndicator.store.subscriptions import Subscriptions
from syndicator.store.vitals import Vitals
from syndicator.store.volumes import Volumes
from syndicator.store.workers import SharedConfiguration, Workers

T = TypeVar("T")


class Transaction(Protocol):
    """One transaction, by subject."""

    @property
    def sources(self) -> Sources:
        """The due queue, the endpoints with their validators and health."""

    @property
    def entries(self) -> Entries:
        """What sources' items are known by, and as which story."""

    @property
    def stories(self) -> Stories:
        """Stories and their revisions."""

    @property
    def outlet_stories(self) -> OutletStories:
        """The stories of one outlet, as readers ask for them."""

    @property
    def copies(self) -> Copies:
        """Fingerprints of stories, and what an entry may be a copy of."""

    @property
    def retention(self) -> Retention:
        """Stories past retention."""

    @property
    def feeds(self) -> Feeds:
        """Output feeds and their members."""

    @property
    def feed_days(self) -> FeedDays:
        """What output feeds hold by day, as readers' pages show it."""

    @property
    def archives(self) -> Archives:
        """Archives of output feeds, and what is still to be archived."""

    @property
    def renderings(self) -> Renderings:
        """The files of feeds, for processes that serve them elsewhere."""

    @property
    def replicas(self) -> Replicas:
        """What was written to copies of the readers' face."""

    @property
    def page_checks(self) -> PageChecks:
        """Stories' pages that are looked at again, and what was found."""

    @property
    def mirrors(self) -> Mirrors:
        """What endpoints show, what sources are recognised by, addresses that may be mirrors."""

    @property
    def origins(self) -> Origins:
        """Where stories come from, also those of outlets that have left the configuration."""

    @property
    def subscriptions(self) -> Subscriptions:
        """Hubs that sources name, and subscriptions there."""

    @property
    def subscribers(self) -> Subscribers:
        """Subscribers at our own hub."""

    @property
    def on_demand(self) -> OnDemandFeeds:
        """Feeds that are made when they are asked for."""

    @property
    def changes(self) -> Changes:
        """The outbox: what happened to stories, and how far its consumers have come."""

    @property
    def events(self) -> Events:
        """Events and the stories assigned to them."""

    @property
    def captures(self) -> Captures:
        """Where documents were captured as they were received."""

    @property
    def search(self) -> Search:
        """The index of stories for searches, where the database can have one."""

    @property
    def alerts(self) -> Alerts:
        """Alerts, the log of operations, and what is muted."""

    @property
    def volumes(self) -> Volumes:
        """How many stories there are on what, by the hour."""

    @property
    def days(self) -> Days:
        """What became of each day of a source."""

    @property
    def pulses(self) -> Pulses:
        """When new items arrived, and the rhythms of sources and of groups of them."""

    @property
    def doors(self) -> Doors:
        """Who answers at hosts: certificates and networks."""

    @property
    def notices(self) -> Notices:
        """Who is told of alerts, how far, and what is still to be sent."""

    @property
    def vitals(self) -> Vitals:
        """What metrics are made of."""

    @property
    def hosts(self) -> Hosts:
        """Who polls at which host, where several processes work on one store."""

    @property
    def workers(self) -> Workers:
        """The processes that poll."""

    @property
    def configuration(self) -> SharedConfiguration:
        """The configuration that all processes work by."""

    def record_poll(
        self,
        record: PollRecord,
        rebuild: Callable[[SourceState], PollRecord],
        after_peer: AfterPeer | None = None,
    ) -> None:
        """Write the end of a poll in this transaction: at its commit at the latest, together with those of other polls.

        ``record`` was made from a state read before the transaction. If the source's version has changed since,
        ``rebuild`` is called with the state as it is, and its result is written instead. ``after_peer`` says what to
        write of who answered.
        """

    def shift_times(self, *, since: datetime, by: timedelta) -> None:
        """Move by a step of the clock what was planned and noted by it since ``since``."""

    def get_meta(self, key: str) -> str | None:
        """Return the value stored under ``key``."""

    def set_meta(self, key: str, value: str) -> None:
        """Store a value under ``key``."""

    def add_to_counter(self, key: str, count: int) -> None:
        """Add to the number stored under ``key``."""


class Store(Protocol):
    """An open database."""

    @property
    def is_shared(self) -> bool:
        """Whether several processes may work on it, on one machine or on several."""

    async def write(
        self,
        work: Callable[[Transaction], T],
        *,
        may_wait: bool = False,
        claim: Claim | None = None,
        rules: Callable[[], str] | None = None,
    ) -> T:
        """Run ``work`` in a transaction and return its result after the commit.

        ``work`` must be re-runnable: it changes nothing but the transaction. Work that ``may_wait`` is committed
        together with other work. Once begun it is finished, even if the waiter is cancelled. Raise StoreError if the
        store itself fails or is closed; LateError, with nothing written, if another process has the host of ``claim``
        by now, or if the fingerprint that ``rules`` returns is not that of the shared configuration.
        """

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work``, which must only read, on a snapshot of what is committed."""

    def close(self) -> None:
        """Finish what is queued and close. Later writes raise StoreError."""
