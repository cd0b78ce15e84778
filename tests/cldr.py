"""Takes the tables of ``syndicator.cldr`` from Babel: ``python -m tests.cldr``."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import msgspec
from babel import Locale, localedata
from babel.core import get_global

import syndicator.cldr
from syndicator.cldr import PageNames, Tables
from syndicator.web.reader_pages import LANGUAGES

FOLDER = Path(syndicator.cldr.__file__).parent


def tables() -> Tables:
    """Return what Babel has."""
    locales = frozenset(localedata.locale_identifiers())
    return Tables(
        locales=locales,
        language_aliases=dict(get_global("language_aliases")),
        territory_aliases={old: new[0] for old, new in get_global("territory_aliases").items()},
        likely={
            key: value
            for key, value in get_global("likely_subtags").items()
            if value.partition("_")[0] in locales or key.partition("_")[0] in locales
        },
        pages={code: page_names(Locale.parse(code)) for code in LANGUAGES},
    )


def page_names(locale: Locale) -> PageNames:
    """Return the names of one language."""
    months, days = locale.months["format"], locale.days["format"]
    return PageNames(
        languages=dict(locale.languages),
        months=[months["wide"][number] for number in range(1, 13)],
        short_months=[months["abbreviated"][number] for number in range(1, 13)],
        days=[days["wide"][number] for number in range(7)],
        short_days=[days["abbreviated"][number] for number in range(7)],
        lists=dict(locale.list_patterns["standard"]),
    )


def territory_lines() -> list[str]:
    """Return a line for each locale: what it calls countries, as far as that is not what its language does."""
    names = {
        each: {code: name for code, name in Locale.parse(each).territories.items() if len(code) == 2 and code.isalpha()}
        for each in localedata.locale_identifiers()
    }
    lines = []
    for each in sorted(names):
        usual = {} if "_" not in each else names.get(each.partition("_")[0], {})
        own = {code: name for code, name in sorted(names[each].items()) if usual.get(code) != name}
        if own:
            lines.append(f"{each}\t{json.dumps(own, ensure_ascii=False)}")
    return lines


def main() -> None:
    """Write the tables."""
    encoded = msgspec.json.encode(tables(), order="deterministic")
    (FOLDER / "names.json.xz").write_bytes(lzma.compress(encoded))
    (FOLDER / "territories.txt.xz").write_bytes(lzma.compress("\n".join(territory_lines()).encode()))


if __name__ == "__main__":
    main()
