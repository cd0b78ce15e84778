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
_DEEPEST = 12


def error_pages(context: SiteContext, *, is_for_readers: bool) -> Middleware:
    """Return what turns exceptions of handlers into answers. Where the server ``is_for_readers``, they get pages."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            _check_encoding(request)
            return await handler(request)
        except web.HTTPException as error:
            # A new response: an exception is kept by its own traceback, body and all.
            if is_for_readers and error.status >= web.HTTPBadRequest.status_code and _is_for_people(request):
                return _page(context, request, error)
            return web.Response(status=error.status, text=error.text, headers=error.headers)

    return answer


def _check_encoding(request: web.Request) -> None:
    """Raise the answer to an address with bytes that are no UTF-8, which no name and no word has."""
    try:
        f"{request.path}{request.query_string}".encode()
    except UnicodeEncodeError:
        raise web.HTTPBadRequest(text="The address is not in UTF-8.\n") from None


def _is_for_people(request: web.Request) -> bool:
    """Return whether a reader's page was to be looked at in a browser."""
    if request.method not in ("GET", "HEAD") or request.path.startswith(_OPERATORS):
        return False
    # A page deep down has long links: whoever tries out such addresses gets a line.
    if request.rel_url.raw_path.count("/") > _DEEPEST:
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
