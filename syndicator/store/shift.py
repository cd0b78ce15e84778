"""Move the times that were written by a clock which has been set since."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, type_coerce, update

from syndicator.store.tables import endpoint, on_demand_feed, page_check, source, subscriber, subscription
from syndicator.store.watch_tables import alert, arrival, door, notice, pulse

_MICROSECOND = timedelta(microseconds=1)
# Plans, each with the time that tells when it was made; then those times. In this order: a moved time tells no more.
_PLANS = (
    (source.c.due_at, source.c.polled_at),
    (endpoint.c.next_try_at, endpoint.c.tried_at),
    (subscription.c.renew_at, subscription.c.asked_at),
    (subscription.c.until, subscription.c.asked_at),
    (page_check.c.next_at, page_check.c.checked_at),
    (subscriber.c.until, subscriber.c.asked_at),
    (subscriber.c.next_try_at, subscriber.c.tried_at),
    (notice.c.due_at, notice.c.tried_at),
    (pulse.c.quiet_at, pulse.c.newest_at),
    (pulse.c.silent_at, pulse.c.newest_at),
    (arrival.c.at, arrival.c.seen_at),
)
_TIMES = (
    (source.c.polled_at, source.c.polled_at),
    (source.c.good_at, source.c.good_at),
    (source.c.news_at, source.c.news_at),
    (endpoint.c.tried_at, endpoint.c.tried_at),
    (endpoint.c.good_at, endpoint.c.good_at),
    (endpoint.c.good_since, endpoint.c.good_since),
    (endpoint.c.last_full_at, endpoint.c.last_full_at),
    (subscription.c.asked_at, subscription.c.asked_at),
    (page_check.c.gone_at, page_check.c.checked_at),
    (page_check.c.checked_at, page_check.c.checked_at),
    (on_demand_feed.c.asked_at, on_demand_feed.c.asked_at),
    (subscriber.c.failing_since, subscriber.c.failing_since),
    (subscriber.c.tried_at, subscriber.c.tried_at),
    (subscriber.c.asked_at, subscriber.c.asked_at),
    (notice.c.tried_at, notice.c.tried_at),
    (alert.c.clear_since, alert.c.clear_since),
    (alert.c.cleared_at, alert.c.cleared_at),
    (alert.c.raised_at, alert.c.raised_at),
    (alert.c.told_at, alert.c.told_at),
    (alert.c.found_at, alert.c.found_at),
    (alert.c.acknowledged_at, alert.c.acknowledged_at),
    (alert.c.confirmed_at, alert.c.confirmed_at),
    (door.c.issuer_since, door.c.issuer_since),
    (door.c.moved_at, door.c.moved_at),
    (door.c.seen_at, door.c.seen_at),
    (pulse.c.begun_at, pulse.c.begun_at),
    (pulse.c.thinned_at, pulse.c.thinned_at),
    (pulse.c.newest_at, pulse.c.newest_at),
    (arrival.c.seen_at, arrival.c.seen_at),
)


def shift_times(connection: Connection, *, since: datetime, by: timedelta) -> None:
    """Move by a step of the clock what was planned and noted since ``since``, which is by the clock before the step.

    Due times keep their distances: nothing waits for the length of a step back, and a step forward does not make
    everything due at once. What was written before ``since`` was written by another clock, and stays.
    """
    for column, made_at in (*_PLANS, *_TIMES):
        moved = type_coerce(column, BigInteger) + by // _MICROSECOND
        connection.execute(update(column.table).where(made_at >= since).values({column.name: moved}))
