"""From the address of a reader's page to what it asks for. Raise ``HTTPBadRequest`` where that makes no sense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from aiohttp import web

from syndicator.web.reader_pages.languages import LANGUAGES
from syndicator.web.reader_pages.wanted import events, feeds, outlets, places, stories
from syndicator.web.reader_pages.wanted.asking import WantedFrom
from syndicator.web.reader_pages.wanted.search import SEARCHES

__all__ = ["PAGES", "SEARCHES", "WantedFrom", "query_of"]

# By the path of a page below the site's root or that of a language.
PAGES: Mapping[str, WantedFrom] = {
    **feeds.PAGES,
    **stories.PAGES,
    **events.PAGES,
    **places.PAGES,
    **outlets.PAGES,
}
# What addresses of a section may ask for behind the question mark. Whatever else stands there makes no other page.
_QUERY_NAMES: Mapping[str, Sequence[str]] = {
    "": ("page",),
    "feeds": ("after",),
    "events": ("order", "language", "country", "after"),
    "places": ("by", "role", "before"),
    "topics": ("before", "after"),
    "outlets": ("order", "country", "language", "q", "before", "after"),
    "search": ("q", "since", "day", "order", "after"),
}


def query_of(request: web.Request) -> str:
    """Return what a page's address has from the question mark on, in one order and without what changes nothing."""
    parts = request.path.split("/")[1:]
    section = parts[1] if parts[0] in LANGUAGES[1:] else parts[0]
    names = _QUERY_NAMES.get(section, ())
    asked = {name: text for name in names if (text := request.query.get(name, "")) and (name, text) != ("page", "1")}
    return f"?{urlencode(asked)}" if asked else ""
