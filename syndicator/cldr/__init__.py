"""What the Unicode CLDR says of languages and countries: names, calendars, how lists are written.

The tables beside this file are taken from Babel by ``make cldr``, so that 33 MB of locales need not be installed: the
names of countries in all languages, and the rest in the languages of readers' pages. Languages are BCP 47 tags.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

_FOLDER = Path(__file__).parent
_SCRIPT, _REGION, _AREA, _VARIANT = 4, 2, 3, 5  # letters; an area has digits


class PageNames(msgspec.Struct, frozen=True):
    """The names that one language has; months from January, days from Monday. ``lists`` are CLDR's patterns."""

    languages: Mapping[str, str]
    months: Sequence[str]
    short_months: Sequence[str]
    days: Sequence[str]
    short_days: Sequence[str]
    lists: Mapping[str, str]

    def listed(self, names: Sequence[str]) -> str:
        """Return names as a list: "English, Arabic, and Turkish" (UTS 35, part 2, List Patterns)."""
        if len(names) < 2:  # noqa: PLR2004 - nothing to join
            return "".join(names)
        if len(names) == 2 and "2" in self.lists:  # noqa: PLR2004
            return self.lists["2"].format(*names)
        result = self.lists["start"].format(names[0], names[1])
        for name in names[2:-1]:
            result = self.lists["middle"].format(result, name)
        return self.lists["end"].format(result, names[-1])


class Tables(msgspec.Struct, frozen=True):
    """All but the names of countries. ``likely`` has what a locale without data is written out to."""

    locales: frozenset[str]
    language_aliases: Mapping[str, str]
    territory_aliases: Mapping[str, str]
    likely: Mapping[str, str]
    pages: Mapping[str, PageNames]


class _Parts(NamedTuple):
    language: str
    territory: str | None
    script: str | None
    variant: str | None = None

    @property
    def locale(self) -> str:
        """What the parts are called in the tables: pt_BR, zh_Hant_TW."""
        return "_".join(filter(None, (self.language, self.script, self.territory, self.variant)))


@cache
def tables() -> Tables:
    """Return the tables; they are read once."""
    return msgspec.json.decode(lzma.decompress((_FOLDER / "names.json.xz").read_bytes()), type=Tables)


@cache
def territories(language: str) -> Mapping[str, str]:
    """Return the names of countries and territories in a language, by ISO 3166-1 alpha-2 code.

    Raise ValueError for a language that there are no names in.
    """
    locale = resolve(language)
    if locale is None:
        raise ValueError(f"CLDR has no names in {language}")
    wanted = {locale.partition("_")[0], locale}
    # One line for each locale: reading them takes 20 ms, holding all of them 20 MB.
    lines = lzma.decompress((_FOLDER / "territories.txt.xz").read_bytes()).decode().splitlines()
    found = dict(line.split("\t", 1) for line in lines if line.partition("\t")[0] in wanted)
    names: dict[str, str] = {}
    for each in sorted(found):  # the language first, then what the locale has otherwise
        names |= json.loads(found[each])
    return names


def exists(language: str) -> bool:
    """Return whether there are names in a language without script and country."""
    return language in tables().locales


def resolve(tag: str) -> str | None:
    """Return the locale of a tag (BCP 47), as Babel finds it: zh_Hant_TW for zh-TW; None if there is none."""
    parts = _parse(tag)
    if parts is None or parts.locale in tables().locales:
        return parts and parts.locale
    known = tables()
    territory = known.territory_aliases.get(parts.territory or "", parts.territory)
    parts = _Parts(
        known.language_aliases.get(parts.language, parts.language),
        None if territory == "ZZ" else territory,
        None if parts.script == "Zzzz" else parts.script,
        parts.variant,
    )
    if (likely := known.likely.get(parts.locale)) and (found := _reduced(_parse(likely, "_"))):
        return found
    if (likely := known.likely.get(parts.language)) and (usual := _parse(likely, "_")):
        return _reduced(_Parts(usual.language, parts.territory, usual.script, usual.variant))
    return None


def _reduced(parts: _Parts | None) -> str | None:
    if parts is None:
        return None
    shorter = _Parts(parts.language, parts.territory, None)
    return next((each.locale for each in (parts, shorter) if each.locale in tables().locales), None)


def _parse(tag: str, separator: str = "-") -> _Parts | None:
    """Return the parts of a tag; None if it is none."""
    language, *rest = tag.split(separator)
    if not language.isalpha():
        return None
    script = territory = variant = None
    if rest and len(rest[0]) == _SCRIPT and rest[0].isalpha():
        script = rest.pop(0).title()
    if rest and ((len(rest[0]) == _REGION and rest[0].isalpha()) or (len(rest[0]) == _AREA and rest[0].isdigit())):
        territory = rest.pop(0).upper()
    if rest and (
        (len(rest[0]) == _SCRIPT and rest[0][0].isdigit()) or (len(rest[0]) >= _VARIANT and rest[0][0].isalpha())
    ):
        variant = rest.pop(0).upper()
    return None if rest else _Parts(language.lower(), territory, script, variant)
