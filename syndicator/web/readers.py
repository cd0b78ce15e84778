"""Feeds for readers, and static files. Their pages are in ``page_routes``."""

from __future__ import annotations

import base64
import binascii
import re
from importlib import resources

from aiohttp import web

from syndicator.models.formats import OPML_FILE
from syndicator.web.answers import Sender, response_of
from syndicator.web.connection import Connection, Responder
from syndicator.web.context import SiteContext
from syndicator.web.feeds import OPTIONS_HEADERS, FeedAnswer, FeedRequest, FeedService
from syndicator.web.head import PlainHead
from syndicator.web.polls import reader_address

_FEEDS = "/feeds/"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_./-]+")
STATIC_TYPES = {"css": "text/css", "svg": "image/svg+xml"}


class FeedRoutes:
    """Answers readers of feeds. ``respond`` answers what can be answered at once, before aiohttp reads it."""

    def __init__(self, context: SiteContext, service: FeedService, sender: Sender) -> None:
        self._context, self._service, self._sender = context, service, sender

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/feeds", self._to_feeds)
        router.add_get(f"/{OPML_FILE}", self._feed)
        router.add_get(_FEEDS + "{name:.+}", self._feed)
        router.add_options(_FEEDS + "{name:.+}", self._options)

    @property
    def respond(self) -> Responder:
        """Answers plain requests for feeds that lie ready."""
        return self._respond

    def _respond(self, head: PlainHead, peer: str) -> FeedAnswer | None:
        target = head.target
        if not target.startswith(_FEEDS) or not _PLAIN_NAME.fullmatch(target, len(_FEEDS)):
            return None
        headers = head.headers
        answer = self._service.at_once(
            FeedRequest(
                target[len(_FEEDS) :],
                head.is_head,
                headers.get("accept-encoding", ""),
                headers.get("if-none-match"),
                headers.get("if-modified-since"),
                self._reader(peer, headers.get("x-forwarded-for", "")),
                is_browsing=_is_browsing(headers.get("accept", "")),
            )
        )
        if answer is not None:
            self._context.answers.add(answer.head.status)
        return answer

    def _reader(self, peer: str, forwarded: str) -> str | None:
        """Return what a reader's requests are counted by; None for a proxy's that does not say whose they are."""
        return self._context.limits.key(reader_address(peer, forwarded, self._context.trusted_proxies))

    async def _feed(self, request: web.Request) -> web.StreamResponse:
        protocol, headers = request.protocol, request.headers
        peer = protocol.host if isinstance(protocol, Connection) else ""
        asked = FeedRequest(
            name=request.match_info.get("name", OPML_FILE),
            is_head=request.method == "HEAD",
            accepted=", ".join(headers.getall("Accept-Encoding", ())),
            none_match=", ".join(headers.getall("If-None-Match", ())) if "If-None-Match" in headers else None,
            modified_since=headers.get("If-Modified-Since"),
            reader=self._reader(peer, ", ".join(headers.getall("X-Forwarded-For", ()))),
            token=request.query.get("token", ""),
            authorized=_authorized(headers.get("Authorization", "")),
            is_browsing=_is_browsing(headers.get("Accept", "")),
        )
        return await self._sender.send(request, response_of(await self._service.answer(asked)))

    async def _options(self, _request: web.Request) -> web.Response:
        return web.Response(status=204, headers=OPTIONS_HEADERS)

    async def _to_feeds(self, _request: web.Request) -> web.StreamResponse:
        raise web.HTTPMovedPermanently("feeds/")


def _is_browsing(accepted: str) -> bool:
    """Return whether somebody looks at an address in a browser: all of these want HTML before anything else."""
    return accepted.startswith("text/html,")


def _authorized(header: str) -> str:
    """Return the token of an Authorization header: a bearer's, or the password of any user (RFC 6750, RFC 7617)."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


async def static(request: web.Request) -> web.Response:
    """Answer with a style sheet or an icon."""
    name, kind = request.match_info["name"], request.match_info["kind"]
    file = resources.files(__package__).joinpath("static", f"{name}.{kind}")
    if not file.is_file():
        raise web.HTTPNotFound
    return web.Response(
        body=file.read_bytes(),
        content_type=STATIC_TYPES[kind],
        charset="utf-8",
        headers={"Cache-Control": "public, max-age=3600"},
    )
