"""Feeds' files over HTTP: conditions, encodings, caching, and who may read them (RFC 9110, RFC 9111)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import NamedTuple, Protocol
from urllib.parse import urlencode

from syndicator.models import Feed, is_one_of
from syndicator.models.formats import OPML_FILE, OutputFormat, feed_of, format_of, is_archive
from syndicator.web.conditions import accepts_gzip, http_date, is_listed
from syndicator.web.directory import FeedDirectory
from syndicator.web.polls import PollLimiter

# Seconds. Nobody need ask more often than once a minute. No source is polled more often than every half hour by
# default, but there are many: news of a feed that was quiet should not wait longer than that in a cache.
SHORTEST_FRESH, LONGEST_FRESH = 60, 1800
_ARCHIVE_FRESH = 86400
# A feed that has not changed for a while will probably not change for a tenth of it (RFC 9111, 4.2.2).
_SHARE_OF_AGE = 0.1
# Headers are made anew after so many seconds, since what is fresh for how long depends on the time.
_HEADERS_LAST = 10.0
_READY_BYTES = 32 * 1024 * 1024
# What is answered at once, whole: a larger body goes piece by piece, as fast as the reader takes it.
LARGEST_AT_ONCE = 64 * 1024
_METHODS = "GET, HEAD, OPTIONS"
_NOT_YET, _SOON = "This feed is being written; try again in a moment.\n", "10"
_NOT_HERE = "This feed is private: it is read at the daemon's own address, and not here.\n"
NO_FEED = "There is no such feed. The list of feeds is on the front page.\n"


class Info(Protocol):
    """What identifies a published file's bytes, and since when."""

    @property
    def digest(self) -> str: ...  # noqa: D102
    @property
    def modified(self) -> datetime: ...  # noqa: D102
    @property
    def stamp(self) -> object: ...  # noqa: D102


class File(Info, Protocol):
    """A published file's bytes with what identifies them; whether the file is closed to others on this machine."""

    @property
    def body(self) -> bytes: ...  # noqa: D102
    @property
    def is_private(self) -> bool: ...  # noqa: D102


class Files(Protocol):
    """The published files by name: see ``publish.FeedFiles``."""

    def stamp(self, name: str) -> object | None: ...  # noqa: D102
    async def get(self, name: str, *, is_compressed: bool) -> File | None: ...  # noqa: D102


class FeedNotMadeError(Exception):
    """A feed that is made when it is asked for cannot be: the status, and a line for the reader."""

    def __init__(self, status: int, reason: str, retry_after: int | None = None) -> None:
        self.status, self.reason, self.retry_after = HTTPStatus(status), reason, retry_after
        super().__init__(reason)


class FeedRequest(NamedTuple):
    """A GET or HEAD of a file, and the headers that bear on the answer.

    ``reader`` is what a reader's requests are counted by, None where they are not. ``token`` comes from the query,
    ``authorized`` from the header. It ``is_browsing`` who wants to look at the file, and has no program for it.
    """

    name: str
    is_head: bool = False
    accepted: str = ""
    none_match: str | None = None
    modified_since: str | None = None
    reader: str | None = None
    token: str = ""
    authorized: str = ""
    is_browsing: bool = False


class Head(NamedTuple):
    """Status and headers of an answer; ``encoded`` are both as they are sent, but for the date and the last line."""

    status: int
    headers: Mapping[str, str]
    encoded: bytes


class FeedAnswer(NamedTuple):
    """An answer. ``length`` is that of the body, which an answer to HEAD is without."""

    head: Head
    body: bytes


@dataclass(frozen=True, slots=True)
class _Representation:
    """A file in one encoding, ready to be sent until ``until`` as long as its stamp and the directory stay."""

    stamp: object
    directory: FeedDirectory
    until: float
    etag: str
    modified: datetime
    modified_text: str
    whole: Head
    unchanged: Head
    body: bytes


class FeedService:
    """Answers requests for feeds' files. ``directory`` returns the feeds in force, the same object until a reload.

    ``make`` is called with the name of a feed that has no file, and returns whether there is such a feed, whose file is
    written then unless that is not possible just now, or raises FeedNotMadeError; ``asked`` with the names of feeds
    that are asked for, once in some seconds. ``links`` returns the Link header of a public feed's file, if it has one.
    ``pace`` returns how many seconds the next change of a feed is off, as far as one can tell; ``wall`` the seconds
    since 1970.
    ``common`` are headers that every answer has.
    """

    def __init__(
        self,
        files: Files,
        directory: Callable[[], FeedDirectory],
        limiter: PollLimiter,
        *,
        make: Callable[[str], Awaitable[bool]],
        asked: Callable[[str], None] = lambda _: None,
        links: Callable[[str], str],
        pace: Callable[[str], int],
        wall: Callable[[], float],
        common: Mapping[str, str],
    ) -> None:
        self._files, self._directory, self._limiter = files, directory, limiter
        self._asked = asked
        self._make, self._links, self._pace, self._wall, self._common = make, links, pace, wall, common
        self._ready: OrderedDict[tuple[str, bool], _Representation] = OrderedDict()
        self._ready_bytes = 0

    def at_once(self, asked: FeedRequest) -> FeedAnswer | None:
        """Answer a request for a public feed from memory; None where that takes longer, or needs another answer."""
        key = asked.name, accepts_gzip(asked.accepted)
        ready = self._ready.get(key)
        if (
            ready is None
            or asked.is_browsing
            or ready.directory is not self._directory()
            or ready.until < self._wall()
            or ready.stamp != self._files.stamp(asked.name)
        ):
            return None
        self._ready.move_to_end(key)
        if len(ready.body) > LARGEST_AT_ONCE and not asked.is_head and not _is_known(ready, asked):
            return None  # before it is counted: it is asked for once more
        return self._answer(ready, asked)[0]

    async def answer(self, asked: FeedRequest) -> FeedAnswer:
        """Answer any request."""
        directory, feed = self._directory(), feed_of(asked.name)
        format_ = format_of(asked.name)
        if format_ is None:
            return _text(HTTPStatus.NOT_FOUND, NO_FEED)
        configured = directory.feeds.get(feed)
        is_private = configured is not None and configured.is_private
        if configured is not None and not _may_read(configured, asked):
            return _unauthorized() if directory.has_tokens else _text(HTTPStatus.FORBIDDEN, _NOT_HERE)
        if configured is None and (gone := self._gone(directory, feed, asked)) is not None:
            return gone
        self._asked(feed)
        file = await self._load(asked, feed)
        if isinstance(file, FeedAnswer):
            return file
        # A feed whose configuration is not in force for a while stays as private as its file.
        if file.is_private and configured is None:
            return _unauthorized()
        representation = self._represent(asked, file, directory, is_private=is_private)
        if not is_private and not asked.is_browsing:
            self._keep((asked.name, accepts_gzip(asked.accepted)), representation)
        answer, wait = self._answer(representation, asked)
        return answer or _text(
            HTTPStatus.TOO_MANY_REQUESTS,
            "This feed was fetched from your address, whole, more than once a minute. Ask with If-None-Match.\n",
            {"Retry-After": str(wait)},
        )

    async def _load(self, asked: FeedRequest, feed: str) -> File | FeedAnswer:
        """Return a file, which may be made for that, or the answer for who asks for one that there is not."""
        is_compressed = accepts_gzip(asked.accepted)
        if (file := await self._files.get(asked.name, is_compressed=is_compressed)) is not None:
            return file
        try:
            if not await self._make(feed):
                return _text(HTTPStatus.NOT_FOUND, NO_FEED)
        except FeedNotMadeError as error:
            later = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
            return _text(error.status, error.reason, later)
        file = await self._files.get(asked.name, is_compressed=is_compressed)
        return file or _text(HTTPStatus.SERVICE_UNAVAILABLE, _NOT_YET, {"Retry-After": _SOON})

    def _gone(self, directory: FeedDirectory, feed: str, asked: FeedRequest) -> FeedAnswer | None:
        """Answer for a feed that has another name now, or none (RFC 9110, 15.4.2 and 15.5.11)."""
        present = directory.former.get(feed)
        if present is None or self._files.stamp(asked.name) is not None:
            return None
        if not present:
            return _text(HTTPStatus.GONE, "This feed is no longer published. The list of feeds is on the front page.\n")
        query = f"?{urlencode({'token': asked.token})}" if asked.token else ""
        address = f"{directory.base_url}/feeds/{present}{asked.name.removeprefix(feed)}{query}"
        return _text(HTTPStatus.MOVED_PERMANENTLY, f"This feed is at {address} now.\n", {"Location": address})

    def _answer(self, found: _Representation, asked: FeedRequest) -> tuple[FeedAnswer | None, int]:
        """Answer with a representation, or with None and how many seconds its reader has to wait."""
        if _is_known(found, asked):
            return FeedAnswer(found.unchanged, b""), 0
        if asked.is_head:
            return FeedAnswer(found.whole, b""), 0
        if asked.reader is not None and asked.none_match is None and asked.modified_since is None:
            wait = self._limiter.wait(asked.reader, asked.name)
            if wait:
                return None, wait
        return FeedAnswer(found.whole, found.body), 0

    def _represent(
        self, asked: FeedRequest, file: File, directory: FeedDirectory, *, is_private: bool
    ) -> _Representation:
        format_, is_compressed = format_of(asked.name), accepts_gzip(asked.accepted)
        assert format_ is not None
        seconds = self._fresh_for(asked.name, file)
        etag = f'"{file.digest}{"-gz" if is_compressed else ""}"'
        modified = format_datetime(file.modified.astimezone(UTC), usegmt=True)
        headers = {
            "ETag": etag,
            "Last-Modified": modified,
            "Vary": "Accept-Encoding, Authorization" if is_private else "Accept-Encoding",
            "Cache-Control": f"{'private' if is_private else 'public'}, max-age={seconds}",
            **self._link_header(asked.name, directory, is_private=is_private),
            **({} if is_private else _CROSS_ORIGIN),
            **self._common,
        }
        content = {
            "Content-Type": f"{_type_of(format_, asked)}; charset=utf-8",
            **({"Content-Encoding": "gzip"} if is_compressed else {}),
            "Content-Length": str(len(file.body)),
        }
        return _Representation(
            stamp=file.stamp,
            directory=directory,
            until=self._wall() + _HEADERS_LAST,
            etag=etag,
            modified=file.modified,
            modified_text=modified,
            whole=_head(HTTPStatus.OK, headers | content),
            unchanged=_head(HTTPStatus.NOT_MODIFIED, headers),
            body=file.body,
        )

    def _link_header(self, name: str, directory: FeedDirectory, *, is_private: bool) -> dict[str, str]:
        """Return the Link header: the file's own address, and of a public feed its hubs (WebSub, 4)."""
        links = "" if is_private else self._links(name)
        if not links and directory.base_url:
            folder = "" if name == OPML_FILE else "feeds/"
            links = f'<{directory.base_url}/{folder}{name}>; rel="self"'
        return {"Link": links} if links else {}

    def _fresh_for(self, name: str, file: Info) -> int:
        if is_archive(name):
            return _ARCHIVE_FRESH
        age = self._wall() - file.modified.timestamp()
        expected = max(self._pace(feed_of(name)), int(age * _SHARE_OF_AGE))
        return min(LONGEST_FRESH, max(SHORTEST_FRESH, expected))

    def _keep(self, key: tuple[str, bool], found: _Representation) -> None:
        """Keep what was asked for last, within so many bytes."""
        if (before := self._ready.pop(key, None)) is not None:
            self._ready_bytes -= len(before.body)
        self._ready[key] = found
        self._ready_bytes += len(found.body)
        while self._ready_bytes > _READY_BYTES and self._ready:
            self._ready_bytes -= len(self._ready.popitem(last=False)[1].body)


_STYLED = ("atom", "rss")
_CROSS_ORIGIN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, Link, Retry-After"}
# What a script of another site may send to a feed (Fetch, CORS-preflight).
OPTIONS_HEADERS: Mapping[str, str] = {
    "Allow": _METHODS,
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
}


def _head(status: HTTPStatus, headers: Mapping[str, str]) -> Head:
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return Head(status.value, headers, "".join(f"{line}\r\n" for line in lines).encode("latin-1"))


def _text(status: HTTPStatus, text: str, headers: Mapping[str, str] | None = None) -> FeedAnswer:
    body = text.encode()
    content = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
    return FeedAnswer(_head(status, {**content, **(headers or {})}), body)


def _type_of(format_: OutputFormat, asked: FeedRequest) -> str:
    """Return the content type of a file: for a browser that of its syntax, where a style sheet makes it readable.

    As application/atom+xml or application/rss+xml, Chromium shows the source, and Firefox wants to save it. Caches
    need not keep two of it, so that nothing is said in Vary: programs read either, and a browser shows the source.
    """
    is_styled = format_.name in _STYLED
    return "application/xml" if asked.is_browsing and is_styled else format_.content_type


def _may_read(feed: Feed, asked: FeedRequest) -> bool:
    return feed.tokens is None or is_one_of(asked.token or asked.authorized, feed.tokens)


def _unauthorized() -> FeedAnswer:
    """Ask for a token: readers send it as the password of any user (RFC 7617)."""
    headers = {
        "WWW-Authenticate": 'Basic realm="private feed", charset="UTF-8"',
        "Cache-Control": "no-store",
        "Vary": "Authorization",
    }
    return _text(HTTPStatus.UNAUTHORIZED, "This feed is private: it is read with a token.\n", headers)


def _is_known(found: _Representation, asked: FeedRequest) -> bool:
    """Return whether the reader has this representation (RFC 9110, 13.2.2): the ETag goes before the date."""
    if asked.none_match is not None:
        return asked.none_match == found.etag or is_listed(found.etag, asked.none_match)
    if asked.modified_since is None:
        return False
    if asked.modified_since == found.modified_text:
        return True
    since = http_date(asked.modified_since)
    return since is not None and found.modified <= since
