"""Requests to callbacks: addresses that strangers have given. Guarded apart from outlets, and read only a little."""

from __future__ import annotations

import asyncio
import io
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver

from syndicator import urls
from syndicator.fetch.failures import EXPECTED, explain, printable
from syndicator.fetch.guard import check_literal, guard
from syndicator.fetch.local_fault import local_fault
from syndicator.fetch.resolver import Resolver, ResolverSettings
from syndicator.fetch.response import status_note
from syndicator.fetch.sessions import Sessions
from syndicator.models import DIRECT, FetchOptions, Network

# Names that strangers give may not resolve: they must not take the threads that outlets' names need.
_RESOLVING = ResolverSettings(most_threads=16, queueing=5.0)
# A connection that is kept may be closed by the other end just when it is used again, and a POST is not repeated.
_HEADERS = {"Connection": "close", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a callback answered: a status, 0 if there was no answer, the first bytes of the body, and a note.

    ``retry_after`` is how long it wants to be left alone, in seconds or until a date, as it says itself.
    """

    status: int = 0
    body: bytes = b""
    note: str = ""
    retry_after: str = ""

    @property
    def is_accepted(self) -> bool:
        """Return whether the status is of the kind 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110, 15.3


class CallbackClient:
    """Sends requests to callbacks. Must be created in a running event loop and closed with ``close()``.

    No redirect is followed, and all of an exchange, its name included, must end within ``deadline`` seconds. The
    networks that outlets may be in are of no account here: only those in ``allow_private`` are, beside public ones.
    """

    def __init__(
        self,
        user_agent: str,
        *,
        allow_private: Sequence[Network] = (),
        deadline: float = 10.0,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Use a ``resolver`` in place of one of its own, which is closed by whoever made it."""
        self._deadline, self._check = deadline, guard(allow_private)
        self._resolver, self._owns_resolver = resolver or Resolver(settings=_RESOLVING), resolver is None
        self._sessions = Sessions(
            user_agent, check=self._check, resolver=self._resolver, tls=tls if tls is not None else True
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._sessions.close()
        if self._owns_resolver:
            await self._resolver.close()

    async def get(self, url: str, options: FetchOptions = DIRECT, *, largest: int) -> Reply:
        """Get the first ``largest`` bytes of an answer. Raise LocalFaultError for a fault of this machine."""
        return await self._send("GET", url, _HEADERS, options, largest)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, options: FetchOptions = DIRECT) -> Reply:
        """Send a body; nothing of the answer but its status is read. Raise LocalFaultError as above."""
        # A file-like object is written piece by piece, as fast as the other end takes it.
        return await self._send("POST", url, _HEADERS | dict(headers), options, 0, data=io.BytesIO(body))

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], options: FetchOptions, largest: int, **more: Any
    ) -> Reply:
        try:
            async with asyncio.timeout(self._deadline):
                check_literal(urls.host_key(url), self._check)
                async with self._sessions.request(method, url, headers, options, **more) as response:
                    body = await _first_bytes(response, largest)
                    wait = response.headers.get("Retry-After", "")
                    return Reply(status=response.status, body=body, note=status_note(response), retry_after=wait)
        except (*EXPECTED, MemoryError) as error:
            if (fault := local_fault(error)) is not None:
                raise fault from error
            return Reply(note=printable(explain(error)[1]))


async def _first_bytes(response: aiohttp.ClientResponse, largest: int) -> bytes:
    """Return the beginning of a body, as it is on the wire."""
    found = b""
    while len(found) < largest and (piece := await response.content.read(largest - len(found))):
        found += piece
    return found
