"""The page of an event, and its tellings as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from syndicator.models import Story
from syndicator.models.formats import DEFAULT_FORMATS
from syndicator.models.reader_pages import (
    EventCard,
    EventFeedWanted,
    EventPage,
    EventTable,
    EventTableWanted,
    EventWanted,
    FeedCard,
    Moved,
    TagChip,
    TellingRow,
)
from syndicator.runtime.reader_pages.event_cards import card, cards, counted_members, country_of
from syndicator.runtime.reader_pages.event_list import events_page
from syndicator.runtime.reader_pages.event_related import related_events
from syndicator.runtime.reader_pages.event_silence import absent_outlets
from syndicator.runtime.reader_pages.event_tellings import (
    Telling,
    Told,
    countries,
    languages,
    pace,
    read_told,
    some_stories,
    tellers,
)
from syndicator.runtime.reader_pages.maps import places_map
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.rows import chips

__all__ = ["cards", "counted_members", "event_feed", "event_page", "event_table", "events_page"]

# Places on its map.
_ON_MAP = 10
_MOST_TELLERS = 14
# Stories on the first page of an event, and on those that continue it.
_FIRST_STORIES, _MORE_STORIES = 12, 40
_MOST_TAGS = 8


def event_page(reading: Reading, wanted: EventWanted) -> EventPage | Moved | None:
    """Return the page of an event of which readers may see a story."""
    told = _told(reading, wanted.number)
    if told is None:
        return None
    if told.event.id != wanted.number:
        return Moved(path=f"events/{told.event.id}")
    return _continued(reading, told, wanted.after) if wanted.after else _first(reading, told)


def _first(reading: Reading, told: Told) -> EventPage:
    """Return the page with all that is known of an event, and its first stories."""
    first_stories = some_stories(reading, told, 0, _FIRST_STORIES)
    related = related_events(reading, told)
    tellings = [*told.tellings, *related.tellings]
    absence = absent_outlets(reading, told, related.outlets)
    first, more = tellers(reading, told, _MOST_TELLERS)
    return EventPage(
        card=_card(reading, told),
        counted=len(told.stories),
        is_cut=told.is_cut,
        has_lost_stories=told.event.id not in told.members,
        tellers=tuple(first),
        more_tellers=more,
        stories=first_stories.rows,
        after=first_stories.after,
        absent=absence.outlets,
        more_absent=absence.more,
        compared=absence.compared,
        languages=languages(tellings),
        countries=countries(reading, tellings),
        related=related.cards,
        tags=tuple(_tags(first_stories.stories)),
        pace=pace(told),
        map=places_map(reading, first_stories.stories, most=_ON_MAP),
        feed=_feed(reading, told),
    )


def _continued(reading: Reading, told: Told, after: int) -> EventPage | None:
    """Return a page with more of the stories of an event."""
    more = some_stories(reading, told, after, _MORE_STORIES)
    if not more.stories and not more.after:
        return None
    return EventPage(
        card=_card(reading, told),
        counted=len(told.stories),
        is_cut=told.is_cut,
        is_continued=True,
        stories=more.rows,
        after=more.after,
        feed=_feed(reading, told),
    )


def event_table(reading: Reading, wanted: EventTableWanted) -> EventTable | Moved | None:
    """Return who told an event, in order."""
    told = _told(reading, wanted.number)
    if told is None:
        return None
    if told.event.id != wanted.number:
        return Moved(path=f"events/{told.event.id}.csv")
    return EventTable(id=told.event.id, rows=tuple(_row(reading, each) for each in told.tellings))


def event_feed(reading: Reading, wanted: EventFeedWanted) -> Moved | None:
    """Return where the feed of an event is, if there may be one."""
    told = _told(reading, wanted.number) if reading.rules.config.on_demand.is_enabled else None
    return Moved(path=f"feeds/event/{told.event.id}.atom") if told else None


def _told(reading: Reading, number: int) -> Told | None:
    event = reading.tx.events.get(number)
    return read_told(reading, event) if event else None


def _card(reading: Reading, told: Told) -> EventCard:
    return card(reading, told.event.id, told.stories, told.carriers, told.credits_)


def _feed(reading: Reading, told: Told) -> FeedCard | None:
    """Return the feed on demand that has the stories of an event."""
    if not reading.rules.config.on_demand.is_enabled:
        return None
    return FeedCard(
        name=f"event/{told.event.id}",
        title=told.stories[0].title,
        description="",
        where=f"event:{told.event.id}",
        language=told.stories[0].language,
        formats=DEFAULT_FORMATS,
    )


def _tags(stories: Sequence[Story]) -> Iterator[TagChip]:
    """Yield the places and topics of most of some stories."""
    found = Counter(each for story in stories for each in chips(story))
    for chip, _ in found.most_common(_MOST_TAGS):
        yield chip


def _row(reading: Reading, telling: Telling) -> TellingRow:
    return TellingRow(
        first_seen=telling.at,
        outlet=telling.outlet,
        name=reading.outlet(telling.outlet).name,
        country=country_of(reading, telling.outlet),
        language=telling.story.language,
        copy_of=telling.copy_of,
        headline=telling.story.title,
        link=telling.link or "",
    )
