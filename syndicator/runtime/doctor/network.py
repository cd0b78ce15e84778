"""Outlets, asked as the daemon asks them: whether names are resolved, whether anybody answers, and what time it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median

from syndicator import urls
from syndicator.config import Config
from syndicator.fetch.failures import EXPECTED, explain
from syndicator.fetch.guard import guard
from syndicator.fetch.resolver import Resolver
from syndicator.fetch.sessions import Sessions
from syndicator.models import Outcome, Source
from syndicator.models.checkup import Finding, fault, skipped, warning, well

_MOST_ASKED = 3
_PATIENCE = 10.0  # seconds
_WRONG, _FAR = timedelta(seconds=30), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came of a request: the server's time, or the outcome and a note."""

    host: str
    at: datetime | None = None
    outcome: Outcome | None = None
    note: str = ""


async def check_outlets(config: Config, now: datetime) -> AsyncIterator[Finding]:
    """Ask the homes of some outlets, spread over the list, for their heads."""
    chosen = _chosen(list(config.sources.values()))
    if not chosen:
        yield skipped("network", "there is no outlet to ask")
        return
    resolver = Resolver()
    check = guard(config.politeness.allow_private)
    sessions = Sessions(config.politeness.user_agent, check=check, resolver=resolver, tls=True)
    try:
        tried = await asyncio.gather(*(_ask(sessions, source) for source in chosen))
    finally:
        await sessions.close()
        await resolver.close()
    yield _reached(tried)
    yield _clock(tried, now)


def _chosen(sources: list[Source]) -> list[Source]:
    """Return sources of different hosts, from the beginning to the end of the list."""
    by_host = {urls.host_key(source.endpoints[0]): source for source in sources}
    hosts = list(by_host)
    step = max(1, len(hosts) // _MOST_ASKED)
    return [by_host[host] for host in hosts[::step][:_MOST_ASKED]]


async def _ask(sessions: Sessions, source: Source) -> _Tried:
    url = source.endpoints[0]
    host = urls.host_key(url)
    try:
        async with (
            asyncio.timeout(_PATIENCE),
            sessions.request("HEAD", urls.origin(url), {}, source.options_for(url)) as response,
        ):
            return _Tried(host, _moment(response.headers.get("Date", "")))
    except EXPECTED as error:
        outcome, note = explain(error)
        return _Tried(host, outcome=outcome, note=note)


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _reached(tried: list[_Tried]) -> Finding:
    failed = [each for each in tried if each.outcome is not None]
    words = "; ".join(f"{each.host}: {each.note or each.outcome}" for each in failed)
    if not failed:
        return well("network", f"{', '.join(each.host for each in tried)}: names are resolved, and somebody answers")
    if len(failed) < len(tried):
        return warning("network", words, "syndicator status says how it is with all outlets")
    if all(each.outcome is Outcome.DNS_ERROR for each in failed):
        return fault("network", f"no name is resolved: {words}", "see /etc/resolv.conf, resolvectl status")
    return fault("network", f"no outlet can be reached: {words}", "see the connection, firewall and proxy settings")


def _clock(tried: list[_Tried], now: datetime) -> Finding:
    moments = [each.at for each in tried if each.at is not None]
    if not moments:
        return skipped("clock", "no outlet said what time it is")
    off = timedelta(seconds=median((now - moment).total_seconds() for moment in moments))
    if abs(off) < _WRONG:
        return well("clock", f"it agrees with {len(moments)} of {len(tried)} outlets asked")
    words = f"it is {abs(off.total_seconds()):,.0f} s {'ahead' if off > timedelta() else 'behind'} of what outlets say"
    advice = "timedatectl set-ntp true (or another time service)"
    return fault("clock", words, advice) if abs(off) > _FAR else warning("clock", words, advice)
