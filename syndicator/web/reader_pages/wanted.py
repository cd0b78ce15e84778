"""From the address of a reader's page to what it asks for. Raise ``HTTPBadRequest`` where that makes no sense."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from aiohttp import web

from syndicator.models.reader_pages import (
    FrontWanted,
    OutletOrder,
    OutletsWanted,
    OutletWanted,
    StoryWanted,
    TopicsWanted,
    TopicWanted,
)
from syndicator.web.answers import page_number

# Of an id, a file's name in the configuration.
_ID = "[a-z0-9][a-z0-9_-]{0,63}"
_NUMBER = re.compile(r"\d{1,12}", re.ASCII)
_LONGEST = 200
WantedFrom = Callable[[web.Request], object]


def _front(request: web.Request) -> FrontWanted:
    return FrontWanted(number=page_number(request))


def _story(request: web.Request) -> StoryWanted:
    return StoryWanted(number=request.match_info["number"])


def _outlets(request: web.Request) -> OutletsWanted:
    asked = request.query
    order = asked.get("order") or OutletOrder.COUNTRY
    if order not in list(OutletOrder):
        raise web.HTTPBadRequest(text=f"order is one of {', '.join(OutletOrder)}.\n")
    return OutletsWanted(
        order=OutletOrder(order),
        country=asked.get("country", "").strip().upper()[:_LONGEST],
        language=asked.get("language", "").strip()[:_LONGEST],
        words=asked.get("q", "").strip()[:_LONGEST],
        after=asked.get("after", "")[:_LONGEST],
    )


def _outlet(request: web.Request) -> OutletWanted:
    return OutletWanted(id=request.match_info["id"], before=_before(request))


def _topics(request: web.Request) -> TopicsWanted:
    return TopicsWanted(after=request.query.get("after", "")[:_LONGEST])


def _topic(request: web.Request) -> TopicWanted:
    return TopicWanted(id=request.match_info["id"], before=_before(request))


def _before(request: web.Request) -> int:
    """Return below which number stories are asked for, 0 for the latest."""
    number = request.query.get("before", "0")
    if not _NUMBER.fullmatch(number):
        raise web.HTTPBadRequest(text="before is the number of a story.\n")
    return int(number)


# By the path of a page below the site's root or that of a language.
PAGES: Mapping[str, WantedFrom] = {
    "": _front,
    "feeds/": _front,
    r"stories/{number:\d{1,12}}": _story,
    "outlets": _outlets,
    f"outlets/{{id:{_ID}}}": _outlet,
    "topics": _topics,
    f"topics/{{id:{_ID}}}": _topic,
}
