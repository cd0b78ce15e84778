"""Addresses of searches."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from aiohttp import web

from syndicator.models.reader_pages import LONGEST_SEARCH, SEARCH_SPANS, USUAL_SPAN, SearchWanted
from syndicator.web.reader_pages.wanted.asking import WantedFrom

_ORDERS = ("newest", "oldest")
_STORY_NUMBER = re.compile(r"[0-9]{1,12}")


def _search(request: web.Request) -> SearchWanted:
    asked = request.query
    text, span, order = asked.get("q", ""), asked.get("since", USUAL_SPAN), asked.get("order", "newest")
    if len(text) > LONGEST_SEARCH:
        raise web.HTTPBadRequest(text=f"A filter in an address has up to {LONGEST_SEARCH} characters.\n")
    if span not in SEARCH_SPANS:
        raise web.HTTPBadRequest(text=f"since is one of {', '.join(SEARCH_SPANS)}.\n")
    if order not in _ORDERS:
        raise web.HTTPBadRequest(text=f"order is one of {', '.join(_ORDERS)}.\n")
    return SearchWanted(
        text=text, span=span, day=_day(request), after=_number(request), is_oldest_first=order == _ORDERS[1]
    )


def _day(request: web.Request) -> date | None:
    try:
        day = date.fromisoformat(asked) if (asked := request.query.get("day")) else None
    except ValueError as error:
        raise web.HTTPBadRequest(text="day is one as 2026-11-01.\n") from error
    if day == date.max:  # no other follows
        raise web.HTTPBadRequest(text="There is no such day yet.\n")
    return day


def _number(request: web.Request) -> int | None:
    asked = request.query.get("after", "")
    if asked and not _STORY_NUMBER.fullmatch(asked):
        raise web.HTTPBadRequest(text="after is the number of a story.\n")
    return int(asked) if asked else None


# Pages whose making can take long.
SEARCHES: Mapping[str, WantedFrom] = {"search": _search}
