"""Answers to aiohttp's requests: pages that are fresh for some seconds, and bodies that slow readers take."""

from __future__ import annotations

import re
from contextlib import suppress
from http import HTTPStatus
from typing import cast

from aiohttp import web

from syndicator.errors import StoreError
from syndicator.web.conditions import accepts_gzip, is_listed
from syndicator.web.connection import Connection
from syndicator.web.feeds import FeedAnswer
from syndicator.web.limits import HeldBodies
from syndicator.web.snapshot import Fresh

# A slow reader holds this much of a body in its connection's buffer, not a copy of all of it.
_PIECE = 32 * 1024
_PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


class Sender:
    """Sends answers, large ones piece by piece, as fast as each reader takes them."""

    def __init__(self, held_bytes: int) -> None:
        self._bodies = HeldBodies(held_bytes)

    async def send(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        """Send an answer."""
        body = answer.body
        if not isinstance(body, bytes) or len(body) <= _PIECE or request.method == "HEAD":
            return answer
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.content_length = len(body)
        connection = cast("Connection", request.protocol)
        with suppress(ConnectionError), self._bodies.sending(body, connection.abort):  # readers may leave at any time
            await response.prepare(request)
            for start in range(0, len(body), _PIECE):
                # A copy: a transport holds the whole body as long as it holds a view of it.
                await response.write(body[start : start + _PIECE])
        return response


def response_of(answer: FeedAnswer) -> web.Response:
    """Return an answer of the feeds as one of aiohttp's."""
    return web.Response(status=answer.head.status, headers=answer.head.headers, body=answer.body)


def answer_fresh(request: web.Request, fresh: Fresh, content_type: str) -> web.Response:
    """Answer with what is fresh for some seconds, or 304: a strong ETag per encoding (RFC 9110, 8.8.3)."""
    is_compressed = accepts_gzip(request.headers.get("Accept-Encoding", ""))
    content = fresh.representation
    etag = f'"{content.digest}{"-gz" if is_compressed else ""}"'
    headers = {
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "Cache-Control": f"max-age={fresh.seconds}" if fresh.seconds else "no-cache",
    }
    # Only what would be answered with 200 can be known already (RFC 9110, 13.2.1).
    if content.status == HTTPStatus.OK and is_listed(etag, request.headers.get("If-None-Match", "")):
        return web.Response(status=304, headers=headers)
    coding = {"Content-Encoding": "gzip"} if is_compressed else {}
    headers |= {"Content-Type": f"{content_type}; charset=utf-8", **coding}
    body = content.compressed if is_compressed else content.body
    return web.Response(status=content.status, body=body, headers=headers)


def page_number(request: web.Request) -> int:
    """Return which page is asked for; raise HTTPBadRequest where that is no number."""
    number = request.query.get("page", "1")
    if not _PAGE_NUMBER.fullmatch(number):
        raise web.HTTPBadRequest(text="page is a number, 1 or more.\n")
    return int(number)


def unreadable(error: StoreError) -> web.HTTPServiceUnavailable:
    """Return the answer where the store cannot be read."""
    return web.HTTPServiceUnavailable(text=f"The status cannot be read: {error}\n", headers={"Retry-After": "10"})
