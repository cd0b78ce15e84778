"""The gazetteer while it is compiled: places by number, names with their meanings."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from syndicator.tag import tables
from syndicator.tag.gazetteer import MEANING_BITS, NO_COUNTRY, NO_PLACE, Kind, Usage, slug
from syndicator.tag.inflect_more import case_forms
from syndicator.text import fold, phrase_of

_CODE = re.compile(r"^[^\W\d_]{2,4}$")
_LEAST_LIKENESS = 0.5  # of a town's label to the first English name of its row
# A place without a known population is ranked like a place of this one.
EQUIVALENT_POPULATION = {
    Kind.GROUP: 100_000_000,
    Kind.WATER: 10_000_000,
    Kind.AREA: 3_000_000,
    Kind.TOWN: 20_000,
    Kind.SITE: 5_000,
}


@dataclass(slots=True)
class Place:
    """A place of the draft; ``parent`` and ``country`` are numbers. An empty ``term`` is made of the label later.

    ``divisions`` are those that contain a town; their populations and points are made of their towns'. ``is_compact``
    says whether the place is small enough for a point to say where it is.
    """

    kind: Kind
    label: str
    term: str = ""
    parent: int = NO_PLACE
    country: int = NO_COUNTRY
    geonameid: int = 0
    population: int = 0
    lat: float = math.nan
    lon: float = math.nan
    is_compact: bool = True
    is_capital: bool = False
    divisions: tuple[int, ...] = ()


@dataclass(slots=True)
class Draft:
    """Places and names so far. ``names`` has postings by key: a dictionary for each would take thrice the memory.

    ``spellings`` are names, by number, of places that labels in other languages are looked for; ``local_names`` those
    that our tables give, and ``local_labels`` what they say is a place's label, by language and number.
    """

    places: list[Place] = field(default_factory=list)
    names: dict[str, tuple[int, ...]] = field(default_factory=dict)
    countries: dict[str, int] = field(default_factory=dict)
    terms: dict[str, int] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    spellings: dict[int, tuple[str, ...]] = field(default_factory=dict)
    local_names: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    local_labels: dict[str, dict[int, str]] = field(default_factory=dict)

    def add_place(self, place: Place) -> int:
        """Add a place and return its number."""
        self.places.append(place)
        number = len(self.places) - 1
        if place.term:
            self.terms[place.term] = number
        return number

    def term_of(self, number: int) -> str:
        """Return a place's term: its own, or its label's within what contains it."""
        place = self.places[number]
        holder = self.term_of(place.parent) if place.parent != NO_PLACE else "place"
        return place.term or f"{holder}/{slug(place.label)}"

    def town(self, term: str) -> int | None:
        """Return the number of the town with this term, in any case: of several the most populous; None if none is."""
        found = {
            number: self.places[number].population
            for number in self.meanings(term.rpartition("/")[2].replace("-", " "))
            if self.term_of(number).casefold() == term.casefold()
        }
        return max(found, key=found.__getitem__, default=None)

    def relabel(self, number: int, label: str) -> None:
        """Give a place another label. Its term stays: filters name it."""
        place = self.places[number]
        if not place.term and slug(label) != slug(place.label):
            place.term = self.term_of(number)
        place.label = label

    def towns_named(self, names: Iterable[str], parent: int) -> dict[int, int]:
        """Return the populations, by number, of the towns in a country or division that have one of the names."""
        return {
            number: self.places[number].population
            for name in names
            for words in keys_of(name)
            for number in self.meanings(words)
            if self.places[number].kind is Kind.TOWN
            and parent in (self.places[number].country, self.places[number].parent)
        }

    def add_forms(self, number: int, name: str, language: str, usage: int = Usage.CURATED) -> None:
        """Add a name of a language to a place, in all its cases."""
        for form in case_forms(name, language):
            self.add_name(number, form, usage)

    def add_row(self, number: int, row: Mapping[str, str], *, is_english_curated: bool = True) -> None:
        """Add all names of a table's row to a place.

        The place is called so in each language unless the row's first English name is another's: seats of government.
        """
        label, english = fold(self.places[number].label), fold(next(iter(tables.cell(row, "en")), ""))
        is_it = not english or SequenceMatcher(None, label, english).ratio() > _LEAST_LIKENESS
        for language in tables.LANGUAGES:
            for name in tables.cell(row, language):
                if language != "en" or is_english_curated:
                    self.add_forms(number, name, language)
                if is_it:
                    self.local_names.setdefault(language, {}).setdefault(number, []).append(name)

    def add_name(self, number: int, spelling: str, usage: int = Usage.PLAIN) -> None:
        """Add the place to the meanings of ``spelling``."""
        if _CODE.match(spelling.replace(".", "")) and spelling.isupper() and usage & Usage.CURATED:
            usage |= Usage.CODE
        for words in keys_of(spelling):
            known = self.meanings(words)
            # A stronger usage of a name for the same place is not replaced by a weaker one.
            if number not in known or known[number] & Usage.ALTERNATE or (usage & Usage.CURATED and not known[number]):
                self._store(words, {**known, number: usage})

    def replace_meanings(self, spelling: str, number: int, usage: int) -> None:
        """Replace all meanings of ``spelling`` by this one."""
        for words in keys_of(spelling):
            self._store(words, {number: usage | Usage.CURATED})

    def remove_meaning(self, spelling: str, number: int) -> None:
        """Remove the place from the meanings of ``spelling``."""
        for words in keys_of(spelling):
            known = self.meanings(words)
            if known.pop(number, None) is not None:
                self._store(words, known)

    def meanings(self, words: str) -> dict[int, int]:
        """Return the ``Usage`` bits of a key's meanings by the places' numbers."""
        low = (1 << MEANING_BITS) - 1
        return {posting & low: posting >> MEANING_BITS for posting in self.names.get(words, ())}

    def _store(self, words: str, meanings: Mapping[int, int]) -> None:
        self.names[words] = tuple(number | int(usage) << MEANING_BITS for number, usage in meanings.items())


def keys_of(name: str) -> Iterator[str]:
    """Yield the keys of a name: its folded words, with and without Arabic articles, joined by single spaces."""
    phrase = phrase_of(name)
    if phrase:
        for words in itertools.product(*phrase):
            yield " ".join(words)
