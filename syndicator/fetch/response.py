"""From an HTTP response to the fields of a Document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol, TypedDict

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from syndicator import urls
from syndicator.fetch.decode import Body, TooLargeError
from syndicator.fetch.failures import printable
from syndicator.fetch.headers import fresh_for, link_header, retry_after, validator
from syndicator.models import Exchange, Link, Outcome, Peer, Validators

OK, NOT_MODIFIED, SERVER_ERRORS = 200, 304, 500
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REDIRECTION = 300
_NO_CONTENT, _RESET_CONTENT, _PARTIAL_CONTENT = 204, 205, 206
_WHOLE_RANGE = re.compile(r"\s*bytes\s+0-(\d{1,18})/(\d{1,18})\s*", re.IGNORECASE)
_STATUSES = {
    401: Outcome.FORBIDDEN,
    403: Outcome.FORBIDDEN,
    404: Outcome.NOT_FOUND,
    410: Outcome.GONE,
    429: Outcome.RATE_LIMITED,
    503: Outcome.SERVER_ERROR,
}


class Fields(TypedDict, total=False):
    """The fields of a Document that a response decides."""

    outcome: Outcome
    status: int | None
    body: bytes | None
    content_type: str
    validators: Validators
    fresh_for: timedelta
    retry_after: timedelta | None
    moved_to: str | None
    onion: str
    links: tuple[Link, ...]
    note: str
    exchanges: tuple[Exchange, ...]
    peers: tuple[Peer, ...]


class Answer(Protocol):
    """The head of an answer: one of the network's, or a captured one."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        """The fields."""

    @property
    def url(self) -> URL:
        """The address that answered."""


def outcome_of(status: int) -> Outcome:
    """Return the outcome that a status without a document stands for."""
    return _STATUSES.get(status, Outcome.SERVER_ERROR if status >= SERVER_ERRORS else Outcome.HTTP_ERROR)


def status_note(response: aiohttp.ClientResponse) -> str:
    """Return a response's status and reason as a note for a person."""
    return printable(f"HTTP {response.status} {response.reason or ''}".strip())


def conditions(known: Validators) -> dict[str, str]:
    """Return the headers of a conditional request: what the server itself sent, byte for byte (RFC 9110, 13.1)."""
    headers = {}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


async def read_response(
    response: aiohttp.ClientResponse,
    known: Validators,
    now: datetime,
    *,
    largest: int,
    largest_decoded: int,
    keeps_packed: bool = False,
    received: Received | None = None,
) -> Fields:
    """Read a response that is no redirect. Sizes are in bytes, on the wire and decoded.

    A body whose hash is known is left out, and the outcome is UNCHANGED. Raise TooLargeError or BadEncodingError.
    The bytes of a document are added to ``received`` as they came.
    """
    if not has_document(response):
        if response.status == NOT_MODIFIED:
            return fields_without_body(response, known, now)
        outcome, note = outcome_of(response.status), status_note(response)
        return {**_common(response, known, now), "outcome": outcome, "note": note}
    collected = Body(codings_of(response), largest_decoded, keeps_packed=keeps_packed)
    body, is_as_promised = await _body(response, largest, collected, received)
    return fields_with_body(response, body, known, now, is_as_promised=is_as_promised)


class Received:
    """Gathers a body's bytes as they came, beside their decoding."""

    def __init__(self) -> None:
        """Begin with none."""
        self.pieces: list[bytes] = []
        self.is_cut = False


def codings_of(answer: Answer) -> str:
    """Return what an answer says of its body's encoding."""
    return ", ".join(answer.headers.getall("Content-Encoding", []))


def fields_without_body(answer: Answer, known: Validators, now: datetime) -> Fields:
    """Return the fields that a 304 decides."""
    fields = _common(answer, known, now)
    fields.update(_not_modified(answer, known))
    return fields


def fields_with_body(
    answer: Answer, body: bytes, known: Validators, now: datetime, *, is_as_promised: bool = True
) -> Fields:
    """Return the fields that an answer with a document decides; a known ``body`` is left out."""
    headers = answer.headers if is_as_promised else {}
    seen = _seen(headers, hashlib.blake2b(body, digest_size=16).hexdigest())
    if seen.body_hash == known.body_hash:
        return {**_common(answer, known, now), "outcome": Outcome.UNCHANGED, "validators": seen}
    return {**_common(answer, known, now), "body": body, "validators": seen}


def fields_of_known_body(answer: Answer, known: Validators, now: datetime) -> Fields:
    """Return the fields that an answer with the known body decides, without that body."""
    seen = _seen(answer.headers, known.body_hash)
    return {**_common(answer, known, now), "outcome": Outcome.UNCHANGED, "validators": seen}


def _seen(headers: Mapping[str, str], body_hash: str | None) -> Validators:
    return Validators(
        etag=validator(headers.get("ETag")), last_modified=validator(headers.get("Last-Modified")), body_hash=body_hash
    )


def has_document(response: Answer) -> bool:
    """Return whether an answer brings what was asked for (RFC 9110, 15.3): 203 does, and so does an unknown 2xx.

    A 206 that nobody asked for does if its range is the whole.
    """
    if response.status == _PARTIAL_CONTENT:
        found = _WHOLE_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        return found is not None and int(found[1]) + 1 == int(found[2])
    return OK <= response.status < _REDIRECTION and response.status not in (_NO_CONTENT, _RESET_CONTENT)


def _common(response: Answer, known: Validators, now: datetime) -> Fields:
    headers = response.headers
    return {
        "outcome": Outcome.OK,
        "status": response.status,
        "content_type": printable(headers.get("Content-Type", "")),
        "fresh_for": fresh_for(headers, now),
        "retry_after": retry_after(headers, now),
        "validators": known,
        "onion": urls.absolute(headers.get("Onion-Location")) or "",
        "links": link_header(headers.getall("Link"), str(response.url)) if "Link" in headers else (),
    }


def _not_modified(response: Answer, known: Validators) -> Fields:
    """Renew the validators; refuse a 304 to a request that was not conditional."""
    if not known.etag and not known.last_modified:
        return {"outcome": Outcome.HTTP_ERROR, "note": "304 to a request without conditions"}
    renewed = Validators(
        etag=validator(response.headers.get("ETag")) or known.etag,
        last_modified=validator(response.headers.get("Last-Modified")) or known.last_modified,
        body_hash=known.body_hash,
    )
    return {"outcome": Outcome.NOT_MODIFIED, "validators": renewed}


async def _body(
    response: aiohttp.ClientResponse, left: int, body: Body, received: Received | None
) -> tuple[bytes, bool]:
    """Return a body, and whether as much came as the server had promised.

    A server that counts wrongly has sent all that there is if a compressed stream or an XML document is complete.
    """
    try:
        async for piece in response.content.iter_any():
            left -= len(piece)
            if left < 0:
                raise TooLargeError
            body.feed(piece)
            if received is not None:
                received.pieces.append(piece)
    except aiohttp.ClientPayloadError:
        if not body.is_whole():
            raise
        if received is not None:
            received.is_cut = True
        return body.finish(), False
    return body.finish(), True
