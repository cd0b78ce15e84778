"""Readers' pages: each by the table of paths, in each language, and as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar, cast

from aiohttp import web

from syndicator.errors import StoreError
from syndicator.models.reader_pages import Moved
from syndicator.web.answers import Sender, answer_fresh
from syndicator.web.connection import Connection
from syndicator.web.context import SiteContext
from syndicator.web.reader_pages import LANGUAGES, Frame, twin_path
from syndicator.web.reader_pages.wanted import PAGES, WantedFrom, query_of
from syndicator.web.rendered import BusyError, RenderedPages
from syndicator.web.robots import robots_txt

_JSON = ".json"
_RETRY_SECONDS = "10"
# Sections whose pages search engines should not list: an answer is none to what somebody else asks.
_UNINDEXED = frozenset({"search"})
_ROBOTS_HEADERS = {"Cache-Control": "max-age=86400"}
_Found = TypeVar("_Found")


class PageRoutes:
    """Answers with readers' pages, which are cached for a minute."""

    def __init__(self, context: SiteContext, sender: Sender) -> None:
        self._context, self._sender = context, sender
        self._rendered = RenderedPages(context.pages, context.clock)

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes. A page's JSON is the same in every language."""
        in_others = f"{{language:{'|'.join(LANGUAGES[1:])}}}"
        router.add_get("/robots.txt", self._robots)
        router.add_get(f"/{in_others}", _with_slash)
        for path, wanted_from in PAGES.items():
            as_html, as_json = (partial(self._answer, wanted_from, is_json=is_json) for is_json in (False, True))
            router.add_get(f"/{path}", as_html)
            router.add_get(f"/{in_others}/{path}", as_html)
            router.add_get(f"/{twin_path(path)}", as_json)

    async def _answer(self, wanted_from: WantedFrom, request: web.Request, *, is_json: bool) -> web.StreamResponse:
        wanted = wanted_from(request)
        directory = self._context.directory()
        frame = Frame.of(
            request.rel_url.raw_path, title=directory.title, base_url=directory.base_url, query=query_of(request)
        )
        try:
            found = await _as_long_as_read(request, self._rendered.get(wanted, None if is_json else frame))
        except StoreError as error:
            raise _not_now(str(error)) from error
        except BusyError as error:
            raise _not_now("too many others wait") from error
        if found is None:
            raise web.HTTPNotFound(text="There is no such page, or what it shows is past retention.\n")
        if isinstance(found, Moved):
            raise web.HTTPMovedPermanently(frame.file(twin_path(found.path)) if is_json else frame.to(found.path))
        content_type = "application/json" if is_json else "text/html"
        answer = answer_fresh(request, found, content_type)
        if frame.section in _UNINDEXED:
            answer.headers["X-Robots-Tag"] = "noindex"
        return await self._sender.send(request, answer)

    async def _robots(self, _request: web.Request) -> web.Response:
        return web.Response(text=robots_txt(self._context.directory().base_url), headers=_ROBOTS_HEADERS)


async def _with_slash(request: web.Request) -> web.StreamResponse:
    raise web.HTTPMovedPermanently(f"{request.match_info['language']}/")


async def _as_long_as_read(request: web.Request, work: Coroutine[Any, Any, _Found]) -> _Found:
    """Return what is made for a reader; give it up when they leave, so that their place is another's."""
    connection = cast("Connection", request.protocol)
    making = asyncio.create_task(work)
    await asyncio.wait((making, connection.left), return_when=asyncio.FIRST_COMPLETED)
    if not making.done():
        making.cancel()
        raise web.HTTPServiceUnavailable
    return making.result()


def _not_now(reason: str) -> web.HTTPServiceUnavailable:
    return web.HTTPServiceUnavailable(
        text=f"This page cannot be made just now: {reason}\n", headers={"Retry-After": _RETRY_SECONDS}
    )
