"""What belongs to a backup."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from syndicator.config import Config
from syndicator.store.snapshot import database_file

_LOCK = "lock"
_FILE_KEYS = "_file"  # keys of the configuration that end so name files with secrets
_CAPTURES = "captures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Files by their names in the archive, without the database; ``secrets`` lie outside of the configuration.

    ``folders`` are those of the files, and empty ones of the configuration. ``missing`` are secrets that the
    configuration names and that cannot be read here.
    """

    files: dict[str, Path]
    folders: dict[str, Path]
    secrets: dict[str, Path]
    missing: tuple[Path, ...]

    @property
    def size(self) -> int:
        """Their bytes, as far as they are there."""
        return sum(_size(path) for path in (*self.files.values(), *self.secrets.values()))


def contents_of(config: Config, backup: Path, *, has_captures: bool) -> Contents:
    """Return what to back up of a configuration and its state, to the file ``backup``, which may lie there too."""
    found = {f"config/{name}": path for name, path in _walk(config.folder)}
    for name, path in _walk(config.state):
        if _is_kept(config, Path(name)) and (has_captures or Path(name).parts[0] != _CAPTURES):
            found[f"state/{name}"] = path
    found = {name: path for name, path in found.items() if not _is_of(backup, path)}
    named = sorted({path for path in _named(config) if not path.resolve().is_relative_to(config.folder.resolve())})
    secrets = [path for path in named if os.access(path, os.R_OK)]
    kept = {str(parent) for name in found for parent in PurePosixPath(name).parents if parent.parts}
    folders = {
        f"{kind}/{each.relative_to(top).as_posix()}".removesuffix("/."): each
        for kind, top in (("config", config.folder), ("state", config.state))
        for each in (top, *filter(Path.is_dir, top.rglob("*")))
    }
    folders = {name: each for name, each in folders.items() if name in kept or name.startswith("config/")}
    return Contents(
        files=found,
        folders=folders,
        secrets={f"secrets/{number}": path for number, path in enumerate(secrets, 1)},
        missing=tuple(path for path in named if path not in secrets),
    )


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the regular files below a folder, those that links lead to as well, with their names in it."""
    seen: set[tuple[int, int]] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        found = os.stat(place)  # noqa: PTH116 - of a path that walk gave
        if (found.st_dev, found.st_ino) in seen:  # links in a circle
            folders.clear()
            continue
        seen.add((found.st_dev, found.st_ino))
        for name in sorted(names):
            path = Path(place, name)
            if _is_regular(path):
                yield path.relative_to(folder).as_posix(), path


def _is_kept(config: Config, name: Path) -> bool:
    """Return whether a file of the state folder can neither be made again nor is the database itself."""
    database = database_file(config.store)
    is_of_database = database is not None and (config.state / name).name.startswith(database.name)
    is_unfinished = name.name.startswith(".") and name.name.endswith(".new")
    return not (is_unfinished or name == Path(_LOCK) or (is_of_database and len(name.parts) == 1))


def _is_of(backup: Path, path: Path) -> bool:
    return backup.name in path.name and path.parent.resolve() == backup.parent.resolve()


def _named(config: Config) -> Iterator[Path]:
    """Yield the files that keys of the configuration name."""
    tables: list[object] = [tomllib.loads(text) for text in config.texts.values()]
    while tables:
        table = tables.pop()
        if isinstance(table, list):
            tables += table
        elif isinstance(table, dict):
            tables += table.values()
            for key, value in table.items():
                if key.endswith(_FILE_KEYS) and isinstance(value, str):
                    yield config.folder / Path(value).expanduser()


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
