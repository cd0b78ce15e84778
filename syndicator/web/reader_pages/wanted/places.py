"""Addresses of places."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from syndicator.models.reader_pages import PlaceIndexWanted, PlaceRole, PlacesWanted, PlaceWanted
from syndicator.web.reader_pages.wanted.asking import WantedFrom, story_before


def _places(request: web.Request) -> PlacesWanted | PlaceIndexWanted:
    order = request.query.get("by", "news")
    if order not in ("news", "name"):
        raise web.HTTPBadRequest(text="Places are listed by news or by name.\n")
    return PlaceIndexWanted() if order == "name" else PlacesWanted()


def _place(request: web.Request) -> PlaceWanted:
    role = request.query.get("role", PlaceRole.REGION)
    if role not in list(PlaceRole):
        known = ", ".join(PlaceRole)
        raise web.HTTPBadRequest(text=f"A place has one of these roles: {known}.\n")
    return PlaceWanted(term=request.match_info["term"], role=PlaceRole(role), before=story_before(request))


PAGES: Mapping[str, WantedFrom] = {
    "places": _places,
    # The path of a town has slashes; that of a page's JSON ends otherwise.
    r"places/{term:.{1,200}(?<!\.json)}": _place,
}
