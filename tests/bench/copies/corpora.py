"""Texts to hide copies among: Reuters, LGL and GeoWebNews, and our own moulds in five languages."""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(os.environ.get("SYNDICATOR_CORPORA") or "missing") / "geo"
MOULDS = Path(__file__).parents[2] / "data" / "copies"
LANGUAGES = ("en", "ar", "fa", "ru", "tr")


@dataclass(frozen=True, slots=True)
class Item:
    """A story: ``day`` is 0 where it has no date; ``places`` stand for the words of its region tags."""

    title: str
    text: str
    language: str = "en"
    day: float = 0.0
    places: tuple[str, ...] = ()


def real() -> list[Item]:
    """Return real texts of at least 40 words, each once."""
    found: dict[str, Item] = {}
    for item in _read():
        if len(item.text.split()) >= 40:
            found.setdefault(item.text, item)
    return list(found.values())


def _read() -> Iterator[Item]:
    for name in ("lgl", "geowebnews", "reuters_dev"):
        with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                text = " ".join((row.get("body") or row.get("text") or "").split())
                yield Item(
                    row["title"], text.removesuffix(" Reuter").removesuffix(" REUTER"), day=_day(row.get("date"))
                )


def _day(date: str | None) -> float:
    """Return days since the year 0, near enough, of a date like 1987-02-26T15:01:01."""
    if not date:
        return 0.0
    day, _, time = date.partition("T")
    year, month, number = map(int, day.split("-"))
    hour, minute, second = map(int, time.split(":"))
    return year * 372 + month * 31 + number + (hour + (minute + second / 60) / 60) / 24


@dataclass(frozen=True, slots=True)
class Mould:
    """Sentences with slots such as {place} and {number}; the first is the headline."""

    language: str
    kind: str
    sentences: tuple[str, ...]

    @property
    def slots(self) -> list[str]:
        """The slots that it has, in order."""
        text = " ".join(self.sentences)
        return sorted(
            {name for name in ("place", "person", "number", "count", "day") if f"{{{name}}}" in text}, key=text.find
        )

    def filled(self, values: dict[str, str]) -> Item:
        """Return the story of some values."""
        title, *rest = (sentence.format(**values) for sentence in self.sentences)
        return Item(title, " ".join(rest), self.language, places=(values["place"],))


def moulds(language: str) -> tuple[list[Mould], dict[str, list[str]]]:
    """Return a language's moulds, and what may stand in their slots."""
    found, values = [], {}
    for line in (MOULDS / f"{language}.txt").read_text("utf-8").splitlines():
        name, _, rest = line.partition(": ")
        if name.startswith("="):
            values[name[1:]] = [value.strip() for value in rest.split("|")]
        elif rest:
            found.append(Mould(language, name, tuple(part.strip() for part in rest.split("|"))))
    return found, values


def made(language: str, count: int, chance: random.Random) -> list[tuple[Mould, dict[str, str], Item]]:
    """Return stories of a language's moulds, all of them different."""
    known, values = moulds(language)
    found: dict[Item, tuple[Mould, dict[str, str], Item]] = {}
    while len(found) < count:
        mould = known[len(found) % len(known)]
        chosen = {slot: chance.choice(choices) for slot, choices in values.items()}
        item = mould.filled(chosen)
        found.setdefault(item, (mould, chosen, item))
    return list(found.values())


def mould_words(language: str) -> list[str]:
    """Return the words of a language's moulds as they are inside sentences, without what stands in their slots."""
    known, _ = moulds(language)
    words = [word for mould in known for sentence in mould.sentences for word in _inside(sentence)]
    return [word for word in words if "{" not in word and word.strip(".,،")]


def _inside(sentence: str) -> list[str]:
    first, *rest = sentence.split()
    return [first[0].lower() + first[1:], *rest]
