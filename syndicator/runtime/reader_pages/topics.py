"""The list of topics, and how many stories each day has of one."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from syndicator.models import Concept
from syndicator.models.days import date_of, day_of
from syndicator.models.reader_pages import DayStories, Name, TopicLine, TopicsPage, TopicsWanted
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.text import fold
from syndicator.watch.series import Series, concept_of

TOPICS = 40
DAYS, _WEEK = 30, 7
_HOURS = 24


def topics_page(reading: Reading, wanted: TopicsWanted) -> TopicsPage:
    """Return a page of the topics, by label."""
    concepts = reading.rules.concepts
    keys = sorted((fold(each.label), each.id) for each in concepts.values())
    first = bisect.bisect_right(keys, _from_text(wanted.after)) if wanted.after else 0
    shown = keys[first : first + TOPICS]
    days = days_of(reading, [Series(thing=concept_of(id_)) for _, id_ in shown])
    since = counted_since(reading, [id_ for _, id_ in shown])
    return TopicsPage(
        count=len(concepts),
        after=wanted.after,
        topics=tuple(_line(concepts[id_], each, since.get(id_)) for (_, id_), each in zip(shown, days, strict=True)),
        next_after=f"{shown[-1][1]}~{shown[-1][0]}" if first + TOPICS < len(keys) else "",
    )


def _from_text(text: str) -> tuple[str, str]:
    id_, _, label = text.partition("~")
    return label, id_


def _line(concept: Concept, days: Sequence[DayStories], since: datetime | None) -> TopicLine:
    return TopicLine(
        topic=Name(id=concept.id, name=concept.label),
        week=sum(each.stories for each in days[-_WEEK:]),
        month=sum(each.stories for each in days),
        days=tuple(days),
        counted_since=since,
    )


def counted_since(reading: Reading, concepts: Sequence[str]) -> dict[str, datetime]:
    """Return since when the stories of topics are counted, if that is not for all of the days that pages show.

    One whose words have changed begins anew.
    """
    known = reading.tx.volumes.known_since([concept_of(each) for each in concepts])
    begun = {each: known.get(concept_of(each), reading.now) for each in concepts}
    return {each: at for each, at in begun.items() if day_of(at) > day_of(reading.now) - DAYS + 1}


def days_of(reading: Reading, series: Sequence[Series]) -> list[tuple[DayStories, ...]]:
    """Return how many stories each of some series has on each of the last days, UTC, today last."""
    volumes, today = reading.tx.volumes, day_of(reading.now)
    ids = volumes.ids([str(each) for each in series])
    last = today * _HOURS + _HOURS - 1
    counts = volumes.by_day(list(ids.values()), last, DAYS, 1)
    found = [counts.get(ids[str(each)], {}) if str(each) in ids else {} for each in series]
    return [tuple(_days(each, today)) for each in found]


def _days(counts: Mapping[tuple[int, int], int], today: int) -> Iterator[DayStories]:
    """Yield days by how many stories there are so many days before today."""
    for before in range(DAYS - 1, -1, -1):
        yield DayStories(day=date_of(today - before), stories=counts.get((before, 0), 0))
