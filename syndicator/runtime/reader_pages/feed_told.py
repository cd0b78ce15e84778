"""The stories of a feed by day and event: what a page shows of a run of places in the feed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from syndicator.models.reader_pages import FeedEvent, StoryRow
from syndicator.runtime.origins import origins_of
from syndicator.runtime.reader_pages.feed_days import start_of
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.rows import rows
from syndicator.store import Placed

# Of an event, so many stories are shown: the oldest of the feed's, and the latest.
_TELLINGS = 5
# Of an event, so many stories are counted: the oldest.
_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class _Item:
    """Stories of a feed that are shown together, the oldest first: of one ``event``, or one by itself."""

    day: date
    event: int | None
    stories: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPlaces:
    """What is shown of places in a feed, by day. What is left begins after the place ``last``, if anything is."""

    told: Mapping[date, Sequence[FeedEvent | StoryRow]]
    last: Placed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Events:
    """The events of some places: the feed's stories of each by their places, and all that readers may see of each."""

    of: Mapping[int, int]
    places: Mapping[int, Sequence[Placed]]
    visible: Mapping[int, Sequence[int]]


def day_of(at: datetime) -> date:
    """Return the day of a time, UTC."""
    return at.astimezone(UTC).date()


def show_places(
    reading: Reading,
    name: str,
    places: Sequence[Placed],
    *,
    most: int,
    continued_from: Placed | None = None,
    is_cut: bool = False,
) -> ShownPlaces:
    """Return what is shown of places in a feed, the latest first, in ``most`` rows.

    An event is shown once, at the latest of its stories. Where a day is ``continued_from`` a place, events that have
    one above it on that day have been shown. Others follow the last place if the places are an ``is_cut`` part.
    """
    events = _events(reading, name, places)
    items, last = _items(events, places, most, continued_from)
    lines = _rows(reading, items)
    cards = _cards(reading, events, items, lines)
    told: dict[date, list[FeedEvent | StoryRow]] = defaultdict(list)
    for item in items:
        shown = cards.get(item) or next((lines[each] for each in item.stories if each in lines), None)
        if shown is not None:
            told[item.day].append(shown)
    return ShownPlaces(told=told, last=places[-1] if is_cut and last is None else last)


def _events(reading: Reading, name: str, places: Sequence[Placed]) -> _Events:
    of = reading.tx.events.events_of([each.story for each in places])
    members = reading.tx.events.members_of(set(of.values()))
    numbers = [number for some in members.values() for number in some[:_COUNTED]]
    held, visible = reading.tx.feed_days.places(name, numbers), set(reading.visible(numbers))
    return _Events(
        of=of,
        places={
            event: sorted(Placed(held[number], number) for number in some if number in held)
            for event, some in members.items()
        },
        visible={event: [number for number in some if number in visible] for event, some in members.items()},
    )


def _items(
    events: _Events, places: Sequence[Placed], most: int, continued_from: Placed | None
) -> tuple[list[_Item], Placed | None]:
    """Return what is shown, up to so many rows, and the last place that was looked at if some were not."""
    items: list[_Item] = []
    done: set[int] = set()
    used, last = 0, None
    for place in places:
        event = events.of.get(place.story)
        if event not in done:
            item = _item(events, place, event)
            used += len(item.stories)
            if items and used > most:
                return items, last
            if not _is_shown_before(events, item, continued_from):
                items.append(item)
            if event is not None:
                done.add(event)
        last = place
    return items, None


def _item(events: _Events, place: Placed, event: int | None) -> _Item:
    day = day_of(place.at)
    end = start_of(day) + timedelta(days=1)
    held = [each.story for each in events.places.get(event or 0, ()) if each.at < end] or [place.story]
    shown = held if len(held) <= _TELLINGS else [held[0], *held[1 - _TELLINGS :]]
    return _Item(day, event if len(held) > 1 else None, tuple(shown))


def _is_shown_before(events: _Events, item: _Item, continued_from: Placed | None) -> bool:
    if continued_from is None or item.event is None:
        return False
    above = (each for each in events.places[item.event] if each >= continued_from)
    return any(day_of(each.at) == item.day for each in above)


def _rows(reading: Reading, items: Sequence[_Item]) -> dict[int, StoryRow]:
    stories = reading.stories([number for item in items for number in item.stories])
    return {row.id: row for row in rows(reading, stories)}


def _cards(
    reading: Reading, events: _Events, items: Sequence[_Item], lines: Mapping[int, StoryRow]
) -> dict[_Item, FeedEvent]:
    """Return the events that are shown as such."""
    visible = {item.event: list(events.visible[item.event]) for item in items if item.event is not None}
    numbers = [number for some in visible.values() for number in some]
    told, copies = reading.tx.feed_days.tellings(numbers), reading.tx.feed_days.copies(numbers)
    origins = origins_of(reading, visible)
    found = {}
    for item in items:
        # Their event has been counted above them.
        shown = [replace(lines[each], origins=1) for each in item.stories if each in lines]
        if item.event is None or len(shown) <= 1:
            continue
        known = [told[number] for number in visible[item.event] if number in told]
        found[item] = FeedEvent(
            id=item.event,
            title=shown[0].title,
            language=shown[0].language,
            origins=origins[item.event],
            copies=sum(copies.get(number, 0) for number in visible[item.event]),
            languages=len({each.language for each in known}),
            since=min(each.at for each in known),
            tellings=tuple(shown),
            more=max(0, len(visible[item.event]) - len(shown)),
        )
    return found
