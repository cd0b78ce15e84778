"""The room's connections: one aiohttp session for direct requests, and one for each proxy."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from syndicator.fetch.connector import GuardedConnector, NotingConnector
from syndicator.fetch.decode import ACCEPTED
from syndicator.fetch.peers import Peers
from syndicator.fetch.proxy import connector_to, is_socks, proxy_for
from syndicator.models import FetchOptions

MOST_PROXIES = 256
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9,"
    " application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
)
_LONGEST_HEADER, _MOST_HEADERS = 65536, 1000


@dataclass(slots=True)
class _Proxied:
    """A proxy's session and how many requests use it now."""

    session: aiohttp.ClientSession
    users: int = 0


class Sessions:
    """Sends requests: no cookies, no proxy but those named, TLS never downgraded, redirects not followed."""

    def __init__(
        self,
        user_agent: str,
        *,
        check: Callable[[str], None],
        resolver: AbstractResolver,
        tls: ssl.SSLContext | bool,
    ) -> None:
        """Open no socket to an address that ``check`` refuses."""
        self._user_agent, self._resolver, self._tls = user_agent, resolver, tls
        self.peers = Peers()
        self._direct = self._session_over(GuardedConnector(check, ssl=tls, resolver=resolver))
        self._proxied: dict[str, _Proxied] = {}

    def request(
        self, method: str, url: str, headers: Mapping[str, str], options: FetchOptions, **more: Any
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Return a context manager that sends the request and closes its response."""
        proxy = proxy_for(url, options.proxy) if options.proxy else ""
        address = URL(url, encoded=url.isascii())
        if proxy:
            return self._request_over(proxy, method, address, headers=headers, **more)
        return self._direct.request(method, address, headers=headers, allow_redirects=False, **more)

    async def close(self) -> None:
        """Close all connections."""
        await self._direct.close()
        for proxied in self._proxied.values():
            await proxied.session.close()

    @asynccontextmanager
    async def _request_over(
        self, proxy: str, method: str, address: URL, **more: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        proxied = self._proxied.pop(proxy, None) or _Proxied(self._session_over(self._connector_to(proxy)))
        self._proxied[proxy] = proxied  # the one used last stands last
        proxied.users += 1
        if not is_socks(proxy):
            more["proxy"] = proxy
        try:
            async with proxied.session.request(method, address, allow_redirects=False, **more) as response:
                yield response
        finally:
            proxied.users -= 1
            await self._close_idle()

    async def _close_idle(self) -> None:
        """Close the sessions of the proxies used longest ago while there are too many."""
        too_many = len(self._proxied) - MOST_PROXIES
        if too_many > 0:
            idle = [proxy for proxy, proxied in self._proxied.items() if not proxied.users][:too_many]
            for proxied in map(self._proxied.pop, idle):
                await proxied.session.close()

    def _connector_to(self, proxy: str) -> NotingConnector:
        return connector_to(proxy, self._tls, self._resolver)

    def _session_over(self, connector: NotingConnector) -> aiohttp.ClientSession:
        connector.peers = self.peers
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
            max_headers=_MOST_HEADERS,
            trust_env=False,
            headers={"User-Agent": self._user_agent, "Accept": _ACCEPT, "Accept-Encoding": ACCEPTED},
            timeout=aiohttp.ClientTimeout(total=None),
        )
