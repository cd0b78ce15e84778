"""Headlines whose events are known, and pairs of texts whose likeness people graded."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("SYNDICATOR_CORPORA", "/nonexistent")) / "dedupe"
_TITLE_WORDS = 12  # of a graded text, whose headline stands before it unmarked


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline and its event."""

    title: str
    language: str
    at: datetime
    event: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, each with its first words as headline, and how different they are: 1 to 4."""

    texts: tuple[tuple[str, str], tuple[str, str]]
    languages: tuple[str, str]
    grade: float


def headlines() -> list[Headline]:
    """Return the headlines in order of time."""
    return [
        Headline(
            row["title"], row["lang"], datetime.fromisoformat(row["published"]).replace(tzinfo=UTC), row["cluster"]
        )
        for row in _rows("og2021_dev.jsonl.gz")
    ]


def pairs() -> list[Pair]:
    """Return the graded pairs."""
    return [
        Pair(
            (_split(row["text1"]), _split(row["text2"])),
            (row["lang1"], row["lang2"]),
            row["scores"]["Overall"],
        )
        for row in _rows("semeval2022_dev.jsonl.gz")
    ]


def _rows(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(FOLDER / name, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _split(text: str) -> tuple[str, str]:
    words = text.split()
    return " ".join(words[:_TITLE_WORDS]), " ".join(words[_TITLE_WORDS:])
