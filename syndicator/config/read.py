"""Reading a config folder: find it, read every file, gather every problem, build the Config."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from syndicator import urls
from syndicator.config.build import build, concept_of, feed_of, outlet_of, source_key
from syndicator.config.schema import (
    ConceptFile,
    ConfigTable,
    FeedFile,
    MainFile,
    MirrorsFile,
    OutletFile,
    PlaceFile,
    PolitenessFile,
    PollFile,
    RegionsFile,
    SelectFile,
    SourceFile,
    TagFile,
)
from syndicator.config.settings import Config, vocabulary
from syndicator.errors import ConfigError, CustomPlaceError, FilterError, Problem
from syndicator.models import Concept, Outlet
from syndicator.query import Vocabulary, parse
from syndicator.tag import ensure_gazetteer, find_cache
from syndicator.text import phrase_of

MAIN = "syndicator.toml"
_SECTIONS: Mapping[str, type[ConfigTable]] = {
    "poll": PollFile,
    "mirrors": MirrorsFile,
    "politeness": PolitenessFile,
    "tag": TagFile,
}
_ID = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")


def find_folder(environ: Mapping[str, str]) -> Path:
    """Find the config folder: ``SYNDICATOR_CONFIG``, then XDG's, then ``/etc/syndicator``.

    Raise ConfigError when there is none.
    """
    if given := environ.get("SYNDICATOR_CONFIG"):
        return Path(given).expanduser()
    home = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/")) / ".config")
    places = (home / "syndicator", Path("/etc/syndicator"))
    for place in places:
        if (place / MAIN).is_file():
            return place
    looked = ", ".join(str(place / MAIN) for place in places)
    raise ConfigError([Problem(MAIN, "", f"not found; looked for {looked}; name a folder with --config")])


def find_state(environ: Mapping[str, str]) -> Path:
    """Find where to keep state: ``SYNDICATOR_STATE``, systemd's ``STATE_DIRECTORY``, then XDG's."""
    if given := environ.get("SYNDICATOR_STATE") or environ.get("STATE_DIRECTORY", "").partition(":")[0]:
        return Path(given).expanduser()
    base = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME", "/")) / ".local" / "state"
    return Path(base) / "syndicator"


def load(
    folder: Path,
    *,
    environ: Mapping[str, str] = os.environ,
    state: Path | None = None,
    overrides: Mapping[str, str] | None = None,
    is_main_needed: bool = True,
) -> Config:
    """Read a config folder.

    ``overrides`` are command-line settings by dotted key, which outrank the environment's. Raise ConfigError with
    every problem found; unless ``is_main_needed``, a folder without ``syndicator.toml`` has the defaults.
    """
    reader = _Reader(folder)
    main = reader.main(environ, overrides or {}, is_needed=is_main_needed)
    proxy = main.politeness.proxy if main else "direct"
    outlets = {
        key: outlet_of(key, file, proxy=proxy) for key, file in reader.files("outlets", OutletFile, reader.outlet_sense)
    }
    concepts = {key: concept_of(key, file) for key, file in reader.files("concepts", ConceptFile, reader.concept_sense)}
    gazetteer = reader.gazetteer(environ)
    known = reader.nameable(outlets, concepts, gazetteer)
    feeds = {
        key: feed_of(key, file)
        for key, file in reader.files("feeds", FeedFile, lambda name, feed: reader.filter_sense(name, feed, known))
    }
    if reader.problems or main is None:
        raise ConfigError(reader.problems)
    state = (state or find_state(environ)).absolute()
    return build(folder, state, main, outlets=outlets, feeds=feeds, concepts=concepts, gazetteer=gazetteer)


_Shape = TypeVar("_Shape", bound=ConfigTable)


class _Reader:
    """Reads files and gathers problems; knows which files did not come out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []

    def main(self, environ: Mapping[str, str], overrides: Mapping[str, str], *, is_needed: bool) -> MainFile | None:
        path = self.folder / MAIN
        if not path.is_file() and not is_needed and self.folder.is_dir():
            table: dict[str, object] | None = {}
        elif not path.is_file():
            self.problems.append(Problem(MAIN, "", f"not found in {self.folder}"))
            return None
        else:
            table = self._toml(path, MAIN)
        if table is None:
            return None
        given = (("command line", key, value) for key, value in overrides.items())
        for place, dotted, text in (*self._environment(environ), *given):
            try:
                _set(table, dotted, SETTINGS.get(dotted, str)(text))
            except ValueError:
                self._problem(place, dotted, f'"{text}" is not a number')
        return self._shape(MAIN, table, MainFile)

    def files(
        self, section: str, shape: type[_Shape], sense: Callable[[str, _Shape], bool] | None = None
    ) -> Iterator[tuple[str, _Shape]]:
        """Yield the good files of a room; note what is wrong with the others."""
        for path in sorted((self.folder / section).glob("*.toml")):
            name = f"{section}/{path.name}"
            if not _ID.match(path.stem):
                self.problems.append(Problem(name, "", "a file's name is an id: a to z, 0 to 9, - and _ only"))
                continue
            table = self._toml(path, name)
            file = None if table is None else self._shape(name, table, shape)
            if file is not None and (sense is None or sense(name, file)):
                yield path.stem, file

    def gazetteer(self, environ: Mapping[str, str]) -> Path:
        """Give the gazetteer with the operator's own places in it; it is made if need be."""
        own = [
            {
                **place.model_dump(exclude_none=True, exclude_defaults=True),
                "at": f"regions/{name}.toml: place[{number}]",
            }
            for name, file in self.files("regions", RegionsFile, self.region_sense)
            for number, place in enumerate(file.place)
        ]
        try:
            return ensure_gazetteer(find_cache(environ), own)
        except CustomPlaceError as error:
            file, key, message = str(error).split(": ", 2)
            self._problem(file, key, message)
            return ensure_gazetteer(find_cache(environ))

    def nameable(self, outlets: Mapping[str, Outlet], concepts: Mapping[str, Concept], gazetteer: Path) -> Vocabulary:
        """Give what filters may name: files with problems too, so that one mistake is not reported as two."""
        known = vocabulary(outlets, concepts, gazetteer)
        broken = {Path(p.file) for p in self.problems}
        sections = {"outlets": "outlet", "concepts": "concept"}
        extra = {
            field: {p.stem: p.stem for p in broken if str(p.parent) == section} for section, field in sections.items()
        }
        values = {field: {**values, **extra.get(field, {})} for field, values in known.values.items()}
        return replace(known, values=values)

    def outlet_sense(self, name: str, file: OutletFile) -> bool:
        before = len(self.problems)
        if len({base.casefold() for base in (file.home, *file.mirrors)}) <= len(file.mirrors):
            self._problem(name, "mirrors", "an address is listed twice")
        seen: dict[str, int] = {}
        for place, source in enumerate(file.source):
            if (source.path is None) == (source.url is None):
                self._problem(name, f"source[{place}]", 'wants either path = "/feed.xml" or url = "https://…"')
                continue
            key = source_key(source)
            if key in seen:
                self._problem(name, f"source[{place}]", f"is the same as source[{seen[key]}]")
            seen.setdefault(key, place)
            if (source.kind == "page") != (source.select is not None):
                self._problem(name, f"source[{place}].select", 'goes with kind = "page", and only with that')
            if source.path is not None and source.mirrors:
                self._problem(name, f"source[{place}].mirrors", "a path is asked at the outlet's own mirrors")
        self._check_bases(name, file)
        return len(self.problems) == before

    def _check_bases(self, name: str, file: OutletFile) -> None:
        for place, base in enumerate(file.trusted):
            if base not in file.mirrors:
                self._problem(name, f"trusted[{place}]", f"{urls.redact(base)} is none of the mirrors")
        for base in file.proxies:
            if base not in (file.home, *file.mirrors):
                self._problem(name, f"proxies.{urls.redact(base)}", "is neither the home nor one of the mirrors")

    def region_sense(self, name: str, file: RegionsFile) -> bool:
        before = len(self.problems)
        for number, place in enumerate(file.place):
            key = f"place[{number}]"
            self._check_names(name, key, place)
            if place.of is None and place.label is None:
                self._problem(name, key, 'wants either label = "…" for a place of its own or of = "SY-ID/saraqib"')
            if place.of is not None and not place.names:
                self._problem(name, f"{key}.names", "is empty: what else is it called?")
            beside_of = place.model_fields_set & {"id", "label", "kind", "within", "members", "lat", "lon"}
            if place.of is not None and beside_of:
                self._problem(name, key, f"of names a place that is known, so {min(beside_of)} does not go with it")
            if place.members and "kind" in place.model_fields_set:
                self._problem(name, f"{key}.kind", "does not go with members: they make a group")
            if place.of is None and bool(place.within) == bool(place.members):
                self._problem(name, key, 'wants either within = "SY-ID" or, for a group, members = ["SY", "LB"]')
            if (place.lat is None) != (place.lon is None):
                self._problem(name, key, "wants both lat and lon, or neither")
        return len(self.problems) == before

    def _check_names(self, name: str, key: str, place: PlaceFile) -> None:
        written = {f"{key}.names[{number}]": each for number, each in enumerate(place.names)}
        for where, each in {**written, f"{key}.label": place.label}.items():
            if each is not None and not phrase_of(each):
                self._problem(name, where, f'there is no word in "{each}"')

    def concept_sense(self, name: str, file: ConceptFile) -> bool:
        before = len(self.problems)
        for language, terms in file.terms.items():
            for place, term in enumerate(terms):
                if not phrase_of(term.rstrip("*")):
                    self._problem(name, f"terms.{language}[{place}]", f'there is no word in "{term}"')
        return len(self.problems) == before

    def filter_sense(self, name: str, file: FeedFile, known: Vocabulary) -> bool:
        try:
            parse(file.where, known)
        except FilterError as error:
            self._problem(name, "where", str(error))
            return False
        return True

    def _environment(self, environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
        """Yield settings from ``SYNDICATOR_KEY`` and, for secrets on disk, ``SYNDICATOR_KEY_FILE``."""
        for dotted in SETTINGS:
            variable = "SYNDICATOR_" + dotted.replace(".", "_").upper()
            text = environ.get(variable)
            if (path := environ.get(variable + "_FILE")) is not None:
                if text is not None:
                    self._problem(variable, "", f"is set, and {variable}_FILE as well: unset one")
                try:
                    text = Path(path).read_text(encoding="utf-8").strip()
                except (OSError, UnicodeDecodeError) as error:
                    self._problem(f"{variable}_FILE", "", f"cannot read {path}: {error}")
            if text is not None:
                yield variable, dotted, text

    def _toml(self, path: Path, name: str) -> dict[str, object] | None:
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            self._problem(name, "", f"is not valid TOML: {error}")
        except UnicodeDecodeError:
            self._problem(name, "", "is not UTF-8")
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets without end
            self._problem(name, "", f"cannot be read: {error}")
        except OSError as error:
            self._problem(name, "", f"cannot be read: {error.strerror}")
        return None

    def _shape(self, name: str, table: Mapping[str, object], shape: type[_Shape]) -> _Shape | None:
        try:
            return shape.model_validate(table)
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                key = _dotted(fault["loc"])
                self._problem(name, key, _in_words(fault["type"], fault["msg"], key, shape))
            return None

    def _problem(self, file: str, key: str, message: str) -> None:
        self.problems.append(Problem(file, key, message))


def _set(table: dict[str, object], dotted: str, value: object) -> None:
    *sections, key = dotted.split(".")
    for section in sections:
        inner = table.setdefault(section, {})
        if not isinstance(inner, dict):
            return  # the shape's check will say what is wrong with it
        table = inner
    table[key] = value


def _dotted(location: Sequence[str | int]) -> str:
    """Give ``source[0].path`` for pydantic's ("source", 0, "path")."""
    out = ""
    for part in location:
        out += f"[{part}]" if isinstance(part, int) else f"{'.' if out else ''}{part}"
    return out


def _in_words(kind: str, message: str, key: str, shape: type[ConfigTable]) -> str:
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(key.rpartition(".")[2], _keys(shape), n=1)
        return "is not a key here" + (f": {close[0]}?" if close else "")
    if kind == "missing":
        return "is missing"
    return message.removeprefix("Value error, ").replace("Input should be", "should be")


def _keys(shape: type[ConfigTable]) -> list[str]:
    """Give every key that occurs in a file of this shape, however deep."""
    keys = list(shape.model_fields)
    for inner in _SECTIONS.values() if shape is MainFile else (SourceFile, SelectFile, PlaceFile):
        keys.extend(inner.model_fields)
    return keys


def _settings() -> dict[str, Callable[[str], object]]:
    """Give every setting of ``syndicator.toml`` by dotted key, with what makes a value of its text."""
    sections: dict[str, type[ConfigTable]] = {"": MainFile, **{f"{name}.": shape for name, shape in _SECTIONS.items()}}
    kinds: dict[object, Callable[[str], object]] = {int: int}
    return {
        section + name: _listed if name == "allow_private" else kinds.get(info.annotation, str)
        for section, shape in sections.items()
        for name, info in shape.model_fields.items()
        if f"{name}." not in sections
    }


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


SETTINGS = _settings()
