"""Toponym recognition: whether a name in a text is a place, or a person, a company, a common word.

Features are binary. They describe the name (``name``: its population, whether it is also a word), its context
(``context``: the words around it) or the whole story. A logistic regression over them gives the probability; its
weights are fitted off-line.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from syndicator.tag.context import ContextFeatures, NameMatch
from syndicator.tag.cues import Cue, cues_of
from syndicator.tag.find import Finder, Match
from syndicator.tag.gazetteer import Gazetteer, Kind, Usage
from syndicator.tag.institutions import institution_finder
from syndicator.tag.letters import Text, as_read, base_form, kinds_of, read_text
from syndicator.tag.name import Name, describe
from syndicator.tag.weights import weights
from syndicator.text import MemoDict, Words

_MOST_REMEMBERED = 5000
_LEAST_LOG_ODDS = -5.0  # of a name without context: below that, no context makes it a place
_TIMES = ((2, "again"), (4, "often"))
_SUPPORT = ((3, "supported"), (6, "well-supported"))
_FEWEST_TIMES, _LEAST_SUPPORT = 2, 3
_METONYM_PROBABILITY = 0.9  # the Kremlin and the White House are hardly ever anything else


class Span(NamedTuple):
    """A mention of a name: words ``start`` to ``end``, characters ``at`` to ``to``, both ends exclusive.

    ``field`` is the index of the text. ``cues`` are the features of its context. ``probability`` is that of a place.
    """

    field: int
    start: int
    end: int
    at: int
    to: int
    name: Name
    cues: tuple[str, ...]
    probability: float


class Recognizer:
    """Finds names that may be places in texts, with their probabilities."""

    def __init__(self, gazetteer: Gazetteer, table: Mapping[str, float] | None = None) -> None:
        """Look for names of this gazetteer; ``table`` replaces the weights in force."""
        self.gazetteer = gazetteer
        self.find = Finder(gazetteer)
        self.cues = MemoDict(_all_cues_of)
        self._names = MemoDict(self._describe, _MOST_REMEMBERED)
        self._weights = weights("mention") if table is None else defaultdict(float, table)
        self._least_weight = _LEAST_LOG_ODDS - self._weights["bias"]

    def __call__(self, fields: Sequence[Words], language: str) -> list[Span]:
        """Return the names in a story's texts that may be places, in order and without overlaps."""
        return self.recognize(self.read(fields), language)

    def read(self, fields: Sequence[Words]) -> list[Text]:
        """Return a story's texts with the cues of their words."""
        return [self._text_of(words) for words in fields]

    def recognize(self, texts: Sequence[Text], language: str) -> list[Span]:
        """Return the names in texts that are read already."""
        story = _Story(texts)
        chosen = [list(self._choose(text, language)) for text in story.texts]
        if not any(chosen):
            return []
        return list(story.score(chosen, self._weights, language))

    def _text_of(self, words: Words) -> Text:
        cues = list(map(self.cues.__getitem__, words.words))
        kinds = kinds_of(cues)
        if raised := as_read(words, kinds):
            words, cues = raised, list(map(self.cues.__getitem__, raised.words))
            kinds = kinds_of(cues)
        return read_text(words, cues, kinds)

    def name(self, number: int, language: str, *, is_code: bool) -> Name | None:
        """Return what is known of a name, see ``describe``; memoized."""
        return self._names[number, language, is_code]

    def _describe(self, key: tuple[int, str, bool]) -> Name | None:
        number, language, is_code = key
        return describe(self.gazetteer, number, language, self._weights, is_code=is_code)

    def _choose(self, text: Text, language: str) -> Iterator[NameMatch]:
        """Yield the longest names that capitalization allows, from left to right."""
        after = 0
        found = {matches[0].start: matches for matches in self.find(text.words)}
        for start, matches in found.items():
            if start < after:
                continue
            named = self._longest(text, matches, language)
            if named is None:
                continue
            if named.match.end > start + 1 and self._is_article_of_curated(
                text, named, found.get(start + 1, ()), language
            ):
                continue
            after = named.match.end
            if not named.name.usage & Usage.NOT_A_PLACE:
                yield named

    def _longest(self, text: Text, matches: Sequence[Match], language: str) -> NameMatch | None:
        """Return the longest name that may be a place and that capitalization allows, of those at one word."""
        for match in matches:
            name = self.name(match.number, language, is_code=text.is_code(match))
            if name is None or not text.allows(match, name, language):
                continue
            if name.weight > self._least_weight or name.usage & Usage.NOT_A_PLACE:
                return NameMatch(match, name, text.is_locative(match, name))
        return None

    def _is_article_of_curated(self, text: Text, named: NameMatch, following: Sequence[Match], language: str) -> bool:
        """Return whether a name is an article and a better-known name: El Líbano is Lebanon and no hamlet."""
        if not text.cues[named.match.start] & Cue.ARTICLE or named.name.usage & Usage.CURATED:
            return False
        better = self._longest(text, following, language)
        return better is not None and bool(better.name.usage & Usage.CURATED)


def _all_cues_of(word: str) -> int:
    return cues_of(word) | (Cue.INSTITUTION if institution_finder().begins(word) else 0)


@dataclass(frozen=True, slots=True)
class _StoryContext:
    """Features of the whole story; counts are by number of name, ``support`` is by country."""

    persons: frozenset[str]
    words: frozenset[str]
    mentions: Counter[int]
    locative_mentions: Counter[int]
    support: Counter[int]
    countries: frozenset[int]


@dataclass(slots=True)
class _Story:
    texts: Sequence[Text]

    def score(
        self, chosen: Sequence[Sequence[NameMatch]], weights: Mapping[str, float], language: str
    ) -> Iterator[Span]:
        story, bias = self._context(chosen), weights["bias"]
        for field, (text, names) in enumerate(zip(self.texts, chosen, strict=True)):
            features_of = ContextFeatures(text, names, language)
            for named in names:
                match, name, _ = named
                cues = features_of(named)
                cues += _story_features(story, text, named)
                score = bias + name.weight + sum(map(weights.__getitem__, cues))
                probability = _METONYM_PROBABILITY if name.usage & Usage.METONYM else 1 / (1 + math.exp(-score))
                at, to = text.extent(match, name)
                yield Span(field, match.start, match.end, at, to, name, tuple(cues), probability)

    def _context(self, chosen: Sequence[Sequence[NameMatch]]) -> _StoryContext:
        all_names = list(itertools.chain.from_iterable(chosen))
        distinct = {each.name.number: each.name for each in all_names}.values()
        return _StoryContext(
            persons=frozenset(word for text in self.texts for word in text.person_words()),
            words=frozenset(itertools.chain.from_iterable(text.words.words for text in self.texts)),
            mentions=Counter([each.name.number for each in all_names]),
            locative_mentions=Counter([each.name.number for each in all_names if each.is_locative]),
            support=Counter(itertools.chain.from_iterable(name.countries for name in distinct)),
            countries=frozenset(
                name.meanings[0].place.number
                for name in distinct
                if name.meanings[0].place.kind is Kind.COUNTRY and name.meanings[0].usage & Usage.CURATED
            ),
        )


def _story_features(story: _StoryContext, text: Text, named: NameMatch) -> list[str]:
    """Return the features of a name that the rest of the story gives."""
    match, name, is_locative = named
    found = []
    if match.end == match.start + 1:
        raw = text.words.words[match.start]
        if story.persons and not name.is_demonym and base_form(raw) in story.persons:
            found.append("person-strong" if name.is_strong else "person")
        if text.cues[match.start] & Cue.CAPITAL and raw.lower() in story.words:
            found.append("small-elsewhere")
    count = story.mentions[name.number]
    if count >= _FEWEST_TIMES:
        found += [feature for least, feature in _TIMES if count >= least]
    if story.locative_mentions[name.number] > is_locative:
        found.append("in-elsewhere")
    if "country" not in name.features and not story.countries.isdisjoint(name.countries):
        found.append("country-named")
        if is_locative:
            found.append("in-its-country")
    support = max([story.support[country] for country in name.countries], default=0)
    if support >= _LEAST_SUPPORT:
        found += [feature for least, feature in _SUPPORT if support >= least]
    return found
