"""Addresses of events, and of the files beside their pages."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aiohttp import web

from syndicator.models.reader_pages import EventFeedWanted, EventOrder, EventsWanted, EventTableWanted, EventWanted
from syndicator.web.reader_pages.wanted.asking import WantedFrom

_LANGUAGE, _COUNTRY = re.compile(r"(?:[a-z]{2,3})?"), re.compile(r"(?:[A-Z]{2})?")
_NUMBER, _KEY = re.compile(r"[1-9][0-9]{0,11}"), re.compile(r"([0-9]{1,16})-([1-9][0-9]{0,11})")
# The path of an event's page.
EVENT = r"events/{event:[1-9]\d{0,11}}"


def _events(request: web.Request) -> EventsWanted:
    query = request.query
    try:
        order = EventOrder(query.get("order") or EventOrder.LATEST)
    except ValueError as error:
        raise web.HTTPBadRequest(text="order is latest or widest.\n") from error
    if not _LANGUAGE.fullmatch(language := query.get("language", "")):
        raise web.HTTPBadRequest(text="language is a code such as ar.\n")
    if not _COUNTRY.fullmatch(country := query.get("country", "")):
        raise web.HTTPBadRequest(text="country is a code such as SY.\n")
    after = query.get("after", "")
    key = _KEY.fullmatch(after)
    if after and key is None:
        raise web.HTTPBadRequest(text="after is the key that a page's link to the next one has.\n")
    return EventsWanted(
        order=order, language=language, country=country, after=(int(key[1]), int(key[2])) if key else None
    )


def _event(request: web.Request) -> EventWanted:
    after = request.query.get("after", "")
    if after and not _NUMBER.fullmatch(after):
        raise web.HTTPBadRequest(text="after is the number of a story.\n")
    return EventWanted(number=int(request.match_info["event"]), after=int(after or 0))


def event_table(request: web.Request) -> EventTableWanted:
    """Return what the address of an event's table asks for."""
    return EventTableWanted(number=int(request.match_info["event"]))


def event_feed(request: web.Request) -> EventFeedWanted:
    """Return what the address of an event's feed beside its page asks for."""
    return EventFeedWanted(number=int(request.match_info["event"]))


PAGES: Mapping[str, WantedFrom] = {"events": _events, EVENT: _event}
