"""Bytes to raw entries, in children that can be killed. The only door to feedparser."""

from syndicator.parse.feed import parse_feed, parse_whole
from syndicator.parse.listing import Listing
from syndicator.parse.pool import Limits, Pool
from syndicator.parse.raw import MOST_ENTRIES, ParsedFeed

__all__ = ["MOST_ENTRIES", "Limits", "Listing", "ParsedFeed", "Pool", "parse_feed", "parse_whole"]
