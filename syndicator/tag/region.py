"""Which countries and places does a story name? Every tag keeps the words it rests on.

A first, honest version: names, peoples, capitals and codes of all countries and the places of Syria, in English,
Arabic, Russian, Turkish and Persian. A capital stands for its country. What it cannot tell yet: which of two
namesakes is meant, and whether a place is the scene or only an actor.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import NamedTuple

from syndicator.models import Evidence, Tag
from syndicator.tag.gazetteer import Gazetteer, Name, Node, Place
from syndicator.text import APOSTROPHE, Memo, Words, fold, forms, words_of

_MOST_EVIDENCE = 5
_LONGEST_ENDING = 4
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_MOST = 0.7
_FEWEST = 4
# First names and surnames as well: taken for a place only when the words around them do not look like a person.
_ALSO_PEOPLE = frozenset(
    fold(word)
    for word in (
        "Jordan", "Chad", "Georgia", "Israel", "Kenya", "India", "Paris", "Sofia", "London", "Victoria", "Sydney",
        "Madrid", "Vienna", "Florence", "Austin", "Lima", "Roman", "German", "Francis", "Holland", "Ireland", "England",
        "Washington", "Berlin", "Dublin", "French", "Welsh", "Norman", "Jersey", "Cuba", "Malta", "Monaco", "Roma",
    )
)  # fmt: skip
_FUNCTION_WORDS = frozenset(
    (
        "in from to of and the at for with near over on by as why how what after before against inside across north"
        " south east west northern southern eastern western central le la but when will is are if a new than while"
    ).split()  # prose reads better than a hundred quotes
)


class _Alone(NamedTuple):
    """What a word names by itself; ``is_open`` if that depends on the words around. ``after`` are forms that go on."""

    name: Name | None
    is_open: bool
    after: frozenset[str]

    def goes_on(self, words: Words, following: int, joined: Collection[int]) -> bool:
        """Say whether a name that the word begins may go on in the next."""
        if not self.after or following == len(words.words):
            return False
        return following in joined or not self.after.isdisjoint(forms(words.words[following]))


class RegionTagger:
    """Find places by longest match over one pass of the words."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Use these names."""
        self.gazetteer = gazetteer
        self._alone = Memo(self._read_alone)

    def __call__(self, title: str, text: str) -> tuple[Tag, ...]:
        """Tag one story; the order is that of first mention."""
        found: dict[str, tuple[Place, list[Evidence]]] = {}
        for field, content in (("title", title), ("text", text)):
            words = words_of(content)
            for place, start, end in self._mentions(words):
                evidence = found.setdefault(place.term, (place, []))[1]
                if len(evidence) < _MOST_EVIDENCE:
                    at, to = words.span(start, end)
                    evidence.append(Evidence(field=field, start=at, end=to, words=content[at:to]))
        return tuple(
            Tag(scheme="region", term=place.term, label=place.label, path=place.path, evidence=tuple(evidence))
            for place, evidence in found.values()
        )

    def _mentions(self, words: Words) -> Iterator[tuple[Place, int, int]]:
        alone = list(map(self._alone.__getitem__, words.words))
        joined = frozenset(words.joined())
        if not joined and not any(alone):
            return
        reading, after = _Reading(words), 0
        for place in sorted({*itertools.compress(itertools.count(), alone), *joined}):
            if place < after:
                continue
            verdict = alone[place]
            if verdict is None or verdict.is_open or place in joined or verdict.goes_on(words, place + 1, joined):
                name, end = self._longest(reading, place)
            else:
                name, end = verdict.name, place + 1
            if name is not None:
                after = end
                if name.place is not None:
                    yield name.place, place, end

    def _read_alone(self, word: str) -> _Alone | None:
        """Read a word by itself, which settles most; None if it names nothing and begins no name."""
        readings, within = forms(word), self.gazetteer.names.after
        nodes = [within[form] for form in reversed(readings) if form in within]
        after = frozenset(form for node in nodes for form in node.after)
        names = [node.name for node in nodes if node.name is not None]
        if names and (any(name.exact for name in names) or not _ALSO_PEOPLE.isdisjoint(readings)):
            return _Alone(name=None, is_open=True, after=after)
        is_low = word == word.lower() != word.upper()
        name = next((name for name in names if not (name.needs_capital and is_low)), None)
        if name is None and readings:
            name = self._by_stem(readings[0], 0)[0]
        return _Alone(name=name, is_open=False, after=after) if name or after else None

    def _longest(self, reading: _Reading, start: int) -> tuple[Name | None, int]:
        words = reading.words
        best: tuple[Name | None, int] = (None, start)
        paths: list[tuple[Node, int]] = [(self.gazetteer.names, start)]
        while paths:
            node, at = paths.pop()
            if node.name is not None and at > best[1] and self._is_meant(node.name, reading, start, at):
                best = (node.name, at)
            if at < len(words.words):
                paths.extend((node.after[form], after) for form, after in words.arcs(at) if form in node.after)
        if best[0] is not None:
            return best
        readings = words.arcs(start)
        return self._by_stem(*readings[0]) if readings else best

    def _by_stem(self, form: str, after: int) -> tuple[Name | None, int]:
        if _CYRILLIC.match(form):
            for cut in range(_LONGEST_ENDING + 1):
                place = self.gazetteer.stems.get(form[: len(form) - cut])
                if place is not None:
                    return Name(place=place), after
        return None, after

    def _is_meant(self, name: Name, reading: _Reading, start: int, end: int) -> bool:
        raw = reading.words.raw(start, end)
        if name.exact is not None:
            return APOSTROPHE.split(raw)[0] == name.exact and not reading.is_shouted
        if name.needs_capital and raw == raw.lower() != raw.upper():
            return False
        is_risky = end == start + 1 and any(form in _ALSO_PEOPLE for form, _ in reading.words.arcs(start))
        return (
            not is_risky
            or reading.is_title_case
            or reading.is_shouted
            or not self._has_name_beside(reading, start, end)
        )

    def _has_name_beside(self, reading: _Reading, start: int, end: int) -> bool:
        """Say whether a capitalised word that is neither a place nor a function word stands right beside."""
        names = self.gazetteer.names.after
        for neighbour in reading.neighbours(start, end):
            raw = reading.words.words[neighbour]
            is_place = any(form in names for form, _ in reading.words.arcs(neighbour))
            if raw[0].isupper() and not raw.isupper() and fold(raw) not in _FUNCTION_WORDS and not is_place:
                return True
        return False


class _Reading:
    """A text's words with what its capitals can tell, should anybody ask."""

    def __init__(self, words: Words) -> None:
        self.words = words

    @cached_property
    def is_shouted(self) -> bool:
        words = self.words.words
        return sum(map(len, filter(str.isupper, words))) > _MOST * sum(map(len, words))

    @cached_property
    def is_title_case(self) -> bool:
        long_words = [word for word in self.words.words if len(word) > _LONGEST_ENDING]
        return len(long_words) >= _FEWEST and all(word[0].isupper() for word in long_words)

    def neighbours(self, start: int, end: int) -> Iterator[int]:
        """Yield the places right before and after with nothing but one space between."""
        if start > 0 and self.words.gap(start - 1) == " ":
            yield start - 1
        if end < len(self.words.words) and self.words.gap(end - 1) == " ":
            yield end
