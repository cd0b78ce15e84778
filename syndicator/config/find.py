"""Where the configuration, the state and the cache are, when the command line does not say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from syndicator import files
from syndicator.errors import ConfigError, Problem
from syndicator.tag import find_cache

MAIN = "syndicator.toml"
SYSTEM_FOLDER = Path("/etc/syndicator")
# Where systemd's StateDirectory=, CacheDirectory= and RuntimeDirectory= of the shipped unit are.
_SYSTEM_STATE, _SYSTEM_CACHE = Path("/var/lib/syndicator"), Path("/var/cache/syndicator")
_SYSTEM_RUNTIME = Path("/run/syndicator")


def find_folder(environ: Mapping[str, str]) -> Path:
    """Find the config folder: ``SYNDICATOR_CONFIG``, then XDG's, then ``/etc/syndicator``.

    Raise ConfigError when there is none.
    """
    if given := environ.get("SYNDICATOR_CONFIG"):
        return Path(given).expanduser()
    home = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/")) / ".config")
    places = (home / "syndicator", SYSTEM_FOLDER)
    for place in places:
        if (place / MAIN).is_file():
            return place
    looked = ", ".join(str(place / MAIN) for place in places)
    raise ConfigError([Problem(MAIN, "", f"not found; looked for {looked}; name a folder with --config")])


def find_state(environ: Mapping[str, str], folder: Path | None = None, setting: str | None = None) -> Path:
    """Find the folder for state, so that a service and the commands beside it agree on one.

    It is ``setting`` (the key ``state``, or ``SYNDICATOR_STATE``); then systemd's ``STATE_DIRECTORY``; then that of a
    daemon which runs by the config ``folder``; for the folder of a system service, what the shipped unit has, if it
    exists; else XDG's.
    """
    if given := setting or environ.get("SYNDICATOR_STATE") or environ.get("STATE_DIRECTORY", "").partition(":")[0]:
        return Path(given).expanduser()
    if folder is not None and (announced := _announced(environ, folder)):
        return announced.state
    if folder is not None and _is_of_system(folder) and _SYSTEM_STATE.is_dir():
        return _SYSTEM_STATE
    base = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME", "/")) / ".local" / "state"
    return Path(base) / "syndicator"


def cache_of(environ: Mapping[str, str], folder: Path) -> Path:
    """Return the folder of what can be made again: that of the service for whose config ``folder`` it is, if any."""
    if not any(environ.get(name) for name in ("SYNDICATOR_CACHE", "CACHE_DIRECTORY")):
        if announced := _announced(environ, folder):
            return announced.cache
        if _is_of_system(folder) and _SYSTEM_CACHE.is_dir():
            return _SYSTEM_CACHE
    return find_cache(environ)


@dataclass(frozen=True, slots=True)
class _Folders:
    state: Path
    cache: Path


@contextmanager
def announced(environ: Mapping[str, str], folder: Path, *, state: Path, cache: Path) -> Iterator[None]:
    """Announce the state and the cache of a daemon that runs by a config folder to commands, for as long as it runs."""
    path, text = None, json.dumps({"state": str(state), "cache": str(cache)})
    for runtime in _runtime_folders(environ):
        with suppress(OSError):  # without one, commands find the state by the other rules
            runtime.mkdir(mode=0o700, exist_ok=True)
            path = runtime / _announcement(folder)
            files.write_text(path, text)
            break
    try:
        yield
    finally:
        with suppress(OSError, UnicodeDecodeError):
            # Another daemon may run by the same configuration, with a state of its own.
            if path is not None and path.read_text(encoding="utf-8") == text:
                path.unlink()


def _announced(environ: Mapping[str, str], folder: Path) -> _Folders | None:
    for runtime in _runtime_folders(environ):
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads((runtime / _announcement(folder)).read_bytes())
            folders = _Folders(state=Path(found["state"]), cache=Path(found["cache"]))
            if folders.state.is_dir():
                return folders
    return None


def _runtime_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the folders for what lasts as long as a process: systemd's, the shipped unit's, XDG's."""
    if given := environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]:
        yield Path(given)
    if of_user := environ.get("XDG_RUNTIME_DIR"):
        yield Path(of_user) / "syndicator"
    yield _SYSTEM_RUNTIME


def _announcement(folder: Path) -> str:
    return f"{hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:16]}.json"


def _is_of_system(folder: Path) -> bool:
    return folder.absolute() == SYSTEM_FOLDER
