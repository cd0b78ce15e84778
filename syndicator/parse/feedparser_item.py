"""An item while its elements are read, one after another, as feedparser would hold it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import struct_time

from feedparser.html import _cp1252

from syndicator.models import RawEntry
from syndicator.parse.raw import MOST_CATEGORIES, Markup, raw_entry

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
    """What feedparser would know of an item at some point of reading it.

    Addresses are relative to ``base``. In Atom the type of a text is declared; elsewhere it is guessed. ``depth`` is
    the depth of the element that ends, 1 for the item's own children. ``type`` and ``is_content``, ``is_linked`` and
    ``is_permalink`` belong to the current element.
    """

    base: str
    is_atom: bool
    depth: int = 0
    person: dict[str, str] = field(default_factory=dict)
    type: str = ""
    is_content: bool = False
    is_linked: bool = False
    is_permalink: bool = False
    has_source: bool = False
    has_summary: bool = False
    has_content: bool = False
    title_from: int = -1
    title_depth: int = -1
    guid: str | None = None
    link: str | None = None
    title: str | None = None
    title_type: str | None = None
    summary: Markup | None = None
    contents: list[Markup] = field(default_factory=list)
    author: str | None = None
    published: struct_time | None = None
    updated: struct_time | None = None
    tags: list[list[str | None]] = field(default_factory=list)
    enclosures: list[Attributes] = field(default_factory=list)

    def entry(self) -> RawEntry:
        """Return what was read as a RawEntry."""
        has_text = self.contents or self.summary or self.title_type
        return raw_entry(
            guid=self.guid,
            link=self.link,
            title=self.title,
            title_type=self.title_type or "text/html",
            summary=self.summary,
            content=max(self.contents, key=lambda each: len(each.value), default=None),
            author=self.author,
            published=self.published,
            updated=self.updated,
            terms=[term for term, _, _ in self.tags[:MOST_CATEGORIES]],
            enclosures=self.enclosures[:MOST_CATEGORIES],
            base=self.base if has_text else None,
        )
