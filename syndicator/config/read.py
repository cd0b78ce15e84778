"""Read a config folder: validate every file, compile the operator's places, parse the filters, build the Config."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from syndicator.config.accepted import read_accepted
from syndicator.config.alert_schema import AlertFile, check_alert
from syndicator.config.build import build, concept_of, feed_of, listen_of, operators_of, outlet_of
from syndicator.config.checks import check_concept, check_outlet, check_regions
from syndicator.config.find import MAIN, cache_of, find_state
from syndicator.config.folder import SUFFIX, ConfigFolder
from syndicator.config.overrides import overrides_in_force
from syndicator.config.recipients import open_secrets, read_recipients, unknown_names
from syndicator.config.schema import ConceptFile, FeedFile, MainFile, OutletFile, RegionsFile
from syndicator.config.settings import Config, vocabulary
from syndicator.config.tokens import parse_tokens
from syndicator.config.warn import SECTION_NAMES, former_names, open_to_all, warnings_of
from syndicator.errors import ConfigError, CustomPlaceError, FilterError, Problem
from syndicator.files import read_regular
from syndicator.models import FeedToken
from syndicator.query import Vocabulary, Where, parse
from syndicator.query.tree import window_of
from syndicator.query.uses import MAX_CHAIN, MAX_TERMS, chain_in, misplaced_windows, resolved, sizes_of
from syndicator.tag import ensure_gazetteer

_LARGEST_TOKEN_FILE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a configuration before its gazetteer is compiled: where to listen, and the state folder."""

    listen: tuple[str, int]
    operators: tuple[str, int] | None
    state: Path


class Progress(Protocol):
    """Gets a line for each step of compiling a gazetteer."""

    def __call__(self, step: str, /, outline: Outline) -> None: ...  # noqa: D102


class Loader(Protocol):
    """Reads the configuration, and reports what takes long."""

    def __call__(self, *, progress: Progress | None = None) -> Config: ...  # noqa: D102


def load(
    folder: Path,
    *,
    environ: Mapping[str, str] = os.environ,
    state: Path | None = None,
    overrides: Mapping[str, str] | None = None,
    is_main_needed: bool = True,
    is_strict: bool = True,
    drafts: Mapping[str, str] | None = None,
    has_secrets: bool = True,
    progress: Progress | None = None,
) -> Config:
    """Read a config folder. Raise ConfigError with every problem found.

    ``overrides`` are command-line settings by dotted key; they take precedence over the environment's. ``drafts`` are
    texts of files by name (``outlets/x.toml``), read in place of those files or beside the others. Unless
    ``is_main_needed``, a folder without ``syndicator.toml`` has the defaults. ``progress`` gets a line for each step of
    compiling a gazetteer, where that is needed. Unless it ``has_secrets``, the files with tokens of private
    feeds are somewhere else, and nobody has a token.

    Unless ``is_strict``, a bad file keeps no other from being in force: its text that was last in force stands in, if
    the state folder has one that is still good, or it is left out; ``Config.problems`` says what is wrong. ConfigError
    is then raised where nothing can stand in: for the environment, the command line, drafts, and ``syndicator.toml``.
    """
    reader = _Reader(
        folder, environ, state, overrides or {}, progress, is_main_needed=is_main_needed, has_secrets=has_secrets
    )
    return reader.read(drafts or {}) if is_strict else _Replacements(reader, drafts or {}).read()


class _Reader:
    """Reads a folder, with some files replaced and some left out."""

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        state: Path | None,
        overrides: Mapping[str, str],
        progress: Progress | None,
        *,
        is_main_needed: bool,
        has_secrets: bool,
    ) -> None:
        self._has_secrets = has_secrets
        self._folder, self._environ, self._overrides = folder, environ, overrides
        self._state, self._progress, self._is_main_needed = state, progress, is_main_needed

    def read(
        self,
        drafts: Mapping[str, str],
        left_out: Collection[str] = (),
        bereft: Collection[str] = (),
        *,
        stops_early: bool = False,
    ) -> Config:
        """Read and check everything. With ``stops_early``, filters are only checked where all files are valid.

        Recipients' files in ``bereft`` may name what is gone.
        """
        files = ConfigFolder(self._folder, drafts, left_out)
        main = files.main(self._environ, self._overrides, is_needed=self._is_main_needed)
        proxy = main.politeness.proxy if main else "direct"
        finds_deletions = main.deletions.watch if main else False
        is_captured = main is not None and main.capture
        outlets = {
            key: outlet_of(key, file, proxy=proxy, finds_deletions=finds_deletions, is_captured=is_captured)
            for key, file in files.files("outlets", OutletFile, check_outlet).items()
        }
        concept_files = files.files("concepts", ConceptFile, check_concept)
        concepts = {key: concept_of(key, file) for key, file in concept_files.items()}
        regions = files.files("regions", RegionsFile, check_regions)
        feeds = files.files("feeds", FeedFile)
        alerts = files.files("alerts", AlertFile, check_alert)
        if stops_early and files.problems:
            raise ConfigError(files.problems)
        gazetteer = self._gazetteer(files, regions, main)
        titles = {key: file.title for key, file in feeds.items()}
        tokens = _tokens(files, feeds) if self._has_secrets else _nobody(feeds)
        if main is not None and main.publish.also_to:
            _check_copies(files, main.publish.also_to, self.state(main.state))
        known = _vocabulary(files, vocabulary(outlets, concepts, gazetteer, titles))
        filters = _filters(files, feeds, known)
        has_mail = main is None or main.mail.server is not None
        recipients, recipient_filters = read_recipients(files, alerts, known, has_mail=has_mail, bereft=bereft)
        if files.problems or main is None:
            raise ConfigError(files.problems)
        warnings = [
            *warnings_of(self._folder, self._environ, outlets=outlets, concepts=concept_files, filters=filters),
            *former_names(feeds),
            *open_to_all(main, tokens),
            *open_secrets(self._folder, alerts, main.mail),
            *unknown_names(alerts, known),
        ]
        windows = {key for key, where in filters.items() if window_of(resolved(where, filters)) is not None}
        config = build(
            self._folder,
            self.state(main.state),
            main,
            outlets=outlets,
            feeds={key: feed_of(key, file, tokens.get(key), has_window=key in windows) for key, file in feeds.items()},
            filters=filters,
            concepts=concepts,
            recipients=recipients,
            recipient_filters=recipient_filters,
            gazetteer=gazetteer,
            texts=files.texts,
            overrides=overrides_in_force(self._environ, self._overrides),
        )
        return replace(config, warnings=tuple(warnings))

    def state(self, setting: str | None) -> Path:
        """Return the folder for state, by the command line or, without a word there, by ``setting`` and environment."""
        return (self._state or find_state(self._environ, self._folder, setting)).absolute()

    @property
    def has_main(self) -> bool:
        """Whether the folder has a ``syndicator.toml``, good or bad."""
        return (self._folder / MAIN).is_file()

    def accepted(self) -> dict[str, str]:
        """Return the texts that were last in force, as far as the settings tell where they are."""
        main = ConfigFolder(self._folder, {}).main(self._environ, self._overrides, is_needed=self._is_main_needed)
        return read_accepted(self.state(main.state if main else None))

    def _gazetteer(self, files: ConfigFolder, regions: Mapping[str, RegionsFile], main: MainFile | None) -> Path:
        """Return the path of the gazetteer with the operator's own places; compile it if it does not exist."""
        custom = [
            {
                **place.model_dump(exclude_none=True, exclude_defaults=True),
                "at": f"regions/{name}{SUFFIX}: place[{number}]",
            }
            for name, file in regions.items()
            for number, place in enumerate(file.place)
        ]
        cache, progress = cache_of(self._environ, self._folder), None
        if self._progress is not None and main is not None:
            outline = Outline(listen=listen_of(main), operators=operators_of(main), state=self.state(main.state))
            progress = partial(self._progress, outline=outline)
        try:
            return ensure_gazetteer(cache, custom, progress)
        except CustomPlaceError as error:
            files.problem(*str(error).split(": ", 2))
            return ensure_gazetteer(cache, (), progress)


def _vocabulary(files: ConfigFolder, known: Vocabulary) -> Vocabulary:
    """Return what filters may name. Invalid files count too, so that one mistake is not reported as two."""
    broken = {Path(problem.file) for problem in files.problems}
    fields = {"outlets": "outlet", "concepts": "concept", "feeds": "feed"}
    extra = {
        field: {path.stem: path.stem for path in broken if str(path.parent) == section}
        for section, field in fields.items()
    }
    return replace(known, values={field: {**values, **extra.get(field, {})} for field, values in known.values.items()})


def _filters(files: ConfigFolder, feeds: Mapping[str, FeedFile], known: Vocabulary) -> dict[str, Where]:
    """Parse the filters of the output feeds."""
    filters = {}
    for key, file in feeds.items():
        try:
            filters[key] = parse(file.where, known)
        except FilterError as error:
            files.problem(f"feeds/{key}{SUFFIX}", "where", str(error))
    _check_uses(files, filters)
    return filters


def _check_uses(files: ConfigFolder, filters: Mapping[str, Where]) -> None:
    """Report feeds that use each other in a circle, too deep, or too long, or a window that is none of theirs."""
    if chain := chain_in(filters):
        how = "in a circle" if chain[0] == chain[-1] else f"more than {MAX_CHAIN} deep"
        message = f"these feeds use each other {how}: {' → '.join(chain)}; take one feed: out"
        for key in dict.fromkeys(chain):
            files.problem(f"feeds/{key}{SUFFIX}", "where", message)
        return
    for key, size in sizes_of(filters).items():
        if size > MAX_TERMS:
            message = f"has {size} terms with those of the feeds that it uses; at most {MAX_TERMS}"
            files.problem(f"feeds/{key}{SUFFIX}", "where", message)
    for key, used in misplaced_windows(filters).items():
        message = (
            f'feed:{used} has a window, "age:", and cannot be inside of "or" or "not": write its filter without "age:"'
        )
        files.problem(f"feeds/{key}{SUFFIX}", "where", message)


def _tokens(files: ConfigFolder, feeds: Mapping[str, FeedFile]) -> dict[str, tuple[FeedToken, ...]]:
    """Read the token files of private feeds; a relative path is one below the configuration."""
    found = {}
    for key, file in feeds.items():
        if file.token_file is None:
            continue
        try:
            text = read_regular(files.folder / file.token_file, largest=_LARGEST_TOKEN_FILE).decode()
            found[key] = parse_tokens(text)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else reason
            files.problem(f"feeds/{key}{SUFFIX}", "token_file", f"{file.token_file}: {reason}")
    return found


def _nobody(feeds: Mapping[str, FeedFile]) -> dict[str, tuple[FeedToken, ...]]:
    """Return no token for any private feed."""
    return {key: () for key, file in feeds.items() if file.token_file is not None}


def _check_copies(files: ConfigFolder, targets: Sequence[str], state: Path) -> None:
    """Note copies that would lie among the files that the daemon keeps itself."""
    for number, target in enumerate(targets):
        if target.startswith("/") and Path(target).resolve().is_relative_to(state.resolve()):
            reason = f"{target} is in the state folder, {state}: choose another"
            files.problem(MAIN, f"publish.also_to[{number}]", reason)


class _Replacements:
    """Finds which files must be replaced or left out for the others to work.

    Each reading shows what is wrong; each round replaces a file by its last good text, or leaves it out. What depends
    on it shows in the next.
    """

    def __init__(self, reader: _Reader, drafts: Mapping[str, str]) -> None:
        self._reader, self._drafts = reader, drafts
        self._texts: dict[str, str] = {}
        self._left_out: set[str] = set()
        self._bereft: set[str] = set()
        self._problems: list[Problem] = []
        self._accepted: dict[str, str] | None = None

    def read(self) -> Config:
        while True:
            try:
                texts = {**self._texts, **self._drafts}
                config = self._reader.read(texts, self._left_out, self._bereft, stops_early=True)
            except ConfigError as error:
                self._replace(error.problems)
            else:
                return replace(config, problems=tuple(self._problems), left_out=frozenset(self._left_out))

    def _replace(self, problems: Collection[Problem]) -> None:
        if self._accepted is None:
            self._accepted = self._reader.accepted()
        touched = self._texts.keys() | self._left_out  # what these lack was reported in an earlier round
        self._problems += [problem for problem in problems if problem.file not in touched]
        for name in dict.fromkeys(problem.file for problem in problems):
            self._replace_one(name, self._accepted)

    def _replace_one(self, name: str, accepted: Mapping[str, str]) -> None:
        """Replace a file, or the files of a section whose folder cannot be read; raise ConfigError if it cannot be."""
        is_section = f"{name}/" in _SECTION_FOLDERS
        # A folder without its main file is not whole, or not there: what else it lacks is not gone.
        is_known = name.startswith(_SECTION_FOLDERS) or is_section or (name in accepted and self._reader.has_main)
        if not is_known or name in self._left_out or name in self._drafts:
            raise ConfigError(self._problems)
        if is_section:
            self._texts |= {each: text for each, text in accepted.items() if each.startswith(f"{name}/")}
            self._left_out.add(name)
        elif name.startswith("alerts/") and name in self._texts and name not in self._bereft:
            self._bereft.add(name)
        elif name in self._texts or name not in accepted:
            self._texts.pop(name, None)
            self._leave_out(name)
        else:
            self._texts[name] = accepted[name]

    def _leave_out(self, name: str) -> None:
        if name == MAIN:
            raise ConfigError(self._problems)
        self._left_out.add(name)


_SECTION_FOLDERS = tuple(f"{name}/" for name in SECTION_NAMES)
