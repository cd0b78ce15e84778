"""Addresses of stories, and of what there is to know of the site."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from syndicator.models.reader_pages import AboutWanted, StoryWanted
from syndicator.web.reader_pages.wanted.asking import WantedFrom


def _story(request: web.Request) -> StoryWanted:
    return StoryWanted(number=request.match_info["number"])


def _about(_request: web.Request) -> AboutWanted:
    return AboutWanted()


PAGES: Mapping[str, WantedFrom] = {"about": _about, r"stories/{number:\d{1,12}}": _story}
