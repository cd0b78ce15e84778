"""Events as they stand in lists: for whichever page lists some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from syndicator.models import Carrier, StoryBrief
from syndicator.models.reader_pages import EventCard
from syndicator.runtime.origins import count_origins
from syndicator.runtime.reader_pages.reading import Reading

# Of an event with more stories, a list counts the first ones.
MOST_COUNTED = 300


def cards(reading: Reading, members: Mapping[int, Sequence[int]]) -> dict[int, EventCard]:
    """Return events as cards, by their numbers: of those of their stories, oldest first, that readers may see.

    An event without any is not there. ``members`` are the numbers of stories by event: ``counted_members``, or those
    that a page has at hand.
    """
    numbers = sorted(reading.visible([number for some in members.values() for number in some]))
    briefs, carriers = reading.tx.stories.briefs(numbers), reading.tx.stories.carriers_of(numbers)
    credits_ = reading.tx.entries.credits(numbers)
    return {
        event: card(reading, event, stories, carriers, credits_)
        for event, some in members.items()
        if (stories := [briefs[number] for number in some if number in briefs])
    }


def counted_members(reading: Reading, sizes: Mapping[int, int]) -> dict[int, list[int]]:
    """Return the numbers of the first stories of events, by event; ``sizes`` are how many stories they have."""
    small = [event for event, size in sizes.items() if size <= MOST_COUNTED]
    found = dict(reading.tx.events.members_of(small))
    for event in sizes.keys() - set(small):
        found[event] = [number for number, _ in reading.tx.events.members_after(event, 0, MOST_COUNTED)]
    return {event: found[event] for event in sizes if event in found}


def card(
    reading: Reading,
    event: int,
    stories: Sequence[StoryBrief],
    carriers: Mapping[int, Sequence[Carrier]],
    credits_: Mapping[int, str],
) -> EventCard:
    """Return an event as a card: of its stories, oldest first, the outlets that carry their texts and their credits."""
    first = stories[0]
    outlets = {each.id: each.outlet for each in stories}
    copying = [each.outlet for story in stories for each in carriers.get(story.id, ())]
    countries = [country_of(reading, each) for each in (*(story.outlet for story in stories), *copying)]
    return EventCard(
        id=event,
        title=first.title,
        language=first.language,
        outlet=reading.outlet(first.outlet),
        first_at=first.first_seen,
        last_at=max(each.first_seen for each in stories),
        stories=len(stories),
        origins=count_origins(reading, outlets, credits_),
        copies=len(copying),
        languages=_distinct(base_language(each.language) for each in stories),
        countries=_distinct(countries),
    )


def country_of(reading: Reading, outlet: str) -> str:
    """Return the country of an outlet; "" of one that has left the configuration."""
    known = reading.rules.outlets.get(outlet)
    return known.country if known else ""


def base_language(tag: str) -> str:
    """Return a language without region or script: "en" of "en-gb"."""
    return tag.partition("-")[0].lower()


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
