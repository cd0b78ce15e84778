"""Tag stories with concepts: the operator's lists of terms, in several languages."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syndicator.lexicon import Lexicon, ReadText
from syndicator.models import Concept, ConceptEntry, Evidence, Tag
from syndicator.models.outlets import EVERY_LANGUAGE
from syndicator.tag.concept_entry import parse_entry
from syndicator.text import words_of

_MOST_EVIDENCE = 5
_TITLE = 2  # times as much as in the text
_Numbers = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry as the numbers of its words, and the place of its concept."""

    concept: int
    entry: ConceptEntry
    arguments: tuple[tuple[_Numbers, ...], ...]
    within: int

    def spans(self, read: ReadText) -> Iterator[tuple[int, int]]:
        """Yield where a text has the entry, in characters."""
        if len(self.arguments) > 1:
            return (read.words.span(*span) for span in read.nearest(self.arguments, self.within))
        return (read.words.span(*span) for phrase in self.arguments[0] for span in read.find(phrase))


@dataclass(slots=True)
class _Score:
    """What was found of one concept in one story."""

    total: float = 0.0
    is_vetoed: bool = False

    def add(self, entry: ConceptEntry, *, is_in_title: bool) -> None:
        self.is_vetoed = self.is_vetoed or entry.is_veto
        self.total += entry.weight * (_TITLE if is_in_title else 1)


class ConceptTagger:
    """Finds the concepts whose entries in a story weigh enough together."""

    def __init__(self, concepts: Sequence[Concept]) -> None:
        """Prepare the entries of these concepts."""
        self._concepts, self._lexicon = tuple(concepts), Lexicon()
        self._entries: list[_Entry] = []
        self._by_word: dict[int, list[int]] = defaultdict(list)
        for place, concept in enumerate(self._concepts):
            for entry in concept.entries or _of_every_language(concept):
                self._add(place, entry)
        self._languages = [
            frozenset(entry.language for entry in concept.entries if entry.weight > 0) for concept in self._concepts
        ]

    def _add(self, place: int, entry: ConceptEntry) -> None:
        pattern = parse_entry(entry.text)
        arguments = tuple(
            tuple(self._lexicon.numbers(words, match) for words, match in choices) for choices in pattern.arguments
        )
        for phrase in arguments[0]:
            self._by_word[phrase[0]].append(len(self._entries))
        self._entries.append(_Entry(place, entry, arguments, pattern.within))

    def __call__(self, title: str, text: str, language: str = "") -> tuple[Tag, ...]:
        """Return the tags of one story in a language, a BCP 47 tag, in the order of the concepts.

        Each concept is looked for by its entries of that language and those of every language. If it has none of the
        language, all of its entries count.
        """
        if not self._concepts:
            return ()
        read = [(field, self._lexicon.read(words_of(part), "")) for field, part in (("title", title), ("text", text))]
        words = read[0][1].numbers | read[1][1].numbers
        found: dict[int, list[_Entry]] = defaultdict(list)
        for number in sorted({each for word in words for each in self._by_word.get(word, ())}):
            entry = self._entries[number]
            if self._counts(entry, language.partition("-")[0]):
                found[entry.concept].append(entry)
        tags = (self._tag(self._concepts[place], entries, read) for place, entries in sorted(found.items()))
        return tuple(tag for tag in tags if tag is not None)

    def _counts(self, entry: _Entry, language: str) -> bool:
        return entry.entry.language in (language, EVERY_LANGUAGE) or language not in self._languages[entry.concept]

    def _tag(self, concept: Concept, entries: Sequence[_Entry], read: Sequence[tuple[str, ReadText]]) -> Tag | None:
        """Return the tag of a concept, None if what a story has of it weighs too little."""
        score, evidence, counted = _Score(), list[Evidence](), set[int]()
        for field, words in read:
            for number, entry in enumerate(entries):
                spans = list(itertools.islice(entry.spans(words), _MOST_EVIDENCE))
                if not spans:
                    continue
                if number not in counted:
                    score.add(entry.entry, is_in_title=field == "title")
                    counted.add(number)
                if entry.entry.weight > 0:
                    evidence += [_evidence(field, words, *span) for span in spans]
        if score.is_vetoed or score.total < concept.threshold or not evidence:
            return None
        shown = tuple(evidence[:_MOST_EVIDENCE])
        return Tag(scheme="concept", term=concept.id, label=concept.label, path=(concept.id,), evidence=shown)


def _evidence(field: str, read: ReadText, start: int, end: int) -> Evidence:
    return Evidence(field=field, start=start, end=end, words=read.words.text[start:end])


def _of_every_language(concept: Concept) -> Iterator[ConceptEntry]:
    return (ConceptEntry(text=term) for term in concept.terms)
