"""The built-in tables: places, areas, capitals, demonyms, metonyms of governments, strings that are no places."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from babel import Locale
from babel.core import get_global

from syndicator.tag import tables
from syndicator.tag.compile.draft import EQUIVALENT_POPULATION, Draft, Place, keys_of
from syndicator.tag.compile.packages import macroregions
from syndicator.tag.gazetteer import NO_COUNTRY, NO_PLACE, Kind, Usage
from syndicator.tag.inflect import (
    arabic_demonyms,
    english_demonyms,
    french_demonyms,
    german_demonyms,
    persian_demonyms,
    russian_demonyms,
    spanish_demonyms,
    turkish_demonyms,
)
from syndicator.tag.inflect_more import (
    case_forms,
    hebrew_demonyms,
    kurdish_demonyms,
    sorani_demonyms,
    ukrainian_demonyms,
)


def add_builtin_tables(draft: Draft) -> None:
    """Add what news needs and the packages lack or spell otherwise, last what only looks like a place."""
    _add_places(draft)
    _add_areas(draft)
    _add_towns(draft, "capitals.tsv", are_capitals=True)
    _add_names_of_capitals(draft)
    _add_towns(draft, "towns.tsv", are_capitals=False)
    _add_demonyms(draft)
    _add_names(draft)
    _add_signs(draft)
    _add_states(draft)
    for row in tables.rows("metonyms.tsv"):
        for language in tables.LANGUAGES:
            for name in tables.cell(row, language):
                for form in case_forms(name, language):
                    draft.replace_meanings(form, draft.countries[row["code"]], Usage.METONYM)
    for line in tables.lines("voids.txt"):
        draft.replace_meanings(line, 0, Usage.NOT_A_PLACE)


def _add_places(draft: Draft) -> None:
    for row in tables.rows("places.tsv"):
        parent = draft.terms[row["parent"]]
        names = [name for language in tables.LANGUAGES for name in tables.cell(row, language)]
        towns = draft.towns_named(names, parent)
        number = draft.terms.get(row["term"], max(towns, key=towns.__getitem__, default=None))
        if number is None:
            number = draft.add_place(
                Place(
                    kind=_KINDS.get(row["kind"], Kind.SITE), label=row["label"], parent=parent,
                    country=draft.places[parent].country,
                    lat=float(row["lat"] or "nan"), lon=float(row["lon"] or "nan"),
                )
            )  # fmt: skip
        place = draft.places[number]
        place.term, place.label = row["term"], row["label"]
        place.population = max(place.population, EQUIVALENT_POPULATION.get(place.kind, 0))
        draft.terms[row["term"]] = number
        draft.add_row(number, row)


_KINDS = {"province": Kind.DIVISION, "town": Kind.TOWN, "area": Kind.AREA, "sea": Kind.WATER, "river": Kind.WATER}


_WATERS = frozenset(("sea", "strait", "lake", "river"))


def _add_areas(draft: Draft) -> None:
    members = macroregions(draft)
    for row in tables.rows("areas.tsv"):
        kind = Kind.GROUP if row["kind"] == "group" else Kind.WATER if row["kind"] in _WATERS else Kind.AREA
        m49 = row["members"].removeprefix("m49:") if row["members"].startswith("m49:") else ""
        codes = members.get(m49, []) if m49 else [each for each in row["members"].split() if each in draft.countries]
        parent = draft.countries[codes[0]] if kind is not Kind.GROUP and len(codes) == 1 else NO_PLACE
        number = draft.add_place(
            Place(
                kind=kind, label=row["label"], term=row["term"] if parent == NO_PLACE else f"{codes[0]}/{row['term']}",
                parent=parent, country=NO_COUNTRY if parent == NO_PLACE else parent,
                lat=float(row["lat"]), lon=float(row["lon"]), population=EQUIVALENT_POPULATION[kind],
            )
        )  # fmt: skip
        if parent == NO_PLACE and codes:
            draft.groups[row["term"]] = sorted(codes)
        elif divisions := [each for each in row["members"].split() if each not in codes]:
            draft.groups[draft.places[number].term] = divisions
        for language in tables.LANGUAGES:
            of_cldr = Locale(language).territories.get(m49)
            plain = [name for name in (of_cldr, *tables.cell(row, language)) if name and not name.endswith("*")]
            draft.local_names.setdefault(language, {}).setdefault(number, plain)
            for name in (*tables.cell(row, language), *filter(None, (of_cldr,))):
                if name.endswith("*"):
                    for form in russian_demonyms(name[:-1]):
                        draft.add_name(number, form, Usage.CURATED | Usage.DEMONYM)
                else:
                    draft.remove_meaning(name, parent)  # Gaza is no name of all Palestine
                    draft.add_forms(number, name, language)


def _add_states(draft: Draft) -> None:
    for row in tables.rows("states.tsv"):
        number = draft.terms.get(row["code"])
        if number is None:
            continue
        for name in tables.cell(row, "short"):
            draft.add_name(number, name, Usage.ABBREVIATION | Usage.CURATED)
        for name in tables.cell(row, "people"):
            for form in (name, name + "s"):
                draft.add_name(number, form, Usage.DEMONYM | Usage.CURATED)


def _add_towns(draft: Draft, table: str, *, are_capitals: bool) -> None:
    """Add all names of each row to the most populous town that has one of them.

    A town that is no capital is found by its English name, but does not get it as a curated one: its namesakes overseas
    are as likely.
    """
    for row in tables.rows(table):
        parent = draft.terms[row["code"]]
        names = [name for language in tables.LANGUAGES for name in tables.cell(row, language)]
        towns = draft.towns_named(names, parent)
        if towns:
            number = max(towns, key=towns.__getitem__)
            draft.places[number].is_capital |= are_capitals and draft.places[parent].kind is Kind.COUNTRY
            draft.add_row(number, row, is_english_curated=are_capitals)


def _add_names_of_capitals(draft: Draft) -> None:
    """Add CLDR's names of capitals that time zones are named after: Kiew, Le Caire, Roma."""
    capitals = {place.country: number for number, place in enumerate(draft.places) if place.is_capital}
    territories, aliases = get_global("zone_territories"), get_global("zone_aliases")
    for language in tables.LANGUAGES:
        for zone, names in Locale(language).time_zones.items():
            code = territories.get(zone) or territories.get(aliases.get(zone, ""), "")
            number = capitals.get(draft.countries.get(code, NO_COUNTRY))
            city = zone.rpartition("/")[2].replace("_", " ")
            is_capital = any(number in draft.meanings(words) for words in keys_of(city))
            if number is not None and is_capital and "city" in names:
                draft.add_forms(number, names["city"], language)


def _add_names(draft: Draft) -> None:
    """Add the names of ``names.tsv`` to a place, or to the most populous town in it with the English name."""
    for row in tables.rows("names.tsv"):
        number: int | None = draft.terms[row["code"]]
        if english := tables.cell(row, "en"):
            towns = draft.towns_named(english, draft.terms[row["code"]])
            number = max(towns, key=towns.__getitem__, default=None)
        if number is not None:
            for language in tables.FURTHER_LANGUAGES:
                for name in tables.cell(row, language):
                    if name.endswith("*"):
                        for form in ukrainian_demonyms(name[:-1]):
                            draft.add_name(number, form, Usage.DEMONYM | Usage.CURATED)
                    else:
                        draft.add_forms(number, name, language)


def _add_signs(draft: Draft) -> None:
    """Add the single signs that headlines write for countries; ``unspaced`` knows when they are meant."""
    for row in tables.rows("signs.tsv"):
        if row["code"] in draft.terms:
            for sign in {*tables.cell(row, "zh"), *tables.cell(row, "ja")}:
                draft.add_name(draft.terms[row["code"]], sign, Usage.DEMONYM | Usage.CURATED)


def _add_demonyms(draft: Draft) -> None:
    inflected: dict[str, Callable[[str], Iterator[str]]] = {
        "en": english_demonyms, "ar": arabic_demonyms, "tr": turkish_demonyms, "fa": persian_demonyms,
        "de": german_demonyms, "fr": french_demonyms, "es": spanish_demonyms, "ku": kurdish_demonyms,
        "ckb": sorani_demonyms, "he": hebrew_demonyms,
    }  # fmt: skip
    for row in tables.rows("demonyms.tsv"):
        number = draft.terms[row["code"]]
        for stem in tables.cell(row, "ru"):
            for form in russian_demonyms(stem[:-1]) if stem.endswith("*") else (stem,):
                draft.add_name(number, form, Usage.DEMONYM | Usage.CURATED)
        for stem in tables.cell(row, "uk"):
            for form in ukrainian_demonyms(stem[:-1]) if stem.endswith("*") else (stem,):
                draft.add_name(number, form, Usage.DEMONYM | Usage.CURATED)
        for language, inflect in inflected.items():
            for word in tables.cell(row, language):
                for form in inflect(word):
                    draft.add_name(number, form, Usage.DEMONYM | Usage.CURATED)
