"""The list of events: those with the latest stories, or those that most outlets tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from syndicator.models import Event
from syndicator.models.reader_pages import EventCard, EventOrder, EventsPage, EventsWanted
from syndicator.runtime.reader_pages.event_cards import base_language, cards, counted_members
from syndicator.runtime.reader_pages.reading import Reading

PAGE = 30
# Where few events match, so many are looked at for one page: the next begins where that one stopped.
_MOST_ROUNDS, _AT_ONCE = 3, 400
# Cards that are made at a time: some have too few stories for readers.
_CARDS = PAGE + 8
# The widest events are looked for in those with a story of so long; the origins of the largest of them are counted.
WIDE_WITHIN = timedelta(days=2)
_MOST_AMONG, _MOST_COUNTED = 3000, 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Found:
    """Events of a page, and the key that the next one begins after, if there may be more."""

    events: Sequence[EventCard]
    after: str


def events_page(reading: Reading, wanted: EventsWanted) -> EventsPage:
    """Return some events of several stories that readers may see."""
    found = _widest(reading, wanted) if wanted.order is EventOrder.WIDEST else _latest(reading, wanted)
    outlets = reading.rules.outlets.values()
    return EventsPage(
        order=wanted.order,
        language=wanted.language,
        country=wanted.country,
        events=tuple(found.events),
        after=found.after,
        languages=tuple(sorted({base_language(each.language) for each in outlets} - {""})),
        countries=tuple(sorted({each.country for each in outlets} - {""})),
    )


def _latest(reading: Reading, wanted: EventsWanted) -> _Found:
    """Walk from the newest event on until a page is full."""
    after = _moment_key(wanted.after) if wanted.after else None
    at_once = _AT_ONCE if wanted.language or wanted.country else _CARDS
    found: list[EventCard] = []
    key = ""
    for _ in range(_MOST_ROUNDS):
        some = reading.tx.events.told_by_several(after, at_once)
        for event, card in _matching(reading, some, wanted):
            if len(found) == PAGE:
                return _Found(found, key)
            found.append(card)
            key = _key_of(event)
        if len(some) < at_once:
            return _Found(found, "")
        after = some[-1].last_at, some[-1].id
    return _Found(found, _key_of(some[-1]))


def _matching(reading: Reading, events: Sequence[Event], wanted: EventsWanted) -> Iterator[tuple[Event, EventCard]]:
    """Yield those of these events that are wanted, as far as anybody asks."""
    chosen = _chosen(reading, events, wanted)
    for start in range(0, len(chosen), _CARDS):
        part = chosen[start : start + _CARDS]
        known = _cards(reading, part)
        for event in part:
            if event.id in known and _is_wanted(known[event.id], wanted):
                yield event, known[event.id]


def _chosen(reading: Reading, events: Sequence[Event], wanted: EventsWanted) -> Sequence[Event]:
    """Return the events with a story in the language that is wanted, by an outlet of the country."""
    if not wanted.language and not wanted.country:
        return events
    outlets = [each.id for each in reading.rules.outlets.values() if each.country == wanted.country]
    if wanted.country and not outlets:
        return ()
    told = reading.tx.events.told_by([each.id for each in events], language=wanted.language, outlets=outlets)
    return [each for each in events if each.id in told]


def _widest(reading: Reading, wanted: EventsWanted) -> _Found:
    """Count the origins of the largest of the latest events; the list ends with them."""
    some = reading.tx.events.largest(reading.now - WIDE_WITHIN, _MOST_AMONG, _MOST_COUNTED)
    made = _cards(reading, _chosen(reading, some, wanted)).values()
    known = [each for each in made if _is_wanted(each, wanted)]
    widest = sorted(known, key=_width, reverse=True)
    left = [each for each in widest if wanted.after is None or _width(each) < wanted.after]
    page = left[:PAGE]
    return _Found(page, f"{page[-1].origins}-{page[-1].id}" if len(left) > PAGE else "")


def _cards(reading: Reading, events: Sequence[Event]) -> dict[int, EventCard]:
    """Return those of these events that have several stories for readers."""
    members = counted_members(reading, {each.id: each.stories for each in events})
    return {number: each for number, each in cards(reading, members).items() if each.stories > 1}


def _is_wanted(card: EventCard, wanted: EventsWanted) -> bool:
    """Return whether what readers may see of an event is wanted as well."""
    is_language = not wanted.language or wanted.language in card.languages
    return is_language and (not wanted.country or wanted.country in card.countries)


def _width(card: EventCard) -> tuple[int, int]:
    return card.origins, card.id


def _key_of(event: Event) -> str:
    return f"{(event.last_at - _EPOCH) // _MICROSECOND}-{event.id}"


def _moment_key(after: tuple[int, int]) -> tuple[datetime, int]:
    return _EPOCH + after[0] * _MICROSECOND, after[1]
