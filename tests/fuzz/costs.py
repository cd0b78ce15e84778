"""What the program does with an input, without the checks around it: for measuring what long inputs cost."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from html import escape

from syndicator import domains, urls
from syndicator.errors import NotAFeedError, UnsafeDocumentError
from syndicator.extract.document import extract_document
from syndicator.extract.job import Job
from syndicator.extract.normalize import normalize
from syndicator.models import RawEntry
from syndicator.parse.feed import parse_whole
from tests.fuzz import samples
from tests.fuzz.checks import BASES, DATED, NOT_XML, NOW, URL, published_story, render_all

_BETWEEN = re.compile(rb"(?<=>)|(?=<)")
_LARGEST_SEED = 8_000  # so that what grows is the fragment
_PREFIXES = ("", "http://", "https://outlet.example/", "//", "?", "/")


def grown_document(number: int, text: str) -> tuple[str, bytes]:
    """Put a text somewhere between the tags of a small document, as markup, as text or as a CDATA section."""
    chance = random.Random(number)
    seed = chance.choice([one for one in samples.documents() if len(one) < _LARGEST_SEED])
    written = chance.choice((text, escape(text), f"<![CDATA[{text}]]>")).encode("utf-8", "surrogatepass")
    at = chance.choice([found.start() for found in _BETWEEN.finditer(seed)] or [len(seed)])
    return "application/xml; charset=utf-8", seed[:at] + written + seed[at:]


def read_document(document: tuple[str, bytes]) -> None:
    """Read a document as a child does, and by feedparser alone."""
    content_type, body = document
    with suppress(NotAFeedError, UnsafeDocumentError):
        extract_document(_job(content_type), body)
    with suppress(NotAFeedError, UnsafeDocumentError):
        parse_whole(body, url=URL, content_type=content_type, is_well_formed=True)


def grown_date(number: int, text: str) -> tuple[int, str]:
    """Put a text where a date should be, or behind one."""
    return number % len(DATED), random.Random(number).choice(("", *samples.DATES)) + text


def read_date(dated: tuple[int, str]) -> None:
    """Read a document with such a date."""
    kind, text = dated
    extract_document(_job("application/xml"), DATED[kind](NOT_XML.sub("", escape(text))))


def grown_address(number: int, text: str) -> str:
    """Make an address of a text."""
    return random.Random(number).choice(_PREFIXES) + text


def read_address(link: str) -> None:
    """Take an address through all that is done with one."""
    address = urls.absolute(link, URL)
    if address is not None:
        urls.link_key(urls.fold(address, BASES), BASES)
        urls.redact(address)
        domains.registrable(address)


def grown_story(_number: int, text: str) -> RawEntry:
    """Make an item that says a text in every field."""
    return RawEntry(
        guid=text, link=f"https://outlet.example/{text}", title=text, title_is_html=True, summary=text, content=text, author=text,
        published=None, updated=None, categories=(text,), enclosure=None, base=None,
    )  # fmt: skip


def publish_story(raw: RawEntry) -> None:
    """Sanitize an item and publish it."""
    for entry in normalize([raw], url=URL, bases=BASES, language="en", now=NOW):
        render_all(published_story(entry))


def _job(content_type: str) -> Job:
    return Job(url=URL, outlet="o", content_type=content_type, bases=BASES, language="en", now=NOW)
