"""Read a config folder: find it, read every file, collect every problem, build the Config."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from syndicator.config.build import build, concept_of, feed_of, outlet_of
from syndicator.config.checks import Finding, check_concept, check_outlet, check_regions
from syndicator.config.explain import dotted, explain
from syndicator.config.ids import ID_RULE, is_id, is_ignored
from syndicator.config.schema import (
    SECTIONS,
    ConceptFile,
    ConfigTable,
    FeedFile,
    MainFile,
    OutletFile,
    RegionsFile,
)
from syndicator.config.settings import Config, vocabulary
from syndicator.errors import ConfigError, CustomPlaceError, FilterError, Problem
from syndicator.models import Concept, Feed, Outlet
from syndicator.query import Vocabulary, Where, parse
from syndicator.tag import ensure_gazetteer, find_cache

MAIN = "syndicator.toml"
_SUFFIX = ".toml"


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
    """Find the folder for state: ``SYNDICATOR_STATE``, systemd's ``STATE_DIRECTORY``, then XDG's."""
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
    drafts: Mapping[str, str] | None = None,
) -> Config:
    """Read a config folder.

    ``overrides`` are command-line settings by dotted key; they take precedence over the environment's. ``drafts`` are
    texts of files by name (``outlets/x.toml``), read in place of those files or beside the others. Raise ConfigError
    with every problem found. Unless ``is_main_needed``, a folder without ``syndicator.toml`` has the defaults.
    """
    reader = _Reader(folder, drafts or {})
    main = reader.main(environ, overrides or {}, is_needed=is_main_needed)
    proxy = main.politeness.proxy if main else "direct"
    outlets = {
        key: outlet_of(key, file, proxy=proxy) for key, file in reader.files("outlets", OutletFile, check_outlet)
    }
    concepts = {key: concept_of(key, file) for key, file in reader.files("concepts", ConceptFile, check_concept)}
    gazetteer = reader.gazetteer(environ)
    feeds, filters = reader.feeds(reader.vocabulary(outlets, concepts, gazetteer))
    if reader.problems or main is None:
        raise ConfigError(reader.problems)
    return build(
        folder,
        (state or find_state(environ)).absolute(),
        main,
        outlets=outlets,
        feeds=feeds,
        filters=filters,
        concepts=concepts,
        gazetteer=gazetteer,
    )


_Table = TypeVar("_Table", bound=ConfigTable)


class _Reader:
    """Reads files and collects problems."""

    def __init__(self, folder: Path, drafts: Mapping[str, str]) -> None:
        self.folder, self._drafts = folder, drafts
        self.problems: list[Problem] = []

    def main(self, environ: Mapping[str, str], overrides: Mapping[str, str], *, is_needed: bool) -> MainFile | None:
        path = self.folder / MAIN
        if not path.is_file() and not is_needed and self.folder.is_dir():
            table: dict[str, object] | None = {}
        elif not path.is_file():
            self._problem(MAIN, "", f"not found in {self.folder}")
            return None
        else:
            table = self._toml(MAIN)
        if table is None:
            return None
        given = (("command line", key, value) for key, value in overrides.items())
        for place, key, text in (*self._environment(environ), *given):
            try:
                _set(table, key, SETTINGS.get(key, str)(text))
            except ValueError:
                self._problem(place, key, f'"{text}" is not a number')
        return self._validate(MAIN, table, MainFile)

    def files(
        self, section: str, schema: type[_Table], check: Callable[[_Table], Iterable[Finding]] = lambda _: ()
    ) -> Iterator[tuple[str, _Table]]:
        """Yield the valid files of a section by id; collect the problems of the others."""
        for key in self._keys(section):
            name = f"{section}/{key}{_SUFFIX}"
            if not is_id(key):
                self._problem(name, "", ID_RULE)
                continue
            table = self._toml(name)
            file = None if table is None else self._validate(name, table, schema)
            if file is None:
                continue
            found = [Problem(name, where, message) for where, message in check(file)]
            self.problems += found
            if not found:
                yield key, file

    def _keys(self, section: str) -> list[str]:
        paths = (self.folder / section).glob(f"*{_SUFFIX}")
        names = {path.name for path in paths if not is_ignored(path)}
        names |= {name.removeprefix(f"{section}/") for name in self._drafts if name.startswith(f"{section}/")}
        return sorted(name.removesuffix(_SUFFIX) for name in names)

    def gazetteer(self, environ: Mapping[str, str]) -> Path:
        """Return the path of the gazetteer with the operator's own places; compile it if it does not exist."""
        own = [
            {
                **place.model_dump(exclude_none=True, exclude_defaults=True),
                "at": f"regions/{name}{_SUFFIX}: place[{number}]",
            }
            for name, file in self.files("regions", RegionsFile, check_regions)
            for number, place in enumerate(file.place)
        ]
        try:
            return ensure_gazetteer(find_cache(environ), own)
        except CustomPlaceError as error:
            file, key, message = str(error).split(": ", 2)
            self._problem(file, key, message)
            return ensure_gazetteer(find_cache(environ))

    def vocabulary(self, outlets: Mapping[str, Outlet], concepts: Mapping[str, Concept], gazetteer: Path) -> Vocabulary:
        """Return what filters may name. Invalid files count too, so that one mistake is not reported as two."""
        known = vocabulary(outlets, concepts, gazetteer)
        broken = {Path(problem.file) for problem in self.problems}
        fields = {"outlets": "outlet", "concepts": "concept"}
        extra = {
            field: {path.stem: path.stem for path in broken if str(path.parent) == section}
            for section, field in fields.items()
        }
        values = {field: {**values, **extra.get(field, {})} for field, values in known.values.items()}
        return replace(known, values=values)

    def feeds(self, known: Vocabulary) -> tuple[dict[str, Feed], dict[str, Where]]:
        """Read the output feeds and parse their filters."""
        feeds: dict[str, Feed] = {}
        filters: dict[str, Where] = {}
        for key, file in self.files("feeds", FeedFile):
            try:
                filters[key] = parse(file.where, known)
            except FilterError as error:
                self._problem(f"feeds/{key}{_SUFFIX}", "where", str(error))
            else:
                feeds[key] = feed_of(key, file)
        return feeds, filters

    def _environment(self, environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
        """Yield settings from ``SYNDICATOR_KEY`` and, for secrets on disk, ``SYNDICATOR_KEY_FILE``."""
        for key in SETTINGS:
            variable = "SYNDICATOR_" + key.replace(".", "_").upper()
            text = environ.get(variable)
            if (path := environ.get(variable + "_FILE")) is not None:
                if text is not None:
                    self._problem(variable, "", f"is set, and {variable}_FILE as well: unset one")
                try:
                    text = Path(path).read_text(encoding="utf-8").strip()
                except (OSError, UnicodeDecodeError) as error:
                    self._problem(f"{variable}_FILE", "", f"cannot read {path}: {error}")
            if text is not None:
                yield variable, key, text

    def _toml(self, name: str) -> dict[str, object] | None:
        try:
            return tomllib.loads(self._text(name))
        except tomllib.TOMLDecodeError as error:
            self._problem(name, "", f"is not valid TOML: {error}")
        except UnicodeDecodeError:
            self._problem(name, "", "is not UTF-8")
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets without end
            self._problem(name, "", f"cannot be read: {error}")
        except OSError as error:
            self._problem(name, "", f"cannot be read: {error.strerror}")
        return None

    def _text(self, name: str) -> str:
        draft = self._drafts.get(name)
        # Some editors begin files with a byte order mark.
        return (self.folder / name).read_text(encoding="utf-8-sig") if draft is None else draft

    def _validate(self, name: str, table: Mapping[str, object], schema: type[_Table]) -> _Table | None:
        try:
            return schema.model_validate(table)
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                self._problem(name, dotted(fault["loc"]), explain(fault["type"], fault["msg"], fault["loc"], schema))
            return None

    def _problem(self, file: str, key: str, message: str) -> None:
        self.problems.append(Problem(file, key, message))


def _set(table: dict[str, object], key: str, value: object) -> None:
    *sections, last = key.split(".")
    for section in sections:
        inner = table.setdefault(section, {})
        if not isinstance(inner, dict):
            return  # validation reports what is wrong with it
        table = inner
    table[last] = value


def _settings() -> dict[str, Callable[[str], object]]:
    """Return every setting of ``syndicator.toml`` by dotted key, with the function that converts its text."""
    tables: dict[str, type[ConfigTable]] = {"": MainFile, **{f"{name}.": table for name, table in SECTIONS.items()}}
    kinds: dict[object, Callable[[str], object]] = {int: int}
    return {
        prefix + name: _list_of if name == "allow_private" else kinds.get(info.annotation, str)
        for prefix, table in tables.items()
        for name, info in table.model_fields.items()
        if f"{name}." not in tables
    }


def _list_of(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


SETTINGS = _settings()
