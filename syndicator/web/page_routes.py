"""Readers' pages: each by the table of paths, in each language, and as JSON."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial

from aiohttp import web

from syndicator.errors import StoreError
from syndicator.models.reader_pages import Moved
from syndicator.web.answers import Sender, answer_fresh, unreadable
from syndicator.web.context import SiteContext
from syndicator.web.reader_pages import LANGUAGES, Frame, language_of, twin_path
from syndicator.web.reader_pages.files import FILES, PageFile
from syndicator.web.reader_pages.wanted import PAGES, WantedFrom
from syndicator.web.rendered import RenderedPages
from syndicator.web.snapshot import Fresh

_JSON = ".json"


class PageRoutes:
    """Answers with readers' pages, which are cached for a minute."""

    def __init__(self, context: SiteContext, sender: Sender) -> None:
        self._context, self._sender = context, sender
        self._rendered = RenderedPages(context.pages, context.clock)

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes. A page's JSON is the same in every language."""
        in_others = f"{{language:{'|'.join(LANGUAGES[1:])}}}"
        router.add_get(f"/{in_others}", _with_slash)
        for path, wanted_from in PAGES.items():
            as_html, as_json = (partial(self._answer, wanted_from, is_json=is_json) for is_json in (False, True))
            router.add_get(f"/{path}", as_html)
            router.add_get(f"/{in_others}/{path}", as_html)
            router.add_get(f"/{twin_path(path)}", as_json)
        for path, file in FILES.items():
            router.add_get(f"/{path}", partial(self._answer_file, file))

    async def _answer(self, wanted_from: WantedFrom, request: web.Request, *, is_json: bool) -> web.StreamResponse:
        if is_json:
            return await self._answer_file(PageFile(wanted_from=wanted_from, path_of=twin_path), request)
        frame = self._frame(request)
        found = await self._found(self._rendered.get(wanted_from(request), frame))
        if isinstance(found, Moved):
            raise web.HTTPMovedPermanently(frame.to(found.path))
        return await self._sender.send(request, answer_fresh(request, found, "text/html"))

    async def _answer_file(self, file: PageFile, request: web.Request) -> web.StreamResponse:
        found = await self._found(self._rendered.get(file.wanted_from(request), None, file.encode))
        if isinstance(found, Moved):
            raise web.HTTPMovedPermanently(self._frame(request).file(file.path_of(found.path)))
        answer = answer_fresh(request, found, file.content_type)
        if file.saved_as:
            name = file.saved_as.format_map(request.match_info)
            answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return await self._sender.send(request, answer)

    async def _found(self, getting: Awaitable[Fresh | Moved | None]) -> Fresh | Moved:
        try:
            found = await getting
        except StoreError as error:
            raise unreadable(error) from error
        if found is None:
            raise web.HTTPNotFound(text="There is no such page, or what it shows is past retention.\n")
        return found

    def _frame(self, request: web.Request) -> Frame:
        directory = self._context.directory()
        return _frame(request, directory.title, directory.base_url)


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
        query=f"?{request.query_string}" if request.query_string else "",
    )
