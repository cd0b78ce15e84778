"""One transaction of a database, by subject: see ``api.Transaction``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from syndicator.models import PollRecord, SourceState
from syndicator.store.alerts import Alerts
from syndicator.store.archives import Archives
from syndicator.store.captures import Captures
from syndicator.store.changes import Changes
from syndicator.store.copies import Copies
from syndicator.store.copy_index import CopyIndex
from syndicator.store.days import Days
from syndicator.store.doors import AfterPeer, Doors
from syndicator.store.entries import Entries
from syndicator.store.events import Events
from syndicator.store.feed_days import FeedDays
from syndicator.store.feeds import Feeds
from syndicator.store.hosts import Hosts
from syndicator.store.meta import SET_META
from syndicator.store.mirrors import Mirrors
from syndicator.store.notices import Notices
from syndicator.store.on_demand import OnDemandFeeds
from syndicator.store.origins import Origins
from syndicator.store.outlet_stories import OutletStories
from syndicator.store.page_checks import PageChecks
from syndicator.store.pulses import Pulses
from syndicator.store.records import PendingRecord, write_records
from syndicator.store.renderings import Renderings
from syndicator.store.replicas import Replicas
from syndicator.store.retention import Retention
from syndicator.store.search import Search
from syndicator.store.shift import shift_times
from syndicator.store.sources import Sources
from syndicator.store.stories import Stories
from syndicator.store.subscribers import Subscribers
from syndicator.store.subscriptions import Subscriptions
from syndicator.store.tables import meta
from syndicator.store.vitals import Vitals
from syndicator.store.volumes import Volumes
from syndicator.store.workers import SharedConfiguration, Workers


class SQLTransaction:
    """One transaction; see ``api.Transaction``. Ends of polls gather in ``pending``, from all works of a commit."""

    def __init__(
        self,
        connection: Connection,
        pending: list[PendingRecord] | None = None,
        index: CopyIndex | None = None,
    ) -> None:
        """Read with ``connection``, and write too if there are ``pending`` records to add to, and an ``index``."""
        self.connection, self._pending, self._index = connection, pending, index

    @property
    def sources(self) -> Sources:
        """The due queue, the endpoints with their validators and health."""
        return Sources(self._up_to_date)

    @property
    def mirrors(self) -> Mirrors:
        """What endpoints show, what sources are recognised by."""
        return Mirrors(self.connection)

    @property
    def origins(self) -> Origins:
        """Where stories come from, also those of outlets that have left the configuration."""
        return Origins(self.connection)

    @property
    def subscriptions(self) -> Subscriptions:
        """Hubs that sources name, and subscriptions there."""
        return Subscriptions(self._up_to_date)

    @property
    def subscribers(self) -> Subscribers:
        """Subscribers at our own hub."""
        return Subscribers(self.connection)

    @property
    def entries(self) -> Entries:
        """What sources' items are known by."""
        return Entries(self.connection)

    @property
    def stories(self) -> Stories:
        """Stories and their revisions."""
        return Stories(self.connection)

    @property
    def outlet_stories(self) -> OutletStories:
        """The stories of one outlet."""
        return OutletStories(self.connection)

    @property
    def copies(self) -> Copies:
        """Fingerprints of stories, and what an entry may be a copy of."""
        return Copies(self.connection, self._index)

    @property
    def retention(self) -> Retention:
        """Stories past retention."""
        return Retention(self.connection)

    @property
    def feeds(self) -> Feeds:
        """Output feeds and their members."""
        return Feeds(self.connection)

    @property
    def feed_days(self) -> FeedDays:
        """What output feeds hold by day."""
        return FeedDays(self.connection)

    @property
    def archives(self) -> Archives:
        """Archives of output feeds."""
        return Archives(self.connection)

    @property
    def renderings(self) -> Renderings:
        """The files of feeds."""
        return Renderings(self.connection)

    @property
    def replicas(self) -> Replicas:
        """What was written to copies of the readers' face."""
        return Replicas(self.connection)

    @property
    def page_checks(self) -> PageChecks:
        """Stories' pages that are looked at again."""
        return PageChecks(self.connection)

    @property
    def on_demand(self) -> OnDemandFeeds:
        """Feeds that are made when they are asked for."""
        return OnDemandFeeds(self.connection)

    @property
    def changes(self) -> Changes:
        """The outbox."""
        return Changes(self.connection)

    @property
    def events(self) -> Events:
        """Events and the stories assigned to them."""
        return Events(self.connection)

    @property
    def captures(self) -> Captures:
        """Where documents were captured."""
        return Captures(self.connection)

    @property
    def search(self) -> Search:
        """The index of stories for searches."""
        return Search(self.connection)

    @property
    def alerts(self) -> Alerts:
        """Alerts, the log of operations, and what is muted."""
        return Alerts(self.connection)

    @property
    def volumes(self) -> Volumes:
        """How many stories there are on what."""
        return Volumes(self.connection)

    @property
    def days(self) -> Days:
        """What became of each day of a source."""
        return Days(self.connection)

    @property
    def pulses(self) -> Pulses:
        """When new items arrived, and the rhythms of sources."""
        return Pulses(self.connection)

    @property
    def doors(self) -> Doors:
        """Who answers at hosts."""
        return Doors(self._up_to_date)

    @property
    def notices(self) -> Notices:
        """Who is told of alerts, how far, and what is still to be sent."""
        return Notices(self.connection)

    @property
    def vitals(self) -> Vitals:
        """What metrics are made of."""
        return Vitals(self._up_to_date())

    @property
    def hosts(self) -> Hosts:
        """Who polls at which host."""
        return Hosts(self.connection)

    @property
    def workers(self) -> Workers:
        """The processes that poll."""
        return Workers(self.connection)

    @property
    def configuration(self) -> SharedConfiguration:
        """The configuration that all processes work by."""
        return SharedConfiguration(self.connection)

    def record_poll(
        self,
        record: PollRecord,
        rebuild: Callable[[SourceState], PollRecord],
        after_peer: AfterPeer | None = None,
    ) -> None:
        """Write the end of a poll, together with those of other polls."""
        assert self._pending is not None
        self._pending.append(PendingRecord(record, rebuild, after_peer))

    def shift_times(self, *, since: datetime, by: timedelta) -> None:
        """Move by a step of the clock what was planned and noted by it since ``since``."""
        shift_times(self._up_to_date(), since=since, by=by)

    def get_meta(self, key: str) -> str | None:
        """Return the value stored under ``key``."""
        return self.connection.scalar(select(meta.c.value).where(meta.c.key == key))

    def set_meta(self, key: str, value: str) -> None:
        """Store a value under ``key``."""
        SET_META(self.connection, [{"key": key, "value": value}])

    def add_to_counter(self, key: str, count: int) -> None:
        """Add to the number stored under ``key``."""
        self.set_meta(key, str(int(self.get_meta(key) or 0) + count))

    def _up_to_date(self) -> Connection:
        """Return the connection with all pending records written: they are about to be asked for."""
        if self._pending:
            write_records(self.connection, self._pending)
            self._pending.clear()
        return self.connection
