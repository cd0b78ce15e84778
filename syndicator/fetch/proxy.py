"""Ways around: HTTP proxies, and SOCKS5 ones such as Tor's, which resolve names at their own end.

Behind a proxy nobody can check which address is connected to: that is the operator's choice to make.
"""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp_socks import ProxyConnector

ENVIRONMENT = "environment"


def proxy_for(url: str, proxy: str) -> str:
    """Give the proxy to ask ``url`` through: the one that was named or, if so asked, the environment's; or none."""
    if proxy != ENVIRONMENT:
        return proxy
    parts, named = urlsplit(url), getproxies()
    if proxy_bypass(parts.hostname or ""):
        return ""
    return named.get(parts.scheme, named.get("all", ""))


def is_socks(proxy: str) -> bool:
    """Say whether a proxy speaks SOCKS."""
    return proxy.startswith("socks")


def connector_to(proxy: str, tls: ssl.SSLContext | bool) -> aiohttp.BaseConnector:
    """Make the pool of connections that go through one proxy."""
    if is_socks(proxy):
        plain = proxy.replace("socks5h://", "socks5://", 1)
        connector: aiohttp.BaseConnector = ProxyConnector.from_url(plain, rdns=True, ssl=tls, limit=0)
        return connector
    return aiohttp.TCPConnector(ssl=tls, limit=0, keepalive_timeout=15)
