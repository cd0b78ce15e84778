"""feedparser, kept from taking more than linear time: the module that calls it.

A few of feedparser's rules cost the square of their input, or worse, on input that no real feed has. Their parsers are
subclassed with a bound for each; within the bounds nothing changes.
"""

from __future__ import annotations

import io
import re
from itertools import takewhile
from typing import Any
from xml.sax.expatreader import ExpatParser
from xml.sax.xmlreader import AttributesNSImpl

import feedparser
import feedparser.api
import feedparser.datetimes

from syndicator.errors import NotAFeedError
from syndicator.parse.bases import join
from syndicator.parse.dates import parse_date
from syndicator.parse.feedparser_handlers import Handlers
from syndicator.parse.raw import MOST_CATEGORIES
from syndicator.parse.safety import MOST_ATTRIBUTES, Namespaces
from syndicator.urls import MAX_LENGTH

# feedparser looks for an e-mail address in names, in quadratic time. Nothing of ours depends on what it finds.
_LONGEST_NAME = 100
_BEFORE_ROOT = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->|(<!DOCTYPE[^>\[]*>)", re.DOTALL | re.IGNORECASE)
_FIRST_TAG = re.compile(rb"<\w")
_XHTML = "application/xhtml+xml"
_LARGEST = 1 << 30


def call_feedparser(text: bytes, url: str) -> Any:
    """Return feedparser's result for a UTF-8 document from ``url``; raise NotAFeedError where it fails."""
    headers = {"content-location": url, "content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(
            io.BytesIO(_from_root(text)), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:  # bugs of feedparser
        raise NotAFeedError(f"feedparser cannot read it ({type(error).__name__}: {error})"[:200]) from error


def create_parser() -> Any:
    """Return a SAX parser that reads a document in one piece: before 2.6 expat begins a long token again at each."""
    return ExpatParser(bufsize=_LARGEST)


def _from_root(text: bytes) -> bytes:
    """Remove what stands before the first element: feedparser's expressions for it take up to cubic time.

    A document type stays, since it may name the version of RSS. So does one letter for text that does not belong there,
    so that the document is not taken for well-formed.
    """
    at, doctype = 0, b""
    while found := _BEFORE_ROOT.match(text, at):
        at, doctype = found.end(), doctype or found[1] or b""
    first = _FIRST_TAG.search(text, at)
    if first is None:
        return b"\n" + text[at:]
    return b"\n" + doctype + (b"x" if first.start() > at else b"") + text[first.start() :]


class _Bounded:
    """Bounds for feedparser's parsers, to be put before one of them."""

    elementstack: list[Any]
    contentparams: Any
    version: str
    _base = ""

    def __init__(self, *arguments: Any) -> None:
        self._namespaces = Namespaces()
        super().__init__(*arguments)

    @property
    def baseuri(self) -> str:
        """The base address; every element resolves it again, so it must not grow with the document."""
        return self._base

    @baseuri.setter
    def baseuri(self, base: str) -> None:
        if len(base) <= MAX_LENGTH:
            self._base = base

    def _normalize_attributes(self, pair: tuple[str, str]) -> tuple[str, str]:
        name, value = super()._normalize_attributes(pair)  # type: ignore[misc]
        return name, "" if name in ("xml:base", "base") and len(value) > MAX_LENGTH else value

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802 - SAX's own
        """Pass on no more attributes than any feed has: SAX looks each up among all."""
        if len(attrs) > MOST_ATTRIBUTES:
            names = attrs.getNames()[:MOST_ATTRIBUTES]
            attrs = AttributesNSImpl(
                {each: attrs.getValue(each) for each in names}, {each: attrs.getQNameByName(each) for each in names}
            )
        super().startElementNS(name, qname, attrs)  # type: ignore[misc]

    def resolve_uri(self, uri: str) -> str:
        return join(self.baseuri, uri)

    def track_namespace(self, prefix: str | None, uri: str) -> None:
        """Refuse too many namespaces: for each element of an unknown one all are searched."""
        self._namespaces.add(prefix, uri)
        super().track_namespace(prefix, uri)  # type: ignore[misc]

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        """Add no more categories than are read: each is compared with all before it."""
        if len(self._get_context().get("tags") or ()) <= MOST_CATEGORIES:
            super()._add_tag(term, scheme, label)  # type: ignore[misc]

    def _sync_author_detail(self, key: str = "author") -> None:
        context = self._get_context()
        detail: Any = (context.get(f"{key}s") or ({},))[-1]
        if detail or len(context.get(key) or "") <= _LONGEST_NAME:
            super()._sync_author_detail(key)  # type: ignore[misc]

    def pop(self, element: str, strip_whitespace: int = 1) -> Any:
        """Remove blank text before XHTML content at once; feedparser moves all pieces up for each."""
        is_own = bool(self.elementstack) and self.elementstack[-1][0] == element
        if is_own and self.version == "atom10" and self.contentparams.get("type", "text") == _XHTML:
            pieces = self.elementstack[-1][2]
            del pieces[: sum(1 for _ in takewhile(_is_blank, pieces[:-1]))]
        return super().pop(element, strip_whitespace)  # type: ignore[misc]

    def _get_context(self) -> Any:
        return super()._get_context()  # type: ignore[misc]


def _is_blank(piece: str | bytes) -> bool:
    return not (piece.decode() if isinstance(piece, bytes) else piece).strip()


# feedparser.parse looks the classes up in its module.
StrictFeedParser: Any = type("StrictFeedParser", (_Bounded, Handlers, feedparser.api.StrictFeedParser), {})
feedparser.api.StrictFeedParser = StrictFeedParser
feedparser.api.LooseFeedParser = type("LooseFeedParser", (_Bounded, Handlers, feedparser.api.LooseFeedParser), {})
# The module whose ``create_parser`` is called, instead of a driver for libxml2 that is not there.
feedparser.api.PREFERRED_XML_PARSERS[:] = [__name__]
# Its own handlers complete a date from the clock and the machine's zone, and drop offsets that they do not understand.
feedparser.datetimes._date_handlers[:] = [parse_date]  # noqa: SLF001 - it only lets handlers be added
