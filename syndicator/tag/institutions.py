"""Find institutions that stand for a country without naming it: "the government", the NHS, Госдума, Meclis.

Outlets write of their own country so. A name stands for one country whoever writes (NHS), for the outlet's country if
that is one of a few (Congress), or for the outlet's country whatever it is (the government). One that another country
governs ("the Syrian government") stands for nothing here, nor does one that companions make something else ("party
congress", "government-held").
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from syndicator.tag import tables
from syndicator.tag.cues import Cue, cues_of, elision
from syndicator.text import APOSTROPHE, MemoDict, Words, fold, forms

_VOID, _OFFICE, _NAMES = "void", "office", frozenset(("body", "office", "void"))
_MARK = "\t"  # stands before a form once for each capital that the word must have; no word holds it
_SEVERAL_CAPITALS = 2
_SENTENCE_ENDS = frozenset('.!?:;\n"“”„«»()[]…؟।—–|')
_CLAUSE_ENDS = frozenset('.!?;\n"“”«»()…؟—–|')
_JOINERS = ("-", "‐", "‑", "\u200c")
_GAPS = frozenset((" ", "\n", "\xa0", *_JOINERS))
_MOST_BETWEEN = 3  # words between an institution and the country that governs it: Sudan's new military government
_LONG_WORD = 4
_ARABIC_FOR_THE, _ARABIC_ARTICLE = ("لل", "ولل", "فلل"), "ال"
_UNCASED = frozenset(("ar", "fa"))
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


class _Countries(NamedTuple):
    """What an institution may stand for: one country, the outlet's if among a few, or the outlet's whatever it is."""

    default: str
    among: frozenset[str]
    without: frozenset[str]
    is_any: bool

    def resolve(self, home: str) -> tuple[str, bool]:
        """Return the country and whether it is the outlet's; an empty code if it stands for none."""
        if home and (home in self.among or (self.is_any and home not in self.without)):
            return home, True
        return self.default, False


class _Entry(NamedTuple):
    """What a row says of a name; ``language`` is its column."""

    kind: str
    countries: _Countries
    language: str
    needs_article: bool
    needs_start: bool


@dataclass(slots=True)
class _Node:
    """A point in the tree of names; what follows is by form, or by the beginning of one."""

    nexts: dict[str, _Node] = field(default_factory=dict)
    stems: dict[str, _Node] = field(default_factory=dict)
    entries: list[_Entry] = field(default_factory=list)
    beginnings: tuple[str, ...] = ()  # the stems, for a test that is over sooner than a loop

    def follow(self, keys: Sequence[str]) -> list[_Node]:
        """Return the nodes that a word with these keys leads to."""
        found = [self.nexts[key] for key in keys if key in self.nexts]
        for key in keys:
            if key.startswith(self.beginnings):
                found += [node for stem, node in self.stems.items() if key.startswith(stem)]
        return found

    def grow(self, key: str, *, is_stem: bool) -> _Node:
        """Return the node after a word, made if there is none."""
        if not is_stem:
            return self.nexts.setdefault(key, _Node())
        node = self.stems.setdefault(key, _Node())
        self.beginnings = tuple(self.stems)
        return node


class _Match(NamedTuple):
    start: int
    end: int
    entry: _Entry


class InstitutionFinder:
    """Finds the institutions of a country in texts that do not name the country."""

    def __init__(self) -> None:
        """Read the table."""
        self._root, self._beside = _Node(), _Beside()
        self._keys = MemoDict(_keys_of)
        self._begun = MemoDict(self._begin)
        for row in tables.rows("institutions.tsv"):
            if row["kind"] in _NAMES:
                self._add_row(row)

    def __call__(
        self,
        fields: Sequence[Words],
        home: str,
        taken: Collection[tuple[int, int, int]] = (),
        cues: Sequence[Sequence[int]] = (),
    ) -> list[InstitutionMention]:
        """Return the institutions of a story's texts, in order.

        ``home`` is the outlet's ISO 3166-1 code, empty if unknown. ``taken`` are the places found, as field, first word
        and end: what they govern or overlap is left out. ``cues`` are the ``Cue`` bits of the fields' words, if they
        are known: they spare a look-up of each word.
        """
        found = []
        for number, words in enumerate(fields):
            begun = self._begun_by_cues(cues[number]) if cues else self._begun_by_words(words)
            if begun:
                places = {at for index, start, end in taken if index == number for at in range(start, end)}
                text = _Text(words, places, self._beside)
                found += [
                    InstitutionMention(number, *text.extent(match), *match.entry.countries.resolve(home))
                    for match in self._matches(text, begun, home)
                ]
        return found

    def begins(self, word: str) -> bool:
        """Return whether a word may begin an institution's name."""
        return bool(self._root.follow(self._keys[word]))

    def _begin(self, word: str) -> Sequence[_Node]:
        return self._root.follow(self._keys[word]) or ()

    def _begun_by_cues(self, cues: Sequence[int]) -> list[int]:
        return [at for at, cue in enumerate(cues) if cue & Cue.INSTITUTION]

    def _begun_by_words(self, words: Words) -> list[int]:
        return list(itertools.compress(itertools.count(), map(self._begun.__getitem__, words.words)))

    def _matches(self, text: _Text, begun: Sequence[int], home: str) -> Iterator[_Match]:
        """Yield the longest institutions, from left to right; what is none hides what it holds."""
        after = 0
        for start in begun:
            found = self._found(text, start, home) if start >= after else ()
            if found:
                match = max(found, key=_longest_void_first) if len(found) > 1 else found[0]
                after = match.end
                if match.entry.kind != _VOID and text.stands_alone(match):
                    yield match

    def _found(self, text: _Text, start: int, home: str) -> list[_Match]:
        """Return every name that begins at a word."""
        found, all_words, gap = [], text.words.words, text.words.gap
        paths = [(node, start + 1) for node in self._begun[all_words[start]]]
        while paths:
            node, at = paths.pop()
            for entry in node.entries:
                if entry.kind == _VOID or (entry.countries.resolve(home)[0] and text.fits(start, entry)):
                    found.append(_Match(start, at, entry))
            if (node.nexts or node.stems) and at < len(all_words) and gap(at - 1) in _GAPS:
                paths += [(further, at + 1) for further in node.follow(self._keys[all_words[at]])]
        return found

    def _add_row(self, row: dict[str, str]) -> None:
        countries = _read_code(row["code"])
        for language in tables.LANGUAGES:
            for cell in tables.cell(row, language):
                self._add(cell, row["kind"], countries, language)

    def _add(self, cell: str, kind: str, countries: _Countries, language: str) -> None:
        words, node = Words(cell), self._root
        first = len(words.words) > 1 and kind != _VOID and (language, "article") in self._beside[words.words[0]]
        for at in range(int(first), len(words.words)):
            key = _key_of(words.words[at][elision(words.words[at]) :])
            node = node.grow(key, is_stem=words.gap(at).startswith("*"))
        needs_article = first or (kind != _VOID and elision(words.words[0]) > 0)
        node.entries.append(_Entry(kind, countries, language, needs_article, cell.startswith("^")))


class _Text:
    """One text, with the words of places found in it, and what its other words say of an institution beside them."""

    def __init__(self, words: Words, places: Collection[int], beside: _Beside) -> None:
        self.words, self.places, self.beside = words, places, beside
        self.size = len(words.words)

    def fits(self, start: int, entry: _Entry) -> bool:
        """Return whether an article or the beginning of a sentence precedes where the table asks for it."""
        if entry.needs_start and not self._starts_sentence(start):
            return False
        if not entry.needs_article or elision(self.words.words[start]):
            return True
        return start > 0 and self.words.gap(start - 1) == " " and self._is(start - 1, entry.language, "article")

    def stands_alone(self, match: _Match) -> bool:
        """Return whether no country governs the institution, and no companion makes it something else."""
        start, end, entry = match
        if any(at in self.places for at in range(max(0, start - 1), end)):
            return False
        if entry.countries.default:
            return True
        is_joined = (start and self.words.gap(start - 1) in _JOINERS) or self.words.gap(end - 1).startswith(_JOINERS)
        if is_joined or self._is_governed_before(start, entry.language) or self._has_companion(match):
            return False
        is_governed = entry.language != _COUNTRY_FIRST and self._is_governed_after(end, entry.language)
        return not is_governed and self._is_unnamed(match)

    def extent(self, match: _Match) -> tuple[int, int]:
        """Return the characters of a name, end exclusive, without an elided article and what an apostrophe adds."""
        at, to = self.words.span(match.start, match.end)
        last = self.words.words[match.end - 1]
        skipped = elision(last)
        mark = next((each.start() for each in APOSTROPHE.finditer(last) if each.start() >= skipped), len(last))
        return at + elision(self.words.words[match.start]), to - (len(last) - mark)

    def _is_governed_before(self, start: int, language: str) -> bool:
        for at in range(start - 1, max(-1, start - 2 - _MOST_BETWEEN), -1):
            if not _CLAUSE_ENDS.isdisjoint(self.words.gap(at)):
                return False
            if at in self.places:
                return True
            if not self._is(at, language, "of", "between", "article"):
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
        is_office = entry.kind == _OFFICE
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
        return (
            self._is_name(before, before)
            and not self._starts_sentence(before)
            and not self._is(before, language, "article")
        )

    def _starts_sentence(self, at: int) -> bool:
        return at == 0 or not _SENTENCE_ENDS.isdisjoint(self.words.gap(at - 1))

    def _is_titled(self) -> bool:
        """Return whether each longer word has a capital, so that one tells nothing."""
        return not any(len(word) > _LONG_WORD and word[0].islower() for word in self.words.words)

    def _is(self, at: int, language: str, *kinds: str) -> bool:
        known = self.beside[self.words.words[at]]
        return bool(known) and any((language, kind) in known for kind in kinds)


class _Beside(MemoDict[str, frozenset[tuple[str, str]]]):
    """Of words beside an institution, the languages and kinds that the table has them under."""

    def __init__(self) -> None:
        super().__init__(self._read)
        self._whole: dict[str, set[tuple[str, str]]] = {}
        self._stems: list[tuple[str, tuple[str, str]]] = []
        for row in tables.rows("institutions.tsv"):
            if row["kind"] not in _NAMES:
                for language in tables.LANGUAGES:
                    for word in tables.cell(row, language):
                        self._add(word, (language, row["kind"]))

    def _add(self, word: str, kind: tuple[str, str]) -> None:
        if word.endswith("*"):
            self._stems.append((fold(word[:-1]), kind))
        else:
            self._whole.setdefault(fold(word), set()).add(kind)

    def _read(self, word: str) -> frozenset[tuple[str, str]]:
        readings = forms(word)
        kinds = itertools.chain.from_iterable(self._whole.get(form, ()) for form in readings)
        return frozenset((*kinds, *(kind for stem, kind in self._stems if readings and readings[0].startswith(stem))))


@cache
def institution_finder() -> InstitutionFinder:
    """Return the one finder of this process."""
    return InstitutionFinder()


def _longest_void_first(match: _Match) -> tuple[int, bool]:
    return match.end, match.entry.kind == _VOID


def _read_code(code: str) -> _Countries:
    """Return the countries of a cell: ``GB``, ``US|PH``, ``GB|``, ``RU:KZ|BY``, ``*`` or ``*-US|GB``."""
    is_any = code.startswith("*")
    if is_any:
        return _Countries("", frozenset(), frozenset(code.removeprefix("*").removeprefix("-").split("|")), is_any)
    default, _, among = code.partition(":") if ":" in code or "|" not in code else ("", "", code)
    return _Countries(default, frozenset(filter(None, among.split("|"))), frozenset(), is_any)


def _capitals(word: str) -> int:
    """Return how many capitals a word has, at most two, without an elided article and what an apostrophe adds."""
    own = APOSTROPHE.split(word[elision(word) :])[0]
    return min(_SEVERAL_CAPITALS, sum(map(str.isupper, own))) if own[:1].isupper() else 0


def _key_of(word: str) -> str:
    return _MARK * _capitals(word) + fold(APOSTROPHE.sub("", word))


def _keys_of(word: str) -> tuple[str, ...]:
    """Return the keys under which a text's word may be in the tree: with as many capitals as it has, or fewer."""
    readings = [*forms(word)]
    if word.startswith(_ARABIC_FOR_THE):
        readings.append(fold(_ARABIC_ARTICLE + word[word.index("لل") + 2 :]))
    return tuple(_MARK * number + form for form in readings for number in range(_capitals(word) + 1))
