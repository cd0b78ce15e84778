"""What is a name by itself, whatever stands around it? Its meanings, and what they and its letters tell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from syndicator.tag import tables
from syndicator.tag.cues import Cue, cues_of
from syndicator.tag.gazetteer import ARABIC, CYRILLIC, LATIN, NO_COUNTRY, Gazetteer, Kind, Mark, Meaning, Means
from syndicator.text import fold

_PEOPLE_STEPS = (2_000, 10_000, 50_000, 200_000, 1_000_000)
_ZIPF_STEPS = (1.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)
_COMMON, _VERY_COMMON = 4, 6  # of these steps
_LARGE, _LARGE_ELSEWHERE, _KNOWN = 300_000, 200_000, 1_000_000  # people
_SHORT_WORD = 3
_FIRST_NON_LATIN = "\u0370"
_HOME = "en"  # the language of the corpora that weights are fitted to
_PERSONS = frozenset(("first-name", "surname"))  # Jordan, Chad: more often countries
_STRONG = frozenset((Kind.COUNTRY, Kind.DIVISION, Kind.GROUP))
_OURS = frozenset((Kind.TOWN, Kind.AREA, Kind.SITE, Kind.WATER, Kind.GROUP))  # kinds whose curated names are trusted
_MEANT = ((Means.CURATED, "curated"), (Means.EXACT, "exact"), (Means.SHORT, "short"))
_ALSO_CUES = (
    (Cue.FIRST_NAME, "first-name"),
    (Cue.SURNAME, "surname"),
    (Cue.CALENDAR, "calendar"),
    (Cue.ORGANISATION | Cue.STREET | Cue.DIVISION | Cue.AREA, "generic"),
)


class Name(NamedTuple):
    """A name of the gazetteer; ``weight`` is that of its ``features``, ``means`` what any of its meanings are.

    ``is_strong``: it may be a country, a division or a large town.
    """

    number: int
    written: str
    meanings: tuple[Meaning, ...]
    features: tuple[str, ...]
    weight: float
    means: int
    is_people: bool
    is_strong: bool
    countries: frozenset[int]


def describe(
    gazetteer: Gazetteer, number: int, language: str, weights: Mapping[str, float], *, is_code: bool
) -> Name | None:
    """Describe a name as it reads in a language.

    Abbreviations are meant only by capitals (``is_code``); None if that leaves no meaning.
    """
    meanings = tuple(each for each in gazetteer.meanings(number) if is_code or not each.means & Means.EXACT)
    if not meanings:
        return None
    written, means = gazetteer.trie.restore_key(number), 0
    for meaning in meanings:
        means |= meaning.means
    found = [*_of_meanings(meanings, means, language)]
    length = written.count(" ") + 1
    found.append(f"words-{min(length, 3)}")
    if written in _stop_names():
        found += ["stop"] if language == _HOME else ["stop", "stop-elsewhere"]
    if length == 1:
        found += _of_word(gazetteer, number, written, language, meanings)
    return Name(
        number=number, written=written, meanings=meanings, features=tuple(found),
        weight=sum(map(weights.__getitem__, found)), means=means, is_people=bool(means & Means.PEOPLE),
        is_strong=_most_people(meanings) >= _LARGE or any(each.place.kind in _STRONG for each in meanings),
        countries=frozenset(each.place.country for each in meanings if each.place.country != NO_COUNTRY),
    )  # fmt: skip


def _most_people(meanings: Sequence[Meaning]) -> int:
    return max((each.place.people for each in meanings if each.place.kind is Kind.TOWN), default=0)


@cache
def _stop_names() -> frozenset[str]:
    return frozenset(fold(word) for line in tables.lines("stop.txt") for word in line.split())


def _of_meanings(meanings: Sequence[Meaning], means: int, language: str) -> Iterator[str]:
    """Yield what the places are that a name may mean."""
    plain = [meaning for meaning in meanings if not meaning.means & Means.PEOPLE]
    curated = [meaning for meaning in plain if meaning.means & Means.CURATED]
    kinds = {meaning.place.kind for meaning in plain}
    if Kind.COUNTRY in kinds:
        yield "country" if any(each.place.kind is Kind.COUNTRY for each in curated) else "country-foreign"
    if means & Means.PEOPLE:
        yield "people-or-place" if plain else "people"
        if language != _HOME:
            yield "people-elsewhere"
    yield from (f"kind-{kind.name.lower()}" for kind in Kind if kind in kinds - {Kind.COUNTRY, Kind.TOWN})
    if any(meaning.place.is_capital for meaning in meanings):
        yield "capital"
    towns = [meaning for meaning in plain if meaning.place.kind is Kind.TOWN]
    if any(each.place.kind is Kind.COUNTRY for each in curated):
        towns = [town for town in towns if town.place.people >= _LARGE]  # a hamlet tells nothing of a country's name
    if towns:
        yield from _of_towns(towns)
    yield from (feature for each, feature in _MEANT if means & each)
    if any(each.place.kind in _OURS and not each.place.is_capital for each in curated):
        yield "curated-place"
    yield f"senses-{min(3, int(math.log2(len(meanings))))}"


def _of_towns(towns: Sequence[Meaning]) -> Iterator[str]:
    most = max(town.place.people for town in towns)
    yield f"people-{sum(most >= step for step in _PEOPLE_STEPS)}"
    if all(town.means & Means.ALTERNATE and town.place.people < _LARGE for town in towns):
        yield "alternate-only"


def _of_word(
    gazetteer: Gazetteer, number: int, written: str, language: str, meanings: Sequence[Meaning]
) -> Iterator[str]:
    """Yield what a name of one word is as a word: how common, how short, what else."""
    people = _most_people(meanings)
    script = next((script for script in (LATIN, ARABIC, CYRILLIC) if language in script), LATIN)
    frequency = gazetteer.frequency(number, script.index(language) if language in script else 0)
    step = sum(frequency >= each for each in _ZIPF_STEPS)
    is_latin = written[0] < _FIRST_NON_LATIN
    is_country = any(each.place.kind is Kind.COUNTRY and each.means & Means.CURATED for each in meanings)
    yield f"zipf-{step}"
    if gazetteer.marks(number) & Mark.WORD:
        yield "word-large" if people >= _LARGE or is_country else "word"
    is_people = any(each.means & Means.PEOPLE for each in meanings)
    if len(written) <= _SHORT_WORD and is_latin and not is_people and not is_country:
        yield "letters-3"
    cues = cues_of(written.title())
    also = (feature for cue, feature in _ALSO_CUES if cues & cue)
    yield from (f"{feature}-country" if is_country and feature in _PERSONS else feature for feature in also)
    if not is_latin and cues & (Cue.LOCATIVE | Cue.OF):
        yield "generic"
    if language == _HOME:
        return
    if people >= _LARGE_ELSEWHERE:
        yield "large-elsewhere"
    if is_country:
        return
    yield f"zipf-{step}-elsewhere"
    if step >= _COMMON:
        yield "common-elsewhere"
        is_known = people >= _KNOWN or any(each.means & Means.CURATED or each.place.is_capital for each in meanings)
        if script is ARABIC and not is_known and people < _LARGE_ELSEWHERE:
            yield "common-uncased"
        elif script is ARABIC and not is_known and step >= _VERY_COMMON:
            yield "very-common-uncased"
