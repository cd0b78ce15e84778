"""Capitalization of a text: upper case, title case, abbreviations, starts of sentences, the extent of a name."""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from syndicator.tag.cues import Cue, elision
from syndicator.tag.find import Match
from syndicator.tag.gazetteer import Usage
from syndicator.tag.name import Name
from syndicator.tag.unspaced import SignWords, is_person, with_cues_of_signs
from syndicator.text import APOSTROPHE, MemoDict, Words, fold

_MOST_UPPERCASE = 0.7
_LONG_WORD, _FEWEST_LONG = 4, 4
_FEWEST_SMALL = 4
_INITIAL = re.compile(r"(?<![\w'’])[^\W\d_]")
_LONGEST_PERSON = 4
_PERSON_GAPS = frozenset((" ", ". ", "-"))
_SHORT = 2  # letters of what is an abbreviation in capitals
_DATELINE_GAPS = (" - ", " – ", " — ", " -- ", " (")
_SENTENCE_ENDS = frozenset('.!?:;\n"“”„«»()[]…؟।—–|')
_PREFIXED_IN = frozenset("بفلבלמ")  # Arabic and Hebrew "in", "to", "from" are written with the name
# Languages that write demonyms, or their adjectives, with a small letter.
_LOWERCASE_DEMONYMS = frozenset("fr es de ru it pt nl pl uk bg ro sv da no cs".split())
_WITH_GENITIVE = "de"  # Russlands
_WITHOUT_PREFIXES = "ckb"  # in the script of Arabic, which has them
_CODE = Cue.UPPERCASE | Cue.INITIAL
# Cues that are asked for in all of a text; its words are gone through once for all of them.
NOTABLE = Cue.UPPERCASE | Cue.FIRST_NAME | Cue.TITLE | Cue.MARKED | Cue.INSTITUTION
_ALWAYS_CODES = frozenset(("US", "USA", "UK", "UAE", "EU", "UN"))


class Text(NamedTuple):
    """One text's words with their cues. Where all of it is in upper or title case, capitals are no evidence."""

    words: Words
    cues: Sequence[int]
    is_uppercase: bool
    is_title_case: bool
    notable: Sequence[int]  # the places of the words with ``NOTABLE`` cues

    def places(self, kinds: int) -> list[int]:
        """Return the places of the words with any of these cues, which must be ``NOTABLE`` ones."""
        cues = self.cues
        return [place for place in self.notable if cues[place] & kinds]

    def is_code(self, match: Match) -> bool:
        """Return whether a name is written like an abbreviation; in a text in upper case only a few names are."""
        if self.is_uppercase:
            return self.words.words[match.start] in _ALWAYS_CODES
        if not self.cues[match.start] & _CODE:
            return False
        return all(cue & _CODE for cue in self.cues[match.start + 1 : match.end])

    def allows(self, match: Match, name: Name, language: str) -> bool:
        """Return whether the words are capitalized as the name must be."""
        cue, is_one = self.cues[match.start], match.end == match.start + 1
        if cue & Cue.UNSPACED and isinstance(self.words, SignWords):
            is_known = bool(name.usage & Usage.CURATED)
            return not is_person(self.words, match.start, match.end, language, is_known=is_known)
        is_unsure = is_one and cue & Cue.UNCASED and (cue & Cue.FIRST_NAME or language == _WITHOUT_PREFIXES)
        if is_unsure and self._is_other_word(match, name, language):
            return False
        is_small = cue & Cue.SMALL
        if is_one and language != _WITH_GENITIVE and _is_genitive(self.words.words[match.start], name):
            return False
        if name.usage & (Usage.NOT_A_PLACE | Usage.METONYM):
            return not is_small or not is_one
        may_be_small = name.is_demonym and language in _LOWERCASE_DEMONYMS
        ends_small = self.cues[match.end - 1] & Cue.SMALL and (is_one or not name.usage & Usage.CURATED)
        if not may_be_small and (ends_small or (is_small and is_one)):
            return False
        return not is_one or len(self.words.words[match.start]) > 1

    def _is_other_word(self, match: Match, name: Name, language: str) -> bool:
        """Return whether a word in a script without capitals is a person's first name, or no word with a prefix."""
        start, end, _ = match
        if language == _WITHOUT_PREFIXES and not fold(self.words.words[start]).startswith(name.written):
            return True
        is_before_surname = end < len(self.cues) and self.cues[end] & Cue.SURNAME and self.words.gap(start) == " "
        return bool(is_before_surname and self.cues[start] & Cue.FIRST_NAME)

    def starts_sentence(self, place: int) -> bool:
        """Return whether a word begins a sentence, which gives any word a capital."""
        return place == 0 or not _SENTENCE_ENDS.isdisjoint(self.words.gap(place - 1))

    def is_headed(self, start: int, end: int) -> bool:
        """Return whether words look like a dateline behind a headline in the same text: Chief Justice MANILA - The."""
        if self.is_uppercase or not self.cues[start] & self.cues[end - 1] & Cue.UPPERCASE:
            return False
        return len(self.words.words[start]) > _SHORT and self.words.gap(end - 1).startswith(_DATELINE_GAPS)

    def is_locative(self, match: Match, name: Name) -> bool:
        """Return whether a word for "in", "from" or "to" precedes the name or is part of it."""
        start = match.start
        cue = self.cues[start]
        if cue & Cue.LOCATIVE_CASE:
            return True
        if cue & Cue.UNCASED:
            first = self.words.words[start][0]
            if first in _PREFIXED_IN and name.written[0] != first:
                return True
        before = start - 1
        if before > 0 and self.cues[before] & Cue.ARTICLE and self.words.gap(before) == " ":
            before -= 1
        is_near = before >= 0 and self.words.gap(before) == " "
        return is_near and bool(self.cues[before] & (Cue.LOCATIVE | Cue.FROM))

    def person_words(self) -> Iterator[str]:
        """Yield folded words that follow a first name or a title as a surname does."""
        if self.is_title_case or self.is_uppercase:
            return
        cues, raw, gap = self.cues, self.words.words, self.words.gap
        for place in self.places(Cue.FIRST_NAME | Cue.TITLE):
            if cues[place] & Cue.FIRST_NAME and cues[place] & Cue.SMALL:
                continue
            for at in range(place + 1, min(place + _LONGEST_PERSON, len(cues))):
                is_other = cues[at] & (Cue.LOCATIVE | Cue.OF | Cue.DIRECTION | Cue.CALENDAR)
                if gap(at - 1) not in _PERSON_GAPS or not cues[at] & Cue.CAPITAL or is_other:
                    break
                if cues[at] & Cue.UPPERCASE and self.is_headed(at, at + 1):
                    break
                yield base_form(raw[at])

    def extent(self, match: Match, name: Name) -> tuple[int, int]:
        """Return the characters of a name, end exclusive: without 's, with an abbreviation's full stop."""
        at, to = self.words.span(match.start, match.end)
        first, last = self.words.words[match.start], self.words.words[match.end - 1]
        if self.cues[match.start] & Cue.ELIDED:
            at += elision(first)
        if self.cues[match.end - 1] & (Cue.POSSESSIVE | Cue.LOCATIVE_CASE):
            marks = list(APOSTROPHE.finditer(last))
            if marks:
                return at, to - (len(last) - marks[-1].start())
        if name.usage & Usage.ABBREVIATION and "." not in last and self.words.gap(match.end - 1).startswith("."):
            to += 1
        return at, to


def kinds_of(cues: Sequence[int]) -> int:
    """Return the cues of all words together."""
    return functools.reduce(operator.or_, set(cues), 0)


def read_text(words: Words, cues: Sequence[int], kinds: int) -> Text:
    """Return a text with its words' cues, all ``kinds`` of them together, and its capitalization."""
    if isinstance(words, SignWords):
        cues = with_cues_of_signs(words, cues)
        return Text(words, cues, is_uppercase=False, is_title_case=False, notable=_notable(cues))
    is_uppercase = is_title_case = False
    notable = _notable(cues) if kinds & NOTABLE else []
    if kinds & Cue.UPPERCASE:
        uppercase = sum([len(words.words[place]) for place in notable if cues[place] & Cue.UPPERCASE])
        is_uppercase = uppercase > _MOST_UPPERCASE * sum(map(len, words.words))
    small = (len(word) > _LONG_WORD and not cue & Cue.CAPITAL for word, cue in zip(words.words, cues, strict=True))
    if not any(small):
        is_title_case = sum(len(word) > _LONG_WORD for word in words.words) >= _FEWEST_LONG
    return Text(words, cues, is_uppercase, is_title_case, notable)


def _notable(cues: Sequence[int]) -> list[int]:
    return [place for place, cue in enumerate(cues) if cue & NOTABLE]


def as_read(words: Words, kinds: int) -> Words | None:
    """Return a text as it must be read if its words are not those that are written; None for most texts.

    A text without any capital, as some headlines are, gets one on each word. Without spaces, each sign is a word.
    """
    if kinds & Cue.UNSPACED:
        return SignWords(words.text)
    is_small = kinds & Cue.SMALL and not kinds & (Cue.CAPITAL | Cue.UNCASED)
    if not is_small or len(words.words) < _FEWEST_SMALL:
        return None
    raised = Words(_INITIAL.sub(_raised, words.text))
    return raised if len(raised.text) == len(words.text) else None


def _raised(initial: re.Match[str]) -> str:
    return initial.group().upper()


def _read_base_form(word: str) -> str:
    return fold(APOSTROPHE.split(word)[0])


base_form = MemoDict(_read_base_form).__getitem__


def _is_genitive(word: str, name: Name) -> bool:
    """Return whether a word is a name only without its last letter: Russlands."""
    return word[-1] in "sS" and name.written[-1] != "s" and not APOSTROPHE.search(word) and " " not in name.written
