"""Who told an event: its stories as far as readers may see them, the outlets, and what they amount to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syndicator.models import Carrier, Event, EventAssignment, Story, StoryBrief
from syndicator.models.reader_pages import EventPace, EventStoryRow, Name, Share, StoryRow, Teller, TellingMark
from syndicator.runtime.reader_pages.event_cards import base_language, country_of
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.rows import rows

# Of an event with more stories, the first ones are counted.
MOST_COUNTED = 1000
_MOST_MARKS = 12
# From so many tellings on, how many came when is drawn, by the shortest of these steps that makes few enough.
_MANY, _MOST_STEPS = 12, 48
_STEPS = (1800, 3600, 7200, 21_600, 86_400)
# A story joins an event from 0.21 on. Of labelled headlines that joined below this one in three was on something else,
# from 0.70 on one in twenty-five.
_WEAK = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """An outlet tells a story: in its own words, or as a copy of ``copy_of``."""

    at: datetime
    outlet: str
    story: StoryBrief
    link: str | None
    copy_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The first stories of an event, oldest first, that readers may see, and who carries them.

    ``members`` are all of them with their assignments, hidden ones too, as are the ``outlets`` that told it. Its
    ``tellings`` are in the order in which they were seen first.
    """

    event: Event
    members: Mapping[int, EventAssignment]
    stories: tuple[StoryBrief, ...]
    carriers: Mapping[int, Sequence[Carrier]]
    credits_: Mapping[int, str]
    tellings: tuple[Telling, ...]
    outlets: frozenset[str]

    @property
    def is_cut(self) -> bool:
        """Whether the event has more stories."""
        return len(self.members) == MOST_COUNTED < self.event.stories

    @property
    def first_at(self) -> datetime:
        """When it was seen first."""
        return self.stories[0].first_seen


def tellings_of(stories: Sequence[StoryBrief], carriers: Mapping[int, Sequence[Carrier]]) -> list[Telling]:
    """Return who told stories, in the order in which that was seen first."""
    found: list[Telling] = []
    for story in stories:
        found.append(Telling(at=story.first_seen, outlet=story.outlet, story=story, link=story.link))
        found += [
            Telling(at=each.first_seen, outlet=each.outlet, story=story, link=each.link, copy_of=story.outlet)
            for each in carriers.get(story.id, ())
        ]
    return sorted(found, key=lambda each: (each.at, bool(each.copy_of)))


def read_told(reading: Reading, event: Event) -> Told | None:
    """Read who told an event; None where readers may see none of it."""
    tx = reading.tx
    members = dict(tx.events.members_after(event.id, 0, MOST_COUNTED))
    numbers = list(members)
    visible = reading.visible(numbers)
    briefs, carriers = tx.stories.briefs(numbers), tx.stories.carriers_of(numbers)
    if not visible:
        return None
    stories = tuple(briefs[number] for number in visible if number in briefs)
    carrying = {each.outlet for some in carriers.values() for each in some}
    return Told(
        event=event,
        members=members,
        stories=stories,
        carriers=carriers,
        credits_=tx.entries.credits(visible),
        tellings=tuple(tellings_of(stories, carriers)),
        outlets=frozenset(carrying | {each.outlet for each in briefs.values()}),
    )


def tellers(reading: Reading, told: Told, most: int) -> tuple[list[Teller], int]:
    """Return the outlets that told it first, in order, and how many more there are."""
    by_outlet: dict[str, list[Telling]] = {}
    for each in told.tellings:
        by_outlet.setdefault(each.outlet, []).append(each)
    first = list(by_outlet.items())[:most]
    return [_teller(reading, told, outlet, some) for outlet, some in first], len(by_outlet) - len(first)


def _teller(reading: Reading, told: Told, outlet: str, tellings: Sequence[Telling]) -> Teller:
    first, own = tellings[0], [each for each in tellings if not each.copy_of]
    return Teller(
        outlet=reading.outlet(outlet),
        country=country_of(reading, outlet),
        language=first.story.language,
        first_at=first.at,
        seconds=int((first.at - told.first_at).total_seconds()),
        own=len(own),
        copies=len(tellings) - len(own),
        marks=tuple(TellingMark(at=each.at, is_copy=bool(each.copy_of)) for each in tellings[:_MOST_MARKS]),
        credit=told.credits_.get(own[0].story.id, "") if own else "",
        is_retitled=any("title" in each.story.revised for each in own),
    )


def pace(told: Told) -> EventPace | None:
    """Return how many told it when, of an event that has many tellings within some weeks."""
    seconds = [int((each.at - told.first_at).total_seconds()) for each in told.tellings]
    step = next((each for each in _STEPS if max(seconds) // each < _MOST_STEPS), None)
    if len(seconds) < _MANY or step is None:
        return None
    counts = Counter(each // step for each in seconds)
    return EventPace(step=step, tellings=tuple(counts[each] for each in range(max(counts) + 1)))


def languages(tellings: Sequence[Telling]) -> tuple[Share, ...]:
    """Return in which languages it is told, by stories and copies of them."""
    return _shares(tellings, lambda each: base_language(each.story.language))


def countries(reading: Reading, tellings: Sequence[Telling]) -> tuple[Share, ...]:
    """Return in which countries the outlets are that tell it."""
    return _shares(tellings, lambda each: country_of(reading, each.outlet))


def _shares(tellings: Sequence[Telling], of: Callable[[Telling], str]) -> tuple[Share, ...]:
    own = Counter(of(each) for each in tellings if not each.copy_of)
    copies = Counter(of(each) for each in tellings if each.copy_of)
    codes = sorted((own | copies).keys() - {""}, key=lambda code: (-own[code] - copies[code], code))
    return tuple(Share(of=Name(id=code, name=code), own=own[code], copies=copies[code]) for code in codes)


@dataclass(frozen=True, slots=True)
class SomeStories:
    """Stories of an event, oldest first, and their rows; ``after`` is as in ``EventPage``."""

    stories: Sequence[Story]
    rows: tuple[EventStoryRow, ...]
    after: int


def some_stories(reading: Reading, told: Told, after: int, most: int) -> SomeStories:
    """Return the stories of an event that are numbered above ``after``, as far as readers may see them."""
    some = reading.tx.events.members_after(told.event.id, after, 2 * most)
    visible = reading.visible([number for number, _ in some])
    stories, assigned = reading.stories(visible[:most]), dict(some)
    is_last = len(visible) <= most and len(some) < 2 * most
    following = visible[most - 1] if len(visible) > most else some[-1][0] if some else 0
    made = rows(reading, stories, has_origins=False)
    return SomeStories(
        stories,
        tuple(_story_row(told, each, assigned[each.id]) for each in made),
        0 if is_last else following,
    )


def _story_row(told: Told, row: StoryRow, assigned: EventAssignment) -> EventStoryRow:
    return EventStoryRow(
        story=row,
        seconds=int((row.first_seen - told.first_at).total_seconds()),
        reason=assigned.reason,
        score=assigned.score,
        is_weak=_is_weak(assigned),
    )


def _is_weak(assignment: EventAssignment) -> bool:
    return assignment.score is not None and assignment.score < _WEAK
