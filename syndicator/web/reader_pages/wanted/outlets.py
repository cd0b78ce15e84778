"""Addresses of outlets and topics."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from syndicator.models.reader_pages import OutletOrder, OutletsWanted, OutletWanted, TopicsWanted, TopicWanted
from syndicator.web.reader_pages.wanted.asking import WantedFrom, story_before

# Of an id, a file's name in the configuration.
_ID = "[a-z0-9][a-z0-9_-]{0,63}"
_LONGEST = 200


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
    return OutletWanted(id=request.match_info["id"], before=story_before(request))


def _topics(request: web.Request) -> TopicsWanted:
    return TopicsWanted(after=request.query.get("after", "")[:_LONGEST])


def _topic(request: web.Request) -> TopicWanted:
    return TopicWanted(id=request.match_info["id"], before=story_before(request))


PAGES: Mapping[str, WantedFrom] = {
    "outlets": _outlets,
    f"outlets/{{id:{_ID}}}": _outlet,
    "topics": _topics,
    f"topics/{{id:{_ID}}}": _topic,
}
