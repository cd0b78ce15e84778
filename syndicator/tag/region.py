"""Which countries and places does a story name? Every tag keeps the words it rests on.

A first, honest version: names, peoples, capitals and codes of all countries and the places of Syria, in English,
Arabic, Russian, Turkish and Persian. A capital stands for its country. What it cannot tell yet: which of two
namesakes is meant, and whether a place is the scene or only an actor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from syndicator.models import Evidence, Tag
from syndicator.tag.gazetteer import Gazetteer, Name, Node, Place
from syndicator.text import APOSTROPHE, Words, fold, words_of

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


class RegionTagger:
    """Find places by longest match over one pass of the words."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Use these names."""
        self.gazetteer = gazetteer

    def __call__(self, title: str, text: str) -> tuple[Tag, ...]:
        """Tag one story; the order is that of first mention."""
        found: dict[str, tuple[Place, list[Evidence]]] = {}
        for field, content in (("title", title), ("text", text)):
            for place, start, end in self._mentions(words_of(content)):
                _, evidence = found.setdefault(place.term, (place, []))
                if len(evidence) < _MOST_EVIDENCE:
                    evidence.append(Evidence(field=field, start=start, end=end, words=content[start:end]))
        return tuple(
            Tag(scheme="region", term=place.term, label=place.label, path=place.path, evidence=tuple(evidence))
            for place, evidence in found.values()
        )

    def _mentions(self, words: Words) -> Iterator[tuple[Place, int, int]]:
        reading = _Reading(words)
        place = 0
        while place < len(words.arcs):
            name, after = self._longest(reading, place)
            if name is None:
                place += 1
                continue
            if name.place is not None:
                yield name.place, words.spans[place][0], words.spans[after - 1][1]
            place = after

    def _longest(self, reading: _Reading, start: int) -> tuple[Name | None, int]:
        arcs = reading.words.arcs
        best: tuple[Name | None, int] = (None, start)
        paths: list[tuple[Node, int]] = [(self.gazetteer.names, start)]
        while paths:
            node, at = paths.pop()
            if node.name is not None and at > best[1] and self._is_meant(node.name, reading, start, at):
                best = (node.name, at)
            if at < len(arcs):
                paths.extend((node.after[form], after) for form, after in arcs[at] if form in node.after)
        if best[0] is not None or not arcs[start]:
            return best
        return self._by_stem(*arcs[start][0])

    def _by_stem(self, form: str, after: int) -> tuple[Name | None, int]:
        if _CYRILLIC.match(form):
            for cut in range(_LONGEST_ENDING + 1):
                place = self.gazetteer.stems.get(form[: len(form) - cut])
                if place is not None:
                    return Name(place=place), after
        return None, after

    def _is_meant(self, name: Name, reading: _Reading, start: int, end: int) -> bool:
        raw = reading.raw(start, end)
        if name.exact is not None:
            return APOSTROPHE.split(raw)[0] == name.exact and not reading.is_shouted
        if name.needs_capital and raw == raw.lower() != raw.upper():
            return False
        is_risky = end == start + 1 and any(form in _ALSO_PEOPLE for form, _ in reading.words.arcs[start])
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
            raw = reading.raw(neighbour, neighbour + 1)
            is_place = any(form in names for form, _ in reading.words.arcs[neighbour])
            if raw[0].isupper() and not raw.isupper() and fold(raw) not in _FUNCTION_WORDS and not is_place:
                return True
        return False


class _Reading:
    """A text's words with what its capitals can tell."""

    def __init__(self, words: Words) -> None:
        self.words = words
        letters = [char for char in words.text if char.isalpha()]
        self.is_shouted = sum(char.isupper() for char in letters) > _MOST * len(letters)
        long_words = [words.text[start] for start, end in words.spans if end - start > _LONGEST_ENDING]
        self.is_title_case = len(long_words) >= _FEWEST and all(char.isupper() for char in long_words)

    def raw(self, start: int, end: int) -> str:
        return self.words.text[self.words.spans[start][0] : self.words.spans[end - 1][1]]

    def neighbours(self, start: int, end: int) -> Iterator[int]:
        """Yield the places right before and after with nothing but one space between."""
        text, spans = self.words.text, self.words.spans
        if start > 0 and text[spans[start - 1][1] : spans[start][0]] == " ":
            yield start - 1
        if end < len(spans) and text[spans[end - 1][1] : spans[end][0]] == " ":
            yield end
