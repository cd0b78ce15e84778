"""Features of a name without context: of its meanings, of its frequency as a word, of its length."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from syndicator.tag import tables
from syndicator.tag.cues import Cue, cues_of
from syndicator.tag.gazetteer import ARABIC, CYRILLIC, LATIN, NO_COUNTRY, Gazetteer, Kind, Meaning, NameFlag, Usage
from syndicator.text import fold

_POPULATION_STEPS = (2_000, 10_000, 50_000, 200_000, 1_000_000)
_ZIPF_STEPS = (1.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)
_COMMON, _VERY_COMMON = 4, 6  # of these steps
_LARGE, _LARGE_IN_OTHERS, _KNOWN = 300_000, 200_000, 1_000_000  # people
_SHORT_WORD = 3
_FIRST_NON_LATIN = "\u0370"
_FITTED = "en"  # the language of the corpora that weights are fitted to
_UNCASED_WITH_TABLES = frozenset(("ar", "fa"))  # they call countries as the tables do, and have no capitals to tell
_PERSON_FEATURES = frozenset(("first-name", "surname"))  # Jordan, Chad: more often countries
_STRONG = frozenset((Kind.COUNTRY, Kind.DIVISION, Kind.GROUP))
_TRUSTED_KINDS = frozenset((Kind.TOWN, Kind.SUBDIVISION, Kind.AREA, Kind.SITE, Kind.WATER, Kind.GROUP))
_USAGE_FEATURES = ((Usage.CURATED, "curated"), (Usage.CODE, "exact"), (Usage.ABBREVIATION, "short"))
_ALSO_CUES = (
    (Cue.FIRST_NAME, "first-name"),
    (Cue.SURNAME, "surname"),
    (Cue.CALENDAR, "calendar"),
    (Cue.ORGANISATION | Cue.STREET | Cue.DIVISION | Cue.AREA, "generic"),
)


class Name(NamedTuple):
    """A name of the gazetteer, with the sum of its features' weights.

    ``usage`` are the bits of all its meanings. A name ``is_strong`` if it may be a country, a division or a large town.
    """

    number: int
    written: str
    meanings: tuple[Meaning, ...]
    features: tuple[str, ...]
    weight: float
    usage: int
    is_demonym: bool
    is_strong: bool
    countries: frozenset[int]


def describe(
    gazetteer: Gazetteer, number: int, language: str, weights: Mapping[str, float], *, is_code: bool
) -> Name | None:
    """Describe a name as it is read in a language.

    Codes like US are meant only where the text has capitals (``is_code``). Return None if no other meaning is left.
    """
    meanings = tuple(each for each in gazetteer.meanings(number) if is_code or not each.usage & Usage.CODE)
    if not meanings:
        return None
    written, usage = gazetteer.trie.restore_key(number), 0
    for meaning in meanings:
        usage |= meaning.usage
    found = [*_meaning_features(meanings, usage, language)]
    length = written.count(" ") + 1
    found.append(f"words-{min(length, 3)}")
    if written in _stop_names():
        found += ["stop"] if language == _FITTED else ["stop", "stop-elsewhere"]
    if length == 1:
        found += _word_features(gazetteer, number, written, language, meanings)
    return Name(
        number=number, written=written, meanings=meanings, features=tuple(found),
        weight=sum(map(weights.__getitem__, found)), usage=usage, is_demonym=bool(usage & Usage.DEMONYM),
        is_strong=_largest_population(meanings) >= _LARGE or any(each.place.kind in _STRONG for each in meanings),
        countries=frozenset(each.place.country for each in meanings if each.place.country != NO_COUNTRY),
    )  # fmt: skip


def _largest_population(meanings: Sequence[Meaning]) -> int:
    return max((each.place.population for each in meanings if each.place.kind is Kind.TOWN), default=0)


@cache
def _stop_names() -> frozenset[str]:
    return frozenset(fold(word) for line in tables.lines("stop.txt") for word in line.split())


def _meaning_features(meanings: Sequence[Meaning], usage: int, language: str) -> Iterator[str]:
    """Yield the features of the places that a name may refer to."""
    plain = [meaning for meaning in meanings if not meaning.usage & Usage.DEMONYM]
    curated = [meaning for meaning in plain if meaning.usage & Usage.CURATED]
    kinds = {meaning.place.kind for meaning in plain}
    if Kind.COUNTRY in kinds:
        yield "country" if any(each.place.kind is Kind.COUNTRY for each in curated) else "country-foreign"
        if not curated and language in _UNCASED_WITH_TABLES:
            yield "country-of-another-language"
    if usage & Usage.DEMONYM:
        yield "people-or-place" if plain else "people"
        if language != _FITTED:
            yield "people-elsewhere"
    yield from (f"kind-{kind.name.lower()}" for kind in Kind if kind in kinds - {Kind.COUNTRY, Kind.TOWN})
    if any(meaning.place.is_capital for meaning in meanings):
        yield "capital"
    towns = [meaning for meaning in plain if meaning.place.kind is Kind.TOWN]
    if any(each.place.kind is Kind.COUNTRY for each in curated):
        towns = [town for town in towns if town.place.population >= _LARGE]  # hamlets named like a country do not count
    if towns:
        yield from _town_features(towns)
    yield from (feature for each, feature in _USAGE_FEATURES if usage & each)
    # No corpus teaches how sure the capitals are that the tables name in these languages.
    are_capitals_sure = language in tables.FURTHER_LANGUAGES
    if any(each.place.kind in _TRUSTED_KINDS and (are_capitals_sure or not each.place.is_capital) for each in curated):
        yield "curated-place"
    yield f"senses-{min(3, int(math.log2(len(meanings))))}"


def _town_features(towns: Sequence[Meaning]) -> Iterator[str]:
    most = max(town.place.population for town in towns)
    yield f"people-{sum(most >= step for step in _POPULATION_STEPS)}"
    if all(town.usage & Usage.ALTERNATE and town.place.population < _LARGE for town in towns):
        yield "alternate-only"


def _word_features(
    gazetteer: Gazetteer, number: int, written: str, language: str, meanings: Sequence[Meaning]
) -> Iterator[str]:
    """Yield the features of a one-word name as a word: its frequency, its length, what else it means."""
    population = _largest_population(meanings)
    script = next((script for script in (LATIN, ARABIC, CYRILLIC) if language in script), LATIN)
    frequency = gazetteer.frequency(number, script.index(language) if language in script else 0)
    step = sum(frequency >= each for each in _ZIPF_STEPS)
    is_latin = written[0] < _FIRST_NON_LATIN
    is_country = any(each.place.kind is Kind.COUNTRY and each.usage & Usage.CURATED for each in meanings)
    yield f"zipf-{step}"
    if gazetteer.flags(number) & NameFlag.WORD:
        yield "word-large" if population >= _LARGE or is_country else "word"
    is_demonym = any(each.usage & Usage.DEMONYM for each in meanings)
    if len(written) <= _SHORT_WORD and is_latin and not is_demonym and not is_country:
        yield "letters-3"
    cues = cues_of(written.title())
    also = (feature for cue, feature in _ALSO_CUES if cues & cue)
    yield from (f"{feature}-country" if is_country and feature in _PERSON_FEATURES else feature for feature in also)
    if not is_latin and cues & (Cue.LOCATIVE | Cue.OF):
        yield "generic"
    if language == _FITTED:
        return
    if population >= _LARGE_IN_OTHERS and not (script is ARABIC and step > _VERY_COMMON):
        yield "large-elsewhere"
    if is_country:
        return
    yield f"zipf-{step}-elsewhere"
    if step >= _COMMON:
        yield "common-elsewhere"
        is_known = population >= _KNOWN or any(each.usage & Usage.CURATED or each.place.is_capital for each in meanings)
        if script is ARABIC and not is_known and population < _LARGE_IN_OTHERS:
            yield "common-uncased"
        elif script is ARABIC and not is_known and step >= _VERY_COMMON:
            yield "very-common-uncased"
