"""Try a filter on the stories that are stored: what it holds, and what it would change in a feed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from syndicator.config.write import feed_text
from syndicator.markup import cut
from syndicator.models import Story
from syndicator.models.preview import DayCount, Preview, PreviewReach, PreviewStory
from syndicator.plural import counted
from syndicator.query import Subject, deciding_terms, marks
from syndicator.rules import Rules
from syndicator.runtime.preview_excerpt import excerpt_of
from syndicator.runtime.preview_trial import Budget, Found, Trial, Wanted
from syndicator.runtime.preview_words import caught_forms
from syndicator.store import Store, Transaction

_LONGEST_TITLE = 60
_DAY, _LONG = timedelta(days=1), timedelta(days=366)
_NEW_FEED = "my-feed"


async def preview(store: Store, rules: Rules, wanted: Wanted, *, now: datetime, budget: Budget) -> Preview:
    """Return what a filter holds. Only reads; what is not tried in time is said to be missing."""
    return await store.read(lambda tx: _Presentation(tx, rules, wanted, now).preview(budget))


class _Presentation:
    """Shows what a trial finds, within one transaction."""

    def __init__(self, tx: Transaction, rules: Rules, wanted: Wanted, now: datetime) -> None:
        self._tx, self._rules, self._wanted, self._now = tx, rules, wanted, now
        self._trial = Trial(tx, rules.filters, wanted, now)

    def preview(self, budget: Budget) -> Preview:
        wanted, trial = self._wanted, self._trial
        found = trial.find(budget)
        words = caught_forms(self._tx, trial.where, trial.look_up) if found.reach.has_index else ()
        return Preview(
            where=wanted.text,
            feed=wanted.feed,
            since=wanted.since,
            until=self._now,
            reach=self._reach(found),
            total=len(found.numbers),
            of=self._tx.search.count_since(wanted.since),
            days=tuple(self._days(found.numbers)),
            words=tuple(words),
            stories=tuple(self._stories(found.numbers)),
            difference=trial.difference(found, keeps_members=self._is_in_force()),
            toml=self._toml(),
        )

    def _is_in_force(self) -> bool:
        """Return whether the filter is the one by which the feed that it is compared with holds what it holds."""
        name, rules = self._wanted.against, self._rules
        if name not in rules.filters or self._wanted.where != rules.filters[name]:
            return False
        return self._tx.feeds.has_filter(name, rules.feed_fingerprints()[name][0])

    def _stories(self, numbers: Sequence[int]) -> Iterator[PreviewStory]:
        """Yield the newest stories, as far as they still match: the index follows changes some seconds later."""
        for story, subject in self._trial.subjects(numbers[: self._wanted.limit]):
            matches, terms = deciding_terms(self._trial.where, subject)
            if matches:
                yield self._story(story, subject, tuple(each.in_words() for each in terms))

    def _story(self, story: Story, subject: Subject, terms: tuple[str, ...]) -> PreviewStory:
        found = marks(self._trial.where, subject)
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
        rising, day = numbers[::-1], self._first_day()
        begin = 0
        while day <= self._now.date():
            day_after = day + _DAY
            first = self._tx.search.first_since(datetime.combine(day_after, time(), UTC))
            end = len(rising) if first is None else bisect_left(rising, first)
            yield DayCount(day=day, stories=end - begin)
            day, begin = day_after, end

    def _first_day(self) -> date:
        """Return the day that counts begin with: the first of the span, or of a long one the first with a story."""
        since, first = self._wanted.since, self._trial.first
        if self._now - since <= _LONG or first is None:
            return since.date()
        return next((story.first_seen.date() for story in self._tx.stories.get([first])), since.date())

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
    """Describe what is missing, and why."""
    if not found.untried:
        return ""
    missing = f"{counted(len(found.untried), 'story was', 'stories were')} not tried in time"
    until = f"all from {complete_since:%Y-%m-%d %H:%M} UTC on were"
    if not found.reach.is_supported:
        return f"{missing}: this SQLite has no full-text search (FTS5); {until}"
    if not found.reach.is_complete:
        return f"{missing}: the search index is still being made; {until}"
    return f"{missing}: the filter asks for what no index has; {until}"
