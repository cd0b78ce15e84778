"""Find institutions that stand for a country without naming it: "the government", the NHS, Госдума, Meclis.

Outlets write of their own country so. A name stands for one country whoever writes (NHS), for the outlet's country if
that is one of a few (Congress), or for the outlet's country whatever it is (the government). One that another country
governs ("the Syrian government") stands for nothing here, nor does one that companions make something else ("party
congress", "government-held").
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from functools import cache, cached_property
from typing import NamedTuple

from syndicator.tag import tables
from syndicator.tag.cues import Cue, cues_of, elision
from syndicator.tag.institution_names import FIRST_LETTERS, OFFICE, VOID, Entry, Node, WordsBeside, keys_of, read_names
from syndicator.text import APOSTROPHE, MemoDict, Words, forms

_SENTENCE_ENDS = frozenset('.!?:;\n"“”„«»()[]…؟।—–|')
_CLAUSE_ENDS = frozenset('.!?;\n"“”«»()…؟—–|')
_JOINERS = ("-", "‐", "‑", "\u200c")
_GAPS = frozenset((" ", "\n", "\xa0", *_JOINERS))
_MOST_BETWEEN = 3  # words between an institution and the country that governs it: Sudan's new military government
_LONGEST_TOPIC = 8  # words of a headline before its colon
_LONG_WORD = 4
_ARABIC_ARTICLE, _ARABIC_FOR_THE = "ال", "لل"
_UNCASED = frozenset(("ar", "fa"))
_FIRST = "en"
_NOUN_CAPITALS, _COUNTRY_FIRST = "de", "tr"  # Turkish has no country after the institution that it governs


class InstitutionMention(NamedTuple):
    """An institution named in a text: characters ``at`` to ``to``, end exclusive, of the text with index ``field``.

    ``code`` is the country that it stands for; ``is_home`` tells that it is the outlet's because the outlet writes so.
    """

    field: int
    at: int
    to: int
    code: str
    is_home: bool


class _Asked(NamedTuple):
    """The outlet's country, the text's language and what the story is likely about, if they are known."""

    home: str
    language: str
    likely: str


class _Match(NamedTuple):
    start: int
    end: int
    entry: Entry


class InstitutionFinder:
    """Finds the institutions of a country in texts that do not name the country."""

    def __init__(self) -> None:
        """Read the table."""
        self._beside = WordsBeside()
        self._root = read_names(self._beside)
        self._first_letters = self._root.first_letters()
        self._keys = MemoDict(keys_of)
        self._begun = MemoDict(self._begin)

    def __call__(
        self,
        fields: Sequence[Words],
        home: str,
        taken: Collection[tuple[int, int, int]] = (),
        beginnings: Sequence[Sequence[int]] = (),
        language: str = "",
        *,
        likely: str = "",
    ) -> list[InstitutionMention]:
        """Return the institutions of a story's texts, in order.

        ``home`` is the outlet's ISO 3166-1 code, empty if unknown. ``taken`` are the places found, as field, first word
        and end: what they govern or overlap is left out. ``beginnings`` are the places of each field's words that may
        begin a name, if they are known: they spare a look-up of each word. In a known ``language``, only that
        language's names count. Where the outlet's country is unknown, ``likely``, or else the one country of those
        that need no outlet, takes its place for names of a few countries (Congress), but not for those of any.
        """
        begun = beginnings or [self._begun_by_words(words) for words in fields]
        texts = [
            (_Text(words, self._beside, number, taken), begun[number])
            for number, words in enumerate(fields)
            if begun[number]
        ]
        asked = _Asked(home, language if not language or language in tables.LANGUAGES else _FIRST, likely)
        found = list(self._mentions(texts, asked))
        if not home and not likely and len({each.code for each in found}) == 1:
            found = list(self._mentions(texts, asked._replace(likely=found[0].code)))
        return found

    def _mentions(self, texts: Sequence[tuple[_Text, Sequence[int]]], asked: _Asked) -> Iterator[InstitutionMention]:
        for text, begun in texts:
            for match in self._matches(text, begun, asked):
                resolved = match.entry.countries.resolve(asked.home, asked.likely)
                yield InstitutionMention(text.number, *text.extent(match), *resolved)

    def begins(self, word: str) -> bool:
        """Return whether a word may begin an institution's name."""
        if word.isascii() and word.isalpha():
            if word[:FIRST_LETTERS].lower() not in self._first_letters:
                return False  # most words, at a tenth of the cost
        elif self._first_letters.isdisjoint(form[:FIRST_LETTERS] for form in forms(word)):
            return _ARABIC_FOR_THE in word[:4] and bool(self._root.follow(keys_of(word)))
        return bool(self._root.follow(keys_of(word)))

    def _begin(self, word: str) -> Sequence[Node]:
        return self._root.follow(self._keys[word]) or ()

    def _begun_by_words(self, words: Words) -> list[int]:
        return list(itertools.compress(itertools.count(), map(self._begun.__getitem__, words.words)))

    def _matches(self, text: _Text, begun: Sequence[int], asked: _Asked) -> Iterator[_Match]:
        """Yield the longest institutions, from left to right; what is none hides what it holds."""
        after = 0
        for start in begun:
            found = self._found(text, start, asked) if start >= after else ()
            if found:
                match = max(found, key=_longest_void_first) if len(found) > 1 else found[0]
                after = match.end
                if match.entry.kind != VOID and text.stands_alone(match):
                    yield match

    def _found(self, text: _Text, start: int, asked: _Asked) -> list[_Match]:
        """Return every name that begins at a word."""
        found: list[_Match] = []
        words, nodes, at = text.words, self._begun[text.words.words[start]], start + 1
        while True:
            for node in nodes:
                if node.entries:
                    found += [_Match(start, at, entry) for entry in node.entries if text.fits(start, entry, asked)]
            if at == text.size or words.gap(at - 1) not in _GAPS:
                return found
            keys = self._keys[words.words[at]]
            nodes = [further for node in nodes for further in node.follow(keys)]
            if not nodes:
                return found
            at += 1


class _Text:
    """One text, with the words of places found in it, and what its other words say of an institution beside them."""

    def __init__(self, words: Words, beside: WordsBeside, number: int, taken: Collection[tuple[int, int, int]]) -> None:
        self.words, self.beside, self.number, self.taken = words, beside, number, taken
        self.size = len(words.words)

    @cached_property
    def places(self) -> frozenset[int]:
        """The words of the places found in this text."""
        spans = (range(start, end) for number, start, end in self.taken if number == self.number)
        return frozenset(itertools.chain.from_iterable(spans))

    def fits(self, start: int, entry: Entry, asked: _Asked) -> bool:
        """Return whether an entry stands for a country here, and an article or a sentence's end precedes if it must."""
        if entry.kind == VOID:
            return True
        is_read = not asked.language or entry.language == asked.language
        if not is_read or not entry.countries.resolve(asked.home, asked.likely)[0]:
            return False
        if entry.needs_start and not self._starts_sentence(start):
            return False
        if not entry.needs_article or elision(self.words.words[start]):
            return True
        return start > 0 and self.words.gap(start - 1) == " " and self._is(start - 1, entry.language, "article")

    def stands_alone(self, match: _Match) -> bool:
        """Return whether no country governs the institution, and no companion makes it something else."""
        start, end, entry = match
        if self._touches_place(start, end):
            return False
        if self._is_anothers(match):
            return False
        if entry.countries.default:
            return True
        is_joined = (start and self.words.gap(start - 1) in _JOINERS) or self.words.gap(end - 1).startswith(_JOINERS)
        if is_joined or self._is_governed_before(start, entry.language) or self._has_companion(match):
            return False
        is_governed = entry.language != _COUNTRY_FIRST and self._is_governed_after(end, entry.language)
        return not is_governed and self._is_unnamed(match)

    def _touches_place(self, start: int, end: int) -> bool:
        """Return whether a place precedes an institution, is all of it or goes on behind it.

        A place within its name is part of it: the Duke of Edinburgh.
        """
        inside = [at in self.places for at in range(start, end)]
        return (start - 1 in self.places) or all(inside) or (inside[-1] and end in self.places)

    def _is_anothers(self, match: _Match) -> bool:
        """Return whether a word before an English name makes it another country's: the Kenyan Premier League."""
        is_short = self.words.words[match.end - 1].isupper()
        return match.entry.language == _FIRST and not is_short and self._is_name_before(match.start, _FIRST)

    def extent(self, match: _Match) -> tuple[int, int]:
        """Return the characters of a name, end exclusive, without an elided article and what an apostrophe adds."""
        at, to = self.words.span(match.start, match.end)
        last = self.words.words[match.end - 1]
        skipped = elision(last)
        mark = next((each.start() for each in APOSTROPHE.finditer(last) if each.start() >= skipped), len(last))
        return at + elision(self.words.words[match.start]), to - (len(last) - mark)

    def _is_governed_before(self, start: int, language: str) -> bool:
        if start > 1 and ":" in self.words.gap(start - 1):
            return self._has_topic(start)
        for at in range(start - 1, max(-1, start - 2 - _MOST_BETWEEN), -1):
            if not _CLAUSE_ENDS.isdisjoint(self.words.gap(at)):
                return False
            if at in self.places:
                return True
            if not self._is(at, language, "of", "between", "article"):
                return False
        return False

    def _has_topic(self, start: int) -> bool:
        """Return whether a place stands before the colon before a word: "Senegal floods: Government blamed"."""
        for at in range(start - 1, max(-1, start - 1 - _LONGEST_TOPIC), -1):
            if at in self.places:
                return True
            if at and not _CLAUSE_ENDS.isdisjoint(self.words.gap(at - 1)):
                return False
        return False

    def _is_governed_after(self, end: int, language: str) -> bool:
        for at in range(end, min(self.size, end + 1 + _MOST_BETWEEN)):
            if self.words.gap(at - 1) not in _GAPS:
                return False
            if at in self.places:
                return True
            is_between = self._is(at, language, "of", "between", "article")
            if not is_between and not self.words.words[at].startswith(_ARABIC_ARTICLE):
                return False
        return False

    def _has_companion(self, match: _Match) -> bool:
        """Return whether words beside it say that it is another's: "former president", "president of the company"."""
        start, end, (_, _, language, _, _) = match
        if start and self.words.gap(start - 1) in _GAPS and self._is(start - 1, language, "before"):
            return True
        for at in range(end, min(self.size, end + _MOST_BETWEEN)):
            if self.words.gap(at - 1) not in _GAPS:
                return False
            if self._is(at, language, "after"):
                return True
            if not self._is(at, language, "of", "article"):
                return False
        return False

    def _is_unnamed(self, match: _Match) -> bool:
        """Return whether no name beside it tells whose it is: "President Assad", "the Assad government"."""
        start, end, entry = match
        is_office = entry.kind == OFFICE
        if entry.language in _UNCASED:
            is_last = end == self.size or self.words.gap(end - 1) != " "
            return not is_office or is_last or self._is(end, entry.language, "open")
        if not is_office and (not entry.countries.is_any or entry.language == _NOUN_CAPITALS or self._is_titled()):
            return True
        return not self._is_name(end, end - 1) and (is_office or not self._is_name_before(start, entry.language))

    def _is_name(self, at: int, gap: int) -> bool:
        is_beside = 0 <= at < self.size and self.words.gap(gap) == " "
        return is_beside and self.words.words[at][0].isupper() and not cues_of(self.words.words[at]) & Cue.CALENDAR

    def _is_name_before(self, start: int, language: str) -> bool:
        before = start - 1
        if not self._is_name(before, before) or self._is(before, language, "article"):
            return False
        return not self._starts_sentence(before) or self._is_short(before)

    def _is_short(self, at: int) -> bool:
        """Return whether a word is an abbreviation, unlike all of the text's words."""
        word = self.words.words[at]
        return len(word) > 1 and word.isupper() and not self.words.text.isupper()

    def _starts_sentence(self, at: int) -> bool:
        return at == 0 or not _SENTENCE_ENDS.isdisjoint(self.words.gap(at - 1))

    def _is_titled(self) -> bool:
        """Return whether each longer word has a capital, so that one tells nothing."""
        return not any(len(word) > _LONG_WORD and word[0].islower() for word in self.words.words)

    def _is(self, at: int, language: str, *kinds: str) -> bool:
        known = self.beside[self.words.words[at]]
        return bool(known) and any((language, kind) in known for kind in kinds)


@cache
def institution_finder() -> InstitutionFinder:
    """Return the one finder of this process."""
    return InstitutionFinder()


def _longest_void_first(match: _Match) -> tuple[int, bool]:
    return match.end, match.entry.kind == VOID
