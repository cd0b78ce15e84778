"""The built-in tables in ``data/``: one row per place, one column per language, alternatives separated by ``|``."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from syndicator import cldr

# Languages with rules for names, peoples and the words beside them; what the others have is in ``names.tsv``.
FIRST_LANGUAGES = ("en", "ar", "ru", "tr", "fa", "de", "fr", "es")
FURTHER_LANGUAGES = ("uk", "ku", "ckb", "he", "zh", "ja")
LANGUAGES = FIRST_LANGUAGES + FURTHER_LANGUAGES
# CLDR's territories that are no country or dependency: groupings, exceptional reservations, test codes.
_NOT_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})


def names() -> frozenset[str]:
    """Return the file names of all tables."""
    return frozenset(each.name for each in resources.files(__package__).joinpath("data").iterdir())


def text(name: str) -> str:
    """Return a table's text."""
    return resources.files(__package__).joinpath("data", name).read_text("utf-8")


def lines(name: str) -> Iterator[str]:
    """Yield a table's lines, without comments and empty ones."""
    return (line for line in text(name).splitlines() if line and not line.startswith("#"))


def rows(name: str) -> Iterator[dict[str, str]]:
    """Yield a table's rows by column; cells that a short row lacks are empty."""
    table = [line.split("\t") for line in lines(name)]
    for row in table[1:]:
        yield dict(itertools.zip_longest(table[0], row, fillvalue=""))


def cell(row: Mapping[str, str], column: str) -> list[str]:
    """Return a cell's alternatives."""
    return [name.strip() for name in row.get(column, "").split("|") if name.strip()]


@cache
def country_labels(language: str = "en") -> Mapping[str, str]:
    """Return labels of countries and territories in a language of CLDR, by ISO 3166-1 alpha-2 code."""
    return {
        code: re.sub(r" \(.*\)$", "", label)
        for code, label in cldr.territories(language).items()
        if code not in _NOT_COUNTRIES
    }


@cache
def language_label(code: str) -> str:
    """Return the English label of a language by its BCP 47 tag, or the tag where CLDR has none."""
    languages = cldr.tables().pages["en"].languages
    plain = code.partition("-")[0].lower()
    return languages.get(code.replace("-", "_")) or languages.get(plain) or code
