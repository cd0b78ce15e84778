"""Our own tables of places, capitals, peoples and governments."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from babel import Locale
from babel.core import get_global

from syndicator.tag import tables
from syndicator.tag.compile.draft import AS_WEIGHTY_AS, Draft, Place, spellings
from syndicator.tag.compile.packages import macroregions
from syndicator.tag.gazetteer import NO_COUNTRY, NOWHERE, Kind, Means
from syndicator.tag.inflect import (
    arabic_people,
    english_people,
    french_people,
    german_people,
    persian_people,
    russian_adjective,
    russian_cases,
    spanish_people,
    turkish_people,
)


def add_own_tables(draft: Draft) -> None:
    """Add what news needs and the packages lack or spell otherwise; what only looks like a place becomes void."""
    _add_places(draft)
    _add_areas(draft)
    _add_towns(draft, "capitals.tsv", are_capitals=True)
    _name_capitals(draft)
    _add_towns(draft, "towns.tsv", are_capitals=False)
    _add_peoples(draft)
    _add_states(draft)
    for row in tables.rows("metonyms.tsv"):
        for language in tables.LANGUAGES:
            for name in tables.cell(row, language):
                for form in russian_cases(name) if language == "ru" else (name,):
                    draft.only(form, draft.countries[row["code"]], Means.GOVERNMENT)
    for line in tables.lines("voids.txt"):
        draft.only(line, 0, Means.VOID)


def _add_places(draft: Draft) -> None:
    for row in tables.rows("places.tsv"):
        holder = draft.terms[row["parent"]]
        names = [name for language in tables.LANGUAGES for name in tables.cell(row, language)]
        towns = draft.towns_called(names, holder)
        number = draft.terms.get(row["term"], max(towns, key=towns.__getitem__, default=None))
        if number is None:
            number = draft.add(
                Place(
                    kind=_KINDS.get(row["kind"], Kind.SITE), label=row["label"], holder=holder,
                    country=draft.places[holder].country,
                    lat=float(row["lat"] or "nan"), lon=float(row["lon"] or "nan"),
                )
            )  # fmt: skip
        place = draft.places[number]
        place.term, place.label = row["term"], row["label"]
        place.people = max(place.people, AS_WEIGHTY_AS.get(place.kind, 0))
        draft.terms[row["term"]] = number
        draft.name_in_all(number, row)


_KINDS = {"province": Kind.DIVISION, "town": Kind.TOWN, "area": Kind.AREA, "sea": Kind.WATER, "river": Kind.WATER}


def _add_areas(draft: Draft) -> None:
    members = macroregions(draft)
    for row in tables.rows("areas.tsv"):
        kind = {"group": Kind.GROUP, "sea": Kind.WATER}.get(row["kind"], Kind.AREA)
        m49 = row["members"].removeprefix("m49:") if row["members"].startswith("m49:") else ""
        codes = members.get(m49, []) if m49 else row["members"].split()
        holder = draft.countries[codes[0]] if kind is Kind.AREA and len(codes) == 1 else NOWHERE
        number = draft.add(
            Place(
                kind=kind, label=row["label"], term=row["term"] if holder == NOWHERE else f"{codes[0]}/{row['term']}",
                holder=holder, country=NO_COUNTRY if holder == NOWHERE else holder,
                lat=float(row["lat"]), lon=float(row["lon"]), people=AS_WEIGHTY_AS[kind],
            )
        )  # fmt: skip
        if holder == NOWHERE and codes:
            draft.groups[row["term"]] = sorted(codes)
        for language in tables.LANGUAGES:
            of_cldr = Locale(language).territories.get(m49)
            for name in (*tables.cell(row, language), *filter(None, (of_cldr,))):
                if name.endswith("*"):
                    for form in russian_adjective(name[:-1]):
                        draft.name(number, form, Means.CURATED | Means.PEOPLE)
                else:
                    draft.forget(name, holder)  # Gaza is no name of all Palestine
                    draft.name_in(number, name, language)


def _add_states(draft: Draft) -> None:
    for row in tables.rows("states.tsv"):
        number = draft.terms.get(row["code"])
        if number is None:
            continue
        for name in tables.cell(row, "short"):
            draft.name(number, name, Means.SHORT | Means.CURATED)
        for name in tables.cell(row, "people"):
            for form in (name, name + "s"):
                draft.name(number, form, Means.PEOPLE | Means.CURATED)


def _add_towns(draft: Draft, table: str, *, are_capitals: bool) -> None:
    """Give the most peopled town that has one of a row's names all of them.

    Of those that are no capitals the English name only finds them: its namesakes overseas are as good.
    """
    for row in tables.rows(table):
        holder = draft.terms[row["code"]]
        names = [name for language in tables.LANGUAGES for name in tables.cell(row, language)]
        towns = draft.towns_called(names, holder)
        if towns:
            number = max(towns, key=towns.__getitem__)
            draft.places[number].is_capital |= are_capitals and draft.places[holder].kind is Kind.COUNTRY
            draft.name_in_all(number, row if are_capitals else {**row, "en": ""})


def _name_capitals(draft: Draft) -> None:
    """Give capitals the names that CLDR has for the towns that time zones are called after: Kiew, Le Caire, Roma."""
    capitals = {place.country: number for number, place in enumerate(draft.places) if place.is_capital}
    territories, aliases = get_global("zone_territories"), get_global("zone_aliases")
    for language in tables.LANGUAGES:
        for zone, names in Locale(language).time_zones.items():
            code = territories.get(zone) or territories.get(aliases.get(zone, ""), "")
            number = capitals.get(draft.countries.get(code, NO_COUNTRY))
            city = zone.rpartition("/")[2].replace("_", " ")
            is_capital = any(number in draft.meanings(words) for words in spellings(city))
            if number is not None and is_capital and "city" in names:
                draft.name_in(number, names["city"], language)


def _add_peoples(draft: Draft) -> None:
    inflected: dict[str, Callable[[str], Iterator[str]]] = {
        "en": english_people, "ar": arabic_people, "tr": turkish_people, "fa": persian_people,
        "de": german_people, "fr": french_people, "es": spanish_people,
    }  # fmt: skip
    for row in tables.rows("demonyms.tsv"):
        number = draft.terms[row["code"]]
        for stem in tables.cell(row, "ru"):
            for form in russian_adjective(stem[:-1]) if stem.endswith("*") else (stem,):
                draft.name(number, form, Means.PEOPLE | Means.CURATED)
        for language, inflect in inflected.items():
            for word in tables.cell(row, language):
                for form in inflect(word):
                    draft.name(number, form, Means.PEOPLE | Means.CURATED)
