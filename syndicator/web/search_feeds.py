"""Searches as feeds: few are kept, one is made at a time, and who asks for many is told how to have a lasting one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from functools import partial
from http import HTTPStatus
from urllib.parse import urlencode

from aiohttp import web

from syndicator.errors import FilterError, StoreError
from syndicator.models.formats import FORMATS_BY_NAME
from syndicator.models.reader_pages import LONGEST_SEARCH, SEARCH_FEEDS
from syndicator.web.answers import Sender, answer_fresh, unreadable
from syndicator.web.connection import Connection
from syndicator.web.context import Searches, SiteContext
from syndicator.web.polls import PollLimiter, reader_address
from syndicator.web.snapshot import Fresh, Representation, represented

# Seconds for which a document is neither made anew nor to be asked for again.
FRESH_FOR = 300
# An older one is not shown either where none can be made: feeds may be private by now, and stories deleted.
_OLDEST = 3600
_MOST_KEPT = 200
_MOST_BYTES = 16 * 1024 * 1024
_MOST_WAITING, _MOST_READING = 4, 20
# How many are made: for one reader ten at once and one a minute after that, in all thirty and one in two seconds.
OF_A_READER, IN_ALL, _IN_ALL_SECONDS = 10, 30, 2.0
_ADVICE = "For a filter that you follow, ask whoever runs this server for a feed with a name of its own.\n"
_Key = tuple[str, str]


class SearchFeedRoutes:
    """Answers with what searches find as feeds."""

    def __init__(self, context: SiteContext, searches: Searches, sender: Sender) -> None:
        self._context, self._searches, self._sender = context, searches, sender
        self._kept: OrderedDict[_Key, tuple[float, Representation]] = OrderedDict()
        self._bytes, self._waiting, self._making = 0, 0, asyncio.Lock()
        self._reading, self._turn = 0, asyncio.Lock()
        self._of_readers = PollLimiter(context.clock, burst=OF_A_READER)
        self._in_all = PollLimiter(context.clock, burst=IN_ALL, seconds=_IN_ALL_SECONDS)

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        for name, path in SEARCH_FEEDS.items():
            router.add_get(f"/{path}", partial(self._answer, name))

    async def _answer(self, format_name: str, request: web.Request) -> web.StreamResponse:
        text = request.query.get("q", "").strip()
        if not text or len(text) > LONGEST_SEARCH:
            raise web.HTTPBadRequest(text=f"q is a filter of up to {LONGEST_SEARCH} characters.\n")
        try:
            where = await self._normal(text)
            found = await self._find((where, format_name), self._reader(request))
        except FilterError as error:
            raise web.HTTPBadRequest(text=f"This filter cannot be read: {error}\n") from error
        except StoreError as error:
            raise unreadable(error) from error
        response = answer_fresh(request, Fresh(found, FRESH_FOR), FORMATS_BY_NAME[format_name].content_type)
        own = f"{self._context.directory().base_url}/{SEARCH_FEEDS[format_name]}?{urlencode({'q': where})}"
        response.headers.update({"Link": f'<{own}>; rel="self"', "Access-Control-Allow-Origin": "*"})
        return await self._sender.send(request, response)

    async def _normal(self, text: str) -> str:
        """Return a filter as we write it. They are read one after another: a mistake takes long to be explained."""
        if self._reading > _MOST_READING:
            raise _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Many searches are asked for just now.", 10)
        self._reading += 1
        try:
            async with self._turn:
                return await self._searches.normal(text)
        finally:
            self._reading -= 1

    def _reader(self, request: web.Request) -> str | None:
        """Return what a reader's requests are counted by; None for a proxy's that does not say whose they are."""
        peer = request.protocol.host if isinstance(request.protocol, Connection) else ""
        forwarded = ", ".join(request.headers.getall("X-Forwarded-For", ()))
        return self._context.limits.key(reader_address(peer, forwarded, self._context.trusted_proxies))

    async def _find(self, key: _Key, reader: str | None) -> Representation:
        """Return a document that is kept, or make one. An old one is good enough where none can be made now."""
        old = self._kept.get(key)
        if old is not None and self._context.clock() - old[0] < FRESH_FOR:
            self._kept.move_to_end(key)
            return old[1]
        try:
            self._admit(reader)
        except web.HTTPException:
            if old is None or self._context.clock() - old[0] > _OLDEST:
                raise
            return old[1]
        self._waiting += 1
        try:
            async with self._making:
                return await self._made(key)
        finally:
            self._waiting -= 1

    def _admit(self, reader: str | None) -> None:
        """Raise the answer for a reader for whom none is made now."""
        if self._waiting > _MOST_WAITING:
            raise _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Many searches are made feeds of just now.", 10)
        if reader is not None and (wait := self._of_readers.wait(reader, "")):
            message = "Many searches were made feeds of for your address."
            raise _refusal(HTTPStatus.TOO_MANY_REQUESTS, message, wait)
        if wait := self._in_all.wait("", ""):
            raise _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Many searches were made feeds of lately.", wait)

    async def _made(self, key: _Key) -> Representation:
        kept = self._kept.get(key)  # whoever was before may have asked for the same
        if kept is not None and self._context.clock() - kept[0] < FRESH_FOR:
            return kept[1]
        body = await self._searches.render(*key)
        made = await asyncio.to_thread(represented, body)
        self._keep(key, made)
        return made

    def _keep(self, key: _Key, made: Representation) -> None:
        self._forget(key)
        self._kept[key] = self._context.clock(), made
        self._bytes += _size(made)
        while len(self._kept) > _MOST_KEPT or self._bytes > _MOST_BYTES:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: _Key) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self._bytes -= _size(gone[1])


def _size(made: Representation) -> int:
    return len(made.body) + len(made.compressed)


def _refusal(status: HTTPStatus, message: str, wait: int) -> web.HTTPException:
    kind = web.HTTPTooManyRequests if status is HTTPStatus.TOO_MANY_REQUESTS else web.HTTPServiceUnavailable
    return kind(text=f"{message} {_ADVICE}", headers={"Retry-After": str(wait)})
