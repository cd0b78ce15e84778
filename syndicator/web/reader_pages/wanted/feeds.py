"""Addresses of the front page and of feeds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from aiohttp import web

from syndicator.models.formats import KINDS
from syndicator.models.reader_pages import FeedsWanted, FeedWanted, FrontWanted
from syndicator.web.answers import page_number
from syndicator.web.reader_pages.wanted.asking import WantedFrom

# A feed's name has no point, and files have a suffix: neither hides the other. What lies in the folder of a kind is
# made on demand, and an outlet may be called like a day, or "page".
_FEED = rf"{{name:(?!(?:{'|'.join(KINDS)})\W)[a-z0-9][a-z0-9_-]{{0,63}}}}"
_PLACE = re.compile(r"\d{1,16}-\d{1,12}")


def _front(request: web.Request) -> FrontWanted:
    return FrontWanted(number=page_number(request))


def _feeds(request: web.Request) -> FeedsWanted:
    return FeedsWanted(after=request.query.get("after", ""))


def _feed(request: web.Request) -> FeedWanted:
    return FeedWanted(name=request.match_info["name"])


def _feed_day(request: web.Request) -> FeedWanted:
    after = request.query.get("after", "")
    if after and not _PLACE.fullmatch(after):
        raise web.HTTPBadRequest(text="after is a place in a feed, as links of its pages name it.\n")
    try:
        day = date.fromisoformat(request.match_info["day"])
    except ValueError:
        raise web.HTTPNotFound(text="There is no such day.\n") from None
    if day == date.max:  # no other follows
        raise web.HTTPNotFound(text="There is no such day yet.\n")
    return FeedWanted(name=request.match_info["name"], day=day, after=after)


PAGES: Mapping[str, WantedFrom] = {
    "": _front,
    "feeds/": _feeds,
    f"feeds/{_FEED}": _feed,
    rf"feeds/{_FEED}/{{day:\d{{4}}-\d{{2}}-\d{{2}}}}": _feed_day,
}
