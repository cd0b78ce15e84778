"""Is it a place? What tells a name that is one from a person, a company, a word; as a list of features per name.

Each feature is a yes or no about the name (``name``: how many people live there, is it a word too), about the words
around it (``beside``) or about the story. One table of weights, fitted off-line, turns them into a probability
(logistic regression); nothing else decides.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from syndicator.tag.context import ContextFeatures, Named
from syndicator.tag.cues import Cue, cues_of
from syndicator.tag.find import Finder, Match
from syndicator.tag.gazetteer import Gazetteer, Kind, Means
from syndicator.tag.letters import Text, bare, read_text, with_capitals
from syndicator.tag.name import Name, describe
from syndicator.tag.weights import weights
from syndicator.text import MemoDict, Words

_MOST_REMEMBERED = 5000
_HOPELESS = -5.0  # log odds of a name by itself: no context makes up for that
_TIMES = ((2, "again"), (4, "often"))
_SUPPORT = ((3, "supported"), (6, "well-supported"))
_METONYM = 0.9  # the Kremlin, the White House: seldom anything else


class Span(NamedTuple):
    """A name where it stands: words ``start`` up to, without, ``end``, characters ``at`` up to, without, ``to``.

    ``field`` counts the texts read; ``cues`` are features of the place, ``chance`` the probability that it is one.
    """

    field: int
    start: int
    end: int
    at: int
    to: int
    name: Name
    cues: tuple[str, ...]
    chance: float


class Reader:
    """Finds what may be places in texts, with how likely each is one."""

    def __init__(self, gazetteer: Gazetteer, table: Mapping[str, float] | None = None) -> None:
        """Read with this gazetteer; ``table`` has other weights than those in force."""
        self.gazetteer = gazetteer
        self.find = Finder(gazetteer)
        self.cues = MemoDict(cues_of)
        self._names = MemoDict(self._read_name, _MOST_REMEMBERED)
        self._weights = weights("mention") if table is None else defaultdict(float, table)
        self._hopeless = _HOPELESS - self._weights["bias"]

    def __call__(self, fields: Sequence[Words], language: str) -> list[Span]:
        """Give the names in a story's texts that may be places, in order, none overlapping another."""
        story = _Story([self._look_over(words) for words in fields])
        chosen = [list(self._choose(text, language)) for text in story.texts]
        if not any(chosen):
            return []
        return list(story.describe(chosen, self._weights, language))

    def _look_over(self, words: Words) -> Text:
        cues = list(map(self.cues.__getitem__, words.words))
        if raised := with_capitals(words, cues):
            words, cues = raised, list(map(self.cues.__getitem__, raised.words))
        return read_text(words, cues)

    def name(self, number: int, language: str, *, is_code: bool) -> Name | None:
        """Give what is known of a name, see ``describe``; remembered."""
        return self._names[number, language, is_code]

    def _read_name(self, key: tuple[int, str, bool]) -> Name | None:
        number, language, is_code = key
        return describe(self.gazetteer, number, language, self._weights, is_code=is_code)

    def _choose(self, text: Text, language: str) -> Iterator[Named]:
        """Yield the longest names that the letters allow, from left to right."""
        after = 0
        found = {matches[0].start: matches for matches in self.find(text.words)}
        for start, matches in found.items():
            if start < after:
                continue
            named = self._longest(text, matches, language)
            if named is None or self._is_article_of_curated(text, named, found.get(start + 1, ()), language):
                continue
            after = named.match.end
            if not named.name.means & Means.VOID:
                yield named

    def _longest(self, text: Text, matches: Sequence[Match], language: str) -> Named | None:
        """Give the longest name that the letters allow and that may be one, of those that begin at one word."""
        for match in matches:
            name = self.name(match.number, language, is_code=text.is_code(match))
            if name is None or not text.allows(match, name, language):
                continue
            if name.weight > self._hopeless or name.means & Means.VOID:
                return Named(match, name, text.is_in(match, name))
        return None

    def _is_article_of_curated(self, text: Text, named: Named, following: Sequence[Match], language: str) -> bool:
        """Say whether a name that begins with an article leaves a better one behind it: El Líbano is no hamlet."""
        match, name, _ = named
        if match.end == match.start + 1 or not text.cues[match.start] & Cue.ARTICLE or name.means & Means.CURATED:
            return False
        better = self._longest(text, following, language)
        return better is not None and bool(better.name.means & Means.CURATED)


@dataclass(frozen=True, slots=True)
class _Around:
    """What the whole story says of its words."""

    persons: frozenset[str]
    written: frozenset[str]
    times: Counter[int]
    located: Counter[int]
    support: Counter[int]
    countries: frozenset[int]


@dataclass(slots=True)
class _Story:
    texts: Sequence[Text]

    def describe(
        self, chosen: Sequence[Sequence[Named]], weights: Mapping[str, float], language: str
    ) -> Iterator[Span]:
        around, bias = self._around(chosen), weights["bias"]
        for field, (text, names) in enumerate(zip(self.texts, chosen, strict=True)):
            beside = ContextFeatures(text, names, language)
            for named in names:
                match, name, _ = named
                cues = beside.read(named)
                cues += _of_story(around, text, named)
                score = bias + name.weight + sum(map(weights.__getitem__, cues))
                chance = _METONYM if name.means & Means.GOVERNMENT else 1 / (1 + math.exp(-score))
                at, to = text.extent(match, name)
                yield Span(field, match.start, match.end, at, to, name, tuple(cues), chance)

    def _around(self, chosen: Sequence[Sequence[Named]]) -> _Around:
        together = list(itertools.chain.from_iterable(chosen))
        distinct = {each.name.number: each.name for each in together}.values()
        return _Around(
            persons=frozenset(word for text in self.texts for word in text.persons()),
            written=frozenset(itertools.chain.from_iterable(text.words.words for text in self.texts)),
            times=Counter([each.name.number for each in together]),
            located=Counter([each.name.number for each in together if each.is_in]),
            support=Counter(itertools.chain.from_iterable(name.countries for name in distinct)),
            countries=frozenset(
                name.meanings[0].place.number
                for name in distinct
                if name.meanings[0].place.kind is Kind.COUNTRY and name.meanings[0].means & Means.CURATED
            ),
        )


def _of_story(around: _Around, text: Text, named: Named) -> Iterator[str]:
    """Yield what the rest of the story says of a name."""
    match, name, is_in = named
    if match.end == match.start + 1:
        raw = text.words.words[match.start]
        if around.persons and not name.is_people and bare(raw) in around.persons:
            yield "person-strong" if name.is_strong else "person"
        if text.cues[match.start] & Cue.CAPITAL and raw.lower() in around.written:
            yield "small-elsewhere"
    yield from _steps(around.times[name.number], _TIMES)
    if around.located[name.number] > is_in:
        yield "in-elsewhere"
    if "country" not in name.features and not around.countries.isdisjoint(name.countries):
        yield "country-named"
        if is_in:
            yield "in-its-country"
    yield from _steps(max(map(around.support.__getitem__, name.countries), default=0), _SUPPORT)


def _steps(count: int, steps: Sequence[tuple[int, str]]) -> list[str]:
    return [feature for least, feature in steps if count >= least] if count >= steps[0][0] else []
