"""The gold: LGL and GeoWebNews (places with coordinates), Reuters-21578 (countries of a story)."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale

from syndicator.tag import ensure_gazetteer, open_gazetteer

FOLDER = Path(os.environ.get("SYNDICATOR_CORPORA") or "missing") / "geo"


@dataclass(frozen=True, slots=True)
class Gold:
    """A place as a person marked it."""

    start: int
    phrase: str
    lat: float
    lon: float
    country: str


@dataclass(slots=True)
class Story:
    """A text with its gold."""

    id: str
    outlet: str
    text: str
    gold: Sequence[Gold] = field(default_factory=list)
    outlet_country: str = ""


def toponyms(name: str) -> list[Story]:
    """Read LGL or GeoWebNews: all marked names that have coordinates, each span once; adjectives count as marked."""
    stories = []
    for row in _rows(name):
        gold = {
            (each["start"], each["phrase"]): Gold(
                each["start"], each["phrase"], float(each["lat"]), float(each["lon"]), _country(each)
            )
            for each in row["toponyms"]
            if each.get("lat") not in (None, "")
        }
        stories.append(Story(str(row["id"]), row.get("domain") or "", row["text"], list(gold.values())))
    _set_countries(stories)
    return stories


def _country(marked: dict[str, Any]) -> str:
    """Return a marked place's country: LGL names it, GeoWebNews has a GeoNames id; regions have none."""
    number = int(marked.get("raw", {}).get("geonamesID") or 0)
    return str(marked.get("country") or _countries_by_id().get(number, ""))


@cache
def _countries_by_id() -> dict[int, str]:
    gazetteer = open_gazetteer(ensure_gazetteer())
    places = (gazetteer.place[number] for number in range(len(gazetteer)))
    return {place.geonameid: gazetteer.code(place.country) or "" for place in places if place.geonameid}


def _set_countries(stories: Sequence[Story]) -> None:
    """Set each story's outlet country: that of most marked places in the outlet's other stories."""
    stories = [story for story in stories if story.outlet]
    by_outlet: dict[str, Counter[str]] = {}
    for story in stories:
        by_outlet.setdefault(story.outlet, Counter()).update(gold.country for gold in story.gold if gold.country)
    for story in stories:
        others = by_outlet[story.outlet] - Counter(gold.country for gold in story.gold if gold.country)
        if others:
            story.outlet_country = others.most_common(1)[0][0]


@dataclass(frozen=True, slots=True)
class Wire:
    """A wire story with the countries that an editor gave it."""

    title: str
    text: str
    countries: frozenset[str]


# What the wire of 1987 called countries that CLDR calls otherwise, or that are no more.
_OLD_NAMES = {
    "usa": "US", "uk": "GB", "ussr": "RU", "west-germany": "DE", "east-germany": "DE", "zaire": "CD", "burma": "MM",
    "kampuchea": "KH", "ivory-coast": "CI", "yemen-arab-republic": "YE", "yemen-demo-republic": "YE", "hong-kong": "HK",
    "uae": "AE", "trinidad-tobago": "TT", "turkey": "TR", "czechoslovakia": "czechoslovakia", "congo": "CG",
    "yugoslavia": "yugoslavia", "antigua": "AG", "us-virgin-islands": "VI",
}  # fmt: skip
_SUCCESSORS = {"soviet-union": "RU"}


def modern(term: str) -> str:
    """Return the gold's term for a region of the gazetteer."""
    return _SUCCESSORS.get(term, term)


def wires() -> list[Wire]:
    """Read the Reuters stories that have places; the dateline stands before the text, as it was sent."""
    codes = {name.lower().replace(" ", "-"): code for code, name in Locale("en").territories.items()}
    return [
        Wire(
            row["title"],
            f"{row['dateline']} {row['body']}".strip(),
            frozenset(_OLD_NAMES.get(place) or codes[place] for place in row["places"]),
        )
        for row in _rows("reuters_dev")
        if row["places"]
    ]


_HOMES = {"bbc": "GB", "huffpo": "US", "nyt": "US"}
_CODED = {"UK": "GB"}


def coded() -> list[tuple[str, str, list[str], str]]:
    """Read the articles whose country a person coded: text, that country, all that the coder wrote, outlet's country.

    A country is empty where the coder gave none.
    """
    return [
        (
            row["text"],
            row["country"],
            [_CODED.get(each, each) for each in row["place"].split("/")],
            _HOMES[row["source"]],
        )
        for row in _rows("focus_dev")
    ]


def _rows(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
