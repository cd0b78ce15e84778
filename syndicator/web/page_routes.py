"""Readers' pages: each by the table of paths, in each language, and as JSON; and files that belong to pages."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar, cast

from aiohttp import web

from syndicator.errors import StoreError
from syndicator.models.reader_pages import Moved
from syndicator.web.answers import Sender, answer_fresh
from syndicator.web.connection import Connection
from syndicator.web.context import SiteContext
from syndicator.web.reader_pages import LANGUAGES, Frame, twin_path
from syndicator.web.reader_pages.files import FILES, PageFile
from syndicator.web.reader_pages.wanted import PAGES, SEARCHES, WantedFrom, query_of
from syndicator.web.rendered import BusyError, RenderedPages
from syndicator.web.robots import robots_txt
from syndicator.web.snapshot import Fresh

_IN_OTHERS = f"{{language:{'|'.join(LANGUAGES[1:])}}}"
_RETRY_SECONDS = "10"
# Sections whose pages search engines should not list: an answer is none to what somebody else asks.
_UNINDEXED = frozenset({"search"})
_ROBOTS_HEADERS = {"Cache-Control": "max-age=86400"}
# Searches that wait, for three seconds at most; and bytes of them that are kept.
_MOST_SEARCHES = 8
_MOST_KEPT_OF_SEARCHES = 8 * 1024 * 1024
_Found = TypeVar("_Found")


class PageRoutes:
    """Answers with readers' pages, which are cached for a minute."""

    def __init__(self, context: SiteContext, sender: Sender) -> None:
        self._context, self._sender = context, sender
        self._rendered = RenderedPages(context.pages, context.clock)
        self._searches = RenderedPages(
            context.pages, context.clock, at_once=1, most_waiting=_MOST_SEARCHES, most_kept=_MOST_KEPT_OF_SEARCHES
        )

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes. A page's JSON, and files that belong to it, are the same in every language."""
        router.add_get("/robots.txt", self._robots)
        router.add_get(f"/{_IN_OTHERS}", _with_slash)
        self._add_pages(router, PAGES, self._rendered)
        self._add_pages(router, SEARCHES, self._searches)
        for path, file in FILES.items():
            router.add_get(f"/{path}", partial(self._answer_file, self._rendered, file))

    def _add_pages(self, router: web.UrlDispatcher, pages: Mapping[str, WantedFrom], rendered: RenderedPages) -> None:
        for path, wanted_from in pages.items():
            as_html = partial(self._answer, rendered, wanted_from)
            router.add_get(f"/{path}", as_html)
            router.add_get(f"/{_IN_OTHERS}/{path}", as_html)
            twin = PageFile(wanted_from=wanted_from, path_of=twin_path)
            router.add_get(f"/{twin_path(path)}", partial(self._answer_file, rendered, twin))

    async def _answer(
        self, rendered: RenderedPages, wanted_from: WantedFrom, request: web.Request
    ) -> web.StreamResponse:
        frame = self._frame(request)
        found = await _found(request, rendered.get(wanted_from(request), frame))
        if isinstance(found, Moved):
            raise web.HTTPMovedPermanently(frame.to(found.path))
        answer = answer_fresh(request, found, "text/html")
        if frame.section in _UNINDEXED:
            answer.headers["X-Robots-Tag"] = "noindex"
        return await self._sender.send(request, answer)

    async def _answer_file(self, rendered: RenderedPages, file: PageFile, request: web.Request) -> web.StreamResponse:
        found = await _found(request, rendered.get(file.wanted_from(request), None, file.encode))
        if isinstance(found, Moved):
            raise web.HTTPMovedPermanently(self._frame(request).file(file.path_of(found.path)))
        answer = answer_fresh(request, found, file.content_type)
        if file.saved_as:
            name = file.saved_as.format_map(request.match_info)
            answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return await self._sender.send(request, answer)

    def _frame(self, request: web.Request) -> Frame:
        site = self._context.directory()
        return Frame.of(
            request.rel_url.raw_path,
            title=site.title,
            base_url=site.base_url,
            query=query_of(request),
            year=datetime.fromtimestamp(self._context.wall(), UTC).year,
        )

    async def _robots(self, _request: web.Request) -> web.Response:
        return web.Response(text=robots_txt(self._context.directory().base_url), headers=_ROBOTS_HEADERS)


async def _with_slash(request: web.Request) -> web.StreamResponse:
    raise web.HTTPMovedPermanently(f"{request.match_info['language']}/")


async def _found(request: web.Request, getting: Coroutine[Any, Any, Fresh | Moved | None]) -> Fresh | Moved:
    """Return what is got for a reader, or raise the answer that says why there is nothing."""
    try:
        found = await _as_long_as_read(request, getting)
    except StoreError as error:
        raise _not_now(str(error)) from error
    except BusyError as error:
        raise _not_now("too many others wait") from error
    if found is None:
        raise web.HTTPNotFound(text="There is no such page, or what it shows is past retention.\n")
    return found


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
