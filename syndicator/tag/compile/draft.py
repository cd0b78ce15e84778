"""What is being put together: places by number, names with what they mean."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from syndicator.tag import tables
from syndicator.tag.gazetteer import MEANING_BITS, NO_COUNTRY, NOWHERE, Kind, Means
from syndicator.tag.inflect import russian_cases
from syndicator.text import phrase_of

_CODE = re.compile(r"^[^\W\d_]{2,4}$")
# What has no people of its own is weighed like a place of so many.
AS_WEIGHTY_AS = {
    Kind.GROUP: 100_000_000,
    Kind.WATER: 10_000_000,
    Kind.AREA: 3_000_000,
    Kind.TOWN: 20_000,
    Kind.SITE: 5_000,
}


@dataclass(slots=True)
class Place:
    """A place to be; ``holder`` and ``country`` are numbers, an empty ``term`` is made of the label.

    ``divisions`` hold a town and get their people and their point from it. ``is_sure``: its point says where it is.
    """

    kind: Kind
    label: str
    term: str = ""
    holder: int = NOWHERE
    country: int = NO_COUNTRY
    geonameid: int = 0
    people: int = 0
    lat: float = math.nan
    lon: float = math.nan
    is_sure: bool = True
    is_capital: bool = False
    divisions: tuple[int, ...] = ()


@dataclass(slots=True)
class Draft:
    """What is being put together."""

    places: list[Place] = field(default_factory=list)
    names: dict[str, tuple[int, ...]] = field(
        default_factory=dict
    )  # as postings: a dictionary each takes thrice the room
    countries: dict[str, int] = field(default_factory=dict)
    terms: dict[str, int] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)

    def add(self, place: Place) -> int:
        """Add a place; give its number."""
        self.places.append(place)
        number = len(self.places) - 1
        if place.term:
            self.terms[place.term] = number
        return number

    def towns_called(self, names: Iterable[str], holder: int) -> dict[int, int]:
        """Give the people of the towns in a country or division that have one of the names, by number."""
        return {
            number: self.places[number].people
            for name in names
            for words in spellings(name)
            for number in self.meanings(words)
            if self.places[number].kind is Kind.TOWN
            and holder in (self.places[number].country, self.places[number].holder)
        }

    def name_in(self, number: int, name: str, language: str, means: int = Means.CURATED) -> None:
        """Let a name of a language mean the place, in all its cases."""
        for form in russian_cases(name) if language == "ru" else (name,):
            self.name(number, form, means)

    def name_in_all(self, number: int, row: Mapping[str, str]) -> None:
        """Let all names of a table's row mean the place."""
        for language in tables.LANGUAGES:
            for name in tables.cell(row, language):
                self.name_in(number, name, language)

    def name(self, number: int, spelling: str, means: int = Means.PLAIN) -> None:
        """Let ``spelling`` mean the place."""
        if _CODE.match(spelling.replace(".", "")) and spelling.isupper() and means & Means.CURATED:
            means |= Means.EXACT
        for words in spellings(spelling):
            known = self.meanings(words)
            # A name by which a place is known in one way need not be known in a weaker one.
            if number not in known or known[number] & Means.ALTERNATE or (means & Means.CURATED and not known[number]):
                self._mean(words, {**known, number: means})

    def only(self, spelling: str, number: int, means: int) -> None:
        """Let ``spelling`` mean this and nothing else."""
        for words in spellings(spelling):
            self._mean(words, {number: means | Means.CURATED})

    def forget(self, spelling: str, number: int) -> None:
        """Let ``spelling`` not mean the place."""
        for words in spellings(spelling):
            known = self.meanings(words)
            if known.pop(number, None) is not None:
                self._mean(words, known)

    def meanings(self, words: str) -> dict[int, int]:
        """Give how a key means places, by number."""
        low = (1 << MEANING_BITS) - 1
        return {posting & low: posting >> MEANING_BITS for posting in self.names.get(words, ())}

    def _mean(self, words: str, meanings: Mapping[int, int]) -> None:
        self.names[words] = tuple(number | int(means) << MEANING_BITS for number, means in meanings.items())


def spellings(name: str) -> Iterator[str]:
    """Yield the keys of a name: its folded words, with and without Arabic articles, joined by single spaces."""
    phrase = phrase_of(name)
    if phrase:
        for words in itertools.product(*phrase):
            yield " ".join(words)
