"""Tell a town from the division called like it: Idlib, Kursk, İzmir, غزة.

Resolution chooses one of them for all of a story. What stands beside a name outranks that, for this one mention: "Idlib
province", "город Курск". Where nothing does, either may be meant, and the tag of the one has the terms of the others
too, so that filters find the story by each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import NamedTuple

from syndicator.tag import tables
from syndicator.tag.evidence import ResolvedMention
from syndicator.tag.gazetteer import NO_PLACE, Gazetteer, Kind, Meaning, Place, Usage, short_label, slug
from syndicator.tag.roles import RegionRole
from syndicator.tag.sense import DIVISIONS
from syndicator.text import MemoDict, Words, fold, forms

Position = tuple[int, int]  # of a mention: its field, and its first word
_KINDS = frozenset((Kind.DIVISION, Kind.SUBDIVISION, Kind.TOWN, Kind.AREA))
_NO_NAME = Usage.DEMONYM | Usage.METONYM | Usage.NOT_A_PLACE | Usage.ABBREVIATION | Usage.CODE
_GAPS = frozenset((" ", ". ", "-", "\xa0", "’", "'"))
_MOST_BETWEEN = 2  # words between a name and what tells of it: Saraqib, in the Idlib
_ARABIC_AND = "و"


class Level(Enum):
    """Which of a town and the division called like it the words beside a name mean."""

    DIVISION = "division"
    TOWN = "town"


class Namesakes(NamedTuple):
    """Places in one region that a name may mean beside the one it was resolved to.

    ``terms`` are those of the others that are called so, ``town`` and ``division`` what is meant if that is said.
    """

    terms: tuple[str, ...] = ()
    town: Place | None = None
    division: Place | None = None


_NONE = Namesakes()


class NamesakeFinder:
    """Finds the namesakes of the places that a story names."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Use the names and places of this gazetteer."""
        self._gazetteer = gazetteer
        self._known = MemoDict(self._find)

    def read(
        self, mentions: Sequence[ResolvedMention], fields: Sequence[Words]
    ) -> tuple[list[ResolvedMention], frozenset[Position]]:
        """Return mentions of the town or of the division, as the words beside each say, and where none says it.

        There a name may as well be a namesake's, unless it only says where the place beside it lies: Saraqib, Idlib.
        """
        read, undecided = list(mentions), []
        for place, mention in enumerate(mentions):
            namesakes = self._of(mention)
            if namesakes is _NONE:
                continue
            span = mention.span
            level = _level_beside(fields[span.field], span.start, span.end)
            if level is None:
                undecided.append(place)
            elif (meant := namesakes.town if level is Level.TOWN else namesakes.division) is not None:
                read[place] = mention._replace(sense=mention.sense._replace(place=meant))
        return read, frozenset(self._positions(read, undecided, fields) if undecided else ())

    def _positions(
        self, mentions: Sequence[ResolvedMention], undecided: Iterable[int], fields: Sequence[Words]
    ) -> Iterator[Position]:
        """Yield the positions of the undecided ones of the mentions that hold no place beside them."""
        for place in undecided:
            each = mentions[place]
            beside = (*mentions[max(0, place - 1) : place], *mentions[place + 1 : place + 2])
            if not any(self._holds(each, other, fields[each.span.field]) for other in beside):
                yield each.span.field, each.span.start

    def terms(self, role: RegionRole, undecided: frozenset[Position]) -> tuple[str, ...]:
        """Return the terms of a region's namesakes if the story may as well be about them.

        It may if most of what names the region is undecided, or a name in the title.
        """
        if role.place.kind not in _KINDS:
            return ()
        number = role.place.number
        named = [each for each in role.mentions if each.sense.place.number == number]
        unclear = [each for each in named if (each.span.field, each.span.start) in undecided]
        if not unclear or (len(unclear) * 2 < len(role.mentions) and all(each.span.field for each in unclear)):
            return ()
        return tuple(dict.fromkeys(term for each in unclear for term in self._of(each).terms))

    def _of(self, mention: ResolvedMention) -> Namesakes:
        if mention.sense.place.kind not in _KINDS or mention.sense.usage & _NO_NAME:
            return _NONE
        return self._known[mention.span.name.number, mention.sense.place.number]

    def _holds(self, one: ResolvedMention, other: ResolvedMention, words: Words) -> bool:
        """Return whether a name only says where the place beside it lies: Saraqib, Idlib."""
        first, last = sorted((one.span, other.span))
        outer, inner = one.sense.place, other.sense.place
        between = words.words[first.end : last.start]
        if first.field != last.field or len(between) > _MOST_BETWEEN or not self._is_within(inner, outer):
            return False
        is_list = any(not _level_words().lists.isdisjoint(forms(word)) for word in between)
        return not is_list and not (words.words[last.start].startswith(_ARABIC_AND) and not between)

    def _is_within(self, place: Place, holder: Place) -> bool:
        while place.parent != NO_PLACE:
            place = self._gazetteer.place[place.parent]
            if place.number == holder.number:
                return True
        return False

    def _find(self, key: tuple[int, int]) -> Namesakes:
        name, number = key
        place = self._gazetteer.place[number]
        others = [each for each in self._gazetteer.meanings(name) if _may_be_meant(each, place)]
        relatives = [each for each in others if _is_related(each.place, place)]
        path = self._gazetteer.region(place).path
        called = [each.place for each in relatives if self._is_called(each, place)]
        if (seat := self._seat(place, name)) is not None:
            called.append(seat)
        terms = dict.fromkeys(term for each in called for term in self._gazetteer.region(each).path)
        towns = [each for each in (*called, *(each.place for each in relatives)) if each.kind is Kind.TOWN]
        found = Namesakes(
            terms=tuple(term for term in terms if term not in path),
            town=max(towns, key=_population) if towns and place.kind is not Kind.TOWN else None,
            division=self._division(place, others, relatives) if place.kind is Kind.TOWN else None,
        )
        return found if any(found) else _NONE

    def _seat(self, division: Place, name: int) -> Place | None:
        """Return the town that a division is called like, unless the name itself says that it is the division's.

        A case of the division's name may be none of the town's names: cases are listed for what our tables name.
        """
        if division.kind is not Kind.DIVISION or any(map(_is_generic, self._gazetteer.written(name).split())):
            return None
        number = self._gazetteer.number(self._slug(division).replace("-", " "))
        meanings = self._gazetteer.meanings(number) if number >= 0 else []
        towns = (each.place for each in meanings if each.place.kind is Kind.TOWN)
        within = (each for each in towns if each.parent == division.number)
        return next((each for each in within if self._are_labelled_alike(each, division)), None)

    def _is_called(self, meaning: Meaning, place: Place) -> bool:
        """Return whether the place of a meaning is known by the name: not by a rare spelling, or labelled alike.

        A part of a division is one that filters are likely to name only if ISO 3166 has a code for it: ES-B, and no US
        county.
        """
        if meaning.place.kind is Kind.SUBDIVISION and "/" in self._gazetteer.region(meaning.place).term:
            return False
        return not meaning.usage & Usage.ALTERNATE or self._are_labelled_alike(meaning.place, place)

    def _are_labelled_alike(self, *places: Place) -> bool:
        return len(set(map(self._slug, places))) == 1

    def _slug(self, place: Place) -> str:
        label = self._gazetteer.label(place)
        return slug(label if place.kind is Kind.TOWN else short_label(label))

    def _division(self, town: Place, others: Iterable[Meaning], relatives: Iterable[Meaning]) -> Place | None:
        """Return the division that is meant by a town's name and "region": around Moscow, it is not the city itself."""
        divisions = [each.place for each in others if each.place.kind is Kind.DIVISION]
        if around := [each for each in divisions if each.number != town.parent]:
            return max(around, key=_population)
        if town.parent != NO_PLACE:
            parent = self._gazetteer.place[town.parent]
            if parent.kind is Kind.DIVISION and (parent in divisions or self._are_labelled_alike(parent, town)):
                return parent
        within = (each.place for each in relatives if each.place.kind in DIVISIONS)
        return max(within, key=_rank, default=None)


def _may_be_meant(meaning: Meaning, place: Place) -> bool:
    other = meaning.place
    is_name = other.kind in _KINDS and not meaning.usage & _NO_NAME
    return is_name and other.country == place.country and other.number != place.number


def _is_related(one: Place, other: Place) -> bool:
    """Return whether two places of a country, of different kinds, lie in one another or in one division."""
    kinds = {one.kind, other.kind}
    if len(kinds) == 1:
        return False
    if Kind.AREA in kinds or one.parent == other.number or other.parent == one.number:
        return True
    return one.parent == other.parent and Kind.SUBDIVISION in kinds


def _is_generic(word: str) -> bool:
    return Level.DIVISION in (_level_words().before.get(word), _level_words().after.get(word))


def _population(place: Place) -> int:
    return place.population


def _rank(place: Place) -> tuple[bool, int]:
    return place.kind is Kind.DIVISION, place.population


class _LevelWords(NamedTuple):
    """The words of ``levels.tsv``, folded: what they say before and after a name, and small ones between."""

    before: Mapping[str, Level]
    after: Mapping[str, Level]
    between: frozenset[str]
    lists: frozenset[str]


@cache
def _level_words() -> _LevelWords:
    kinds = {
        row["kind"]: frozenset(fold(word) for language in tables.LANGUAGES for word in tables.cell(row, language))
        for row in tables.rows("levels.tsv")
    }
    before, after = (
        {word: level for level in Level for word in kinds[f"{level.value}-{side}"]} for side in ("before", "after")
    )
    return _LevelWords(before, after, kinds["between"], kinds["and"])


def _level_beside(words: Words, start: int, end: int) -> Level | None:
    """Return what stands beside the name of the words ``start`` to ``end``; None if nothing tells."""
    known = _level_words()
    if end < len(words.words) and words.gap(end - 1) in _GAPS:
        for form in forms(words.words[end]):
            if (level := known.after.get(form)) is not None:
                return level
    place = start - 1
    for _ in range(_MOST_BETWEEN):
        if place <= 0 or words.gap(place) not in _GAPS or known.between.isdisjoint(forms(words.words[place])):
            break
        place -= 1
    if place >= 0 and words.gap(place) in _GAPS:
        for form in forms(words.words[place]):
            if (level := known.before.get(form)) is not None:
                return level
    return None
