"""One request and the redirects it meets: each hop checked, at most five followed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from urllib.parse import quote, urlsplit

import aiohttp

from syndicator import urls
from syndicator.fetch.cookies import Cookies
from syndicator.fetch.exchange import exchange_of
from syndicator.fetch.failures import RefusalError
from syndicator.fetch.guard import check_literal
from syndicator.fetch.headers import retry_after
from syndicator.fetch.response import REDIRECTS, Fields, Received, conditions, read_response
from syndicator.fetch.sessions import Sessions
from syndicator.fetch.waits import HostWaits
from syndicator.models import Exchange, FetchOptions, Outcome, Peer, Validators

MOST_REDIRECTS = 5
_LASTING = frozenset({301, 308})
_WITH_WAIT = REDIRECTS | {429, 503}
_NO_UTF8 = re.compile("[\ud800-\udfff]")
_ASCII = "".join(map(chr, range(0x80)))

RobotsCheck = Callable[[str, FetchOptions], Awaitable[None]]


class Requester:
    """Sends GET requests and follows redirects. Raises RefusalError, or what aiohttp raises, when there is no answer.

    Every hop is checked: its address if it is written as a number, its robots.txt where the caller has a check for
    that, and the wait its host asked for. Sockets are checked where they are opened.
    """

    def __init__(
        self,
        sessions: Sessions,
        *,
        check_address: Callable[[str], None],
        waits: HostWaits,
        clock: Callable[[], datetime],
        largest: int,
        largest_decoded: int,
    ) -> None:
        """Accept bodies of ``largest`` bytes on the wire and ``largest_decoded`` after decoding."""
        self._sessions, self._check_address = sessions, check_address
        self._waits, self._clock = waits, clock
        self._largest, self._largest_decoded = largest, largest_decoded

    async def get(
        self, known: Validators, trail: list[str], options: FetchOptions, check_robots: RobotsCheck | None = None
    ) -> Fields:
        """Return what the last address of ``trail`` leads to; each redirect's target is appended to ``trail``."""
        way = _Way(trail)
        exchanges: list[Exchange] = []
        peers: dict[str, Peer] = {}
        for _ in range(MOST_REDIRECTS + 1):
            url = trail[-1]
            host = urls.host_key(url)
            check_literal(host, self._check_address)
            if check_robots is not None:
                await check_robots(url, options)
            self._check_wait(host)
            # Validators mean something only to the host that sent them: after a redirect the host knows others.
            is_own = len(trail) == 1 or host == urls.host_key(trail[0])
            sent = known if is_own else Validators(body_hash=known.body_hash)
            async with self._sessions.request("GET", url, conditions(sent) | way.cookies(), options) as response:
                self._note_wait(host, response)
                if peer := self._sessions.peers.get(host, is_secure=url.startswith("https:")):
                    peers[host] = peer
                if response.status in REDIRECTS:
                    if options.captured_for:
                        exchanges.append(exchange_of(response, Received(), self._clock()))
                    way.follow(response, self._clock())
                    continue
                fields = await self._read(response, sent, options, exchanges)
                fields["moved_to"], fields["peers"] = way.moved_to, tuple(peers.values())
                if not is_own:
                    fields["validators"] = Validators(body_hash=fields["validators"].body_hash)
                return fields
        raise RefusalError(Outcome.TOO_MANY_REDIRECTS, f"more than {MOST_REDIRECTS} redirects")

    async def _read(
        self, response: aiohttp.ClientResponse, sent: Validators, options: FetchOptions, redirects: Sequence[Exchange]
    ) -> Fields:
        """Read a response that is no redirect, and keep it as it came where the options ask for that."""
        now, received = self._clock(), Received() if options.captured_for else None
        fields = await read_response(
            response,
            sent,
            now,
            largest=min(options.largest or self._largest, self._largest),
            largest_decoded=self._largest_decoded,
            keeps_packed=options.keeps_packed,
            received=received,
        )
        if received is not None and fields["outcome"].is_good:
            fields["exchanges"] = (*redirects, exchange_of(response, received, now))
        return fields

    def _check_wait(self, host: str) -> None:
        """Refuse a request before the time its host named, whichever of its addresses named it."""
        now = self._clock()
        until = self._waits.until(host, now)
        if until is not None:
            note = f"the host asked to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC"
            raise RefusalError(Outcome.RATE_LIMITED, note, until - now)

    def _note_wait(self, host: str, response: aiohttp.ClientResponse) -> None:
        """Keep the wait that a host asks for with 429, 503 or a redirect (RFC 9110, 10.2.3)."""
        if response.status in _WITH_WAIT:
            now = self._clock()
            wait = retry_after(response.headers, now)
            if wait:
                self._waits.put(host, now + wait, now)


class _Way:
    """The addresses of one exchange, its cookies, which nobody keeps afterwards, and where it has moved for good."""

    def __init__(self, trail: list[str]) -> None:
        self._trail, self._cookies = trail, Cookies()
        self._asked = {(trail[-1], "")}
        self._is_lasting = True
        self._moved_to: str | None = None

    @property
    def moved_to(self) -> str | None:
        return self._moved_to if self._moved_to != self._trail[0] else None

    def cookies(self) -> dict[str, str]:
        """Return the Cookie field for the last address, if there is one."""
        header = self._cookies.header_for(self._trail[-1])
        return {"Cookie": header} if header else {}

    def follow(self, response: aiohttp.ClientResponse, now: datetime) -> None:
        """Append where a redirect leads; raise RefusalError if that is nowhere, or was asked in the same way before."""
        self._cookies.store(self._trail[-1], response.headers.getall("Set-Cookie", ()), now)
        following = _target(self._trail[-1], response.headers.get("Location", ""))
        request = (following, self._cookies.header_for(following))
        if request in self._asked:
            raise RefusalError(Outcome.TOO_MANY_REDIRECTS, "redirected in a circle")
        self._asked.add(request)
        self._trail.append(following)
        self._is_lasting = self._is_lasting and response.status in _LASTING
        if self._is_lasting:
            self._moved_to = following


def _target(url: str, location: str) -> str:
    if _NO_UTF8.search(location):  # its bytes are encoded, as browsers do (WHATWG URL, 4.4)
        location = quote(location.encode("utf-8", "surrogateescape"), safe=_ASCII)
    following = urls.absolute(urls.without_feed_scheme(location, urlsplit(url).scheme), url)
    if following is None:
        raise RefusalError(Outcome.BAD_URL, f"redirected to {urls.redact(location or 'nowhere')[:200]}")
    return following
