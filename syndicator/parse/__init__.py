"""Parse bytes to raw entries. Pure; no other package calls feedparser."""

from collections.abc import Callable, Mapping

from syndicator.models import SourceKind
from syndicator.parse.article import read_article
from syndicator.parse.feed import parse_feed, parse_whole
from syndicator.parse.item_index import ItemIndex
from syndicator.parse.page import guess_select, parse_page, read_page
from syndicator.parse.raw import MOST_ENTRIES, ParsedFeed
from syndicator.parse.sitemap import SITEMAP, parse_sitemap

# By a source's kind. A parser takes the body, ``url`` and ``content_type``, and ``known``: hashes of items to leave
# out, for kinds that are read item by item. That of pages needs the source's ``select`` as well.
PARSERS: Mapping[SourceKind, Callable[..., ParsedFeed]] = {
    SourceKind.FEED: parse_feed,
    SourceKind.SITEMAP: parse_sitemap,
    SourceKind.PAGE: parse_page,
}

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
