"""Is it a place? What tells a name that is one from a person, a company, a word; as a list of features per name.

Each feature is a yes or no about the name (how many people live there, is it a word too) or about the words around
it. One table of weights, fitted off-line, turns them into a probability (logistic regression); nothing else decides.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from syndicator.tag import tables
from syndicator.tag.cues import Cue, cues_of, elision
from syndicator.tag.find import Finder, Match
from syndicator.tag.gazetteer import ARABIC, CYRILLIC, LATIN, NO_COUNTRY, Gazetteer, Kind, Mark, Meaning, Means
from syndicator.tag.weights import weights
from syndicator.text import APOSTROPHE, Memo, Words, fold

_PEOPLE_STEPS = (2_000, 10_000, 50_000, 200_000, 1_000_000)
_ZIPF_STEPS = (1.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)
_LARGE = 300_000
_LARGE_ELSEWHERE = 200_000
_COMMON, _VERY_COMMON = 4, 6  # steps of the scale
_FIRST_NON_LATIN = "\u0370"
_MOST_REMEMBERED = 5000
_MOST = 0.7
_LONG_WORD, _FEWEST_LONG = 4, 4
_SHORT_WORD = 3
_HOPELESS = -5.0  # log odds of a name by itself: no context makes up for that
_METONYM = 0.9  # the Kremlin, the White House: seldom anything else
_TAKES_ARTICLE = frozenset(("country", "kind-area", "kind-group", "kind-water", "people"))
_PERSON_GAPS = frozenset((" ", ". ", "-", "-"))
_SENTENCE_ENDS = frozenset('.!?:;\n"“”„«»()[]…؟।—–|')
_LIST_GAPS = frozenset((", ", "، ", "/"))
_QUOTES = ('"', "“", "‘", "'", "«", "„")
# The languages that write the names of peoples with a small letter.
_SMALL_PEOPLES = frozenset(("fr", "es", "de", "ru", "it", "pt", "nl", "pl", "uk", "bg", "ro", "sv", "da", "no", "cs"))
_NAMED_BEFORE = (
    Cue.LOCATIVE | Cue.OF | Cue.FUNCTION | Cue.TITLE | Cue.FIRST_NAME | Cue.DIRECTION | Cue.CALENDAR | Cue.SAID
    | Cue.ORGANISATION
)  # fmt: skip
_NAMED_AFTER = _NAMED_BEFORE | Cue.STREET | Cue.DIVISION | Cue.AREA | Cue.ACTS


_SMALLER = frozenset((Kind.TOWN, Kind.AREA, Kind.SITE, Kind.WATER))


class Name(NamedTuple):
    """What the gazetteer says of one name, whatever stands around it; ``weight`` is that of its ``features``."""

    number: int
    written: str
    meanings: tuple[Meaning, ...]
    features: tuple[str, ...]
    weight: float
    means: int
    is_people: bool
    is_strong: bool
    countries: frozenset[int]


class Span(NamedTuple):
    """A name where it stands: words ``start`` up to, without, ``end``, characters ``at`` up to, without, ``to``.

    ``field`` counts the texts read; ``cues`` are features of the place, ``chance`` the probability that it is one.
    """

    field: int
    start: int
    end: int
    at: int
    to: int
    name: Name
    cues: tuple[str, ...]
    chance: float


@cache
def _stop_names() -> frozenset[str]:
    return frozenset(fold(word) for line in tables.lines("stop.txt") for word in line.split())


class Reader:
    """Finds what may be places in texts, with how likely each is one."""

    def __init__(
        self, gazetteer: Gazetteer, table: Mapping[str, float] | None = None, hopeless: float = _HOPELESS
    ) -> None:
        """Read with this gazetteer; ``table`` has other weights than those in force.

        Names whose log odds by themselves are below ``hopeless`` are not looked at.
        """
        self.gazetteer = gazetteer
        self.find = Finder(gazetteer)
        self.cues = Memo(cues_of)
        self._names: dict[tuple[int, str, bool], Name | None] = {}
        self._weights = weights("mention") if table is None else defaultdict(float, table)
        self._hopeless = hopeless - self._weights["bias"]

    def __call__(self, fields: Sequence[Words], language: str) -> list[Span]:
        """Give the names in a story's texts that may be places, in order, none overlapping another."""
        story = _Story(tuple(_Text(words, list(map(self.cues.__getitem__, words.words))) for words in fields))
        chosen = [list(self._choose(text, language)) for text in story.texts]
        if not any(chosen):
            return []
        return list(story.describe(chosen, self._weights))

    def name(self, number: int, language: str, *, is_code: bool) -> Name | None:
        """Give what is known of a name; how common a word it is depends on the language.

        Abbreviations are meant only by capitals (``is_code``); None if that leaves nothing.
        """
        key = (number, language, is_code)
        if key not in self._names:
            if len(self._names) >= _MOST_REMEMBERED:
                self._names.clear()
            self._names[key] = self._describe(number, language, is_code=is_code)
        return self._names[key]

    def _choose(self, text: _Text, language: str) -> Iterator[tuple[Match, Name]]:
        """Yield the longest names that the letters allow, from left to right."""
        after = 0
        for matches in self.find(text.words):
            if matches[0].start < after:
                continue
            for match in matches:
                name = self.name(match.number, language, is_code=text.is_code(match))
                if name is not None and text.allows(match, name, language):
                    after = match.end
                    if not name.means & Means.VOID and name.weight > self._hopeless:
                        yield match, name
                    break

    def _describe(self, number: int, language: str, *, is_code: bool) -> Name | None:
        meanings = tuple(
            meaning for meaning in self.gazetteer.meanings(number) if is_code or not meaning.means & Means.EXACT
        )
        if not meanings:
            return None
        written = self.gazetteer.trie.restore_key(number)
        means = 0
        for meaning in meanings:
            means |= meaning.means
        places = [meaning.place for meaning in meanings]
        towns = [meaning for meaning in meanings if meaning.place.kind is Kind.TOWN]
        people = max((meaning.place.people for meaning in towns), default=0)
        found = [*_of_meanings(meanings, means, language), *self._of_word(number, written, language, people, meanings)]
        return Name(
            number=number, written=written, meanings=meanings, features=tuple(found),
            weight=sum(map(self._weights.__getitem__, found)), means=means, is_people=bool(means & Means.PEOPLE),
            is_strong=people >= _LARGE
            or any(place.kind in {Kind.COUNTRY, Kind.DIVISION, Kind.GROUP} for place in places),
            countries=frozenset(place.country for place in places if place.country != NO_COUNTRY),
        )  # fmt: skip

    def _of_word(
        self, number: int, written: str, language: str, people: int, meanings: Sequence[Meaning]
    ) -> Iterator[str]:
        """Yield what a name is as a word."""
        length = written.count(" ") + 1
        yield f"words-{min(length, 3)}"
        if written in _stop_names():
            yield "stop"
            if language != "en":
                yield "stop-elsewhere"
        if length > 1:
            return
        script = next((script for script in (LATIN, ARABIC, CYRILLIC) if language in script), LATIN)
        frequency = self.gazetteer.frequency(number, script.index(language) if language in script else 0)
        step = sum(frequency >= each for each in _ZIPF_STEPS)
        yield f"zipf-{step}"
        is_country = any(m.place.kind is Kind.COUNTRY and m.means & Means.CURATED for m in meanings)
        is_people = any(m.means & Means.PEOPLE for m in meanings)
        if language != "en" and not is_country:
            yield f"zipf-{step}-elsewhere"
        if self.gazetteer.marks(number) & Mark.WORD:
            yield "word-large" if people >= _LARGE or is_country else "word"
        is_latin = written[0] < _FIRST_NON_LATIN
        if len(written) <= _SHORT_WORD and is_latin and not is_people:
            yield "letters-3"
        if language != "en" and people >= _LARGE_ELSEWHERE:
            yield "large-elsewhere"
        cues = self.cues[written.title()]
        if not is_latin and cues & (Cue.LOCATIVE | Cue.OF):
            yield "generic"
        if step >= _COMMON and language != "en" and not is_country:
            yield "common-elsewhere"
            is_known = any(m.means & Means.CURATED or m.place.is_capital for m in meanings)
            if script is ARABIC and not is_known and people < _LARGE_ELSEWHERE:
                yield "common-uncased"
            elif script is ARABIC and not is_known and step >= _VERY_COMMON:
                yield "very-common-uncased"
        for cue, feature in (
            (Cue.FIRST_NAME, "first-name"),
            (Cue.SURNAME, "surname"),
            (Cue.CALENDAR, "calendar"),
            (Cue.ORGANISATION | Cue.STREET | Cue.DIVISION | Cue.AREA, "generic"),
        ):
            if cues & cue:
                yield feature


def _of_meanings(meanings: Sequence[Meaning], means: int, language: str) -> Iterator[str]:
    """Yield what the places are that a name may mean."""
    plain = [meaning for meaning in meanings if not meaning.means & Means.PEOPLE]
    countries = [meaning for meaning in plain if meaning.place.kind is Kind.COUNTRY]
    if countries:
        yield "country" if any(meaning.means & Means.CURATED for meaning in countries) else "country-foreign"
    if means & Means.PEOPLE:
        yield "people-or-place" if plain else "people"
        if language != "en":
            yield "people-elsewhere"
    kinds = {meaning.place.kind for meaning in plain}
    for kind in (Kind.DIVISION, Kind.SUBDIVISION, Kind.AREA, Kind.SITE, Kind.GROUP, Kind.WATER):
        if kind in kinds:
            yield f"kind-{kind.name.lower()}"
    if any(meaning.place.is_capital for meaning in meanings):
        yield "capital"
    towns = [meaning for meaning in plain if meaning.place.kind is Kind.TOWN]
    if towns:
        yield f"people-{sum(max(town.place.people for town in towns) >= step for step in _PEOPLE_STEPS)}"
        if all(town.means & Means.ALTERNATE and town.place.people < _LARGE for town in towns):
            yield "alternate-only"
    for mean, feature in (
        (Means.CURATED, "curated"),
        (Means.EXACT, "exact"),
        (Means.SHORT, "short"),
    ):
        if means & mean:
            yield feature
    if means & Means.CURATED and any(
        m.means & Means.CURATED and m.place.kind in _SMALLER and not m.place.is_capital for m in plain
    ):
        yield "curated-place"
    yield f"senses-{min(3, int(math.log2(len(meanings))))}"


@dataclass(slots=True)
class _Text:
    """One text's words with their cues."""

    words: Words
    cues: Sequence[int]
    is_shouted: bool = False
    is_titled: bool = False

    def __post_init__(self) -> None:
        raw = self.words.words
        letters = sum(map(len, raw))
        shouted = sum(len(word) for word, cue in zip(raw, self.cues, strict=True) if cue & Cue.SHOUTED)
        self.is_shouted = shouted > _MOST * letters
        longer = [cue for word, cue in zip(raw, self.cues, strict=True) if len(word) > _LONG_WORD]
        self.is_titled = len(longer) >= _FEWEST_LONG and all(cue & Cue.CAPITAL for cue in longer)

    def is_code(self, match: Match) -> bool:
        """Say whether a name is written as abbreviations are, in a text that does not write everything so."""
        codes = self.cues[match.start : match.end]
        return not self.is_shouted and all(cue & (Cue.SHOUTED | Cue.INITIAL) for cue in codes)

    def allows(self, match: Match, name: Name, language: str) -> bool:
        """Say whether the letters allow the name: capitals where it takes them."""
        first, last = self.cues[match.start], self.cues[match.end - 1]
        is_small = first & Cue.SMALL
        if name.means & (Means.VOID | Means.GOVERNMENT):
            return not is_small or match.end > match.start + 1
        if last & Cue.SMALL and not (name.is_people and language in _SMALL_PEOPLES):
            return False
        if is_small and match.end == match.start + 1 and not (name.is_people and language in _SMALL_PEOPLES):
            return False
        return match.end > match.start + 1 or len(self.words.words[match.start]) > 1

    def starts_sentence(self, place: int) -> bool:
        """Say whether a word has its capital from its place."""
        return place == 0 or not _SENTENCE_ENDS.isdisjoint(self.words.gap(place - 1))

    def persons(self) -> Iterator[str]:
        """Yield folded words that stand after a first name or a title as a surname does."""
        if self.is_titled or self.is_shouted:
            return
        cues, raw, gap = self.cues, self.words.words, self.words.gap
        heralds = Cue.FIRST_NAME | Cue.TITLE
        for place in [place for place, cue in enumerate(cues) if cue & heralds]:
            if cues[place] & Cue.FIRST_NAME and cues[place] & Cue.SMALL:
                continue
            for at in range(place + 1, min(place + 4, len(cues))):
                is_other = cues[at] & (Cue.LOCATIVE | Cue.OF | Cue.DIRECTION | Cue.CALENDAR)
                if gap(at - 1) not in _PERSON_GAPS or not cues[at] & Cue.CAPITAL or is_other:
                    break
                yield _bare(raw[at])


def _read_bare(word: str) -> str:
    return fold(APOSTROPHE.split(word)[0])


_BARE = Memo(_read_bare)
_bare = _BARE.__getitem__


@dataclass(frozen=True, slots=True)
class _Around:
    """What the whole story says of its words."""

    persons: frozenset[str]
    written: frozenset[str]
    times: Counter[int]
    located: Counter[int]
    support: Counter[int]
    countries: frozenset[int]


@dataclass(slots=True)
class _Story:
    texts: Sequence[_Text]

    def describe(self, chosen: Sequence[Sequence[tuple[Match, Name]]], weights: Mapping[str, float]) -> Iterator[Span]:
        around = self._around(chosen)
        for field, (text, names) in enumerate(zip(self.texts, chosen, strict=True)):
            beside = _Beside(text, names)
            for match, name in names:
                is_in = _is_in(text, match, name)
                beside_it = beside.read(match, name, is_in=is_in)
                cues = [*beside_it, *_of_story(around, text, match, name, is_in=is_in)]
                score = weights["bias"] + name.weight + sum(map(weights.__getitem__, cues))
                chance = _METONYM if name.means & Means.GOVERNMENT else 1 / (1 + math.exp(-score))
                at, to = _extent(text, match, name)
                yield Span(field, match.start, match.end, at, to, name, tuple(cues), chance)

    def _around(self, chosen: Sequence[Sequence[tuple[Match, Name]]]) -> _Around:
        pairs = [(text, match, name) for text, names in zip(self.texts, chosen, strict=True) for match, name in names]
        distinct = {name.number: name for _, _, name in pairs}.values()
        return _Around(
            persons=frozenset(word for text in self.texts for word in text.persons()),
            written=frozenset(itertools.chain.from_iterable(text.words.words for text in self.texts)),
            times=Counter(name.number for _, _, name in pairs),
            located=Counter(name.number for text, match, name in pairs if _is_in(text, match, name)),
            support=Counter(country for name in distinct for country in name.countries),
            countries=frozenset(
                name.meanings[0].place.number
                for name in distinct
                if name.meanings[0].place.kind is Kind.COUNTRY and name.meanings[0].means & Means.CURATED
            ),
        )


def _lost_its_article(word: str, name: Name) -> bool:
    """Say whether an Arabic word reads as a name only without its article: الليل, the night, is not Lille."""
    return "ال" in word[:4] and not word.startswith(name.written[:2]) and "article" not in name.features


def _is_in(text: _Text, match: Match, name: Name) -> bool:
    """Say whether a word for "in" stands before the name, or is part of it."""
    start = match.start
    cue = text.cues[start]
    if cue & Cue.INSIDE:
        return True
    if cue & Cue.UNCASED and name.written[0] != (first := text.words.words[start])[0] and first[0] in "بفل":
        return True
    before = start - 1
    if before > 0 and text.cues[before] & Cue.ARTICLE and text.words.gap(before) == " ":
        before -= 1
    is_near = before >= 0 and text.words.gap(before) == " "
    return is_near and bool(text.cues[before] & (Cue.LOCATIVE | Cue.FROM))


def _of_story(around: _Around, text: _Text, match: Match, name: Name, *, is_in: bool) -> Iterator[str]:
    """Yield what the rest of the story says of a name."""
    if match.end == match.start + 1:
        raw = text.words.words[match.start]
        if around.persons and not name.is_people and _bare(raw) in around.persons:
            yield "person-strong" if name.is_strong else "person"
        if text.cues[match.start] & Cue.CAPITAL and raw.lower() in around.written:
            yield "small-elsewhere"
    times = around.times[name.number]
    if times > 1:
        yield "again"
        if times > 3:  # noqa: PLR2004
            yield "often"
    if around.located[name.number] > is_in:
        yield "in-elsewhere"
    if "country" not in name.features and not around.countries.isdisjoint(name.countries):
        yield "country-named"
        if is_in:
            yield "in-its-country"
    support = max(map(around.support.__getitem__, name.countries), default=0)
    if support > 2:  # noqa: PLR2004
        yield "supported"
        if support > 5:  # noqa: PLR2004
            yield "well-supported"


def _extent(text: _Text, match: Match, name: Name) -> tuple[int, int]:
    """Give where a name stands in characters: without 's, with an abbreviation's full stop."""
    at, to = text.words.span(match.start, match.end)
    if text.cues[match.start] & Cue.ELIDED:
        at += elision(text.words.words[match.start])
    last = text.words.words[match.end - 1]
    if text.cues[match.end - 1] & (Cue.POSSESSIVE | Cue.INSIDE):
        found = list(APOSTROPHE.finditer(last))
        if found:
            return at, to - (len(last) - found[-1].start())
    if name.means & Means.SHORT and "." not in last and text.words.gap(match.end - 1).startswith("."):
        to += 1
    return at, to


class _Beside:
    """Reads the words before and after a name."""

    def __init__(self, text: _Text, names: Iterable[tuple[Match, Name]]) -> None:
        names = list(names)
        self.text, self.raw, self.cues, self.gap = text, text.words.words, text.cues, text.words.gap
        self.size = len(self.raw)
        self.is_flat = text.is_titled or text.is_shouted  # capitals tell nothing
        self.starts = {match.start: name for match, name in names}
        self.ends = {match.end: name for match, name in names}

    def read(self, match: Match, name: Name, *, is_in: bool) -> list[str]:
        """Give the features of a name's surroundings."""
        found = ["in"] if is_in else []
        self._itself(match, name, found, is_in=is_in)
        if match.start:
            self._before(match.start, name, found)
        self._after(match.end, name, found)
        if self._is_listed(match.start, match.end, name):
            found.append("listed")
        return found

    def _itself(self, match: Match, name: Name, found: list[str], *, is_in: bool) -> None:
        cue = self.cues[match.start]
        if self.is_flat:
            found.append("titled")
        if cue & Cue.UNCASED:
            found.append("uncased")
            if match.end == match.start + 1 and not name.is_people and _lost_its_article(self.raw[match.start], name):
                found.append("article-added")
            if not name.is_strong:
                found.append("uncased-weak")
        elif cue & Cue.SMALL:
            found.append("small")
        elif cue & Cue.SHOUTED and not self.text.is_shouted and not name.means & Means.EXACT:
            found.append("shouted")
        if self.text.starts_sentence(match.start):
            found.append("sentence-start")
            if "common-elsewhere" in name.features and not name.is_strong and not name.is_people:
                found.append("start-common")
        if "stop-elsewhere" in name.features and not is_in:
            found.append("stop-bare")
        if cue & Cue.INSIDE:
            found.append("inside")
        if cue & Cue.AGENCY and cue & (Cue.SHOUTED | Cue.UNCASED) and not is_in:
            found.append("agency")
        if self.cues[match.end - 1] & Cue.POSSESSIVE:
            found.append("possessive")

    def _before(self, start: int, name: Name, found: list[str]) -> None:
        gap, before = self.gap(start - 1), self.cues[start - 1]
        if name.means & Means.SHORT:
            found.append("short-after-comma" if gap.startswith(",") else "short-bare")
        if gap == " ":
            self._right_before(start, before, name, found)
        elif gap == ", ":
            other = self.ends.get(start)
            if other is None:
                found.append("after-comma")
            else:
                found.append("after-place-comma" if other.countries & name.countries else "after-other-comma")
        elif gap == ". " and len(self.raw[start - 1]) <= _SHORT_WORD and before & (Cue.TITLE | Cue.INITIAL):
            found.append("title-before" if before & Cue.TITLE else "initial-before")
        elif gap.endswith("-"):
            found.append("hyphen-before")
        elif gap.endswith("("):
            found.append("bracket")
        elif gap.endswith(_QUOTES):
            found.append("quote-before")
        elif gap.endswith("@"):
            found.append("address")

    def _right_before(self, start: int, before: int, name: Name, found: list[str]) -> None:
        if before & Cue.FROM:
            found.append("from")
        if before & Cue.AGAINST:
            found.append("object")
        elif (
            start - 1 in self.ends
            and self.ends[start - 1].is_strong
            and self.gap(start - 2) == " "
            and not before & (Cue.OF | Cue.FUNCTION | Cue.LOCATIVE | Cue.ARTICLE | Cue.CAPITAL)
        ):
            found.append("object")  # "Israel strikes Lebanon": a place, one word, a place
        is_capital = before & (Cue.CAPITAL | Cue.UNCASED)
        if before & Cue.OF and not before & Cue.LOCATIVE:
            found.append("of")
        if before & Cue.DIRECTION:
            found.append("direction-before")
        if before & Cue.TITLE and is_capital:
            found.append("title-before")
        if before & Cue.FIRST_NAME and is_capital:
            found.append("first-name-before")
        if before & Cue.INITIAL and not before & Cue.LOCATIVE:
            found.append("initial-before")
        if self.raw[start - 1] in ("the", "The"):
            found.append("the-before")
        elif before & Cue.ARTICLE and _TAKES_ARTICLE.isdisjoint(name.features):
            found.append("article-before")
        if before & Cue.CAPITAL and not before & _NAMED_BEFORE and not self.is_flat:
            if start in self.ends:
                found.append("place-beside")
            else:
                is_start = self.text.starts_sentence(start - 1)
                found.append("capital-before-start" if is_start else "capital-before")
        if before & Cue.ORGANISATION and is_capital:
            found.append("org-before")
        if before & (Cue.ROAD | Cue.NUMBER):
            found.append("number-before")
        if start > 1 and before & Cue.OF:
            further = self.cues[start - 2]
            if further & Cue.ORGANISATION and further & (Cue.CAPITAL | Cue.UNCASED):
                found.append("org-of")
            elif further & (Cue.ORGANISATION | Cue.DIVISION | Cue.AREA):
                found.append("area-of")

    def _after(self, end: int, name: Name, found: list[str]) -> None:
        gap = self.gap(end - 1)
        if end < self.size and gap == " ":
            self._right_after(end, name, found)
        elif gap in (", ", "، "):
            holder = self.starts.get(end)
            if holder is None:
                found.append("comma")
            else:
                found.append("comma-holder" if holder.countries & name.countries else "comma-place")
        elif gap.startswith(("-", "–")):
            is_based = end < self.size and self.cues[end] & Cue.AREA
            found.append("hyphen-after-based" if is_based else "hyphen-after")
        elif gap.startswith(("@", ".com")):
            found.append("address")
        elif gap.startswith((".", "!", "?", "؟")):
            found.append("full-stop")

    def _is_listed(self, start: int, end: int, name: Name) -> bool:
        """Say whether a name stands in a list of the kind "Moscow, Ankara" or "Russia and Turkey"."""
        after = self._other(end, end + 1, self.gap(end - 1), end) if end < self.size else None
        before = self._other_before(start)
        return any(
            other is not None and other.is_strong and not other.countries & name.countries for other in (after, before)
        )

    def _other(self, end: int, further: int, gap: str, word: int) -> Name | None:
        if gap == " " and self.cues[word] & Cue.AND:
            return self.starts.get(further)
        is_joined = gap in _LIST_GAPS or (gap == " " and self.raw[word].startswith("و"))
        return self.starts.get(end) if is_joined else None

    def _other_before(self, start: int) -> Name | None:
        if start == 0:
            return None
        gap = self.gap(start - 1)
        if gap == " " and self.cues[start - 1] & Cue.AND:
            return self.ends.get(start - 1)
        is_joined = gap in _LIST_GAPS or (gap == " " and self.raw[start].startswith("و"))
        return self.ends.get(start) if is_joined else None

    def _right_after(self, end: int, name: Name, found: list[str]) -> None:
        after = self.cues[end]
        is_capital = after & (Cue.CAPITAL | Cue.UNCASED)
        if after & Cue.STREET and is_capital:
            found.append("street-after")
        elif after & Cue.DIVISION:
            found.append("division-after" if is_capital else "division-small-after")
        elif after & Cue.ORGANISATION and is_capital:
            found.append("org-after")
        elif after & Cue.AREA:
            found.append("area-after")
        elif after & Cue.SAID:
            found.append("acts-after" if name.is_strong and "surname" not in name.features else "said-after")
        elif after & Cue.ACTS:
            found.append("acts-after")
        elif after & Cue.NUMBER:
            found.append("number-after")
        elif after & Cue.INITIAL:
            found.append("initial-after")
        elif after & Cue.CAPITAL and not after & _NAMED_AFTER and not self.is_flat:
            if end in self.starts:
                found.append("place-beside")
            elif after & Cue.SURNAME:
                found.append("surname-after")
            else:
                found.append("capital-after")
                if end + 1 < self.size and self.gap(end) == " ":
                    further = self.cues[end + 1]
                    if further & Cue.ORGANISATION and further & Cue.CAPITAL:
                        found.append("org-later")
        elif after & Cue.SMALL and not after & _NAMED_AFTER:
            found.append("small-after")
        if after & Cue.SURNAME and after & Cue.CAPITAL and end in self.starts:
            found.append("surname-after")
