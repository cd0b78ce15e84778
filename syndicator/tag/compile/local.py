"""Labels in other languages, as far as the sources tell them.

The packages carry names in all languages, mixed, and do not say which is which. A name belongs to a language if its
letters allow that, and if it is frequent there (wordfreq). Our own tables have a column for each language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from babel import Locale
from babel.core import get_global

from syndicator.tag.compile.draft import Draft
from syndicator.tag.compile.english import likeness
from syndicator.tag.gazetteer import ARABIC, CYRILLIC, LATIN, NO_PLACE, Kind, short_label
from syndicator.text import fold

_LATIN = "abcdefghijklmnopqrstuvwxyz"
# Letters that names in a language are written with.
_ALPHABETS = {
    "ar": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي",
    "fa": "ءآأؤئابپتثجچحخدذرزژسشصضطظعغفقکگلمنهوی",
    "ur": "ءآأؤئابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوہھیےۓ",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
    "he": "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
    "el": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
    "hy": "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆև",
    "ka": "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
    "tr": "abcçdefgğhıijklmnoöprsştuüvyzâîû",
    "de": _LATIN + "äöüß",
    "fr": _LATIN + "àâçéèêëîïôùûüÿœæ",
    "es": _LATIN + "áéíñóúü",
}
_LETTERS, _LAST_LATIN = frozenset("".join(_ALPHABETS.values())), "\u024f"
# Letters that the neighbours of a language in its script lack.
_OWN = {"ar": "ةكىيأإ", "fa": "پچژگکی", "ur": "ٹڈڑںہھے", "ru": "ыэё", "uk": "ґєії"}
# Where a language is at home its names are no transliterations of the English ones, but the other way round.
_HOMES = {
    "ar": "AE BH DJ DZ EG IQ JO KM KW LB LY MA MR OM PS QA SA SD SO SY TN YE", "fa": "AF IR TJ", "ur": "PK",
    "ru": "BY KG KZ RU", "uk": "UA", "bg": "BG", "he": "IL", "el": "CY GR", "hy": "AM", "ka": "GE", "tr": "TR",
    "de": "AT DE", "fr": "FR", "es": "AR BO CL CO CR CU DO EC ES GT HN MX NI PA PE PY SV UY VE",
}  # fmt: skip
_TO_LATIN = {
    letter: sound
    for letters, sounds in (
        ("ابتثجحخدذرزسشصضطظعغفقكلمن", "a b t th g h kh d d r z s sh s d t z a g f k k l m n"),
        ("هويپچژگکیآأإىةئؤ", "h u i b ch zh g k i a a i a a i u"),
        ("абвгґдеєёжзиіїйклмнопрс", "a b f g g d i i i zh z i i i i k l m n u b r s"),
        ("туфхцчшщыэюя", "t u f kh ts ch sh sh i i u a"),
    )
    for letter, sound in zip(letters, sounds.split(), strict=True)
}
_COARSE = str.maketrans("pvwyeoqcj", "bfuiiukkg")
_COUNTED = 225  # steps of frequency that count as much as likeness does
_WORDS = re.compile(r"[^\W\d_]+")
_NO_NAME = re.compile(r"[,،(/'’\d\u064b-\u0652]")  # lists, remarks, cases, vowel signs
# A region in the languages of Russia's neighbours and peoples, whose letters are Russian ones.
_NOT_RUSSIAN = re.compile(r"(?:област|обласьт|крае|сы|(?<!ая) область|(?<!ий) край)$")
LANGUAGES = tuple(_ALPHABETS)
_GENERIC = re.compile(r"^(?:محافظة|منطقة|ولاية|إمارة|استان|ولایت) (?=\S)")
_LEAST_ADVANTAGE = 25  # of a Latin name's frequency over that in English, in steps: tenfold
_LEAST_FREQUENCY = 75  # of a Latin name: three on the Zipf scale
_LEAST_LIKENESS = 0.6  # of a Latin name to the English one: what is less like it is more often a slip than a name
_LEAST_SCORE = 0.75
_LONGEST_NAME = 7  # words
_KNOWN_PEOPLE = 50_000  # population of towns whose names are read for labels


def spellings_of(name: str, others: Iterable[str]) -> tuple[str, ...]:
    """Return a place's own name, and those of the others that one of the languages may have."""
    return (name, *(each for each in others if each != name and _may_be_label(each)))


def _may_be_label(name: str) -> bool:
    words = _WORDS.findall(name.lower())
    is_short = len(words) == 1 or name[:1] > _LAST_LATIN
    return is_short and bool(words) and not name.isupper() and _LETTERS.issuperset("".join(words))


def words_of_spellings(draft: Draft) -> Iterator[str]:
    """Yield the folded words whose frequencies ``local_labels`` asks for."""
    for spelling in chain.from_iterable(draft.spellings.values()):
        yield from map(fold, _WORDS.findall(spelling))


def local_labels(draft: Draft, frequencies: Mapping[str, bytes]) -> dict[str, dict[int, str]]:
    """Return labels by language and number of place, where they are known. Countries are left out: CLDR has them."""
    return {language: _Labels(draft, language, frequencies).all() for language in LANGUAGES}


def keeps_spellings(kind: Kind, population: int) -> bool:
    """Return whether a place is known well enough for labels in other languages to be looked for."""
    return kind is Kind.DIVISION or (kind is Kind.TOWN and population >= _KNOWN_PEOPLE)


class _Labels:
    """Finds the labels in one language."""

    def __init__(self, draft: Draft, language: str, frequencies: Mapping[str, bytes]) -> None:
        self._draft, self._language, self._frequencies = draft, language, frequencies
        self._homes = frozenset(draft.countries.get(code) for code in _HOMES[language].split())
        self._script = next((script for script in (LATIN, ARABIC, CYRILLIC) if language in script), None)

    def all(self) -> dict[int, str]:
        """Return labels by number: those of tables and of CLDR where there are any, else the likeliest spelling."""
        said = self._draft.local_labels.get(self._language, {})
        certain = {**dict(self._of_time_zones()), **dict(self._of_tables()), **said}
        labels = {number: label for number in self._draft.spellings if (label := self._pick(number))} | certain
        for number, label in list(labels.items()):
            holder = self._division_called_like(number)
            if holder is not None and holder not in certain and (self._is_plain(holder) or holder not in labels):
                labels[holder] = label
        return labels

    def _of_tables(self) -> Iterator[tuple[int, str]]:
        """Yield what our tables call places, but for phrases that tell a town's name from a word: to Riyadh."""
        for number, names in self._draft.local_names.get(self._language, {}).items():
            place = self._draft.places[number]
            longest = len(place.label.split()) if place.kind in (Kind.TOWN, Kind.DIVISION) else _LONGEST_NAME
            fits = (name for name in names if len(name.split()) <= longest and not _NO_NAME.search(name))
            if place.kind is not Kind.COUNTRY and (name := next(fits, "")):
                yield number, name

    def _of_time_zones(self) -> Iterator[tuple[int, str]]:
        """Yield CLDR's names of the towns that time zones are named after: Kiew, Le Caire, Nueva York."""
        territories, aliases = get_global("zone_territories"), get_global("zone_aliases")
        for zone, names in Locale(self._language).time_zones.items():
            code = territories.get(zone) or territories.get(aliases.get(zone, ""), "")
            if code in self._draft.countries and "city" in names:
                city = zone.rpartition("/")[2].replace("_", " ")
                people = self._draft.towns_named((city, f"{city} City"), self._draft.countries[code])
                number = max(people, key=people.__getitem__, default=None)
                if number is not None and number in self._draft.spellings:
                    yield number, names["city"].partition(" (")[0]

    def _pick(self, number: int) -> str:
        """Return the one of a place's names that is surest to be this language's; empty if none is sure enough."""
        place, spellings = self._draft.places[number], self._draft.spellings[number]
        is_at_home = place.country in self._homes
        if self._language in LATIN:
            picked = "" if is_at_home and place.kind is Kind.DIVISION else self._pick_latin(place.label, spellings)
            return picked or (_in_order(spellings[0]) if is_at_home else "")
        names = [_GENERIC.sub("", name) for name in map(_in_small_letters, spellings) if self._can_write(name)]
        likeness_counts = not is_at_home or place.kind is not Kind.TOWN
        scores = [(self._score(name, place.label if likeness_counts else ""), -len(name), name) for name in names]
        score, _, name = max(scores, default=(0.0, 0, ""))
        return name if score >= _LEAST_SCORE or is_at_home else ""

    def _pick_latin(self, label: str, spellings: Iterable[str]) -> str:
        """Return a name that is ten times as frequent in this language as in English, and like the English one."""
        found = [
            (frequency, name)
            for name in spellings
            if name[:1].isupper() and not name.isupper() and _WORDS.fullmatch(name) and self._can_write(name)
            if (frequency := self._frequency(name, self._language)) >= _LEAST_FREQUENCY
            if frequency >= _LEAST_ADVANTAGE + self._frequency(name, "en")
            if likeness(name, label) >= _LEAST_LIKENESS
        ]
        frequency, name = max(found, default=(0, ""))
        return name if frequency > self._frequency(label, self._language) else ""

    def _can_write(self, name: str) -> bool:
        words = _WORDS.findall(name.lower())
        letters = set(_ALPHABETS[self._language])
        is_foreign = self._language == "ru" and _NOT_RUSSIAN.search(name)
        return bool(words) and set("".join(words)) <= letters and not _NO_NAME.search(name) and not is_foreign

    def _score(self, name: str, label: str) -> float:
        """Return how likely a name is: how frequent it is, how like the label, whether it can be no neighbour's."""
        is_own = 0.1 * (not set(_OWN.get(self._language, "")).isdisjoint(name.lower()))
        like = likeness(_coarse(name), _coarse(label)) if label else 0.0
        return self._frequency(name, self._language) / _COUNTED + like + is_own + 0.1 * (self._script is None)

    def _frequency(self, name: str, language: str) -> int:
        """Return the frequency of a name's rarest word in a language of this script, in steps; 0 if it is unknown."""
        if self._script is None:
            return 0
        place = self._script.index(language)
        rows = (self._frequencies.get(fold(word)) for word in _WORDS.findall(name))
        return min((row[place] if row else 0 for row in rows), default=0)

    def _division_called_like(self, number: int) -> int | None:
        """Return the number of the division that has its name from this town, if it is one that does."""
        town = self._draft.places[number]
        if town.kind is not Kind.TOWN or town.parent == NO_PLACE:
            return None
        around = self._draft.places[town.parent]
        is_named_after = around.kind is Kind.DIVISION and short_label(around.label) == town.label
        return town.parent if is_named_after else None

    def _is_plain(self, number: int) -> bool:
        """Return whether a division's English label has no generic word."""
        label = self._draft.places[number].label
        return short_label(label) == label


def _coarse(name: str) -> str:
    """Return a name in Latin letters, those that languages mix up as one: Perth and برث are both birth."""
    letters = (_TO_LATIN.get(letter, letter) for letter in fold(name.removeprefix("ال")))
    return "".join(letters).translate(_COARSE)


def _in_small_letters(name: str) -> str:
    """Return a Russian name with its generic word in small letters."""
    return re.sub(r" (?:Область|Край)$", lambda found: found[0].lower(), name)


def _in_order(name: str) -> str:
    """Return a name that a list sorts by its main word as it is said: Madrid, Comunidad de."""
    main, comma, rest = name.partition(", ")
    return f"{rest} {main}" if comma else name
