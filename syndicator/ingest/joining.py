"""Which feeds a story joins once it has changed: rewritten, copied, put on an event, its page gone or back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from syndicator.rules import Rules
from syndicator.store import Transaction


def join_changed(tx: Transaction, numbers: Sequence[int], rules: Rules, now: datetime) -> None:
    """Make stories members of the feeds that match them as they are now; the feeds they are in are rendered anew.

    In a feed that asks for what happens to stories, a story moves to when it last happened: by its own date it would
    stand below all that is newer, and perhaps below the end of the feed.
    """
    stories = {story.id: story for story in tx.stories.get(numbers)}
    events = rules.events_of(tx.events.events_of, list(stories)) if stories else {}
    matching = {
        number: rules.feeds_of(story, now=now, events=[events[number]] if number in events else ())
        for number, story in stories.items()
    }
    tx.feeds.move(
        {
            (name, number): rules.place_of(stories[number], name)
            for number, names in matching.items()
            for name in sorted(names & rules.following_feeds)
        }
    )
    tx.feeds.join(matching, now, place=lambda name, number: rules.place_of(stories[number], name))


def leave_by_event(tx: Transaction, numbers: Sequence[int], rules: Rules, now: datetime) -> None:
    """Take stories that were just put on events out of feeds that match them only without: as in ``not event:7``.

    They joined as they came, seconds ago, when nobody knew their event.
    """
    stories = tx.stories.get(numbers)
    events = rules.events_of(tx.events.events_of, [story.id for story in stories])
    leaving = {
        story.id: (rules.feeds_of(story, now=now) - rules.feeds_of(story, now=now, events=[events[story.id]]))
        for story in stories
        if story.id in events
    }
    tx.feeds.leave({number: names & rules.event_feeds for number, names in leaving.items()}, now)
