"""Count stories by series as they come, and look at once which series have unusually many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicator.models.stories import OLD_NEWS, Change, ChangeKind
from syndicator.models.volumes import CountedStory, NewStory
from syndicator.outbox.consumer import CountingConsumer
from syndicator.outbox.spikes import SpikeJudge
from syndicator.rules import Rules
from syndicator.store import Store, Transaction
from syndicator.watch.series import Series, concept_of, feed_of, series_of
from syndicator.watch.spikes import LEARNING_DAYS, hour_of

NAME = "volumes"
# Beyond so many series no more pairs of a thing and a region are begun; the smallest go within the hour.
MOST_SERIES = 5000
# What a source brings within so long of its first story is its first document, which is no news.
_FIRST_DOCUMENT = timedelta(hours=1)
_LEARNING = timedelta(days=LEARNING_DAYS)
_SOURCE, _CONCEPT = "source:", "concept"


def volume_consumer(
    store: Store, *, rules: Callable[[], Rules], clock: Callable[[], datetime]
) -> CountingConsumer[frozenset[int]]:
    """Return the consumer that counts added stories, and judges the series that have more of them."""
    counter = VolumeCounter(rules=rules, clock=clock)
    return CountingConsumer(NAME, store, counter, SpikeJudge(store, rules=rules, clock=clock, most=MOST_SERIES))


@dataclass(frozen=True, slots=True)
class _Placed:
    """A story with the hour of its publication and its series; ``is_young`` if its source is."""

    story: NewStory
    hour: int
    is_young: bool
    series: tuple[Series, ...]


class VolumeCounter:
    """Counts added stories by series and hour of publication.

    What was old when it came, and what stood in a source's first document, is not counted. What a source of less than
    14 days brings teaches what is usual, and is part of no spike.
    """

    def __init__(self, *, rules: Callable[[], Rules], clock: Callable[[], datetime], most: int = MOST_SERIES) -> None:
        """Count by the rules in force, in ``most`` series and a few more."""
        self._rules, self._clock, self._most = rules, clock, most
        self._things: tuple[Rules, Mapping[str, str]] | None = None

    def __call__(self, tx: Transaction, changes: Sequence[Change]) -> frozenset[int]:
        """Count what was added. Return the series that have more stories, or by a copy more outlets."""
        now = self._clock()
        things = self._know_things(tx, now)
        placed = list(_placed(tx, _numbers(changes, ChangeKind.ADDED), things, now))
        ids = self._ids(tx, {series for each in placed for series in each.series})
        tx.volumes.add(_counts(placed, ids))
        counted = [_counted(each, ids) for each in placed if not each.is_young]
        tx.volumes.note(counted)
        copied = tx.volumes.counted(_numbers(changes, ChangeKind.COPIED))
        return frozenset(series for each in (*counted, *copied) for series in each.series)

    def _know_things(self, tx: Transaction, now: datetime) -> Collection[str]:
        """Return the feeds and concepts to count by. One that has another filter by now begins anew."""
        rules = self._rules()
        if self._things is None or self._things[0] is not rules:
            self._things = rules, _fingerprints(rules)
        wanted = self._things[1]
        known = tx.volumes.known_things()
        changed = {name: value for name, value in wanted.items() if known.get(name) != value}
        gone = known.keys() - wanted.keys()
        if changed or gone:
            tx.volumes.forget([name for name in (*changed, *gone) if name in known])
            tx.volumes.know(changed, now)
        return wanted.keys()

    def _ids(self, tx: Transaction, wanted: Collection[Series]) -> Mapping[Series, int]:
        """Return the numbers of series. Where there are too many, new ones of a pair get none."""
        is_full = tx.volumes.count() + len(wanted) > self._most
        adding = [str(each) for each in wanted if not (is_full and each.is_pair)]
        ids = tx.volumes.ids([str(each) for each in wanted], adding=adding)
        return {each: ids[str(each)] for each in wanted if str(each) in ids}


def _numbers(changes: Sequence[Change], kind: ChangeKind) -> list[int]:
    return list(dict.fromkeys(each.story for each in changes if each.kind is kind))


def _fingerprints(rules: Rules) -> dict[str, str]:
    """Return what feeds and concepts are counted by. A feed of everything says nothing, nor one of whole events."""
    contents = {name: content for name, (content, _) in rules.feed_fingerprints().items()}
    feeds = [each.name for each in rules.feeds.values() if each.where.strip() and each.name not in rules.event_feeds]
    concepts = {concept_of(name): rules.concept_fingerprint(name) for name in rules.concepts}
    return {**{feed_of(name): contents[name] for name in feeds}, **concepts}


def _placed(tx: Transaction, numbers: Sequence[int], things: Collection[str], now: datetime) -> Iterator[_Placed]:
    """Yield the stories that are to be counted."""
    stories = [each for each in tx.volumes.new_stories(numbers) if _is_news(each)]
    since = _known_since(tx, stories, now)
    for each in stories:
        begun = since[each.source]
        if each.first_seen >= begun + _FIRST_DOCUMENT:
            tags = [tag for tag in each.tags if tag.scheme != _CONCEPT or concept_of(tag.term) in things]
            feeds = [name for name in each.feeds if feed_of(name) in things]
            found = tuple(series_of(tags, feeds, each.language))
            yield _Placed(each, _hour(each, now), each.first_seen < begun + _LEARNING, found)


def _is_news(story: NewStory) -> bool:
    return story.published is None or story.published >= story.first_seen - OLD_NEWS


def _hour(story: NewStory, now: datetime) -> int:
    return hour_of(min(story.published or story.first_seen, story.first_seen, now))


def _known_since(tx: Transaction, stories: Sequence[NewStory], now: datetime) -> dict[str, datetime]:
    """Return since when the stories' sources are known; those that were not are from now on."""
    names = {_SOURCE + each.source for each in stories}
    known = tx.volumes.known_since(names)
    new = dict.fromkeys(sorted(names - known.keys()), "")
    tx.volumes.know(new, now)
    return {name.removeprefix(_SOURCE): known.get(name, now) for name in names}


def _counts(placed: Sequence[_Placed], ids: Mapping[Series, int]) -> dict[tuple[int, int], tuple[int, int]]:
    """Return by series and hour how many stories, and how many young ones."""
    found: dict[tuple[int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for each in placed:
        for series in each.series:
            if series in ids:
                stories, young = found[ids[series], each.hour]
                found[ids[series], each.hour] = (stories, young + 1) if each.is_young else (stories + 1, young)
    return found


def _counted(placed: _Placed, ids: Mapping[Series, int]) -> CountedStory:
    numbers = tuple(ids[each] for each in placed.series if each in ids)
    return CountedStory(number=placed.story.number, hour=placed.hour, outlet=placed.story.outlet, series=numbers)
