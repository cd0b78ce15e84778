"""Bytes to raw entries, in children that can be killed. The only door to feedparser."""

from syndicator.parse.feed import ParsedFeed, parse_feed
from syndicator.parse.pool import Limits, Pool

__all__ = ["Limits", "ParsedFeed", "Pool", "parse_feed"]
