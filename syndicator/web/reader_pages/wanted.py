"""From the address of a reader's page to what it asks for. Raise ``HTTPBadRequest`` where that makes no sense."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from urllib.parse import urlencode

from aiohttp import web

from syndicator.models.formats import KINDS
from syndicator.models.reader_pages import (
    LONGEST_SEARCH,
    SEARCH_SPANS,
    USUAL_SPAN,
    AboutWanted,
    EventFeedWanted,
    EventOrder,
    EventsWanted,
    EventTableWanted,
    EventWanted,
    FeedsWanted,
    FeedWanted,
    FrontWanted,
    SearchWanted,
from syndicator.models.reader_pages import (
    FrontWanted,
    PlaceIndexWanted,
    PlaceRole,
    PlacesWanted,
    PlaceWanted,
    StoryWanted,
)
from syndicator.web.answers import page_number
from syndicator.web.reader_pages.languages import LANGUAGES

# A feed's name has no point, and files have a suffix: neither hides the other. What lies in the folder of a kind is
# made on demand, and an outlet may be called like a day, or "page".
_FEED = rf"{{name:(?!(?:{'|'.join(KINDS)})\W)[a-z0-9][a-z0-9_-]{{0,63}}}}"
_PLACE = re.compile(r"\d{1,16}-\d{1,12}")

_ORDERS = ("newest", "oldest")
_STORY_NUMBER = re.compile(r"[0-9]{1,12}")
_NUMBER = re.compile(r"[0-9]{1,12}")
WantedFrom = Callable[[web.Request], object]

_LANGUAGE, _COUNTRY = re.compile(r"(?:[a-z]{2,3})?"), re.compile(r"(?:[A-Z]{2})?")
_NUMBER, _KEY = re.compile(r"[1-9][0-9]{0,11}"), re.compile(r"([0-9]{1,16})-([1-9][0-9]{0,11})")


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
    return FeedWanted(name=request.match_info["name"], day=day, after=after)


def _story(request: web.Request) -> StoryWanted:
    return StoryWanted(number=request.match_info["number"])


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


# The path of an event's page.
EVENT = r"events/{event:[1-9]\d{0,11}}"


def _about(_request: web.Request) -> AboutWanted:
    return AboutWanted()


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
    "feeds/": _feeds,
    f"feeds/{_FEED}": _feed,
    rf"feeds/{_FEED}/{{day:\d{{4}}-\d{{2}}-\d{{2}}}}": _feed_day,
    "about": _about,
    "feeds/": _front,
    "places": _places,
    # The path of a town has slashes; that of a page's JSON ends otherwise.
    r"places/{term:.{1,200}(?<!\.json)}": _place,
    r"stories/{number:\d{1,12}}": _story,
    "events": _events,
    EVENT: _event,
}
# What addresses may ask for behind the question mark. Whatever else stands there makes no other page.
QUERY_NAMES = (
    "q",
    "since",
    "order",
    "rows",
    "by",
    "feed",
    "outlet",
    "language",
    "country",
    "role",
    "state",
    "sort",
    "day",
    "before",
    "after",
    "page",
)
# Of sections whose pages are asked for most, less: nobody can have the same one made again and again.
_NAMES_BY_SECTION = {"": ("page",), "about": (), "stories": ()}


def query_of(request: web.Request) -> str:
    """Return what a page's address has from the question mark on, in one order and without what changes nothing."""
    parts = request.path.split("/")[1:]
    section = parts[1] if parts[0] in LANGUAGES[1:] else parts[0]
    names = _NAMES_BY_SECTION.get(section, QUERY_NAMES)
    asked = {name: text for name in names if (text := request.query.get(name, "")) and (name, text) != ("page", "1")}
    return f"?{urlencode(asked)}" if asked else ""


# Pages whose making can take long, by their paths.
SEARCHES: Mapping[str, WantedFrom] = {"search": _search}
