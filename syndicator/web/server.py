"""Feeds, a status page and a health check over HTTP; and hubs' callbacks, the only thing here that changes anything."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from importlib import resources
from typing import Protocol, cast

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from syndicator.errors import StoreError
from syndicator.models.account import StoryAccount
from syndicator.models.formats import format_of
from syndicator.models.status import Status
from syndicator.web.connection import Connection, LimitedSite, open_files_limit
from syndicator.web.hub import OwnHub, add_hub
from syndicator.web.limits import ConnectionGate, ConnectionLimits, HeldBodies
from syndicator.web.pages import render_story
from syndicator.web.pushes import HubBusyError, PushGate, PushLimits, PushTooLargeError, PushTooSlowError
from syndicator.web.snapshot import Fresh, Snapshots, represented

_STATIC_TYPES = {"css": "text/css", "svg": "image/svg+xml"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_FRESH_FOR = 60
# A slow reader holds this much of a body in its connection's buffer, not a copy of all of it.
_PIECE = 32 * 1024
_PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


class Hub(Protocol):
    """Answers hubs; ``knows`` and ``receive`` raise HubBusyError when no more can be taken in now."""

    async def verify(self, token: str, asked: Mapping[str, str]) -> str | None: ...  # noqa: D102
    async def knows(self, token: str) -> bool: ...  # noqa: D102
    async def receive(self, token: str, headers: Mapping[str, str], body: bytes) -> bool: ...  # noqa: D102


class Info(Protocol):
    """What identifies a published file's bytes, and since when."""

    @property
    def digest(self) -> str: ...  # noqa: D102
    @property
    def modified(self) -> datetime: ...  # noqa: D102


class File(Info, Protocol):
    """A published file's bytes with what identifies them."""

    @property
    def body(self) -> bytes: ...  # noqa: D102


class Files(Protocol):
    """The published files by name: see ``publish.FeedFiles``."""

    async def info(self, name: str) -> Info | None: ...  # noqa: D102
    async def get(self, name: str, *, is_compressed: bool) -> File | None: ...  # noqa: D102


def _no_links(_name: str) -> str:
    return ""


async def _no_story(_number: str) -> StoryAccount | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteContext:
    """What the server shows: the feeds' files, the status, and the reasons why the daemon is not well, if any.

    ``notes`` are what an operator should know though the daemon is well. ``story`` returns what is known of the story
    with a number. ``own_hub`` is asked by subscribers, and ``feed_links`` returns the ``Link`` header of a feed's file.
    ``hub`` answers hubs, which may push within ``push_limits``; readers may connect within ``limits``,
    and within what ``descriptors`` leaves to others. ``clock`` counts seconds, for the age of a status.
    """

    files: Files
    status: Callable[[], Awaitable[Status]]
    trouble: Callable[[], Sequence[str]]
    notes: Callable[[], Sequence[str]] = tuple
    story: Callable[[str], Awaitable[StoryAccount | None]] = _no_story
    hub: Hub | None = None
    own_hub: OwnHub | None = None
    feed_links: Callable[[str], str] = _no_links
    push_limits: PushLimits = field(default_factory=PushLimits)
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)
    descriptors: Callable[[], int] = open_files_limit
    clock: Callable[[], float] = time.monotonic


async def serve(context: SiteContext, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Listen; return the runner, whose ``cleanup`` ends it, and the port (for port 0, the free one that was found).

    Raise OSError when the address cannot be bound.
    """
    runner = web.AppRunner(_application(context), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await LimitedSite(runner, ConnectionGate(context.limits, context.descriptors), host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, int(runner.addresses[0][1])


def listened_on(runner: web.AppRunner) -> str:
    """Return the addresses that a server listens on."""
    return " ".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port, *_ in runner.addresses)


def _application(context: SiteContext) -> web.Application:
    application = web.Application(client_max_size=1024, middlewares=[_without_exceptions])
    application.on_response_prepare.append(_add_headers)
    routes = _Routes(context)
    application.router.add_get("/", routes.status_page)
    application.router.add_get("/status.json", routes.status_json)
    application.router.add_get("/healthz", routes.health)
    application.router.add_get("/feeds/{name:.+}", routes.feed)
    application.router.add_get(r"/stories/{number:\d{1,12}}", routes.story)
    application.router.add_get(r"/stories/{number:\d{1,12}}.{kind:json}", routes.story)
    if context.hub is not None:
        application.router.add_get("/websub/{token:[A-Za-z0-9_-]+}", partial(routes.verify, context.hub))
        application.router.add_post("/websub/{token:[A-Za-z0-9_-]+}", partial(routes.receive, context.hub))
    if context.own_hub is not None:
        add_hub(application, context.own_hub)
    application.router.add_get("/static/{name:[a-z]+}.{kind:css|svg}", routes.static)
    return application


@web.middleware
async def _without_exceptions(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with a response where a handler raises one: an exception is kept by its own traceback, body and all."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.Response(status=error.status, text=error.text, headers=error.headers)


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


class _Routes:
    def __init__(self, context: SiteContext) -> None:
        self.context = context
        self.snapshots = Snapshots(context.status, clock=context.clock)
        self.pushes = PushGate(context.push_limits)
        self.bodies = HeldBodies(context.limits.held_bytes)

    async def feed(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        format_ = format_of(name)
        answer = await _answer(request, self.context.files, name, format_.content_type) if format_ else None
        if answer is None:
            raise web.HTTPNotFound(text="There is no such feed. The list of feeds is on the front page.\n")
        if links := self.context.feed_links(name):
            answer.headers["Link"] = links
        return await self._send(request, answer)

    async def _send(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        """Send an answer, a large one piece by piece, as fast as the reader takes it."""
        body = answer.body
        if not isinstance(body, bytes) or len(body) <= _PIECE or request.method == "HEAD":
            return answer
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.content_length = len(body)
        connection = cast("Connection", request.protocol)
        with suppress(ConnectionError), self.bodies.sending(body, connection.abort):  # readers may leave at any time
            await response.prepare(request)
            for start in range(0, len(body), _PIECE):
                # A copy: a transport holds the whole body as long as it holds a view of it.
                await response.write(body[start : start + _PIECE])
        return response

    async def status_page(self, request: web.Request) -> web.StreamResponse:
        number = request.query.get("page", "1")
        if not _PAGE_NUMBER.fullmatch(number):
            raise web.HTTPBadRequest(text="page is a number, 1 or more.\n")
        try:
            page = await self.snapshots.page(int(number))
        except StoreError as error:
            raise _unreadable(error) from error
        if page is None:
            raise web.HTTPNotFound(text="There are not so many pages.\n")
        return await self._send(request, _answer_fresh(request, page, "text/html"))

    async def story(self, request: web.Request) -> web.StreamResponse:
        try:
            account = await self.context.story(request.match_info["number"])
        except StoreError as error:
            raise _unreadable(error) from error
        if account is None:
            raise web.HTTPNotFound(text="There is no such story, or it is past retention.\n")
        if "kind" in request.match_info:
            body, content_type = msgspec.json.encode(account), "application/json"
        else:
            body, content_type = render_story(account).encode(), "text/html"
        fresh = Fresh(represented(body), _FRESH_FOR)
        return await self._send(request, _answer_fresh(request, fresh, content_type))

    async def status_json(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._send(request, _answer_fresh(request, await self.snapshots.json(), "application/json"))
        except StoreError as error:
            raise _unreadable(error) from error

    async def health(self, _request: web.Request) -> web.Response:
        reasons = self.context.trouble()
        lines = reasons or ("ok", *self.context.notes())
        return web.Response(text="".join(f"{line}\n" for line in lines), status=503 if reasons else 200)

    async def verify(self, hub: Hub, request: web.Request) -> web.Response:
        challenge = await hub.verify(request.match_info["token"], request.query)
        if challenge is None:
            raise web.HTTPNotFound
        return web.Response(text=challenge)

    async def receive(self, hub: Hub, request: web.Request) -> web.Response:
        """Take in a push. A push to no callback of ours, or beyond the limits, is refused before its body is read."""
        token, limits = request.match_info["token"], self.context.push_limits
        try:
            if not await hub.knows(token):
                raise web.HTTPNotFound
            with self.pushes.admit(token, request.content_length) as push:
                body = await push.read(request.content.iter_any())
                if not await hub.receive(token, request.headers, body):
                    raise web.HTTPNotFound
        except HubBusyError:
            later = {"Retry-After": str(limits.retry_after)}
            raise web.HTTPServiceUnavailable(text="Too much at a time; try again later.\n", headers=later) from None
        except PushTooLargeError:
            raise web.HTTPRequestEntityTooLarge(limits.largest, request.content_length or limits.largest + 1) from None
        except PushTooSlowError:
            raise web.HTTPRequestTimeout from None
        return web.Response(status=202)

    async def static(self, request: web.Request) -> web.Response:
        name, kind = request.match_info["name"], request.match_info["kind"]
        file = resources.files(__package__).joinpath("static", f"{name}.{kind}")
        if not file.is_file():
            raise web.HTTPNotFound
        return web.Response(
            body=file.read_bytes(),
            content_type=_STATIC_TYPES[kind],
            charset="utf-8",
            headers={"Cache-Control": "public, max-age=3600"},
        )


async def _answer(request: web.Request, files: Files, name: str, content_type: str) -> web.Response | None:
    """Answer with a file or 304 (RFC 9110, 13), None if there is no such file.

    Each encoding has a strong ETag of its own; If-None-Match goes before the date.
    """
    is_compressed = _accepts_gzip(request.headers.get("Accept-Encoding", ""))
    info = await files.info(name)
    if info is not None and _is_known(request, info, _etag(info, is_compressed)):
        return web.Response(status=304, headers=_feed_headers(info, is_compressed))
    # The file may be replaced between the two, so that the headers are those of the bytes that are sent.
    file = await files.get(name, is_compressed=is_compressed)
    if file is None:
        return None
    headers = _feed_headers(file, is_compressed) | _content_headers(content_type, is_compressed)
    return web.Response(body=file.body, headers=headers)


def _content_headers(content_type: str, is_compressed: bool) -> dict[str, str]:
    coding = {"Content-Encoding": "gzip"} if is_compressed else {}
    return {"Content-Type": f"{content_type}; charset=utf-8", **coding}


def _feed_headers(info: Info, is_compressed: bool) -> dict[str, str]:
    return {
        "ETag": _etag(info, is_compressed),
        "Last-Modified": format_datetime(info.modified.astimezone(UTC), usegmt=True),
        "Vary": "Accept-Encoding",
        "Cache-Control": f"public, max-age={_FRESH_FOR}",
        "Access-Control-Allow-Origin": "*",
    }


def _etag(info: Info, is_compressed: bool) -> str:
    return f'"{info.digest}{"-gz" if is_compressed else ""}"'


def _answer_fresh(request: web.Request, fresh: Fresh, content_type: str) -> web.Response:
    """Answer with what is fresh for some seconds, or 304: a strong ETag per encoding (RFC 9110, 8.8.3)."""
    is_compressed = _accepts_gzip(request.headers.get("Accept-Encoding", ""))
    content = fresh.representation
    etag = f'"{content.digest}{"-gz" if is_compressed else ""}"'
    headers = {
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "Cache-Control": f"max-age={fresh.seconds}" if fresh.seconds else "no-cache",
    }
    if _is_listed(etag, request.headers.get("If-None-Match", "")):
        return web.Response(status=304, headers=headers)
    body = content.compressed if is_compressed else content.body
    return web.Response(body=body, headers=headers | _content_headers(content_type, is_compressed))


def _unreadable(error: StoreError) -> web.HTTPServiceUnavailable:
    return web.HTTPServiceUnavailable(text=f"The status cannot be read: {error}\n", headers={"Retry-After": "10"})


def _is_listed(etag: str, header: str) -> bool:
    """Return whether an If-None-Match names an ETag (RFC 9110, 13.1.2)."""
    asked = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return etag in asked or "*" in asked


def _is_known(request: web.Request, info: Info, etag: str) -> bool:
    if "If-None-Match" in request.headers:
        return _is_listed(etag, request.headers["If-None-Match"])
    since = request.if_modified_since
    return since is not None and info.modified <= since


def _accepts_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        coding, _, parameters = part.partition(";")
        if coding.strip() in ("gzip", "x-gzip", "*"):
            return parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
