"""Labels of regions in the languages of readers: countries as CLDR has them, all others from the gazetteer."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from syndicator import cldr
from syndicator.tag import tables
from syndicator.tag.gazetteer_cache import open_gazetteer
from syndicator.text import MemoDict

_NO_LANGUAGES = frozenset(("mul", "root", "und", "zxx"))
_UNKNOWN = ""
_MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class LocalNames:
    """Finds labels of a gazetteer's regions; two of the same file are equal."""

    gazetteer: Path

    def __call__(self, language: str, term: str) -> str | None:
        """Return what a region is called in a language, a BCP 47 tag; None where that is not known."""
        return _labels(self.gazetteer, language)[term] or None


@cache
def _labels(path: Path, language: str) -> Mapping[str, str]:
    """Return a mapping that looks labels up when they are asked for, and remembers them."""
    gazetteer, countries = open_gazetteer(path), tables.country_labels(language)
    plain = language.partition("-")[0].lower()

    def look_up(term: str) -> str:
        place = None if term in countries else gazetteer.find(term)
        return countries.get(term) or (place and gazetteer.local_label(place, plain)) or _UNKNOWN

    return MemoDict(look_up, _MOST_REMEMBERED)


def check_language(language: str) -> None:
    """Raise ValueError, with what may be meant, for a language that CLDR has no names in."""
    known = language.partition("-")[0] not in _NO_LANGUAGES and cldr.resolve(language) is not None
    if not known:
        raise ValueError(
            f'"{language}" is not the code of a language that CLDR has names in, like "ar" or "pt-BR"'
            f"{_suggestion(language)}; without this key labels are English"
        )


def _suggestion(language: str) -> str:
    """Return the code of the language that was written out, or whose code was misspelt; empty if it is unclear."""
    languages = cldr.tables().pages["en"].languages
    names = {name.lower(): code.replace("_", "-") for code, name in languages.items()}
    close = difflib.get_close_matches(language.lower(), names, n=1, cutoff=0.8)
    return f': is "{names[close[0]]}" ({close[0].title()}) meant?' if close else ""
