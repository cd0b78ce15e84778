"""Try a filter on the stories that are stored: what it holds, and what it would change in a feed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from syndicator.config.write import feed_text
from syndicator.markup import cut
from syndicator.models import Story
from syndicator.models.preview import (
    DayCount,
    Preview,
    PreviewDifference,
    PreviewReach,
    PreviewStory,
    StoryTitle,
)
from syndicator.plural import counted
from syndicator.query import Filters, Subject, Where, deciding_terms, marks, resolved
from syndicator.rules import Rules, subject_of
from syndicator.runtime.account import in_words
from syndicator.runtime.preview_excerpt import excerpt_of
from syndicator.runtime.preview_plan import plan
from syndicator.runtime.preview_words import caught_forms, looking_up
from syndicator.store import SearchReach, Store, Transaction

# How long stories are tried that the index cannot decide on, in seconds.
PATIENCE = 2.0
_TRIED_AT_ONCE = 100
_MOST_NAMED = 5
_LONGEST_TITLE = 60
_DAY = timedelta(days=1)
_NEW_FEED = "my-feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A filter to be tried, on stories first seen at ``since`` or later; the newest ``limit`` are shown.

    What it finds is compared with the members of the feed ``against``. ``feed`` is the one whose filter it is, if any.
    """

    text: str
    where: Where
    since: datetime
    feed: str = ""
    against: str = ""
    limit: int = 10


class Budget:
    """Time for trying stories: over at a moment of a clock that counts seconds."""

    def __init__(self, steady: Callable[[], float], seconds: float = PATIENCE) -> None:
        """Begin now."""
        self._steady, self._end = steady, steady() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return self._steady() >= self._end


class Found(NamedTuple):
    """The numbers of stories that match, those that were not tried in time, and how far the index reaches."""

    numbers: list[int]
    untried: list[int]
    reach: SearchReach


async def preview(store: Store, rules: Rules, wanted: Wanted, *, now: datetime, budget: Budget) -> Preview:
    """Return what a filter holds. Only reads; what is not tried in time is said to be missing."""
    return await store.read(lambda tx: _Trial(tx, rules, wanted, now).preview(budget))


async def difference(
    store: Store, rules: Rules, wanted: Wanted, *, now: datetime, budget: Budget
) -> PreviewDifference | None:
    """Return what a filter would change in the feed that it is compared with."""

    def read(tx: Transaction) -> PreviewDifference | None:
        trial = _Trial(tx, rules, wanted, now)
        return trial.difference(trial.find(budget))

    return await store.read(read)


class _Trial:
    """Tries one filter in one transaction."""

    def __init__(self, tx: Transaction, rules: Rules, wanted: Wanted, now: datetime) -> None:
        self._tx, self._rules, self._wanted, self._now = tx, rules, wanted, now
        self._where = resolved(wanted.where, rules.filters)
        self._look_up = looking_up(tx)
        self._first = tx.search.first_since(wanted.since)

    def preview(self, budget: Budget) -> Preview:
        wanted, found = self._wanted, self.find(budget)
        return Preview(
            where=wanted.text,
            feed=wanted.feed,
            since=wanted.since,
            until=self._now,
            reach=self._reach(found),
            total=len(found.numbers),
            of=self._tx.search.count_since(self._first) if self._first is not None else 0,
            days=tuple(self._days(found.numbers)),
            words=tuple(caught_forms(self._tx, self._where, self._look_up)) if found.reach.has_index else (),
            stories=tuple(self._stories(found.numbers)),
            difference=self.difference(found),
            toml=self._toml(),
        )

    def find(self, budget: Budget) -> Found:
        """Return what the filter matches, newest first: what the index knows, and what else has to be tried."""
        search, first = self._tx.search, self._first
        reach = search.reach()
        if first is None:
            return Found([], [], reach)
        certain: set[int] = set()
        to_try: set[int] = set()
        if reach.has_index:
            bounds = plan(self._where, self._look_up, self._now)
            certain.update(search.find(bounds.certain, since=first))
            if bounds.possible != bounds.certain:
                to_try.update(search.find(bounds.possible, since=first))
        to_try.update(search.unindexed(reach, since=first))
        matching, untried = self._try(sorted(to_try - certain, reverse=True), budget)
        return Found(sorted(certain.union(matching), reverse=True), untried, reach)

    def _try(self, numbers: Sequence[int], budget: Budget) -> tuple[list[int], list[int]]:
        """Try stories until the time is over; return those that match, and those that were not tried."""
        filters = Filters({"": self._where})
        matching: list[int] = []
        for start in range(0, len(numbers), _TRIED_AT_ONCE):
            if budget.is_over:
                return matching, list(numbers[start:])
            stories = self._tx.stories.get(numbers[start : start + _TRIED_AT_ONCE])
            matching += [story.id for story in stories if filters(self._subject(story))]
        return matching, []

    def difference(self, found: Found) -> PreviewDifference | None:
        """Return what would join and leave the feed; what was not tried in time counts as neither."""
        if not self._wanted.against or self._first is None:
            return None
        members = self._tx.feeds.members_since(self._wanted.against, self._first)
        joining = [number for number in found.numbers if number not in members]
        leaving = sorted(members.difference(found.numbers, found.untried), reverse=True)
        return PreviewDifference(
            feed=self._wanted.against,
            members=len(members),
            joins=len(joining),
            leaves=len(leaving),
            joining=self._titles(joining),
            leaving=self._titles(leaving),
        )

    def _titles(self, numbers: Sequence[int]) -> tuple[StoryTitle, ...]:
        stories = self._tx.stories.get(numbers[:_MOST_NAMED])
        return tuple(StoryTitle(id=each.id, title=each.title, first_seen=each.first_seen) for each in stories)

    def _subject(self, story: Story) -> Subject:
        """Return what filters look at of a story, with its age as of now."""
        subject = subject_of(story)
        return subject if story.published is None else subject._replace(age=self._now - story.published)

    def _stories(self, numbers: Sequence[int]) -> Iterator[PreviewStory]:
        """Yield the newest stories, as far as they still match: the index follows changes some seconds later."""
        for story in self._tx.stories.get(numbers[: self._wanted.limit]):
            subject = self._subject(story)
            matches, terms = deciding_terms(self._where, subject)
            if matches:
                yield self._story(story, subject, tuple(map(in_words, terms)))

    def _story(self, story: Story, subject: Subject, terms: tuple[str, ...]) -> PreviewStory:
        found = marks(self._where, subject)
        in_text = [(mark.start, mark.end) for mark in found if mark.field == "text"]
        excerpt, excerpt_marks = excerpt_of(subject.text, in_text)
        outlet = self._rules.outlets.get(story.outlet)
        return PreviewStory(
            id=story.id,
            page=f"{self._rules.config.base_url}/stories/{story.id}",
            title=story.title,
            title_marks=tuple((mark.start, mark.end) for mark in found if mark.field == "title"),
            excerpt=excerpt,
            excerpt_marks=excerpt_marks,
            link=story.link,
            language=story.language,
            outlet=story.outlet,
            outlet_name=outlet.name if outlet else story.outlet,
            first_seen=story.first_seen,
            terms=terms,
        )

    def _days(self, numbers: Sequence[int]) -> Iterator[DayCount]:
        """Yield how many of these stories came on each day: numbers rise with first sight."""
        rising, day = numbers[::-1], self._wanted.since.date()
        begin = 0
        while day <= self._now.date():
            day_after = day + _DAY
            first = self._tx.search.first_since(datetime.combine(day_after, time(), UTC))
            end = len(rising) if first is None else bisect_left(rising, first)
            yield DayCount(day=day, stories=end - begin)
            day, begin = day_after, end

    def _reach(self, found: Found) -> PreviewReach:
        complete_since = self._wanted.since
        if found.untried:
            newest = self._tx.stories.get(found.untried[:1])
            complete_since = newest[0].first_seen if newest else complete_since
        return PreviewReach(
            note=_note(found, complete_since), complete_since=complete_since, untried=len(found.untried)
        )

    def _toml(self) -> str:
        name = self._wanted.feed or _NEW_FEED
        feed = self._rules.feeds.get(self._wanted.feed)
        title = feed.title if feed else cut(" ".join(self._wanted.text.split()), _LONGEST_TITLE)
        return f"# feeds/{name}.toml\n{feed_text(title=title, where=self._wanted.text)}"


def _note(found: Found, complete_since: datetime) -> str:
    """Say what is missing, and why."""
    if not found.untried:
        return ""
    missing = f"{counted(len(found.untried), 'story was', 'stories were')} not tried in time"
    until = f"all from {complete_since:%Y-%m-%d %H:%M} UTC on were"
    if not found.reach.is_supported:
        return f"{missing}: this SQLite has no full-text search (FTS5); {until}"
    if not found.reach.is_complete:
        return f"{missing}: the search index is still being made; {until}"
    return f"{missing}: the filter asks for what no index has; {until}"
