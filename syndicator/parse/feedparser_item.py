"""An item while its elements are read, one after another, as feedparser would hold it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import struct_time

from feedparser.html import _cp1252

from syndicator.models import RawEntry
from syndicator.parse.candidates import Candidates
from syndicator.parse.raw import MOST_CATEGORIES, raw_entry

Attributes = Mapping[str, str]

_C1 = re.compile("[\x80-\x9f]")
_BEYOND_LATIN = re.compile("[^\x00-\xff]")


def repaired(text: str) -> str:
    """Decode UTF-8 that was read as Latin-1, and replace C1 controls by Windows' characters, as feedparser does."""
    if text.isascii():
        return text
    if not _BEYOND_LATIN.search(text):
        with contextlib.suppress(UnicodeDecodeError):
            text = text.encode("iso-8859-1").decode("utf-8")
    return text if text.isprintable() or not _C1.search(text) else text.translate(_cp1252)


@dataclass(slots=True, kw_only=True)
class Item:
    """What feedparser, with our handlers, would know of an item at some point of reading it.

    Addresses are relative to ``base``. In Atom the type of a text is declared; elsewhere it is guessed. ``depth`` is
    the depth of the element that ends, 1 for the item's own children. ``type``, ``is_linked`` and ``is_permalink``
    belong to the current element.
    """

    base: str
    is_atom: bool
    candidates: Candidates
    depth: int = 0
    person: dict[str, str] = field(default_factory=dict)
    type: str = ""
    is_linked: bool = False
    is_permalink: bool = False
    has_source: bool = False
    guid: str | None = None
    author: str | None = None
    published: struct_time | None = None
    updated: struct_time | None = None
    created: struct_time | None = None
    tags: list[list[str | None]] = field(default_factory=list)
    enclosures: list[Attributes] = field(default_factory=list)

    def entry(self) -> RawEntry:
        """Return what was read as a RawEntry."""
        title, link, (content, summary) = self.candidates.title, self.candidates.link, self.candidates.texts()
        return raw_entry(
            guid=self.guid,
            link=link,
            title=title.value if title else None,
            title_type=title.type if title else "text/html",
            summary=summary,
            content=content,
            author=self.author,
            published=self.published or (None if self.updated else self.created),
            updated=self.updated,
            terms=[term for term, _, _ in self.tags[:MOST_CATEGORIES]],
            enclosures=self.enclosures[:MOST_CATEGORIES],
            base=self.base if content or summary or title else None,
            other_links=self.candidates.others_than(link),
            pictures=self.candidates.pictures,
        )
