"""The gazetteer: the names of the world's places in one read-only file, mapped into memory and shared by all processes.

``compile`` writes the file, this module reads it. A trie (marisa, static and succinct) maps each folded name to a
number. By that number follow the name's meanings, the most populous first. A meaning is a place, and how the name is
used for it.

Layout: a magic word, the length of the header, a JSON header with the offset of each section, the sections, and the
magic word again.
"""

from __future__ import annotations

import errno
import fcntl
import json
import mmap
import os
import re
import struct
from bisect import bisect_left
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
# GeoNames id, population, latitude, longitude, parent, country, kind, flags.
RECORD = struct.Struct("<IIffIHBB")
NO_PLACE = 0xFFFFFFFF
NO_COUNTRY = 0xFFFF
MEANING_BITS = 24  # of a posting, for the place's number; the bits above are its ``Usage``
LATIN, ARABIC, CYRILLIC = ("en", "de", "fr", "es", "tr"), ("ar", "fa", "ur"), ("ru", "uk", "bg")
FREQUENCIES = max(len(LATIN), len(ARABIC), len(CYRILLIC))
FREQUENCY_STEP = 0.04  # of the Zipf scale (a word's share of all words, per thousand million, as a power of ten)


class Kind(IntEnum):
    """The kind of a place: its feature class."""

    __hash__ = int.__hash__  # enumerations have one in Python, which is slow

    COUNTRY = 0
    DIVISION = 1
    SUBDIVISION = 2
    TOWN = 3
    AREA = 4
    SITE = 5
    GROUP = 6
    WATER = 7


class Usage:
    """How a name is used for its place: bits."""

    PLAIN = 0
    ALTERNATE = 1
    DEMONYM = 2  # its people: Syrian
    CODE = 4  # meant only when written in capitals: US
    METONYM = 8  # its government: the Kremlin
    NOT_A_PLACE = 16  # the name only looks like a place's
    CURATED = 32  # from CLDR or a built-in table
    ABBREVIATION = 64  # meant only after a comma: Tex.


class NameFlag:
    """What else is known of a name, a byte for each."""

    WORD = 1  # also a common word: a dictionary writes it with a small letter


class Place(NamedTuple):
    """A place; ``parent``, which directly contains it, and ``country`` are numbers of places.

    ``is_compact`` says whether it is small enough for its point to say where it is.
    """

    number: int
    geonameid: int
    population: int
    lat: float
    lon: float
    parent: int
    country: int
    kind: Kind
    is_compact: bool
    is_capital: bool


class Meaning(NamedTuple):
    """A place that a name may refer to, with ``Usage`` bits."""

    place: Place
    usage: int


@dataclass(frozen=True, slots=True)
class Region:
    """A place as filters and categories name it: term, English label, and the terms from the widest region to it."""

    term: str
    label: str
    path: tuple[str, ...]


COMPACT, CAPITAL = 1, 2


class _LocalLabels:
    """A section of labels in one language, see ``compile.write``: a label is looked up among sorted numbers."""

    def __init__(self, section: memoryview) -> None:
        (count,) = struct.unpack_from("<I", section)
        self._numbers = section[4 : 4 + 4 * count].cast("I")
        self._ends = section[4 + 4 * count : 4 + 8 * count].cast("I")
        self._texts = section[4 + 8 * count :]

    def of(self, number: int) -> str | None:
        at = bisect_left(self._numbers, number)
        if at == len(self._numbers) or self._numbers[at] != number:
            return None
        return bytes(self._texts[self._ends[at - 1] if at else 0 : self._ends[at]]).decode()


class Gazetteer:
    """All places and their names. Opening takes milliseconds; all processes that map the file share its pages."""

    def __init__(self, path: Path) -> None:
        """Map the file at ``path``. Raise GazetteerError if it is missing or no gazetteer."""
        try:
            with path.open("rb") as file:
                _lock(file.fileno())
                self._stat = os.fstat(file.fileno())
                # Map all pages at once where the system can, so that memory does not grow with what is read.
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
        """Locate the sections."""
        self.header = _read_header(view)

        def section(name: str) -> memoryview:
            at, size = self.header["sections"][name]
            return view[at : at + size]

        self.trie: Any = marisa_trie.Trie()
        self.trie.map(section("trie"))
        self._places = section("places")
        self._postings = section("postings").cast("I")
        self._postings_at = section("postings_at").cast("I")
        self._texts = section("texts")
        self._texts_at = section("texts_at").cast("I")
        self._flags = section("flags")
        self._frequencies = section("frequencies")
        self._marker_words = section("marker_words")
        prefix = "labels "
        names = [name for name in self.header["sections"] if name.startswith(prefix)]
        self._local_labels = {name.removeprefix(prefix): _LocalLabels(section(name)) for name in names}

    def __len__(self) -> int:
        return len(self._places) // RECORD.size

    def is_file(self, path: Path) -> bool:
        """Return whether the mapped file is the one at ``path`` now, and not one that was removed since."""
        return os.path.samestat(self._stat, path.stat())

    def number(self, name: str) -> int:
        """Return a folded name's number, or -1."""
        return int(self.trie.get(name, -1))

    def written(self, number: int) -> str:
        """Return a name by its number, folded."""
        return str(self.trie.restore_key(number))

    def begins(self, words: str) -> bool:
        """Return whether a longer name begins with these folded words."""
        return bool(self.trie.has_keys_with_prefix(words + " "))

    def meanings(self, number: int) -> list[Meaning]:
        """Return all meanings of a name: countries first, then curated ones, then the most populous."""
        start, end = self._postings_at[number], self._postings_at[number + 1]
        place, low = self.place, (1 << MEANING_BITS) - 1
        return [Meaning(place[posting & low], posting >> MEANING_BITS) for posting in self._postings[start:end]]

    def flags(self, number: int) -> int:
        """Return a name's ``NameFlag`` bits."""
        return self._flags[number]

    def frequency(self, number: int, language: int) -> float:
        """Return a word's Zipf frequency; ``language`` is the index in its script's list (``LATIN`` and so on)."""
        return self._frequencies[number * FREQUENCIES + language] * FREQUENCY_STEP

    @cached_property
    def marker_words(self) -> Mapping[str, str]:
        """Words, in small letters, that are common in one language and rare in all others, with that language."""
        lists = (line.split(" ") for line in bytes(self._marker_words).decode().split("\n"))
        return {word: language for language, *words in lists for word in words}

    def region(self, place: Place) -> Region:
        """Return a place's term, label and path."""
        return self._known_regions[place.number]

    def _read_region(self, number: int) -> Region:
        place = self.place[number]
        label = self.label(place)
        parent = self.region(self.place[place.parent]) if place.parent != NO_PLACE else None
        written = bytes(self._texts[self._texts_at[2 * place.number + 1] : self._texts_at[2 * place.number + 2]])
        term = written.decode() or f"{parent.term if parent else 'place'}/{slug(label)}"
        return Region(term=term, label=label, path=(*(parent.path if parent else ()), term))

    def label(self, place: Place) -> str:
        """Return a place's English label."""
        return bytes(self._texts[self._texts_at[2 * place.number] : self._texts_at[2 * place.number + 1]]).decode()

    def local_label(self, place: Place, language: str) -> str | None:
        """Return a place's label in a language other than English; None if it is not known, or a country's."""
        labels = self._local_labels.get(language)
        return None if labels is None else labels.of(place.number)

    def find(self, term: str) -> Place | None:
        """Return the place with this term, in any case; None if there is none."""
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
        """Return the number of a country by its ISO 3166-1 alpha-2 code; None if there is none."""
        return self._numbers.get(code.casefold())

    def code(self, number: int) -> str | None:
        """Return the ISO 3166-1 code of a country by its number; None for ``NO_COUNTRY``."""
        return None if number == NO_COUNTRY else self.region(self.place[number]).term

    def speakers(self, language: str) -> frozenset[int]:
        """Return the countries whose first language this is; none for English, which is everybody's."""
        return self._speakers.get(language, frozenset())

    def number_of(self, term: str) -> int | None:
        """Return the number of the place with this term, or None."""
        place = self.find(term)
        return None if place is None else place.number

    def label_of(self, term: str) -> str | None:
        """Return the label of the place with this term, in any case, or None."""
        place = self.find(term)
        return None if place is None else self.label(place)

    def called(self, name: str) -> list[tuple[str, str]]:
        """Return term and label of the few places that a name most likely refers to; none if no place has it."""
        number = self.number(" ".join(choices[0] for choices in phrase_of(name)))
        meanings = self.meanings(number) if number >= 0 else []
        best = sorted(meanings, key=lambda meaning: not meaning.usage & Usage.CURATED)
        regions = [self.region(each.place) for each in best if not each.usage & Usage.NOT_A_PLACE]
        return [(region.term, region.label) for region in regions[:_MOST_NAMED]]

    def labels(self) -> dict[str, str]:
        """Return the labels, by term, of all places but towns: countries, divisions, areas, groups, custom places."""
        places = (self.place[number] for number in self._numbers.values())
        return {region.term: region.label for region in map(self.region, places)}

    def _read_place(self, number: int) -> Place:
        gid, population, lat, lon, parent, country, kind, flags = RECORD.unpack_from(self._places, number * RECORD.size)
        return Place(
            number, gid, population, lat, lon, parent, country, Kind(kind), bool(flags & COMPACT), bool(flags & CAPITAL)
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
    """Return whether ``path`` is a gazetteer that was written to its end. Raise OSError if it cannot be read."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        begin = file.read(len(MAGIC))
        file.seek(max(0, path.stat().st_size - len(MAGIC)))
        return begin == file.read() == MAGIC


def _read_header(view: memoryview) -> dict[str, Any]:
    """Return the header. Raise ValueError if there is none, or if a section ends after the file does."""
    if bytes(view[: len(MAGIC)]) != MAGIC:
        raise ValueError("it begins otherwise")
    start = len(MAGIC) + struct.calcsize("<Q")
    (length,) = struct.unpack_from("<Q", view, len(MAGIC))
    header: dict[str, Any] = json.loads(bytes(view[start : start + length]))
    if max(at + size for at, size in header["sections"].values()) > len(view):
        raise ValueError("it breaks off")
    return header


_MOST_REMEMBERED = 10_000
_MOST_NAMED = 3
_GENERIC = re.compile(
    r" (?:Oblast|Krai|Region|Province|Governorate|County|District|Voivodeship|Republic|State|Prefecture|Emirate|City)$"
)


def short_label(label: str) -> str:
    """Return a division's label without the generic word at its end: Kursk for Kursk Oblast."""
    return _GENERIC.sub("", label)


def slug(label: str) -> str:
    """Return a label as the last part of a term: folded words joined by hyphens."""
    return "-".join(choices[0] for choices in phrase_of(label))
