"""Feeds for readers, and static files. Their pages are in ``page_routes``."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from importlib import resources

from aiohttp import web

from syndicator.errors import StoreError
from syndicator.models.formats import OPML, OPML_FILE
from syndicator.models.reader_pages import FeedOutlets, FeedOutletsWanted, Moved
from syndicator.web.answers import Sender, answer_fresh, response_of, unreadable
from syndicator.web.connection import Connection, Responder
from syndicator.web.context import SiteContext
from syndicator.web.feeds import NO_FEED, OPTIONS_HEADERS, FeedAnswer, FeedRequest, FeedService
from syndicator.web.head import PlainHead
from syndicator.web.polls import reader_address
from syndicator.web.reader_pages import LANGUAGES
from syndicator.web.rendered import FRESH_FOR
from syndicator.web.snapshot import Fresh, represented

_FEEDS = "/feeds/"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_./-]+")
# A feed on demand has a suffix; without one, its name leads to a page. Towns lie in the folder of their division.
_PAGES_OF_KINDS = {"outlet": "outlets", "region": "places", "concept": "topics", "event": "events"}
_KEY = r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)?"
_FEED_NAME = "[a-z0-9][a-z0-9_-]{0,63}"
STATIC_TYPES = {"css": "text/css", "svg": "image/svg+xml"}


class FeedRoutes:
    """Answers readers of feeds. ``respond`` answers what can be answered at once, before aiohttp reads it."""

    def __init__(self, context: SiteContext, service: FeedService, sender: Sender) -> None:
        self._context, self._service, self._sender = context, service, sender

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get(f"/{OPML_FILE}", self._feed)
        router.add_get(f"{_FEEDS}{{name:{_FEED_NAME}}}.opml", self._outlets)
        for prefix in ("", f"/{{language:{'|'.join(LANGUAGES[1:])}}}"):
            router.add_get(f"{prefix}/feeds", _to_feeds)
            router.add_get(f"{prefix}{_FEEDS}{{kind:{'|'.join(_PAGES_OF_KINDS)}}}/{{key:{_KEY}}}", _to_page)
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

    async def _outlets(self, request: web.Request) -> web.StreamResponse:
        """Answer with the outlets of a feed, to be subscribed to themselves."""
        try:
            found = await self._context.pages(FeedOutletsWanted(name=request.match_info["name"]))
        except StoreError as error:
            raise unreadable(error) from error
        if isinstance(found, Moved):
            raise web.HTTPMovedPermanently(f"../{found.path}")
        if not isinstance(found, FeedOutlets):
            raise web.HTTPNotFound(text=NO_FEED)
        fresh = Fresh(await asyncio.to_thread(represented, found.opml), FRESH_FOR)
        return await self._sender.send(request, answer_fresh(request, fresh, OPML.content_type))

    async def _options(self, _request: web.Request) -> web.Response:
        return web.Response(status=204, headers=OPTIONS_HEADERS)


async def _to_feeds(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPMovedPermanently("feeds/")


async def _to_page(request: web.Request) -> web.StreamResponse:
    """Lead from the name of a feed on demand to the page of what it is about."""
    kind, key = request.match_info["kind"], request.match_info["key"]
    up = "/".join([".."] * (2 + key.count("/")))
    raise web.HTTPMovedPermanently(f"{up}/{_PAGES_OF_KINDS[kind]}/{key}")


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
