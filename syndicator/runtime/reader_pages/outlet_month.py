"""How an outlet told in the last 30 days: own words and copies, what it rewrote and what it took away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from syndicator.models.reader_pages import DeletedStory, DiffPart, HeadlineChange, OutletMonth
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.wordiff import diff, shortened

_MONTH = timedelta(days=30)
# At most so many of the latest stories, and of each source's latest items, are looked at.
_MOST_TOLD = 1000
_MOST_CHANGES, _MOST_DELETED = 20, 5
# Words shown on either side of a change.
_CONTEXT = 12


def month_of(reading: Reading, outlet: str, sources: Sequence[str]) -> OutletMonth:
    """Return how an outlet told."""
    stories, told = reading.tx.outlet_stories, _told(reading, outlet)
    carried = [stories.carried(each, reading.now - _MONTH, _MOST_TOLD) for each in sources]
    is_cut = len(told) == _MOST_TOLD or any(each.items == _MOST_TOLD for each in carried)
    # Of those that are in private feeds alone nothing is told, not even how many.
    visible = frozenset(told)
    changes = [each for each in stories.retitlings(outlet, told[-1]) if each[1] in visible] if told else []
    copied_by = visible.intersection(stories.copied_by_others(outlet, told[-1])) if told else ()
    return OutletMonth(
        own=len(told),
        copied=sum(each.copies for each in carried),
        copied_by=len(copied_by),
        looked_at=_MOST_TOLD if is_cut else 0,
        retitled=len({number for _, number in changes}),
        changes=tuple(_changes(reading, [change for change, _ in changes[:_MOST_CHANGES]])),
        deleted=tuple(_deleted(reading, outlet)),
    )


def _told(reading: Reading, outlet: str) -> list[int]:
    """Return the numbers of the stories of a month that readers may see, the latest first."""
    first = reading.tx.search.first_since(reading.now - _MONTH)
    if first is None:
        return []
    latest = reading.tx.outlet_stories.latest(outlet, _MOST_TOLD)
    return reading.visible([number for number in latest if number >= first])


def _changes(reading: Reading, numbers: Sequence[int]) -> Iterator[HeadlineChange]:
    for each in reading.tx.outlet_stories.retitled(numbers):
        parts = shortened(diff(each.before, each.after), _CONTEXT)
        title = tuple(DiffPart(kind=part.kind.value, words=part.text) for part in parts)
        yield HeadlineChange(story=each.story, at=each.at, title=title)


def _deleted(reading: Reading, outlet: str) -> Iterator[DeletedStory]:
    removed = reading.tx.outlet_stories.removed(outlet, reading.now - _MONTH, _MOST_DELETED)
    stories = {each.id: each for each in reading.stories([each.story for each in removed])}
    for each in removed:
        if each.story in stories:
            yield DeletedStory(story=each.story, title=stories[each.story].title, since=each.since)
