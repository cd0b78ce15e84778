"""What the tagger of regions knows of a language."""

from __future__ import annotations

from enum import StrEnum

from syndicator import cldr
from syndicator.tag import tables

# Written without spaces between words, which only the rules for Chinese and Japanese can read.
_UNSPACED = frozenset("th lo km my bo dz".split())


class Coverage(StrEnum):
    """What is known of a language: rules for names, peoples and cases; names of places only; nothing."""

    RULES = "rules"
    NAMES = "names"
    NOTHING = "nothing"


def coverage(language: str) -> Coverage:
    """Return what is known of a language (BCP 47). Names of countries are known in all languages of CLDR."""
    base = language.partition("-")[0].lower()
    if base in tables.LANGUAGES:
        return Coverage.RULES
    return Coverage.NAMES if base not in _UNSPACED and cldr.exists(base) else Coverage.NOTHING
