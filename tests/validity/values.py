"""Values that several formats have: addresses, dates, languages, media types, texts and HTML. A fault is a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

# RFC 3986, 2.2 to 2.4: what may stand in a URI, a percent sign only before two digits.
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?://\[[0-9a-f:.]+\])?(?:[A-Za-z0-9;/?:@&=+$.\-_!~*'(),#]|%[0-9A-Fa-f]{2})+"
)
_LINK = re.compile(r"https?://[^\s\"<>\\^`{|}]+", re.IGNORECASE)
# RFC 4151, 2.1.
_TAG_URI = re.compile(
    r"tag:(?:[a-z0-9._-]+@)?[a-z0-9.-]+,[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?:(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*"
)
_RFC3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})")
_RFC822 = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4}"
    r" [0-9]{2}:[0-9]{2}:[0-9]{2} (?:GMT|[+-][0-9]{4})"
)
# BCP 47, as far as it can be checked without the registry.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?(?:-[A-Za-z0-9]{5,8})*")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:; ?[A-Za-z0-9-]+=[^\s;]+)?")
_POINT = re.compile(r"-?[0-9]+(?:\.[0-9]+)? -?[0-9]+(?:\.[0-9]+)?")
# What XML 1.0 does not allow (2.2), controls that it discourages, and what reverses the order of what follows.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)
_END_TAG = re.compile(r"</\w+>")
_VOID = frozenset({"br", "hr", "img", "wbr"})
_HARMLESS = frozenset(
    (
        "a abbr article b bdi bdo blockquote br cite code dd del div dl dt em figcaption figure h2 h3 h4 h5 h6 hr i ins li ol p pre"
        " q s section small span strong sub sup table tbody td th thead tr u ul"
    ).split()
)


def uri_faults(value: str | None, what: str) -> Iterator[str]:
    """Yield what is wrong with an absolute URI."""
    if not value:
        yield f"{what} is empty"
    elif value.startswith("tag:"):
        if not _TAG_URI.fullmatch(value):
            yield f"{what} is no tag URI: {value!r}"
    elif not _URI.fullmatch(value):
        yield f"{what} is no URI: {value!r}"
    elif value.partition(":")[0] in ("http", "https") and not urlsplit(value).hostname:
        yield f"{what} has no host: {value!r}"


def web_faults(value: str | None, what: str) -> Iterator[str]:
    """Yield what is wrong with an address that readers open."""
    yield from uri_faults(value, what)
    if value and not value.startswith(("http://", "https://")):
        yield f"{what} is no http(s) address: {value!r}"


def rfc3339_faults(value: str | None, what: str) -> Iterator[str]:
    """Yield what is wrong with a date (RFC 3339)."""
    if not value or not _RFC3339.fullmatch(value):
        yield f"{what} is no RFC 3339 date: {value!r}"
        return
    try:
        datetime.fromisoformat(value)
    except ValueError:
        yield f"{what} is on no calendar: {value!r}"


def rfc822_faults(value: str | None, what: str) -> Iterator[str]:
    """Yield what is wrong with a date of RSS: RFC 822 with four digits of the year, on its day of the week."""
    if not value or not _RFC822.fullmatch(value):
        yield f"{what} is no RFC 822 date with a full year: {value!r}"
        return
    try:
        if parsedate_to_datetime(value).strftime("%a") != value[:3]:
            yield f"{what} is on another day of the week: {value!r}"
    except ValueError:
        yield f"{what} is on no calendar: {value!r}"


def language_faults(value: str | None, what: str) -> Iterator[str]:
    """Yield what is wrong with a language tag."""
    if not value or not _LANGUAGE.fullmatch(value):
        yield f"{what} is no language: {value!r}"


def media_type_faults(value: str | None, what: str) -> Iterator[str]:
    """Yield what is wrong with a media type."""
    if not value or not _MEDIA_TYPE.fullmatch(value):
        yield f"{what} is no media type: {value!r}"


def point_faults(value: str | None, what: str) -> Iterator[str]:
    """Yield what is wrong with a GeoRSS point: latitude, a space, longitude."""
    if not value or not _POINT.fullmatch(value):
        yield f"{what} is no point: {value!r}"
        return
    latitude, longitude = map(float, value.split())
    if abs(latitude) > 90 or abs(longitude) > 180:
        yield f"{what} is on no globe: {value!r}"


def number_faults(value: str | None, what: str, *, least: int = 0) -> Iterator[str]:
    """Yield what is wrong with a whole number."""
    if value is None or not (value.isascii() and value.isdigit()) or int(value) < least:
        yield f"{what} is no number from {least} on: {value!r}"


def text_faults(value: str | None, what: str) -> Iterator[str]:
    """Yield what is wrong with a text that must be there."""
    if not value or not value.strip():
        yield f"{what} is empty"
    elif _UNFIT.search(value):
        yield f"{what} has characters that no text has"


def inert_faults(value: str | None, what: str) -> Iterator[str]:
    """Yield what readers that take a plain text for HTML would not show as it is written."""
    yield from text_faults(value, what)
    if value and (unescape(value) != value or re.search(r"<[A-Za-z!/?]", value)):
        yield f"{what} is another text as HTML: {value!r}"


def plain_faults(value: str | None, what: str) -> Iterator[str]:
    """Yield where a plain text has end tags: it was meant to be HTML."""
    yield from text_faults(value, what)
    if value and _END_TAG.search(value):
        yield f"{what} has markup: {value!r}"


def html_faults(value: str, what: str) -> Iterator[str]:
    """Yield what is wrong with a piece of HTML: unbalanced or dangerous tags, links that lead nowhere."""
    if _UNFIT.search(value):
        yield f"{what} has characters that no text has"
    reader = _Reader()
    reader.feed(value)
    reader.close()
    faults = [*reader.faults, *(f"<{name}> is never closed" for name in reader.open)]
    yield from (f"{what}: {fault}" for fault in faults)


def _link_faults(value: str | None) -> Iterator[str]:
    """Yield what is wrong with a link in HTML, which need not be ASCII."""
    if not value or not _LINK.fullmatch(value) or not urlsplit(value).hostname:
        yield f"a link to {value!r}"


class _Reader(HTMLParser):
    """Collects what is wrong."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _HARMLESS:
            self.faults.append(f"<{tag}> is not harmless")
        if tag not in _VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "src", "srcset"):
                self.faults.append(f"{name} on <{tag}>")
            if name == "href":
                self.faults.extend(_link_faults(value))
            if name == "dir" and value not in ("ltr", "rtl", "auto"):
                self.faults.append(f"dir={value!r}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_comment(self, data: str) -> None:
        self.faults.append("a comment")

    def handle_decl(self, decl: str) -> None:
        self.faults.append("a declaration")

    def handle_pi(self, data: str) -> None:
        self.faults.append("a processing instruction")
