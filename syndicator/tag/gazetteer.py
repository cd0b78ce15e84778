"""The names of places, compiled once per process from Unicode CLDR (through Babel) and our own tables in ``data/``.

Each name becomes a path through a trie of folded words. The tables are TSV: one row per place, one column per
language, alternatives separated by ``|``; a Russian stem ends in ``*``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from babel import Locale

from syndicator.tag.inflect import (
    arabic_people,
    english_people,
    persian_people,
    russian_cases,
    turkish_people,
)
from syndicator.text import fold, phrase_of

LANGUAGES = ("en", "ar", "ru", "tr", "fa")
# CLDR's territories that are no country or dependency: groupings, exceptional reservations, test codes.
_NOT_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
# Everyday words of scripts without capitals (مالي is "financial" far more often than Mali), and عمان, which without its
# shadda is Oman and Amman alike.
_COMMON = frozenset(
    map(fold, ("مالي", "مالی", "پرو", "کره", "نيس", "بالي", "توگو", "حماه", "لیما", "كان", "مان", "عمان"))
)
_CODE = re.compile(r"^[^\W\d_]{2,4}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Something ``region:`` can name: ISO 3166-1 or 3166-2 where there is one; ``path`` begins at its country."""

    term: str
    label: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One name's meaning; ``exact`` demands these very characters, ``needs_capital`` a capital where there are any."""

    place: Place | None
    exact: str | None = None
    needs_capital: bool = True


@dataclass(slots=True)
class Node:
    """A step in the trie."""

    after: dict[str, Node] = field(default_factory=dict)
    name: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """All places by term, all names as a trie, and stems that take any Russian ending."""

    places: Mapping[str, Place]
    names: Node
    stems: Mapping[str, Place]


@cache
def load_places() -> Mapping[str, Place]:
    """Give all places by term, countries first: what they are called in texts takes twenty times as long to load."""
    places = {}
    for code, label in Locale("en").territories.items():
        if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES:  # noqa: PLR2004 - alpha-2
            places[code] = Place(term=code, label=_plain(label), path=(code,))
    for row in _rows("places.tsv"):
        path = (*places[row["parent"]].path, row["term"])
        places[row["term"]] = Place(term=row["term"], label=row["label"], path=path)
    return places


@cache
def countries() -> frozenset[str]:
    """Give the ISO 3166-1 alpha-2 codes that a configuration may use."""
    return frozenset(term for term, place in load_places().items() if len(place.path) == 1)


@cache
def place_labels() -> dict[str, str]:
    """Give English labels by term."""
    return {term: place.label for term, place in load_places().items()}


@cache
def load_gazetteer() -> Gazetteer:
    """Compile the gazetteer (some 0.3 s, once per process).

    Where two places share a name, the one added first keeps it: countries, then Syria's places, capitals, peoples.
    """
    builder = _Builder()
    builder.add_countries()
    builder.add_places()
    builder.add_capitals()
    builder.add_demonyms()
    builder.add_voids()
    return Gazetteer(places=builder.places, names=builder.root, stems=builder.stems)


class _Builder:
    def __init__(self) -> None:
        self.places = load_places()
        self.root = Node()
        self.stems: dict[str, Place] = {}

    def add_countries(self) -> None:
        for row in _rows("aliases.tsv"):
            for language in LANGUAGES:
                for name in _cell(row, language):
                    self._add(self.places[row["code"]], name, language)
        for language in LANGUAGES:
            for code, name in Locale(language).territories.items():
                if code in self.places:
                    for spelling in _cldr_spellings(name):
                        self._add(self.places[code], spelling, language)

    def add_places(self) -> None:
        for row in _rows("places.tsv"):
            place = self.places[row["term"]]
            for language in LANGUAGES:
                for name in _cell(row, language):
                    self._add(place, name, language)

    def add_capitals(self) -> None:
        for row in _rows("capitals.tsv"):
            for language in LANGUAGES:
                for name in _cell(row, language):
                    self._add(self.places[row["code"]], name, language)

    def add_demonyms(self) -> None:
        inflected = {"en": english_people, "ar": arabic_people, "tr": turkish_people, "fa": persian_people}
        for row in _rows("demonyms.tsv"):
            place = self.places[row["code"]]
            for stem in _cell(row, "ru"):
                if stem.endswith("*"):
                    self.stems.setdefault(fold(stem[:-1]), place)
                else:
                    self._insert(stem, Name(place=place, needs_capital=False))
            for language, inflect in inflected.items():
                for word in _cell(row, language):
                    for form in inflect(word):
                        self._insert(form, Name(place=place))

    def add_voids(self) -> None:
        lines = resources.files(__package__).joinpath("data/voids.txt").read_text("utf-8").splitlines()
        for line in lines:
            if line and not line.startswith("#"):
                self._insert(line, Name(place=None), is_stronger=True)

    def _add(self, place: Place, name: str, language: str) -> None:
        if _CODE.match(name) and name.isupper():
            self._insert(name, Name(place=place, exact=name))
            return
        for form in russian_cases(name) if language == "ru" else (name,):
            self._insert(form, Name(place=place))

    def _insert(self, spelling: str, name: Name, *, is_stronger: bool = False) -> None:
        phrase = phrase_of(spelling)
        if not phrase or (len(phrase) == 1 and _COMMON.intersection(phrase[0])):
            return
        for forms in itertools.product(*phrase):
            node = self.root
            for form in forms:
                node = node.after.setdefault(form, Node())
            if node.name is None or is_stronger:
                node.name = name


def _rows(name: str) -> Iterator[dict[str, str]]:
    lines = resources.files(__package__).joinpath("data", name).read_text("utf-8").splitlines()
    table = [line.split("\t") for line in lines if line and not line.startswith("#")]
    for row in table[1:]:
        yield dict(itertools.zip_longest(table[0], row, fillvalue=""))


def _cell(row: Mapping[str, str], language: str) -> Iterable[str]:
    return (name.strip() for name in row.get(language, "").split("|") if name.strip())


def _plain(label: str) -> str:
    return re.sub(r" \(.*\)$", "", label)


def _cldr_spellings(name: str) -> Iterator[str]:
    """Take apart CLDR's display names: "Myanmar (Burma)", "Bosnia & Herzegovina"."""
    outer, _, inner = name.partition(" (")
    for part in filter(None, (outer, inner.rstrip(")"))):
        yield part
        if " & " in part:
            yield part.replace(" & ", " and ")
