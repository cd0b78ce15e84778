"""What a configuration may well not mean: it is in force, and the operator is told. Pure, but for a look at names."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from syndicator.config.checks import concept_terms
from syndicator.config.find import MAIN
from syndicator.config.folder import SUFFIX
from syndicator.config.ids import is_ignored
from syndicator.config.overrides import SETTINGS
from syndicator.config.schema import ConceptFile, FeedFile, MainFile
from syndicator.errors import Problem
from syndicator.models import Outlet
from syndicator.query import Where, advice_on, asked_fields, languages_in

SECTION_NAMES = ("outlets", "concepts", "regions", "feeds", "alerts")
_PREFIX = "SYNDICATOR_"
# Those that are no settings; the last two are for those who work on the program.
_VARIABLES = ("CONFIG", "STATE", "CACHE", "LOG_FORMAT", "LOG_LEVEL", "CORPORA", "SYSTEM_TESTS")
# ISO 639-1; a code of three letters is taken as it is.
_LANGUAGES = frozenset(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en"
    " eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv"
    " ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne"
    " ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss"
    " st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)
_TWO_LETTERS = 2
# How the suffix of a file comes out when a hand slips, or an editor adds its own.
_MEANT_FOR = frozenset((SUFFIX, ".tml", ".tolm", ".otml", ".tom", ".txt"))


def warnings_of(
    folder: Path,
    environ: Mapping[str, str],
    *,
    outlets: Mapping[str, Outlet],
    concepts: Mapping[str, ConceptFile],
    filters: Mapping[str, Where],
) -> Iterator[Problem]:
    """Yield what looks like a slip, with its place."""
    yield from _strays(folder)
    yield from _shared_endpoints(outlets)
    for key, file in concepts.items():
        for place, term in concept_terms(file):
            if "*" in term.rstrip("*") and not term.endswith(")"):
                yield Problem(f"concepts/{key}{SUFFIX}", place, f'only a * at the end of "{term}" means anything')
    for key, where in filters.items():
        yield from (Problem(f"feeds/{key}{SUFFIX}", "where", message) for message in advice_on(where))
        for language in sorted(languages_in(where)):
            if len(language) == _TWO_LETTERS and language not in _LANGUAGES:
                message = f'lang:{language} matches nothing: "{language}" is no language code of ISO 639-1'
                yield Problem(f"feeds/{key}{SUFFIX}", "where", message)
        if "deleted" in asked_fields(where) and not any(outlet.finds_deletions for outlet in outlets.values()):
            message = "deleted: matches nothing: no outlet has deletions = true"
            yield Problem(f"feeds/{key}{SUFFIX}", "where", message)
    yield from _misspelt(environ)


def former_names(feeds: Mapping[str, FeedFile]) -> Iterator[Problem]:
    """Yield former names of feeds that lead nowhere: there is such a feed again, or another one claims it."""
    claimed: dict[str, str] = {}
    for key, file in feeds.items():
        for name in file.renamed_from:
            if name in feeds:
                message = f'there is a feed named "{name}": its readers are not sent here'
            elif claimed.setdefault(name, key) != key:
                message = f'"{name}" counts as a former name of feeds/{claimed[name]}{SUFFIX}, which claims it too'
            else:
                continue
            yield Problem(f"feeds/{key}{SUFFIX}", "renamed_from", message)


def open_to_all(main: MainFile, private: Collection[str]) -> Iterator[Problem]:
    """Yield that stories of private feeds can be read by anybody, unless the operator has said that they may."""
    if private and main.on_demand.enabled and "enabled" not in main.on_demand.model_fields_set:
        named = ", ".join(sorted(private))
        message = f"feeds on demand show anybody every story, those of private feeds ({named}) too: write false or true"
        yield Problem(MAIN, "on_demand.enabled", message)


def _strays(folder: Path) -> Iterator[Problem]:
    """Yield files and folders that are never read, where they look as if they should be."""
    for path in _listed(folder):
        if is_ignored(path) or path.name in (MAIN, *SECTION_NAMES):
            continue
        close = difflib.get_close_matches(path.name, (MAIN, *SECTION_NAMES), n=1, cutoff=0.7)
        if close or path.suffix == SUFFIX:
            hint = f": is it meant to be {close[0]}?" if close else f": it belongs in one of {', '.join(SECTION_NAMES)}"
            yield Problem(path.name, "", f"is not read{hint}")
    for section in SECTION_NAMES:
        for path in _listed(folder / section):
            if path.suffix != SUFFIX and not is_ignored(path) and _looks_meant(path):
                yield Problem(f"{section}/{path.name}", "", f"is not read: a file's name ends with {SUFFIX}")


def _listed(folder: Path) -> list[Path]:
    """Return what lies in a folder; nothing if it cannot be read, which is no slip and reported elsewhere."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _looks_meant(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in _MEANT_FOR


def _shared_endpoints(outlets: Mapping[str, Outlet]) -> Iterator[Problem]:
    """Yield sources at an address that another outlet polls too: their stories would be in twice."""
    at: dict[str, list[str]] = defaultdict(list)
    for key, outlet in outlets.items():
        for address in {endpoint for source in outlet.sources for endpoint in source.endpoints}:
            at[address].append(key)
    for address, keys in sorted(at.items()):
        if len(keys) > 1:
            others = ", ".join(f"outlets/{key}{SUFFIX}" for key in keys[1:])
            yield Problem(f"outlets/{keys[0]}{SUFFIX}", "source", f"{address} is polled by {others}, too")


def _misspelt(environ: Mapping[str, str]) -> Iterator[Problem]:
    settings = [key.replace(".", "_").upper() for key in SETTINGS]
    known = [*settings, *(f"{each}_FILE" for each in settings), *_VARIABLES]
    for variable in sorted(name for name in environ if name.startswith(_PREFIX)):
        name = variable.removeprefix(_PREFIX)
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            yield Problem(variable, "", f"is not a setting{f': did you mean {_PREFIX}{close[0]}?' if close else ''}")
