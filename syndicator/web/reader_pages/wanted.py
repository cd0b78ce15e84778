"""From the address of a reader's page to what it asks for. Raise ``HTTPBadRequest`` where that makes no sense."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from aiohttp import web

from syndicator.models.reader_pages import (
    FrontWanted,
    PlaceIndexWanted,
    PlaceRole,
    PlacesWanted,
    PlaceWanted,
    StoryWanted,
)
from syndicator.web.answers import page_number

_NUMBER = re.compile(r"[0-9]{1,12}")
WantedFrom = Callable[[web.Request], object]


def _front(request: web.Request) -> FrontWanted:
    return FrontWanted(number=page_number(request))


def _story(request: web.Request) -> StoryWanted:
    return StoryWanted(number=request.match_info["number"])


def _places(request: web.Request) -> PlacesWanted | PlaceIndexWanted:
    order = request.query.get("by", "news")
    if order not in ("news", "name"):
        raise web.HTTPBadRequest(text="Places are listed by news or by name.\n")
    return PlaceIndexWanted() if order == "name" else PlacesWanted()


def _place(request: web.Request) -> PlaceWanted:
    role, before = request.query.get("role", PlaceRole.REGION), request.query.get("before", "0")
    if role not in list(PlaceRole):
        known = ", ".join(PlaceRole)
        raise web.HTTPBadRequest(text=f"A place has one of these roles: {known}.\n")
    if not _NUMBER.fullmatch(before):
        raise web.HTTPBadRequest(text="Stories go on before one of them: before=NUMBER.\n")
    return PlaceWanted(term=request.match_info["term"], role=PlaceRole(role), before=int(before))


# By the path of a page below the site's root or that of a language.
PAGES: Mapping[str, WantedFrom] = {
    "": _front,
    "feeds/": _front,
    "places": _places,
    # The path of a town has slashes; that of a page's JSON ends otherwise.
    r"places/{term:.{1,200}(?<!\.json)}": _place,
    r"stories/{number:\d{1,12}}": _story,
}
