"""Stories as rows of a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from syndicator.markup import cut, words_of_safe
from syndicator.models import Republish, Story
from syndicator.models.reader_pages import StoryRow, TagChip
from syndicator.publish.entry import republished
from syndicator.runtime.origins import origins_of
from syndicator.runtime.reader_pages.reading import Reading

_LONGEST_EXCERPT = 400
_MOST_TAGS = 6
_ROLES = ("about", "actor")


def rows(
    reading: Reading,
    stories: Sequence[Story],
    *,
    has_excerpts: bool = False,
    has_tags: bool = False,
    has_origins: bool = True,
) -> list[StoryRow]:
    """Return stories as rows, in the same order."""
    origins = _origins(reading, [each.id for each in stories]) if has_origins else {}
    return [
        StoryRow(
            id=story.id,
            title=story.title,
            language=story.language,
            outlet=reading.outlet(story.outlet),
            first_seen=story.first_seen,
            excerpt=opening(reading, story, longest=_LONGEST_EXCERPT) if has_excerpts else "",
            origins=origins.get(story.id, 1),
            copies=reading.outlets(each for each in story.outlets if each != story.outlet),
            is_retitled="title" in story.revised,
            tags=tuple(chips(story)) if has_tags else (),
        )
        for story in stories
    ]


def opening(reading: Reading, story: Story, *, longest: int) -> str:
    """Return the words of a text that pages may show: an excerpt, unless its outlet says that the whole may be."""
    policy = reading.policy(story)
    return "" if policy is Republish.LINK else cut(words_of_safe(republished(story.html, policy)), longest)


def chips(story: Story) -> Iterator[TagChip]:
    """Yield the tags of a story that lists show: what it is about, who acts in it, its topics."""
    shown = [tag for tag in story.tags if tag.scheme != "region" or tag.role in _ROLES]
    for tag in shown[:_MOST_TAGS]:
        yield TagChip(scheme=tag.scheme, term=tag.term, label=tag.label, role=tag.role)


def _origins(reading: Reading, numbers: Sequence[int]) -> dict[int, int]:
    """Return by story how many told its event in words of their own: those that credit one agency count once."""
    events = reading.tx.events.events_of(numbers)
    members = reading.tx.events.members_of(set(events.values()))
    if not reading.shows_all:
        shown = set(reading.visible([number for some in members.values() for number in some]))
        members = {event: [number for number in some if number in shown] for event, some in members.items()}
    counts = origins_of(reading, members)
    return {number: counts.get(event, 1) for number, event in events.items()}
