"""From the models of readers' pages to HTML: which template shows which page is one table."""

from __future__ import annotations

from syndicator.models.account import StoryAccount
from syndicator.models.reader_pages import (
    AboutPage,
    ErrorPage,
    EventPage,
    EventsPage,
    FeedPage,
    FeedsPage,
    FrontPage,
    OutletPage,
    OutletsPage,
    PlaceIndexPage,
    PlacePage,
    PlacesPage,
    SearchMistakes,
    SearchPage,
    SearchStart,
    TopicPage,
    TopicsPage,
)
from syndicator.web.reader_pages.environment import environment_of
from syndicator.web.reader_pages.frame import Frame

_TEMPLATES: dict[type, str] = {
    FeedPage: "feed",
    FeedsPage: "feeds",
    AboutPage: "about",
    ErrorPage: "error",
    FrontPage: "front",
    SearchMistakes: "search_mistakes",
    SearchPage: "search",
    SearchStart: "search_start",
    PlaceIndexPage: "place_index",
    PlacePage: "place",
    PlacesPage: "places",
    StoryAccount: "story",
    EventsPage: "events",
    EventPage: "event",
    OutletsPage: "outlets",
    OutletPage: "outlet",
    TopicsPage: "topics",
    TopicPage: "topic",
}


def render(page: object, frame: Frame) -> str:
    """Render a page in the language of its frame."""
    template = environment_of(frame.language.code).get_template(f"readers/{_TEMPLATES[type(page)]}.html")
    return template.render(page=page, frame=frame)
