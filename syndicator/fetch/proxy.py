"""Requests through HTTP proxies, and through SOCKS5 proxies such as Tor's, which resolve names themselves.

Behind a proxy nobody can check which address is connected to. The operator chooses that.
"""

from __future__ import annotations

import ssl
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from aiohttp.abc import AbstractResolver
from aiohttp_socks import ProxyConnector

from syndicator.fetch.connector import LenientConnector, NotingConnector
from syndicator.fetch.lenient import LenientHandler

ENVIRONMENT = "environment"


def proxy_for(url: str, proxy: str) -> str:
    """Return the proxy for ``url``: the named one, or the environment's if ``proxy`` says so; empty for none."""
    if proxy != ENVIRONMENT:
        return proxy
    parts, named = urlsplit(url), getproxies()
    if proxy_bypass(parts.hostname or ""):
        return ""
    return named.get(parts.scheme, named.get("all", ""))


def is_socks(proxy: str) -> bool:
    """Return whether a proxy speaks SOCKS."""
    return proxy.startswith("socks")


class _SocksConnector(ProxyConnector, NotingConnector):
    """Reads answers as browsers do. It overrides a private method of aiohttp-socks, hence the bounds on its version."""

    is_proxy = True

    async def _connect_via_proxy(self, *args: Any, **options: Any) -> Any:
        transport, strict = await super()._connect_via_proxy(*args, **options)
        protocol = LenientHandler(self._loop)
        protocol.opener = strict  # it keeps the stream whose end would close the connection
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        return transport, protocol


def connector_to(proxy: str, tls: ssl.SSLContext | bool, resolver: AbstractResolver) -> NotingConnector:
    """Create the pool of connections through one proxy; ``resolver`` finds the proxy, never what lies behind it."""
    if is_socks(proxy):
        plain = proxy.replace("socks5h://", "socks5://", 1)
        made = _SocksConnector.from_url(plain, rdns=True, ssl=tls, limit=0)
        return cast("NotingConnector", made)
    return LenientConnector(ssl=tls, resolver=resolver)
