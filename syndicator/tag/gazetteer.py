"""The names of the world's places in one file, mapped into memory: read by every worker, owned by none.

``compile`` makes the file; this reads it. A trie (marisa, static and succinct) gives each folded name a number; the
number leads to its meanings, the most likely first; each meaning is a place and how the name stands for it.

The file: a magic word, the length of a JSON header that says where each section lies, and the sections.
"""

from __future__ import annotations

import errno
import fcntl
import json
import mmap
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import marisa_trie

from syndicator.errors import GazetteerError
from syndicator.text import MemoDict, phrase_of

MAGIC = b"SYNDGAZ1"
# GeoNames id, people, latitude, longitude, the place that holds it, country, kind, marks.
RECORD = struct.Struct("<IIffIHBB")
NOWHERE = 0xFFFFFFFF
NO_COUNTRY = 0xFFFF
MEANING_BITS = 24  # a posting: the place's number, above it how the name means it
LATIN, ARABIC, CYRILLIC = ("en", "de", "fr", "es", "tr"), ("ar", "fa", "ur"), ("ru", "uk", "bg")
FREQUENCIES = max(len(LATIN), len(ARABIC), len(CYRILLIC))
FREQUENCY_STEP = 0.04  # of the Zipf scale (a word's share of all words, per thousand million, as a power of ten)


class Kind(IntEnum):
    """What sort of place."""

    __hash__ = int.__hash__  # that of enumerations is written in Python

    COUNTRY = 0
    DIVISION = 1
    SUBDIVISION = 2
    TOWN = 3
    AREA = 4
    SITE = 5
    GROUP = 6
    WATER = 7


class Means:
    """How a name stands for its place: bits."""

    PLAIN = 0
    ALTERNATE = 1
    PEOPLE = 2
    EXACT = 4
    GOVERNMENT = 8
    VOID = 16
    CURATED = 32
    SHORT = 64  # an abbreviation, good after a comma


class Mark:
    """What else a name is, as a byte per name."""

    WORD = 1  # a dictionary writes it with a small letter


class Place(NamedTuple):
    """A place as it was compiled; ``holder`` and ``country`` are numbers of places."""

    number: int
    geonameid: int
    people: int
    lat: float
    lon: float
    holder: int
    country: int
    kind: Kind
    is_sure: bool
    is_capital: bool


class Meaning(NamedTuple):
    """One reading of a name."""

    place: Place
    means: int


@dataclass(frozen=True, slots=True)
class Region:
    """What a filter or a category calls a place: its term, its English label and what holds it, widest first."""

    term: str
    label: str
    path: tuple[str, ...]


SURE, CAPITAL = 1, 2


class Gazetteer:
    """All places and all their names. Opening it takes milliseconds; its pages are shared by all that map it."""

    def __init__(self, path: Path) -> None:
        """Map the file at ``path``. Raise GazetteerError if it is missing or no gazetteer."""
        try:
            with path.open("rb") as file:
                _lock(file.fileno())
                self._stat = os.fstat(file.fileno())
                # All pages at once, where the system can: what a process has of it is then the same from the start.
                flags = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)
                self._mapped = mmap.mmap(file.fileno(), 0, flags=flags, prot=mmap.PROT_READ)
        except (OSError, ValueError) as error:
            raise GazetteerError(f"{path}: cannot be read as a gazetteer: {error}") from error
        try:
            self._open(memoryview(self._mapped))
        except (ValueError, LookupError, TypeError, AttributeError, RuntimeError, struct.error) as error:
            raise GazetteerError(f"{path}: is no whole gazetteer ({error}); remove it, and it is made anew") from error
        self.place = MemoDict(self._read_place, _MOST_REMEMBERED)
        self._known_regions = MemoDict(self._read_region, _MOST_REMEMBERED)
        self.groups: Mapping[str, tuple[str, ...]] = {k: tuple(v) for k, v in self.header["groups"].items()}
        self._numbers: Mapping[str, int] = self.header["numbers"]
        self._speakers = {language: frozenset(numbers) for language, numbers in self.header["speakers"].items()}

    def _open(self, view: memoryview) -> None:
        """Find the sections."""
        self.header = _read_header(view)

        def section(name: str) -> memoryview:
            at, size = self.header["sections"][name]
            return view[at : at + size]

        self.trie: Any = marisa_trie.Trie()
        self.trie.map(section("trie"))
        self._places = section("places")
        self._posts = section("posts").cast("I")
        self._posts_at = section("posts_at").cast("I")
        self._texts = section("texts")
        self._texts_at = section("texts_at").cast("I")
        self._marks = section("marks")
        self._frequencies = section("frequencies")
        self._marker_words = section("marker_words")

    def __len__(self) -> int:
        return len(self._places) // RECORD.size

    def is_file(self, path: Path) -> bool:
        """Return whether the mapped file is the one at ``path`` now, and not one that was removed since."""
        return os.path.samestat(self._stat, path.stat())

    def number(self, name: str) -> int:
        """Give a folded name's number, or -1."""
        return int(self.trie.get(name, -1))

    def begins(self, words: str) -> bool:
        """Say whether a longer name begins with these folded words."""
        return bool(self.trie.has_keys_with_prefix(words + " "))

    def meanings(self, number: int) -> list[Meaning]:
        """Give all that a name may mean, the most peopled first."""
        start, end = self._posts_at[number], self._posts_at[number + 1]
        place, low = self.place, (1 << MEANING_BITS) - 1
        return [Meaning(place[post & low], post >> MEANING_BITS) for post in self._posts[start:end]]

    def marks(self, number: int) -> int:
        """Give what else the name is, as ``Mark`` bits."""
        return self._marks[number]

    def frequency(self, number: int, language: int) -> float:
        """Give how common the word is on the Zipf scale, in its script's language of that place in the list."""
        return self._frequencies[number * FREQUENCIES + language] * FREQUENCY_STEP

    @cached_property
    def marker_words(self) -> Mapping[str, str]:
        """Words, in small letters, that only one language uses much, with that language."""
        lists = (line.split(" ") for line in bytes(self._marker_words).decode().split("\n"))
        return {word: language for language, *words in lists for word in words}

    def region(self, place: Place) -> Region:
        """Give a place's term, label and path."""
        return self._known_regions[place.number]

    def _read_region(self, number: int) -> Region:
        place = self.place[number]
        label = self.label(place)
        holder = self.region(self.place[place.holder]) if place.holder != NOWHERE else None
        written = bytes(self._texts[self._texts_at[2 * place.number + 1] : self._texts_at[2 * place.number + 2]])
        term = written.decode() or f"{holder.term if holder else 'place'}/{slug(label)}"
        return Region(term=term, label=label, path=(*(holder.path if holder else ()), term))

    def label(self, place: Place) -> str:
        """Give a place's English label."""
        return bytes(self._texts[self._texts_at[2 * place.number] : self._texts_at[2 * place.number + 1]]).decode()

    def find(self, term: str) -> Place | None:
        """Give the place that a filter means by ``term``, in any case."""
        known = self._numbers.get(term.casefold())
        if known is not None:
            return self.place[known]
        number = self.number(term.rpartition("/")[2].replace("-", " "))
        if number < 0 or "/" not in term:
            return None
        for meaning in self.meanings(number):
            if self.region(meaning.place).term.casefold() == term.casefold():
                return meaning.place
        return None

    def country(self, code: str) -> int | None:
        """Give the number of a country by its ISO 3166-1 alpha-2 code."""
        return self._numbers.get(code.casefold())

    def code(self, number: int) -> str | None:
        """Give the ISO 3166-1 code of a country by its number; None for what lies in none."""
        return None if number == NO_COUNTRY else self.region(self.place[number]).term

    def speakers(self, language: str) -> frozenset[int]:
        """Give the countries whose first language this is; none for English, which is everybody's."""
        return self._speakers.get(language, frozenset())

    def number_of(self, term: str) -> int | None:
        """Give the number of any place by term, or None."""
        place = self.find(term)
        return None if place is None else place.number

    def label_of(self, term: str) -> str | None:
        """Give the label of any place by term, in any case, or None."""
        place = self.find(term)
        return None if place is None else self.label(place)

    def called(self, name: str) -> list[tuple[str, str]]:
        """Give term and label of the few places that a name most likely means; none if it is nobody's."""
        number = self.number(" ".join(choices[0] for choices in phrase_of(name)))
        meanings = self.meanings(number) if number >= 0 else []
        best = sorted(meanings, key=lambda meaning: not meaning.means & Means.CURATED)
        regions = [self.region(each.place) for each in best if not each.means & Means.VOID]
        return [(region.term, region.label) for region in regions[:_MOST_CALLED]]

    def labels(self) -> dict[str, str]:
        """Give the labels of all places but towns by term: countries, divisions, areas, groups, our own."""
        places = (self.place[number] for number in self._numbers.values())
        return {region.term: region.label for region in map(self.region, places)}

    def _read_place(self, number: int) -> Place:
        gid, people, lat, lon, holder, country, kind, flags = RECORD.unpack_from(self._places, number * RECORD.size)
        return Place(
            number, gid, people, lat, lon, holder, country, Kind(kind), bool(flags & SURE), bool(flags & CAPITAL)
        )


def _lock(file: int) -> None:
    """Lock an open file against removal; raise OSError if it is being removed.

    The mapping keeps the file open, and with it the lock, in every process that is forked meanwhile. A file system
    without locks is no error: nothing is removed there, see ``gazetteer_cache.prune``.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return
    if os.fstat(file).st_nlink == 0:
        raise FileNotFoundError(errno.ENOENT, "it has just been removed")


def is_whole(path: Path) -> bool:
    """Say whether there is a gazetteer at ``path`` that was written to its end; raise OSError if it cannot be read."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        begin = file.read(len(MAGIC))
        file.seek(max(0, path.stat().st_size - len(MAGIC)))
        return begin == file.read() == MAGIC


def _read_header(view: memoryview) -> dict[str, Any]:
    """Read the header; raise ValueError if it is none, or if the file ends before what it announces."""
    if bytes(view[: len(MAGIC)]) != MAGIC:
        raise ValueError("it begins otherwise")
    start = len(MAGIC) + struct.calcsize("<Q")
    (length,) = struct.unpack_from("<Q", view, len(MAGIC))
    header: dict[str, Any] = json.loads(bytes(view[start : start + length]))
    if max(at + size for at, size in header["sections"].values()) > len(view):
        raise ValueError("it breaks off")
    return header


_MOST_REMEMBERED = 10_000
_MOST_CALLED = 3


def slug(label: str) -> str:
    """Give a label as the last part of a term: folded words joined by hyphens."""
    return "-".join(choices[0] for choices in phrase_of(label))
