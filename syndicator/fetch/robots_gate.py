"""Ask hosts for their robots.txt, and refuse what it forbids (RFC 9309)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from syndicator import urls
from syndicator.fetch.deadline import pausable
from syndicator.fetch.failures import EXPECTED, RefusalError
from syndicator.fetch.redirects import Requester
from syndicator.fetch.response import SERVER_ERRORS
from syndicator.fetch.robots import ALLOW_ALL, Robots, RobotsCache, product_of, read_robots
from syndicator.models import FetchOptions, Outcome, Validators

_HOLDS_FOR = timedelta(days=1)


class RobotsGate:
    """Checks addresses against the robots.txt of their hosts, requested once a day."""

    def __init__(
        self,
        requester: Requester,
        cache: RobotsCache,
        *,
        user_agent: str,
        clock: Callable[[], datetime],
        deadline: timedelta,
    ) -> None:
        """Wait for a robots.txt no longer than ``deadline``."""
        self._requester, self._cache, self._clock = requester, cache, clock
        self._product, self._deadline = product_of(user_agent), deadline.total_seconds()

    async def check(self, url: str, options: FetchOptions) -> None:
        """Raise RefusalError if robots.txt forbids ``url``, or what went wrong if it was never read."""
        origin, now = urls.origin(url), self._clock()
        fetched_at, robots = self._cache.get(origin)
        if fetched_at is None or fetched_at <= now - _HOLDS_FOR:
            try:
                async with asyncio.timeout(self._deadline) as timeout:
                    with pausable(timeout):
                        robots = await self._fetch(origin, options)
                self._cache.put(origin, now, robots)
            except EXPECTED:
                if fetched_at is None:  # while a known one is unreachable it stays in force (RFC 9309, 2.4)
                    raise
        if not robots.allows(url):
            raise RefusalError(Outcome.DISALLOWED, f"{urls.redact(origin)}/robots.txt asks robots not to read this")

    async def _fetch(self, origin: str, options: FetchOptions) -> Robots:
        """Fetch a robots.txt. A client's error means that there is none, a server's that nothing may be fetched."""
        try:
            fields = await self._requester.get(Validators(), [f"{origin}/robots.txt"], options)
        except RefusalError as error:
            if error.outcome in (Outcome.TOO_MANY_REDIRECTS, Outcome.BAD_URL):  # redirects to nowhere: there is none
                return ALLOW_ALL
            raise
        if fields["outcome"] is Outcome.OK:
            return read_robots(fields["body"] or b"", self._product)
        if (fields["status"] or 0) < SERVER_ERRORS:
            return ALLOW_ALL
        note = (
            f"{urls.redact(origin)}/robots.txt cannot be read ({fields['note']}), so nothing may be asked until it can"
        )
        raise RefusalError(Outcome.DISALLOWED, note, fields["retry_after"])
