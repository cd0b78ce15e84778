"""The event that a story is on: who else tells of it, and which place among them the story has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syndicator.models import Event, EventAssignment, Headline, Story
from syndicator.models.account import EventAccount, EventStory
from syndicator.runtime.origins import count_origins
from syndicator.runtime.scope import Scope

# Of an event, so many of the latest stories are listed, and so many are counted by whom they are from.
_MOST_OTHERS, _MOST_COUNTED = 30, 300


class Surroundings:
    """A story's event, and the outlets of its stories by number, the oldest first."""

    def __init__(self, scope: Scope, story: Story) -> None:
        """Read which event a story is on."""
        found = scope.tx.events.standing(story.id)
        self.assignment: EventAssignment | None = found[0] if found else None
        self.event: Event | None = found[1] if found else None
        self.outlets: Mapping[int, str] = {}
        if found and found[1].stories > 1:
            self.outlets = scope.tx.events.outlets_of(found[1].id, _MOST_COUNTED)
        self.others: Sequence[int] = [number for number in self.outlets if number != story.id]


def event_account(scope: Scope, story: Story, around: Surroundings) -> EventAccount | None:
    """Return the event that a story is on; one with no other story that may be told of is none."""
    event, assignment = around.event, around.assignment
    if event is None or assignment is None or not around.others:
        return None
    shown = scope.visible(list(around.outlets))
    listed = [number for number in shown if number != story.id][-_MOST_OTHERS:]
    if not listed:
        return None
    others = scope.tx.stories.headlines(listed)
    outlets = {number: around.outlets.get(number, story.outlet) for number in (*shown, story.id)}
    title, language = _title(scope, event, story, others)
    return EventAccount(
        id=event.id,
        title=title,
        stories=event.stories if scope.shows_all else len(shown),
        origins=count_origins(scope, outlets, scope.tx.entries.credits(sorted(outlets))),
        score=assignment.score,
        reason=assignment.reason,
        others=tuple(
            EventStory(
                id=each.id,
                page=f"/stories/{each.id}",
                title=each.title,
                language=each.language,
                outlet_name=scope.name(each.outlet),
                first_seen=each.first_seen,
            )
            for each in others
        ),
        copies=_copies(scope, outlets),
        place=_place(scope, event, story, shown),
        language=language,
    )


def _title(scope: Scope, event: Event, story: Story, others: Sequence[Headline]) -> tuple[str, str]:
    """Return an event's title and its language: that of the story that opened it, if that one may be told of."""
    opener = next((each for each in others if each.id == event.id), None)
    if opener is not None:
        return event.title, opener.language
    if event.id == story.id or scope.shows_all:
        return event.title, story.language
    first = min(others, key=lambda each: each.id)
    return (first.title, first.language) if first.id < story.id else (story.title, story.language)


def _place(scope: Scope, event: Event, story: Story, shown: Sequence[int]) -> int:
    if scope.shows_all:
        return scope.tx.events.count_before(event.id, story.id) + 1
    return sum(number < story.id for number in shown) + 1


def _copies(scope: Scope, outlets: Mapping[int, str]) -> int:
    """Return how many outlets copied one of some stories."""
    carriers = scope.tx.entries.carriers(sorted(outlets))
    return sum(len({each for each, _ in carriers.get(number, ())} - {outlet}) for number, outlet in outlets.items())
