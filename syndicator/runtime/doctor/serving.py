"""Our own addresses: who answers where the daemon listens, and at the address that readers use."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from syndicator.config import Config
from syndicator.fetch.failures import EXPECTED
from syndicator.fetch.resolver import Resolver
from syndicator.fetch.sessions import Sessions
from syndicator.models import FetchOptions
from syndicator.models.checkup import Finding, fault, skipped, warning, well

_PATIENCE = 10.0  # seconds
_LISTED = "/feeds.opml"  # the same everywhere, and anybody's
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what may be configured


async def check_serving(config: Config) -> AsyncIterator[Finding]:
    """Look at the ports, and at the base address."""
    ours: bytes | None = None
    for name, address in {"listen": config.listen, "web.operators": config.operators or config.listen}.items():
        if name == "listen" or address != config.listen:
            finding, body = await _port(name, address)
            ours = body if name == "listen" else ours
            yield finding
    if ours is None:
        yield skipped("base_url", f"{config.base_url} is looked at while the daemon runs")
    else:
        yield await _base_url(config, ours)


async def _port(name: str, address: tuple[str, int]) -> tuple[Finding, bytes | None]:
    """Return who answers at an address; with the list of feeds if that is this program."""
    host, port = _ANYWHERE.get(address[0], address[0]), address[1]
    where = f"{name}: {address[0]}:{port}"
    async with _sessions(lambda _: None) as sessions:
        try:
            answer = await _get(sessions, f"http://{f'[{host}]' if ':' in host else host}:{port}{_LISTED}")
        except (*EXPECTED, OSError):
            return _free(where, address), None
    if answer.server == "syndicator":
        return well("port", f"{where} is answered by this program"), answer.body
    return _taken(where, address[1]), None


def _free(where: str, address: tuple[str, int]) -> Finding:
    """Return whether a port that nobody answers at can be listened on."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
        except PermissionError:
            return fault("port", f"{where} is for root alone", "listen on 1024 or above, behind a web server")
        except OSError as error:
            if error.errno in _NOT_HERE:
                return fault("port", f"{where} is no address of this machine", "set it to one, or to 127.0.0.1")
            return _taken(where, address[1])
    return well("port", f"{where} is free")


def _taken(where: str, port: int) -> Finding:
    return fault(
        "port", f"{where} is taken by another program", f"stop it (ss -tlnp 'sport = :{port}'), or set another"
    )


async def _base_url(config: Config, ours: bytes) -> Finding:
    """Return whether the address that readers use leads here. It is the operator's own, in whatever network."""
    async with _sessions(lambda _: None) as sessions:
        try:
            answer = await _get(sessions, f"{config.base_url}{_LISTED}")
        except (*EXPECTED, OSError) as error:
            return warning(
                "base_url", f"{config.base_url} cannot be reached from here: {error or type(error).__name__}",
                "all links that readers get begin with it: see the proxy's settings, the name and its certificate",
            )  # fmt: skip
    if answer.body == ours:
        return well("base_url", f"{config.base_url} leads here")
    return fault(
        "base_url", f"{config.base_url} leads elsewhere: {_LISTED} there is not ours (status {answer.status})",
        "set base_url to the address that readers use, or see the proxy's settings",
    )  # fmt: skip


class _Answer:
    """What was answered."""

    def __init__(self, status: int, server: str, body: bytes) -> None:
        self.status, self.server, self.body = status, server, body


async def _get(sessions: Sessions, url: str) -> _Answer:
    headers = {"Accept-Encoding": "identity"}
    async with asyncio.timeout(_PATIENCE), sessions.request("GET", url, headers, FetchOptions()) as response:
        return _Answer(response.status, response.headers.get("Server", ""), await response.read())


@asynccontextmanager
async def _sessions(check: Callable[[str], None]) -> AsyncIterator[Sessions]:
    resolver = Resolver()
    sessions = Sessions("syndicator doctor", check=check, resolver=resolver, tls=True)
    try:
        yield sessions
    finally:
        await sessions.close()
        await resolver.close()
