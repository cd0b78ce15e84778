"""One request and the redirects it meets: each hop checked, at most five followed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import quote, urlsplit

import aiohttp

from syndicator import urls
from syndicator.fetch.cookies import Cookies
from syndicator.fetch.failures import RefusalError
from syndicator.fetch.guard import check_literal
from syndicator.fetch.headers import retry_after
from syndicator.fetch.response import Fields, conditions, read_response
from syndicator.fetch.sessions import Sessions
from syndicator.fetch.waits import HostWaits
from syndicator.models import FetchOptions, Outcome, Validators

MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LASTING = frozenset({301, 308})
_WITH_WAIT = REDIRECTS | {429, 503}
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
        """Return what the last address of ``trail`` leads to; each redirect's target is appended to ``trail``.

        Cookies are kept for as long as this takes: an address that is asked again with others is asked anew.
        """
        moved_to: str | None = None
        is_lasting = True
        cookies, asked = Cookies(), {(trail[-1], "")}
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
            headers = conditions(sent)
            if cookie := cookies.header_for(url):
                headers["Cookie"] = cookie
            async with self._sessions.request("GET", url, headers, options) as response:
                self._note_wait(host, response)
                if response.status not in REDIRECTS:
                    limits = {"largest": self._largest, "largest_decoded": self._largest_decoded}
                    fields = await read_response(response, sent, self._clock(), **limits)
                    fields["moved_to"] = moved_to if moved_to != trail[0] else None
                    if not is_own:
                        fields["validators"] = Validators(body_hash=fields["validators"].body_hash)
                    return fields
                is_lasting = is_lasting and response.status in _LASTING
                if "Set-Cookie" in response.headers:
                    cookies.store(url, response.headers.getall("Set-Cookie"), self._clock())
                following = _next_hop(url, response.headers.get("Location"))
                if (following, cookies.header_for(following)) in asked:
                    raise RefusalError(Outcome.TOO_MANY_REDIRECTS, "redirected in a circle")
                asked.add((following, cookies.header_for(following)))
                trail.append(following)
                moved_to = following if is_lasting else moved_to
        raise RefusalError(Outcome.TOO_MANY_REDIRECTS, f"more than {MOST_REDIRECTS} redirects")

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


def _next_hop(url: str, location: str | None) -> str:
    following = urls.absolute(urls.without_feed_scheme(_readable(location or ""), urlsplit(url).scheme), url)
    if following is None:
        raise RefusalError(Outcome.BAD_URL, f"redirected to {urls.redact(location or 'nowhere')[:200]}")
    return following


def _readable(location: str) -> str:
    """Return an address whose bytes that are no UTF-8 are percent-encoded, as browsers do (WHATWG URL, 4.4)."""
    if location.isprintable():
        return location
    return quote(location.encode("utf-8", "surrogateescape"), safe=_ASCII)
