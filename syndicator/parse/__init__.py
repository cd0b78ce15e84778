"""Bytes to raw entries, in children that can be killed. The only door to feedparser."""

from collections.abc import Callable, Mapping

from syndicator.parse.article import can_read_articles, read_article
from syndicator.parse.feed import parse_feed, parse_whole
from syndicator.parse.item_index import ItemIndex
from syndicator.parse.page import check_selector, guess_select, parse_page, read_page
from syndicator.parse.pool import Limits, Pool
from syndicator.parse.raw import MOST_ENTRIES, ParsedFeed
from syndicator.parse.sitemap import SITEMAP, parse_sitemap

# By a source's kind. A page's also wants its ``select``.
PARSERS: Mapping[str, Callable[..., ParsedFeed]] = {"feed": parse_feed, SITEMAP: parse_sitemap, "page": parse_page}

__all__ = [
    "MOST_ENTRIES",
    "PARSERS",
    "SITEMAP",
    "ItemIndex",
    "Limits",
    "ParsedFeed",
    "Pool",
    "can_read_articles",
    "check_selector",
    "guess_select",
    "parse_feed",
    "parse_page",
    "parse_sitemap",
    "parse_whole",
    "read_article",
    "read_page",
]
