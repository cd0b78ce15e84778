"""Evaluate thousands of filters on a story: only those are tried whose necessary terms the story has.

Every term is a number. Each filter is filed under one set of terms of which a story must have at least one: see
``necessary``. The terms of a story lead to the filters worth trying, and decide those that only have alternatives.
Each of the others is an expression over sets of numbers, compiled when it is first tried.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from syndicator.query.code import Code, Test, TestOfMany
from syndicator.query.necessary import is_decided, necessary
from syndicator.query.subject import Subject
from syndicator.query.terms import Terms, TermsOfStory
from syndicator.query.tree import Where, feeds_in

_PER_FUNCTION = 200
# So many filters are filed anew once it is known how often their terms occur in so many stories.
_WORTH_LEARNING, _LEARNED_FROM = 100, 500
_Filed = dict[int, list[int]]


@dataclass(slots=True)
class _Level:
    """Filters that use only feeds of levels before, by number.

    ``decided`` match any story that has one of their terms, ``tried`` may match it; ``always`` no term leads to.
    """

    decided: _Filed = field(default_factory=lambda: defaultdict(list))
    tried: _Filed = field(default_factory=lambda: defaultdict(list))
    always: list[int] = field(default_factory=list)
    try_always: Sequence[TestOfMany] | None = None


class Filters:
    """The filters of all output feeds by name, evaluated together."""

    def __init__(self, filters: Mapping[str, Where]) -> None:
        """File each filter under the terms that it cannot do without."""
        self._names, self._trees, self._terms = tuple(filters), tuple(filters.values()), Terms()
        self._tests: list[Test | None] = [None] * len(self._names)
        used = {name for where in self._trees for name in feeds_in(where)}
        self._feeds = {name: self._terms.value("feed", name) for name in self._names if name in used}
        for where in self._trees:
            self._terms.add(where)
        depths = _depths(filters) if used else {}
        self._depths = [depths.get(name, 0) for name in self._names]
        self._levels, self._is_learning = self._filed(), len(self._names) >= _WORTH_LEARNING

    def _filed(self) -> list[_Level]:
        """File all filters, by the shares of terms as they are known now."""
        levels = [_Level() for _ in range(max(self._depths, default=0) + 1)]
        for number, (depth, where) in enumerate(zip(self._depths, self._trees, strict=True)):
            terms, level = necessary(where, self._terms), levels[depth]
            if terms is None:
                level.always.append(number)
                continue
            filed = level.decided if is_decided(where) else level.tried
            for term in terms:
                filed[term].append(number)
        return levels

    def _learn(self, story: TermsOfStory) -> None:
        """Count the terms of the first stories, and then file all filters once more."""
        if self._terms.count(story.all) >= _LEARNED_FROM:
            self._is_learning = False
            self._levels = self._filed()

    def __call__(self, story: Subject) -> frozenset[str]:
        """Return the names of the filters that match the story."""
        subject = TermsOfStory(story, self._terms)
        matching: set[int] = set()
        for level in self._levels:
            found = self._matching(level, subject)
            matching.update(found)
            if self._feeds:
                names = (self._names[number] for number in found)
                subject.all.update(self._feeds[name] for name in names if name in self._feeds)
        if self._is_learning:
            self._learn(subject)
        return frozenset(map(self._names.__getitem__, matching))

    def _matching(self, level: _Level, story: TermsOfStory) -> Iterable[int]:
        """Return the filters of a level that match."""
        every, title, text, tests = story.all, story.title, story.text, self._tests
        found: list[int] = []
        for test_many in self._tests_of_always(level):
            test_many(every, title, text, story, found.append)
        terms = every.union(*story.other.values()) if story.other else every
        tried = set[int]().union(*filter(None, map(level.tried.get, terms)))
        found += [n for n in tried if (tests[n] or self._compiled(n))(every, title, text, story)]
        # Numbers of words say nothing of their field: those of author, category and address only lead to a test.
        return set(found).union(*filter(None, map(level.decided.get, every)))

    def _compiled(self, number: int) -> Test:
        """Return the test of a filter, and keep it."""
        test = self._tests[number] = Code(self._terms).test(self._trees[number])
        return test

    def _tests_of_always(self, level: _Level) -> Sequence[TestOfMany]:
        """Return the tests of filters that no term leads to, many in a function: a call costs more than most tests."""
        if level.try_always is None:
            starts = range(0, len(level.always), _PER_FUNCTION)
            chunks = (level.always[start : start + _PER_FUNCTION] for start in starts)
            trees = ([(number, self._trees[number]) for number in chunk] for chunk in chunks)
            level.try_always = [Code(self._terms).test_of_many(chunk) for chunk in trees]
        return level.try_always


def _depths(filters: Mapping[str, Where]) -> Mapping[str, int]:
    """Return after how many others each filter can be tried: 0 for those that use no feed."""
    depths: dict[str, int] = {}

    def depth_of(name: str) -> int:
        if name not in depths:
            depths[name] = 0  # a loop is refused before
            used = feeds_in(filters[name]) & filters.keys()
            depths[name] = max((depth_of(each) + 1 for each in used), default=0)
        return depths[name]

    for name in filters:
        depth_of(name)
    return depths
