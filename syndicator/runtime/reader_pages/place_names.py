"""What places are called on pages, by the gazetteer and by CLDR."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from syndicator.models.reader_pages import PlaceName
from syndicator.tag import LocalNames, country_labels, open_gazetteer
from syndicator.tag.gazetteer import Gazetteer, Kind, Place, short_label
from syndicator.web.reader_pages import LANGUAGES

# Beside English, in which every place has a label.
PAGE_LANGUAGES = LANGUAGES[1:]
_FURTHER = ("ar", "fa", "ru", "tr", "uk", "he", "ur", "el", "hy", "ka", "bg", "de", "fr", "es")


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
        """Return what a place is called in all languages that the gazetteer knows."""
        region = self.gazetteer.region(place)
        return PlaceName(term=region.term, label=region.label, names=self._names(region.term, _FURTHER))

    def named(self, term: str, label: str = "") -> PlaceName:
        """Return what the place of a term is called; one that the gazetteer does not have by its ``label``."""
        place = self.gazetteer.find(term)
        return PlaceName(term=term, label=label or term) if place is None else self.of(place)

    def all_named(self, terms: Iterable[str]) -> tuple[PlaceName, ...]:
        """Return what the places of these terms are called."""
        return tuple(map(self.named, terms))

    def namesakes(self, place: Place) -> Iterator[Place]:
        """Yield the places called like a place that hold it, or that it holds: the town Idlib in the division Idlib."""
        path = self.gazetteer.region(place).path
        number = self.gazetteer.number(self._key(place))
        meanings = self.gazetteer.meanings(number) if number >= 0 else ()
        for other in dict.fromkeys(meaning.place for meaning in meanings):
            others = self.gazetteer.region(other).path
            if other != place and self._key(other) == self._key(place) and (path[-1] in others or others[-1] in path):
                yield other

    def groups_of(self, term: str) -> tuple[PlaceName, ...]:
        """Return the groups and areas that a country or division is a member of."""
        return self.all_named(group for group, members in self.gazetteer.groups.items() if term in members)

    @property
    def countries(self) -> tuple[str, ...]:
        """The codes of all countries."""
        return tuple(code for code in country_labels() if self.gazetteer.country(code) is not None)

    @property
    def areas(self) -> tuple[PlaceName, ...]:
        """The groups of countries that stories may name."""
        known = (self.gazetteer.find(term) for term in self.gazetteer.groups)
        return tuple(self.of(place) for place in known if place is not None and place.kind is Kind.GROUP)

    def _key(self, place: Place) -> str:
        return short_label(self.gazetteer.label(place)).casefold()

    def _names(self, term: str, languages: Iterable[str]) -> Mapping[str, str]:
        find = LocalNames(self.path)
        found = ((language, find(language, term)) for language in languages)
        return {language: name for language, name in found if name}
