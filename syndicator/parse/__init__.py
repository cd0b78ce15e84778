"""Bytes to raw entries. Pure, and the only door to feedparser."""

from collections.abc import Callable, Mapping

from syndicator.parse.article import read_article
from syndicator.parse.feed import parse_feed, parse_whole
from syndicator.parse.listing import ItemIndex
from syndicator.parse.page import guess_select, parse_page, read_page
from syndicator.parse.raw import MOST_ENTRIES, ParsedFeed
from syndicator.parse.sitemap import SITEMAP, parse_sitemap

# By a source's kind. A page's also wants its ``select``.
PARSERS: Mapping[str, Callable[..., ParsedFeed]] = {"feed": parse_feed, SITEMAP: parse_sitemap, "page": parse_page}

__all__ = [
    "MOST_ENTRIES",
    "PARSERS",
    "SITEMAP",
    "ItemIndex",
    "ParsedFeed",
    "guess_select",
    "parse_feed",
    "parse_page",
    "parse_sitemap",
    "parse_whole",
    "read_article",
    "read_page",
]
