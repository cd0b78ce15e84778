"""What places are called on pages, by the gazetteer and by CLDR."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from syndicator.models.reader_pages import PlaceCount, PlaceName
from syndicator.tag import LocalNames, country_labels, open_gazetteer
from syndicator.tag.gazetteer import Gazetteer, Kind, Place, Region, short_label
from syndicator.web.reader_pages import LANGUAGES

# Beside English, in which every place has a label.
PAGE_LANGUAGES = LANGUAGES[1:]
_FURTHER = (*PAGE_LANGUAGES, "he", "uk", "hy", "ka", "el")
_FORMER = "(historical)"


@dataclass(frozen=True)
class PlaceNames:
    """Names places of one gazetteer."""

    path: Path

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The gazetteer."""
        return open_gazetteer(self.path)

    def of(self, place: Place) -> PlaceName:
        """Return what a place is called in the languages of pages."""
        region = self.gazetteer.region(place)
        return PlaceName(term=region.term, label=region.label, names=self._names(region.term, PAGE_LANGUAGES))

    def everywhere(self, place: Place) -> PlaceName:
        """Return what a place is called in more languages than those of pages."""
        region = self.gazetteer.region(place)
        return PlaceName(term=region.term, label=region.label, names=self._names(region.term, _FURTHER))

    def named(self, term: str, label: str = "") -> PlaceName:
        """Return what the place of a term is called; one that the gazetteer does not have by its ``label``."""
        place = self.gazetteer.find(term)
        return PlaceName(term=term, label=label or term) if place is None else self.of(place)

    def all_named(self, terms: Iterable[str]) -> tuple[PlaceName, ...]:
        """Return what the places of these terms are called."""
        return tuple(map(self.named, terms))

    def counted(self, counts: Iterable[tuple[str, int]]) -> tuple[PlaceCount, ...]:
        """Return places with counts; of those that one name stands for in a country, the first alone."""
        found: dict[tuple[str, str], PlaceCount] = {}
        for term, count in counts:
            name = self.named(term)
            found.setdefault((term[:2], short_label(name.label)), PlaceCount(place=name, stories=count))
        return tuple(found.values())

    def namesakes(self, place: Place) -> Iterator[Place]:
        """Yield the places called like a place that hold it, or that it holds: the town Idlib in the division Idlib."""
        path = self.gazetteer.region(place).path
        number = self.gazetteer.number(self._key(place))
        meanings = self.gazetteer.meanings(number) if number >= 0 else ()
        for other in dict.fromkeys(meaning.place for meaning in meanings):
            others = self.gazetteer.region(other).path
            if other != place and self._key(other) == self._key(place) and (path[-1] in others or others[-1] in path):
                yield other

    def groups_of(self, region: Region) -> tuple[PlaceName, ...]:
        """Return the groups of countries that a country is in, or the areas of its country that a division is in."""
        names = (group for group, members in self.gazetteer.groups.items() if region.term in members)
        found = (place for place in map(self.gazetteer.find, names) if place is not None)
        return tuple(
            self.of(place)
            for place in found
            if place.kind is Kind.GROUP or self.gazetteer.region(place).path[0] == region.path[0]
        )

    @property
    def countries(self) -> tuple[str, ...]:
        """The codes of all countries."""
        return tuple(code for code in country_labels() if self.gazetteer.country(code) is not None)

    @property
    def regions(self) -> tuple[PlaceName, ...]:
        """The groups of countries that there are today."""
        known = (self.gazetteer.find(term) for term in self.gazetteer.groups)
        groups = (self.of(place) for place in known if place is not None and place.kind is Kind.GROUP)
        return tuple(each for each in groups if not each.label.endswith(_FORMER))

    def _key(self, place: Place) -> str:
        return short_label(self.gazetteer.label(place)).casefold()

    def _names(self, term: str, languages: Iterable[str]) -> Mapping[str, str]:
        find = LocalNames(self.path)
        found = ((language, find(language, term)) for language in languages)
        return {language: name for language, name in found if name}
