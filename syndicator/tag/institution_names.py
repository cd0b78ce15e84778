"""The table of institutions: a tree of their names by word, and the words that matter beside one.

Rows of words beside: ``before`` and ``after`` make it another's (former president, president of the company); ``of``,
``between`` and ``article`` may stand between it and the country that governs it; ``open`` may follow an office in
Arabic and Persian, where a name that follows would tell whose it is, and has no capital.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from syndicator.tag import tables
from syndicator.tag.cues import elision
from syndicator.text import APOSTROPHE, MemoDict, Words, fold, forms

VOID, OFFICE = "void", "office"
FIRST_LETTERS = 3  # that tell whether a word may begin a name
_NAMES = frozenset(("body", OFFICE, VOID))
_MARK = "\t"  # stands before a form once for each capital that the word must have; no word holds it
_SEVERAL_CAPITALS = 2
_ARABIC_FOR_THE, _ARABIC_ARTICLE = ("لل", "ولل", "فلل"), "ال"


class Countries(NamedTuple):
    """What an institution may stand for: one country, the outlet's if among a few, or the outlet's whatever it is."""

    default: str
    among: frozenset[str]
    without: frozenset[str]
    is_any: bool

    def resolve(self, home: str, likely: str = "") -> tuple[str, bool]:
        """Return the country and whether it is the outlet's; an empty code if it stands for none.

        ``likely`` is what the story is likely about: in place of the outlet's country where that is unknown.
        """
        if home and (home in self.among or (self.is_any and home not in self.without)):
            return home, True
        if not home and likely in self.among:
            return likely, False
        return self.default, False


class Entry(NamedTuple):
    """What a row says of a name; ``language`` is its column."""

    kind: str
    countries: Countries
    language: str
    needs_article: bool
    needs_start: bool


@dataclass(slots=True)
class Node:
    """A point in the tree of names; what follows is by form, or by the beginning of one."""

    nexts: dict[str, Node] = field(default_factory=dict)
    stems: dict[str, Node] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    beginnings: tuple[str, ...] = ()  # the stems, for a test that is over sooner than a loop

    def follow(self, keys: Sequence[str]) -> list[Node]:
        """Return the nodes that a word with these keys leads to."""
        found = []
        for key in keys:
            if key in self.nexts:
                found.append(self.nexts[key])
            if self.beginnings and key.startswith(self.beginnings):
                found += [node for stem, node in self.stems.items() if key.startswith(stem)]
        return found

    def first_letters(self) -> frozenset[str]:
        """Return how the words begin that may follow; no stem is shorter."""
        return frozenset(key.lstrip(_MARK)[:FIRST_LETTERS] for key in (*self.nexts, *self.stems))

    def grow(self, key: str, *, is_stem: bool) -> Node:
        """Return the node after a word, made if there is none."""
        if not is_stem:
            return self.nexts.setdefault(key, Node())
        node = self.stems.setdefault(key, Node())
        self.beginnings = tuple(self.stems)
        return node


class WordsBeside(MemoDict[str, frozenset[tuple[str, str]]]):
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


def read_names(beside: WordsBeside) -> Node:
    """Return the tree of all names in the table."""
    root = Node()
    for row in tables.rows("institutions.tsv"):
        if row["kind"] in _NAMES:
            countries = _read_code(row["code"])
            for language in tables.LANGUAGES:
                for cell in tables.cell(row, language):
                    has_article = row["kind"] != VOID and (language, "article") in beside[Words(cell).words[0]]
                    _add(root, cell, Entry(row["kind"], countries, language, has_article, cell.startswith("^")))
    return root


def _add(root: Node, cell: str, entry: Entry) -> None:
    """Add a name; an article before it is asked for, and no part of it."""
    words, node = Words(cell), root
    has_article = entry.needs_article and len(words.words) > 1
    for at in range(int(has_article), len(words.words)):
        key = _key_of(words.words[at][elision(words.words[at]) :])
        node = node.grow(key, is_stem=words.gap(at).startswith("*"))
    is_elided = entry.kind != VOID and elision(words.words[0]) > 0
    node.entries.append(entry._replace(needs_article=has_article or is_elided))


def _read_code(code: str) -> Countries:
    """Return the countries of a cell: ``GB``, ``US|PH``, ``GB|``, ``RU:KZ|BY``, ``*`` or ``*-US|GB``."""
    is_any = code.startswith("*")
    if is_any:
        return Countries("", frozenset(), frozenset(code.removeprefix("*").removeprefix("-").split("|")), is_any)
    default, _, among = code.partition(":") if ":" in code or "|" not in code else ("", "", code)
    return Countries(default, frozenset(filter(None, among.split("|"))), frozenset(), is_any)


def _capitals(word: str) -> int:
    """Return how many capitals a word has, at most two, without an elided article and what an apostrophe adds."""
    own = word if word.isalnum() else APOSTROPHE.split(word[elision(word) :])[0]
    if not own[:1].isupper():
        return 0
    return 1 if own[1:] == own[1:].lower() else _SEVERAL_CAPITALS


def _key_of(word: str) -> str:
    return _MARK * _capitals(word) + fold(APOSTROPHE.sub("", word))


def keys_of(word: str) -> tuple[str, ...]:
    """Return the keys under which a text's word may be in the tree: with as many capitals as it has, or fewer."""
    readings, capitals = forms(word), _capitals(word)
    if word.startswith(_ARABIC_FOR_THE):
        return (*readings, fold(_ARABIC_ARTICLE + word[word.index("لل") + 2 :]))
    if not capitals:
        return readings
    return tuple(_MARK * number + form for form in readings for number in range(capitals + 1))
