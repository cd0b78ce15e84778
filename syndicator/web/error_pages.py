"""What is answered where a handler raises: a small page for people, a line of plain text for programs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import PurePosixPath

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from syndicator.models.reader_pages import ErrorPage
from syndicator.web.context import SiteContext
from syndicator.web.reader_pages import Frame, render

_OPERATORS = ("/ops", "/status.json", "/healthz", "/readyz", "/metrics")
# Robots that try out addresses get the same page again and again.
_KEPT = 256


def error_pages(context: SiteContext, *, is_for_readers: bool) -> Middleware:
    """Return what turns exceptions of handlers into answers. Where the server ``is_for_readers``, they get pages."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            # A new response: an exception is kept by its own traceback, body and all.
            if is_for_readers and error.status >= web.HTTPBadRequest.status_code and _is_for_people(request):
                return _page(context, request, error)
            return web.Response(status=error.status, text=error.text, headers=error.headers)

    return answer


def _is_for_people(request: web.Request) -> bool:
    """Return whether a reader's page was to be looked at in a browser."""
    if request.method not in ("GET", "HEAD") or request.path.startswith(_OPERATORS):
        return False
    return not PurePosixPath(request.path).suffix and "text/html" in request.headers.get("Accept", "")


def _page(context: SiteContext, request: web.Request, error: web.HTTPException) -> web.Response:
    directory = context.directory()
    frame = Frame.of(request.rel_url.raw_path, title=directory.title, base_url=directory.base_url, is_error=True)
    retry = error.headers.get("Retry-After", "")
    page = ErrorPage(
        status=error.status,
        # Of a default text the page says more.
        reason="" if error.text == f"{error.status}: {error.reason}" else (error.text or "").strip(),
        retry_after=int(retry) if retry.isdecimal() else 0,
    )
    headers = {name: value for name, value in error.headers.items() if not name.startswith("Content-")}
    headers |= {"Vary": "Accept", "Cache-Control": "no-cache"}
    return web.Response(
        status=error.status, body=_rendered(page, frame), content_type="text/html", charset="utf-8", headers=headers
    )


@lru_cache(maxsize=_KEPT)
def _rendered(page: ErrorPage, frame: Frame) -> bytes:
    return render(page, frame).encode()
