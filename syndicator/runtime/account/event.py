"""The event that a story is on: who else tells of it, and which place among them the story has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syndicator.models import Event, EventAssignment, Story
from syndicator.models.account import EventAccount, EventStory
from syndicator.runtime.account.scope import Scope

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
    listed = scope.visible(around.others[-_MOST_OTHERS:])
    others = scope.tx.stories.headlines(listed) if listed else []
    if event is None or assignment is None or not others:
        return None
    origins, copies = _counted(scope, {**around.outlets, story.id: story.outlet})
    return EventAccount(
        id=event.id,
        title=event.title,
        stories=event.stories,
        origins=origins,
        score=assignment.score,
        reason=assignment.reason,
        copies=copies,
        place=scope.tx.events.count_before(event.id, story.id) + 1,
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
    )


def _counted(scope: Scope, outlets: Mapping[int, str]) -> tuple[int, int]:
    """Return how many told it in words of their own, and how many outlets copied one of them."""
    carriers = scope.tx.entries.carriers(sorted(outlets))
    origins: set[str] = set()
    copies = 0
    for number, outlet in outlets.items():
        credited = next((credit for _, credit in carriers.get(number, ()) if credit), "")
        origins.add(credited or outlet)
        copies += len({each for each, _ in carriers.get(number, ())} - {outlet})
    return len(origins), copies
