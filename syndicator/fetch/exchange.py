"""Answers as they were on the wire: keep one of the network's, and read a captured one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from syndicator import urls
from syndicator.fetch.chunks import BadChunkError, Chunks
from syndicator.fetch.decode import BadEncodingError, Body, TooLargeError
from syndicator.fetch.failures import printable
from syndicator.fetch.response import (
    NOT_MODIFIED,
    REDIRECTS,
    Fields,
    Received,
    codings_of,
    fields_of_known_body,
    fields_with_body,
    fields_without_body,
    has_document,
    outcome_of,
)
from syndicator.models import DIRECT, Document, Exchange, FetchOptions, FetchSettings, Outcome, Validators

# What the transfer coding was is told under another name: readers of WARC take one that is still named for undone.
_UNDONE = b"X-Orig-Transfer-Encoding"
_TRANSFER = "transfer-encoding"
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})")


def exchange_of(response: aiohttp.ClientResponse, received: Received, now: datetime) -> Exchange:
    """Return an answer of the network's. Its body has its content coding, and is without its transfer coding."""
    version = response.version or aiohttp.HttpVersion11
    reason = (response.reason or "").encode("utf-8", "surrogateescape")
    lines = [b"HTTP/%d.%d %d %s" % (version.major, version.minor, response.status, reason)]
    for name, value in response.raw_headers:
        lines.append((_UNDONE if name.lower() == _TRANSFER.encode() else name) + b": " + value)
    is_unread = not received.pieces and not has_document(response) and response.status != NOT_MODIFIED
    return Exchange(
        url=urls.without_user(str(response.url)),
        at=now,
        head=b"\r\n".join([*lines, b"", b""]),
        body=b"".join(received.pieces),
        is_cut=received.is_cut or is_unread,
    )


def document_of(
    exchange: Exchange, url: str, known: Validators, options: FetchOptions, settings: FetchSettings
) -> Document:
    """Read a captured answer to a request of ``url`` as if it came now. A body that is ``known`` is left out."""
    answer, now = _head_of(exchange), exchange.at
    if answer.status == NOT_MODIFIED:
        return _document(url, exchange, fields_without_body(answer, known, now))
    if not has_document(answer):
        return _document(url, exchange, {"outcome": outcome_of(answer.status), "status": answer.status})
    try:
        body = _decoded(exchange, answer, options, settings)
    except BadEncodingError as error:
        return _document(url, exchange, {"outcome": Outcome.BAD_ENCODING, "note": printable(str(error))})
    except TooLargeError:
        return _document(url, exchange, {"outcome": Outcome.TOO_LARGE})
    fields = fields_with_body(answer, body, known, now, is_as_promised=not exchange.is_cut)
    return _document(url, exchange, fields)


def known_document_of(exchange: Exchange, url: str, known: Validators) -> Document:
    """Read a captured answer whose body was only captured as the same as the ``known`` one."""
    answer = _head_of(exchange)
    read = fields_without_body if answer.status == NOT_MODIFIED else fields_of_known_body
    return _document(url, exchange, read(answer, known, exchange.at))


def is_document(exchange: Exchange) -> bool:
    """Return whether a captured answer brings what was asked for, and is no redirect and no word of a fault."""
    return has_document(_head_of(exchange))


def location_of(exchange: Exchange) -> str | None:
    """Return where a captured redirect leads; None if it is none, or leads nowhere."""
    head = _head_of(exchange)
    return urls.absolute(head.headers.get("Location"), exchange.url) if head.status in REDIRECTS else None


def body_of(exchange: Exchange, settings: FetchSettings) -> bytes:
    """Return a captured body decoded, or nothing where that cannot be done."""
    try:
        return _decoded(exchange, _head_of(exchange), DIRECT, settings)
    except (BadEncodingError, TooLargeError):
        return b""


def _document(url: str, exchange: Exchange, fields: Fields) -> Document:
    document = Document(endpoint=url, url=exchange.url, **fields)
    if urls.host_key(url) == urls.host_key(exchange.url):
        return document
    # Validators mean something only to the host that sent them.
    return replace(document, validators=Validators(body_hash=document.validators.body_hash))


def _decoded(exchange: Exchange, answer: _Head, options: FetchOptions, settings: FetchSettings) -> bytes:
    body = exchange.body
    if "chunked" in answer.headers.get(_TRANSFER, "").lower():  # other programs keep what was on the wire
        body = _unchunked(body)
    decoder = Body(codings_of(answer), settings.largest_decoded, keeps_packed=options.keeps_packed)
    decoder.feed(body)
    return decoder.finish()


def _unchunked(body: bytes) -> bytes:
    """Undo the transfer coding. Some programs undo it and still name it: what is not in chunks is taken as it is."""
    try:
        return Chunks().feed(body)
    except BadChunkError:
        return body


@dataclass(frozen=True, slots=True)
class _Head:
    status: int
    headers: CIMultiDictProxy[str]
    url: URL


def _head_of(exchange: Exchange) -> _Head:
    first, *lines = exchange.head.split(b"\r\n")
    found = _STATUS.match(first)
    fields: CIMultiDict[str] = CIMultiDict()
    for line in lines:
        name, colon, value = line.partition(b":")
        if colon:
            fields.add(_text(name).strip(), _text(value).strip())
    return _Head(int(found[1]) if found else 0, CIMultiDictProxy(fields), URL(exchange.url, encoded=True))


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
