"""Readers' pages: each by the table of paths, in each language, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from aiohttp import web

from syndicator.errors import StoreError
from syndicator.models.reader_pages import Moved
from syndicator.web.answers import Sender, answer_fresh, unreadable
from syndicator.web.context import SiteContext
from syndicator.web.reader_pages import LANGUAGES, Frame, language_of, twin_path
from syndicator.web.reader_pages.wanted import PAGES, SEARCHES, WantedFrom
from syndicator.web.rendered import RenderedPages, TooBusyError

_IN_OTHERS = f"{{language:{'|'.join(LANGUAGES[1:])}}}"
# Searches that wait, for three seconds at most; and bytes of them that are kept.
_MOST_SEARCHES = 8
_MOST_KEPT_OF_SEARCHES = 8 * 1024 * 1024
_BUSY = "Many readers ask at once: please try again in some seconds.\n"


class PageRoutes:
    """Answers with readers' pages, which are cached for a minute.

    Searches are made one after another, and few wait for theirs: whatever readers ask for, the rest goes on.
    """

    def __init__(self, context: SiteContext, sender: Sender) -> None:
        self._context, self._sender = context, sender
        self._rendered = RenderedPages(context.pages, context.clock)
        self._searches = RenderedPages(
            context.pages, context.clock, at_once=1, most_waiting=_MOST_SEARCHES, most_kept=_MOST_KEPT_OF_SEARCHES
        )

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes. A page's JSON is the same in every language."""
        router.add_get(f"/{_IN_OTHERS}", _with_slash)
        self._add(router, PAGES, self._rendered)
        self._add(router, SEARCHES, self._searches)

    def _add(self, router: web.UrlDispatcher, pages: Mapping[str, WantedFrom], rendered: RenderedPages) -> None:
        for path, wanted_from in pages.items():
            as_html, as_json = (
                partial(self._answer, rendered, wanted_from, is_json=is_json) for is_json in (False, True)
            )
            router.add_get(f"/{path}", as_html)
            router.add_get(f"/{_IN_OTHERS}/{path}", as_html)
            router.add_get(f"/{twin_path(path)}", as_json)

    async def _answer(
        self, rendered: RenderedPages, wanted_from: WantedFrom, request: web.Request, *, is_json: bool
    ) -> web.StreamResponse:
        wanted = wanted_from(request)
        directory = self._context.directory()
        frame = _frame(request, directory.title, directory.base_url)
        try:
            found = await rendered.get(wanted, None if is_json else frame)
        except StoreError as error:
            raise unreadable(error) from error
        except TooBusyError as error:
            raise web.HTTPServiceUnavailable(text=_BUSY, headers={"Retry-After": "5"}) from error
        if found is None:
            raise web.HTTPNotFound(text="There is no such page, or what it shows is past retention.\n")
        if isinstance(found, Moved):
            raise web.HTTPMovedPermanently(frame.file(twin_path(found.path)) if is_json else frame.to(found.path))
        content_type = "application/json" if is_json else "text/html"
        return await self._sender.send(request, answer_fresh(request, found, content_type))


async def _with_slash(request: web.Request) -> web.StreamResponse:
    raise web.HTTPMovedPermanently(f"{request.match_info['language']}/")


def _frame(request: web.Request, title: str, base_url: str) -> Frame:
    code = request.match_info.get("language", LANGUAGES[0])
    language = language_of(code)
    depth = request.path.count("/") - 1
    return Frame(
        title=title,
        base_url=base_url,
        path=request.path.removeprefix(language.prefix).removeprefix("/"),
        root="/".join([".."] * depth) or ".",
        language=language,
        query=f"?{query}" if (query := request.rel_url.raw_query_string) else "",
    )
