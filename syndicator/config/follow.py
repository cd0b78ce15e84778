"""The configuration of a process that has no folder of its own: the texts that another one has put in the store."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from syndicator.config.find import MAIN, find_state
from syndicator.config.folder import ConfigFolder
from syndicator.config.overrides import SETTINGS, overrides_in_force, variable_of
from syndicator.config.read import Progress, load
from syndicator.config.settings import Config
from syndicator.errors import ConfigError, Problem
from syndicator.models import Outlet

# What each process says of itself.
_OWN = ("state", "store", "workers", "listen", "politeness.at_once", "politeness.proxy", "worker.name", "worker.labels")
# Of no use to a process that tells nobody; they name files with passwords.
_LEFT_OUT = "alerts/"
_OVERRIDES = "overrides"
_SETTINGS = frozenset(map(variable_of, SETTINGS))


def shared_texts(config: Config) -> dict[str, str]:
    """Return what other processes need to work by a configuration: texts by name, and what overrides them."""
    shared = {name: text for name, text in config.texts.items() if not name.startswith(_LEFT_OUT)}
    overrides = {key: value for key, value in config.overrides.items() if key not in _OWN}
    return shared | {_OVERRIDES: json.dumps(overrides, sort_keys=True, ensure_ascii=False)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSettings:
    """What a process without a folder of outlets says of itself: where its store and its state are, and settings."""

    store: str
    state: Path
    environ: Mapping[str, str]
    given: Mapping[str, str]

    def load(self, texts: Mapping[str, str], *, progress: Progress | None = None) -> Config:
        """Read a configuration from the texts of ``shared_texts``; raise ConfigError for what cannot be used here.

        Nothing is captured: files of captures are found, and deleted in time, where the daemon is.
        """
        files = dict(texts)
        overrides = json.loads(files.pop(_OVERRIDES, "{}"))
        config = load(
            self.state / "no configuration",
            environ={
                name: value for name, value in self.environ.items() if name.removesuffix("_FILE") not in _SETTINGS
            },
            state=self.state,
            overrides=overrides | dict(self.given),
            is_strict=False,
            drafts=files,
            has_secrets=False,
            progress=progress,
        )
        return replace(config, outlets={id_: _uncaptured(outlet) for id_, outlet in config.outlets.items()})


def _uncaptured(outlet: Outlet) -> Outlet:
    return replace(outlet, sources=tuple(replace(each, is_captured=False) for each in outlet.sources))


def own_settings(
    folder: Path | None, *, environ: Mapping[str, str], state: Path | None, overrides: Mapping[str, str]
) -> OwnSettings:
    """Read what this process says of itself: the command line, the environment, ``syndicator.toml`` if there is one.

    Raise ConfigError if that cannot be read, or does not say where the store is.
    """
    of_file: dict[str, str] = {}
    if folder is not None:
        files = ConfigFolder(folder, {})
        files.main(environ, overrides, is_needed=False)
        if files.problems:
            raise ConfigError(files.problems)
        of_file = {key: value for key, value in _flat(tomllib.loads(files.texts.get(MAIN, ""))) if key in _OWN}
    given = of_file | overrides_in_force(environ, overrides)
    if "store" not in given:
        raise ConfigError([Problem(MAIN, "store", "a worker needs the address of the store that it works on")])
    found = state or find_state(environ, folder, given.get("state"))
    return OwnSettings(store=given["store"], state=found.absolute(), environ=environ, given=given)


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the settings of a table by dotted key, as the command line would have them."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif f"{prefix}{key}" in SETTINGS:
            yield f"{prefix}{key}", ",".join(map(str, value)) if isinstance(value, list) else str(value)
