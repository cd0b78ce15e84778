"""Events of other languages that may be the same happening as one: those that it names, and those that name it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from syndicator.models import Carrier, StoryBrief
from syndicator.models.reader_pages import EventCard
from syndicator.runtime.reader_pages.event_cards import cards, counted_members
from syndicator.runtime.reader_pages.event_tellings import Telling, Told, tellings_of
from syndicator.runtime.reader_pages.reading import Reading

_MOST, _MOST_NAMED = 6, 200
# Events that name one are looked for in so many stories after its first.
_WITHIN = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Events that may be the same as one, the first told first, and who tells them.

    ``tellings`` are those that readers may see; ``outlets`` have told one of them, hidden or not.
    """

    cards: tuple[EventCard, ...]
    tellings: tuple[Telling, ...]
    outlets: frozenset[str]


def related_events(reading: Reading, told: Told) -> Related:
    """Return the events of other languages that may be the same, as they are by now."""
    members = counted_members(reading, _sizes(reading, told))
    numbers = [number for some in members.values() for number in some]
    briefs, carriers = reading.tx.stories.briefs(numbers), reading.tx.stories.carriers_of(numbers)
    visible = [briefs[number] for number in reading.visible(numbers) if number in briefs]
    found = cards(reading, members).values()
    return Related(
        cards=tuple(sorted(found, key=lambda each: (each.first_at, each.id))),
        tellings=tuple(tellings_of(visible, carriers)),
        outlets=_outlets(briefs, carriers),
    )


def _sizes(reading: Reading, told: Told) -> dict[int, int]:
    """Return how many stories related events have, by event."""
    events, number = reading.tx.events, told.event.id
    named = [each for assignment in told.members.values() for each in assignment.related]
    naming = events.naming(number, first=number, last=number + _WITHIN)
    sizes = events.sizes(set([*named, *naming][:_MOST_NAMED]))
    return dict([(each, size) for each, size in sorted(sizes.items()) if each != number and size][:_MOST])


def _outlets(briefs: Mapping[int, StoryBrief], carriers: Mapping[int, Sequence[Carrier]]) -> frozenset[str]:
    carrying = (each.outlet for some in carriers.values() for each in some)
    return frozenset(each.outlet for each in briefs.values()).union(carrying)
