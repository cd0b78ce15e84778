"""Ask one endpoint, politely, and bring back a Document. A failure is a Document too; nothing is raised."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from syndicator import domains, urls
from syndicator.fetch.connector import GuardedConnector
from syndicator.fetch.decode import ACCEPTED, Body, TooLargeError
from syndicator.fetch.failures import EXPECTED, RefusalError, explain, printable
from syndicator.fetch.guard import guard
from syndicator.fetch.headers import fresh_for, link_header, retry_after, validator
from syndicator.fetch.politeness import Politeness
from syndicator.fetch.proxy import connector_to, is_socks, proxy_for
from syndicator.fetch.robots import ALLOW_ALL, Robots, RobotsCache, product_of, read_robots
from syndicator.models import DIRECT, Document, FetchOptions, FetchSettings, Link, Outcome, Validators

MOST_REDIRECTS = 5
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9,"
    " application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WAITING = _REDIRECTS | {429, 503}
_OK, _NOT_MODIFIED = 200, 304
_STATUSES = {
    401: Outcome.FORBIDDEN,
    403: Outcome.FORBIDDEN,
    404: Outcome.NOT_FOUND,
    410: Outcome.GONE,
    429: Outcome.RATE_LIMITED,
    503: Outcome.SERVER_ERROR,
}
_SERVER_ERRORS = 500
_LONGEST_HEADER = 65536
_ROBOTS_HOLD_FOR = timedelta(days=1)


@dataclass(slots=True)
class HostState:
    """What hosts have said: until when to leave them alone, and what robots may read."""

    waits: dict[str, datetime] = field(default_factory=dict)
    robots: RobotsCache = field(default_factory=RobotsCache)


class _Busy:
    """Counts what is under way, for those who wait for its end."""

    def __init__(self) -> None:
        self._count, self._idle = 0, asyncio.Event()
        self._idle.set()

    def __enter__(self) -> None:
        self._count += 1
        self._idle.clear()

    def __exit__(self, *_: object) -> None:
        self._count -= 1
        if not self._count:
            self._idle.set()

    async def ended(self) -> None:
        await self._idle.wait()


class Fetcher:
    """One HTTP client for the whole daemon: no cookies, no proxy but those named, TLS never downgraded."""

    def __init__(
        self,
        settings: FetchSettings,
        *,
        clock: Callable[[], datetime],
        resolver: AbstractResolver | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tls: ssl.SSLContext | None = None,
        memory: HostState | None = None,
    ) -> None:
        """Be called inside a running loop, and closed with ``close``; ``memory`` may outlive it."""
        self._settings, self._clock = settings, clock
        self._busy = _Busy()
        memory = memory or HostState()
        self._waits, self._robots = memory.waits, memory.robots
        self._product = product_of(settings.user_agent)
        self._politeness = Politeness(settings.per_host, settings.spacing.total_seconds(), pause)
        self._guard = guard(settings.allow_private)
        self._tls: ssl.SSLContext | bool = tls if tls is not None else True
        connector = GuardedConnector(self._guard, ssl=self._tls, resolver=resolver, limit=0, keepalive_timeout=15)
        self._sessions = {"": self._session_over(connector)}

    def _session_over(self, connector: aiohttp.BaseConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
            trust_env=False,
            headers={"User-Agent": self._settings.user_agent, "Accept": _ACCEPT, "Accept-Encoding": ACCEPTED},
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def close(self, *, is_patient: bool = False) -> None:
        """Close all connections; if patient, when the last exchange has ended."""
        if is_patient:
            await self._busy.ended()
        for session in self._sessions.values():
            await session.close()

    async def __call__(self, endpoint: str, known: Validators, way: FetchOptions = DIRECT) -> Document:
        """Ask an endpoint once, following at most 5 redirects, each hop guarded, within one deadline for all.

        What robots.txt forbids is not asked (RFC 9309), unless ``way`` says so. A body with the known hash is not
        given: the outcome is then UNCHANGED. A note is text for a person, from outside: escape it.
        """
        with self._busy:
            return await self._exchange(endpoint, known, way)

    async def post(self, url: str, form: Mapping[str, str], way: FetchOptions = DIRECT) -> Document:
        """Send a form, guarded, following nothing; the outcome is OK for any answer that accepts it."""
        with self._busy:
            try:
                self._check_literal(url)
                async with asyncio.timeout(self._settings.deadline.total_seconds()):
                    request = self._begin("POST", url, {}, way, data=dict(form))
                    async with request as response:
                        note = printable(f"HTTP {response.status} {response.reason or ''}".strip())
                        is_taken = _OK <= response.status < min(_REDIRECTS)
                        outcome = Outcome.OK if is_taken else _STATUSES.get(response.status, Outcome.HTTP_ERROR)
                        return Document(endpoint=url, outcome=outcome, url=url, status=response.status, note=note)
            except EXPECTED as error:
                outcome, note = explain(error)
                return Document(endpoint=url, outcome=outcome, url=url, note=printable(note))

    async def _exchange(self, endpoint: str, known: Validators, way: FetchOptions) -> Document:
        loop = asyncio.get_running_loop()
        started = loop.time()
        trail: list[str] = [endpoint]
        try:
            async with self._politeness.acquire(domains.politeness_key(endpoint)):
                started = loop.time()  # waiting for one's turn is not the server's slowness
                async with asyncio.timeout(self._settings.deadline.total_seconds()):
                    brought = await self._follow(known, trail, way)
        except EXPECTED as error:
            outcome, note = explain(error)
            asked = error.retry_after if isinstance(error, RefusalError) else None
            brought = {"outcome": outcome, "note": printable(note), "retry_after": asked}
        return Document(endpoint=endpoint, url=urls.without_user(trail[-1]), elapsed=loop.time() - started, **brought)

    async def _follow(self, known: Validators, trail: list[str], way: FetchOptions) -> dict[str, Any]:
        """Ask, and ask again where redirected to; give what came, as a Document's fields."""
        moved_to: str | None = None
        is_lasting = True
        for _ in range(MOST_REDIRECTS + 1):
            url = trail[-1]
            self._check_literal(url)
            if way.respect_robots:
                await self._check_robots(url, way)
            self._check_wait(urls.host_key(url))
            # Validators mean something only to the host that gave them: one that was redirected to knows others.
            is_own = len(trail) == 1 or urls.host_key(url) == urls.host_key(trail[0])
            told = known if is_own else Validators(body_hash=known.body_hash)
            async with self._begin("GET", url, _conditional(told), way) as response:
                self._heed(urls.host_key(url), response)
                if response.status not in _REDIRECTS:
                    brought = {**await self._read(response, told), "moved_to": moved_to}
                    if not is_own:
                        brought["validators"] = Validators(body_hash=brought["validators"].body_hash)
                    return brought
                is_lasting = is_lasting and response.status in (301, 308)
                trail.append(_next_hop(url, response.headers.get("Location"), trail))
                moved_to = trail[-1] if is_lasting else moved_to
        raise RefusalError(Outcome.TOO_MANY_REDIRECTS, f"more than {MOST_REDIRECTS} redirects")

    def _begin(self, method: str, url: str, headers: Mapping[str, str], way: FetchOptions, **options: Any) -> Any:
        """Begin a request, over the pool of connections that its way has."""
        address = URL(url, encoded=url.isascii())
        proxy = proxy_for(url, way.proxy) if way.proxy else ""
        if proxy not in self._sessions:
            self._sessions[proxy] = self._session_over(connector_to(proxy, self._tls))
        if proxy and not is_socks(proxy):
            options["proxy"] = proxy
        return self._sessions[proxy].request(method, address, headers=headers, allow_redirects=False, **options)

    async def _check_robots(self, url: str, way: FetchOptions) -> None:
        """Refuse what the host's robots.txt forbids; it is asked once a day, in the turn that is had already."""
        origin, now = urls.origin(url), self._clock()
        asked_at, robots = self._robots.get(origin)
        if asked_at is None or asked_at <= now - _ROBOTS_HOLD_FOR:
            try:
                async with asyncio.timeout(self._settings.deadline.total_seconds() / 2):
                    robots = await self._ask_robots(origin, way)
                self._robots.put(origin, now, robots)
            except EXPECTED:
                if asked_at is None:  # what was known of an unreachable one holds on (RFC 9309, 2.4)
                    raise
        if not robots.allows(url):
            raise RefusalError(Outcome.DISALLOWED, f"{urls.redact(origin)}/robots.txt asks robots not to read this")

    async def _ask_robots(self, origin: str, way: FetchOptions) -> Robots:
        """Ask for a robots.txt: a client's error means that there is none, a server's that nothing may be asked."""
        try:
            brought = await self._follow(Validators(), [f"{origin}/robots.txt"], replace(way, respect_robots=False))
        except RefusalError as error:
            if error.outcome in (Outcome.TOO_MANY_REDIRECTS, Outcome.BAD_URL):  # led to nowhere: there is none
                return ALLOW_ALL
            raise
        if brought["outcome"] is Outcome.OK:
            return read_robots(brought["body"], self._product)
        if brought["status"] < _SERVER_ERRORS:
            return ALLOW_ALL
        note = (
            f"{urls.redact(origin)}/robots.txt cannot be read ({brought['note']}), so nothing may be asked until it can"
        )
        raise RefusalError(Outcome.DISALLOWED, note, brought["retry_after"])

    def _check_literal(self, url: str) -> None:
        """Refuse an address written as a number before anything is opened, so that the reason is plain."""
        host = urls.host_key(url)
        if not host[-1:].isalpha() and (address := _literal(host)):  # no top-level domain ends in anything else
            self._guard(address)

    def _check_wait(self, host: str) -> None:
        """Send nothing to a host before the time it named, whichever of its feeds it said so about."""
        until, now = self._waits.get(host), self._clock()
        if until is not None and until > now:
            note = f"the host asked to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC"
            raise RefusalError(Outcome.RATE_LIMITED, note, until - now)
        self._waits.pop(host, None)

    def _heed(self, host: str, response: aiohttp.ClientResponse) -> None:
        """Note how long a host wants to be left alone (RFC 9110, 10.2.3): said with 429, 503 or a redirect."""
        if response.status in _WAITING:
            now = self._clock()
            wait = retry_after(response.headers, now)
            if wait:
                self._waits[host] = now + wait

    async def _read(self, response: aiohttp.ClientResponse, known: Validators) -> dict[str, Any]:
        now, status = self._clock(), response.status
        common: dict[str, Any] = {
            "outcome": Outcome.OK,
            "status": status,
            "content_type": printable(response.headers.get("Content-Type", "")),
            "fresh_for": fresh_for(response.headers, now),
            "retry_after": retry_after(response.headers, now),
            "validators": known,
            "onion": urls.absolute(response.headers.get("Onion-Location")) or "",
            "links": _links(response),
        }
        if status == _NOT_MODIFIED:
            if not _conditional(known):
                return {**common, "outcome": Outcome.HTTP_ERROR, "note": "304 to a request without conditions"}
            fresh = Validators(
                etag=validator(response.headers.get("ETag")) or known.etag,
                last_modified=validator(response.headers.get("Last-Modified")) or known.last_modified,
                body_hash=known.body_hash,
            )
            return {**common, "outcome": Outcome.NOT_MODIFIED, "validators": fresh}
        if status != _OK:
            default = Outcome.SERVER_ERROR if status >= _SERVER_ERRORS else Outcome.HTTP_ERROR
            note = printable(f"HTTP {status} {response.reason or ''}".strip())
            return {**common, "outcome": _STATUSES.get(status, default), "note": note}
        body = await self._body(response)
        seen = Validators(
            etag=validator(response.headers.get("ETag")),
            last_modified=validator(response.headers.get("Last-Modified")),
            body_hash=hashlib.blake2b(body, digest_size=16).hexdigest(),
        )
        if seen.body_hash == known.body_hash:
            return {**common, "outcome": Outcome.UNCHANGED, "validators": seen}
        return {**common, "body": body, "validators": seen}

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        body = Body(", ".join(response.headers.getall("Content-Encoding", [])), self._settings.largest_decoded)
        left = self._settings.largest
        async for piece in response.content.iter_any():
            left -= len(piece)
            if left < 0:
                raise TooLargeError
            body.feed(piece)
        return body.finish()


def _conditional(known: Validators) -> Mapping[str, str]:
    """Ask conditionally with what the server itself gave, byte for byte (RFC 9110, 13.1)."""
    pairs: Sequence[tuple[str, str | None]] = (
        ("If-None-Match", known.etag),
        ("If-Modified-Since", known.last_modified),
    )
    return {name: value for name, value in pairs if value}


def _links(response: aiohttp.ClientResponse) -> tuple[Link, ...]:
    return link_header(response.headers.getall("Link"), str(response.url)) if "Link" in response.headers else ()


@lru_cache(maxsize=4096)
def _literal(host: str) -> str:
    """Give the IP address that a host with or without port is, empty if it is a name."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        ipaddress.ip_address(name)
    except ValueError:
        return ""
    return name


def _next_hop(url: str, location: str | None, trail: Sequence[str]) -> str:
    following = urls.absolute(location, url)
    if following is None:
        raise RefusalError(Outcome.BAD_URL, f"redirected to {urls.redact(location or 'nowhere')[:200]}")
    if following in trail:
        raise RefusalError(Outcome.TOO_MANY_REDIRECTS, "redirected in a circle")
    return following
