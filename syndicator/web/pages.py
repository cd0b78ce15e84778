"""The readers' front page and the page of a story, for a person: no JavaScript, everything escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from syndicator.models import Feed
from syndicator.models.account import DiffPart, StoryAccount
from syndicator.models.formats import FORMATS_BY_NAME, file_name
from syndicator.plural import counted
from syndicator.text import direction
from syndicator.web.directory import FeedDirectory
from syndicator.wordiff import Kind, Segment, as_html

PER_PAGE = 200
_TWO_UP = "../.."
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def front_page_count(directory: FeedDirectory) -> int:
    """Return how many pages the public feeds fill, at least one."""
    return max(1, -(-len(directory.public_feeds) // PER_PAGE))


def render_front(directory: FeedDirectory, number: int) -> str:
    """Render the readers' page of that number: the public feeds with their addresses."""
    feeds = directory.public_feeds
    return (
        environment()
        .get_template("front.html")
        .render(
            title=directory.title,
            feeds=feeds[(number - 1) * PER_PAGE : number * PER_PAGE],
            count=len(feeds),
            number=number,
            pages=front_page_count(directory),
            base_path=urlsplit(directory.base_url).path.rstrip("/"),
            base_url=directory.base_url,
        )
    )


def render_front_alone(directory: FeedDirectory) -> str:
    """Render one readers' page with all public feeds, to be shown by any web server: its links are relative."""
    feeds = directory.public_feeds
    page = {"number": 1, "pages": 1, "count": len(feeds), "base_path": ".", "base_url": "."}
    return environment().get_template("front.html").render(title=directory.title, feeds=feeds, **page)


def render_story_alone(account: StoryAccount) -> str:
    """Render the page of a story to be shown by any web server, two folders deep: its links are relative."""
    base_url = account.page.rpartition("/stories/")[0]
    feeds = (replace(each, url=each.url.replace(base_url, _TWO_UP, 1)) for each in account.feeds)
    story = replace(account, page=f"{_TWO_UP}/stories/{account.id}", feeds=tuple(feeds))
    return environment().get_template("story.html").render(story=story, base_path=_TWO_UP)


@pass_context
def _address(context: Context, feed: Feed, format_name: str) -> str:
    return f"{context['base_url']}/feeds/{file_name(feed.name, format_name)}"


def render_story(account: StoryAccount) -> str:
    """Render the page of a story."""
    base_path = urlsplit(account.page).path.rpartition("/stories/")[0]
    return environment().get_template("story.html").render(story=account, base_path=base_path)


@cache
def environment() -> Environment:
    """Return what all templates are rendered by."""
    made = Environment(
        loader=PackageLoader("syndicator.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["address"] = _address
    made.filters["ago"] = ago
    made.filters["direction"] = direction
    made.filters["count"] = counted
    made.filters["clock"] = clock
    made.filters["later"] = later
    made.filters["diff"] = diff_as_markup
    made.globals["formats"] = FORMATS_BY_NAME
    return made


def ago(moment: datetime | None, now: datetime) -> str:
    """Return the distance of a moment from ``now`` in words: "3 min ago", "in 2 h"."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    distance = abs(seconds)
    if distance < 2:  # noqa: PLR2004
        return "now"
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s")):
        if distance >= size:
            words = f"{int(distance // size)} {unit}"
            break
    return f"{words} ago" if seconds > 0 else f"in {words}"


def diff_as_markup(parts: Sequence[DiffPart]) -> Markup:
    """Return a word diff as markup; its words are escaped."""
    return Markup(as_html([Segment(Kind(part.kind), part.words) for part in parts]))  # noqa: S704


def clock(moment: datetime) -> str:
    """Return a moment as readers see it: pages are cached and printed, so that times are absolute."""
    return moment.strftime("%a %d %b %Y, %H:%M")


def later(seconds: int) -> str:
    """Return how much later something came, in words: "39 min later"."""
    hours, minutes = seconds // _HOUR, seconds % _HOUR // _MINUTE
    if hours:
        return f"{hours} h {minutes} min later" if minutes else f"{hours} h later"
    return f"{minutes} min later" if minutes else f"{seconds} s later"
