"""Which pages copies of the readers' face have, and what each is made from: a kind of pages is one line of a table.

A page is rendered anew when what it is made from changes, and not before: a change of one feed of many touches its own
pages, and those that show it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from syndicator.models import Feed
from syndicator.models.reader_pages import (
    AboutWanted,
    EventWanted,
    FeedsWanted,
    FeedWanted,
    FrontWanted,
    OutletsWanted,
    OutletWanted,
    StoryWanted,
)
from syndicator.rules import Rules
from syndicator.runtime.reader_pages.feeds import LINES, SHELVES
from syndicator.runtime.story_pages import ShownStories
from syndicator.web import CopiedPage


@dataclass(frozen=True, kw_only=True)
class CopiedSite:
    """What copies show just now: public ``feeds`` by title, digests of their ``files`` by feed, and ``stories``."""

    rules: Rules
    feeds: Sequence[Feed]
    files: Mapping[str, object] = field(default_factory=dict)
    shown: ShownStories

    @cached_property
    def configured(self) -> object:
        """What changes with any file of the configuration."""
        config = self.rules.config
        return tuple(sorted(config.texts.items())), config.retention, config.bounds, config.copies_at

    def made_from(self, numbers: Sequence[int]) -> object:
        """Return what changes when one of these stories does, or another one is shown."""
        return tuple((number, self.shown.stories[number].digest) for number in sorted(numbers))

    @cached_property
    def by_outlet(self) -> Mapping[str, list[int]]:
        """The numbers of the stories that are shown, by outlet."""
        return self.shown.by_outlet()

    @cached_property
    def by_event(self) -> Mapping[int, list[int]]:
        """The numbers of the stories that are shown, by event."""
        return self.shown.by_event()


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPage:
    """A page of a copy: what is wanted there, and a value that differs when the page does."""

    at: CopiedPage
    wanted: object
    made_from: object


Kind = Callable[[CopiedSite], Iterator[WantedPage]]


def single(path: str, wanted: object) -> Kind:
    """Return a kind with one page, made from the configuration."""

    def pages(site: CopiedSite) -> Iterator[WantedPage]:
        yield WantedPage(at=CopiedPage(path=path), wanted=wanted, made_from=site.configured)

    return pages


def list_of_feeds(path: str, query: str, size: int, wanted: Callable[[int, str], object]) -> Kind:
    """Return a kind of pages with so many public feeds each, by title.

    A further page is asked for by a ``query``, which has {number} for its number or {after} for the name of the last
    feed before it; ``wanted`` is called with both.
    """

    def pages(site: CopiedSite) -> Iterator[WantedPage]:
        for first in range(0, max(len(site.feeds), 1), size):
            number, some = first // size + 1, site.feeds[first : first + size]
            after = site.feeds[first - 1].name if first else ""
            asked = query.format(number=number, after=after) if first else ""
            made_from = (len(site.feeds), *((_said(each), site.files.get(each.name)) for each in some))
            at = CopiedPage(path=path, number=number, query=asked)
            yield WantedPage(at=at, wanted=wanted(number, after), made_from=made_from)

    return pages


def per_feed(path: str, wanted: Callable[[str], object]) -> Kind:
    """Return a kind with a page for each public feed; ``path`` has {} for its name."""

    def pages(site: CopiedSite) -> Iterator[WantedPage]:
        for feed in site.feeds:
            made_from = (_said(feed), site.files.get(feed.name))
            yield WantedPage(at=CopiedPage(path=path.format(feed.name)), wanted=wanted(feed.name), made_from=made_from)

    return pages


def per_day(path: str, wanted: Callable[[str, date], object]) -> Kind:
    """Return a kind with a page for each day of a feed on which stories came that it shows."""

    def pages(site: CopiedSite) -> Iterator[WantedPage]:
        for feed in site.feeds:
            numbers = site.shown.by_feed.get(feed.name, frozenset())
            for day in sorted({site.shown.stories[number].day for number in numbers}):
                some = [number for number in numbers if site.shown.stories[number].day == day]
                made_from = (_said(feed), site.made_from(some))
                at = CopiedPage(path=path.format(feed.name, day))
                yield WantedPage(at=at, wanted=wanted(feed.name, day), made_from=made_from)

    return pages


def per_story(path: str, wanted: Callable[[int], object]) -> Kind:
    """Return a kind with a page for each story that is shown; it links to the others of its event."""

    def pages(site: CopiedSite) -> Iterator[WantedPage]:
        for number, story in site.shown.stories.items():
            others = () if story.event is None else tuple(site.by_event[story.event])
            made_from = (story.digest, sorted(others))
            yield WantedPage(at=CopiedPage(path=path.format(number)), wanted=wanted(number), made_from=made_from)

    return pages


def per_event(path: str, wanted: Callable[[int], object]) -> Kind:
    """Return a kind with a page for each event that a story is on which is shown."""

    def pages(site: CopiedSite) -> Iterator[WantedPage]:
        for event, numbers in site.by_event.items():
            at = CopiedPage(path=path.format(event))
            yield WantedPage(at=at, wanted=wanted(event), made_from=site.made_from(numbers))

    return pages


def per_outlet(path: str, wanted: Callable[[str], object]) -> Kind:
    """Return a kind with a page for each outlet, made from those of its stories that are shown."""

    def pages(site: CopiedSite) -> Iterator[WantedPage]:
        for outlet in site.rules.outlets.values():
            made_from = (outlet.name, outlet.language, outlet.bases, site.made_from(site.by_outlet.get(outlet.id, ())))
            yield WantedPage(at=CopiedPage(path=path.format(outlet.id)), wanted=wanted(outlet.id), made_from=made_from)

    return pages


def _said(feed: Feed) -> object:
    """Return what pages say of a feed, beside its stories."""
    return feed.name, feed.title, feed.description, feed.where, feed.language, feed.formats


STORIES: Kind = per_story("stories/{}", lambda number: StoryWanted(number=str(number)))
# Pages that lead to stories, and are written after these.
KINDS: tuple[Kind, ...] = (
    list_of_feeds("", "page={number}", SHELVES, lambda number, _: FrontWanted(number=number)),
    list_of_feeds("feeds/", "after={after}", LINES, lambda _, after: FeedsWanted(after=after)),
    per_feed("feeds/{}", lambda name: FeedWanted(name=name)),
    per_day("feeds/{}/{}", lambda name, day: FeedWanted(name=name, day=day)),
    per_event("events/{}", lambda event: EventWanted(number=event)),
    single("outlets", OutletsWanted()),
    per_outlet("outlets/{}", lambda id_: OutletWanted(id=id_)),
    single("about", AboutWanted()),
)
