"""Put a backup in place: checked as a whole before, the database last."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from syndicator import urls
from syndicator.config import find_state
from syndicator.config.find import MAIN
from syndicator.config.folder import ConfigFolder
from syndicator.errors import BackupError, ConfigError
from syndicator.files import hand_over, replacing
from syndicator.runtime.backup.archive import (
    MAIN_MEMBER,
    MANIFEST,
    STORE,
    Manifest,
    Progress,
    Rights,
    copy,
    members,
    telling_damage,
    verify,
)
from syndicator.runtime.lock import only_one
from syndicator.store import is_shared
from syndicator.store.snapshot import database_file, fill_database, refuse_filled, refuse_newer

_BEFORE = "before-restore"
_BESIDE = ("", "-wal", "-shm")  # the files of a database
_CACHE = "-copies"  # made again
_UNPACKED = "restored.db"  # until a server has it
_SESSION = Path("/run")  # what is made for each run


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Where everything went, ``store`` with its password redacted.

    ``kept`` are secrets that were there already, and those made for each run.
    """

    manifest: Manifest
    config: Path
    state: Path
    store: str
    kept: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Where everything goes: the database to a file, or, from a file, to the store at an address of a ``server``."""

    config: Path
    state: Path
    store: Path
    server: str = ""

    def of(self, name: str) -> Path:
        """Return where a member or folder of the configuration or the state goes."""
        kind, *rest = PurePosixPath(name).parts
        return (self.config if kind == "config" else self.state).joinpath(*rest)


def restore(
    path: Path,
    folder: Path,
    *,
    state: Path | None,
    environ: Mapping[str, str],
    overrides: Mapping[str, str],
    is_forced: bool,
    progress: Progress,
) -> Restored:
    """Restore a backup to a config ``folder``, and to ``state`` or where the backup or the configuration has it.

    Raise BackupError, having changed nothing, if the backup is not whole, or if there is a database or another
    configuration and ``is_forced`` is false; InUseError while a daemon runs. What is replaced is kept beside it, as
    ``NAME.before-restore``, but for published files.
    """
    manifest, kept = verify(path, progress)
    refuse_newer(manifest.revision or None)
    places = _places(
        manifest, kept.get(MAIN_MEMBER, b"").decode("utf-8-sig"), folder, state, environ=environ, overrides=overrides
    )
    with only_one(places.state, places.server):
        if not is_forced:
            _refuse_losses(path, manifest, places)
        if places.server and manifest.revision:
            refuse_filled(places.server)
        _set_aside(manifest, places)
        with telling_damage(path):
            left = tuple(_unpack(path, manifest, places, progress))
        if places.server and manifest.revision:
            fill_database(places.store, places.server, partial(progress, "Filling the store"))
            _remove(places.store)
        hand_over(places.state)
    store = urls.redact(places.server) or str(places.store)
    return Restored(manifest=manifest, config=places.config, state=places.state, store=store, kept=left)


def _places(
    manifest: Manifest,
    main_text: str,
    folder: Path,
    state: Path | None,
    *,
    environ: Mapping[str, str],
    overrides: Mapping[str, str],
) -> _Places:
    reader = ConfigFolder(folder, {MAIN: main_text})
    main = reader.main(environ, overrides, is_needed=True)
    if main is None:
        raise ConfigError(reader.problems)
    if state is None and folder.absolute() == Path(manifest.config) and not _says_where(environ, main.state):
        state = Path(manifest.state)
    state = (state or find_state(environ, folder, main.state)).absolute()
    if main.store is not None and is_shared(main.store):
        return _Places(config=folder, state=state, store=state / _UNPACKED, server=main.store)
    store = database_file(main.store) if main.store else None
    return _Places(config=folder, state=state, store=store or state / "syndicator.db")


def _says_where(environ: Mapping[str, str], setting: str | None) -> bool:
    return bool(setting or environ.get("SYNDICATOR_STATE") or environ.get("STATE_DIRECTORY"))


def _refuse_losses(path: Path, manifest: Manifest, places: _Places) -> None:
    how = "; nothing was changed. With --force it is replaced, and what was there kept beside it"
    if not places.server and places.store.exists():
        raise BackupError(f"there is a database at {places.store}{how}")
    if (places.config / MAIN).exists() and _differs(manifest, places.config):
        raise BackupError(f"there is a configuration in {places.config}, other than in {path}{how}")


def _differs(manifest: Manifest, folder: Path) -> bool:
    names = {name for name in manifest.members if name.startswith("config/")}
    there = {f"config/{each.relative_to(folder).as_posix()}": each for each in folder.rglob("*") if each.is_file()}
    return names != there.keys() or any(
        hashlib.sha256(each.read_bytes()).hexdigest() != manifest.members[name].sha256 for name, each in there.items()
    )


def _set_aside(manifest: Manifest, places: _Places) -> None:
    """Move the database aside, copy the configuration aside and empty it, and remove published files."""
    if (places.config / MAIN).exists() and _differs(manifest, places.config):
        before = places.config.with_name(f"{places.config.name}.{_BEFORE}")
        shutil.rmtree(before, ignore_errors=True)
        shutil.copytree(places.config, before)
        for each in places.config.iterdir():  # not the folder itself, which may be mounted there
            _remove(each)
    _remove(places.state / "feeds")
    for ending in _BESIDE:
        there = places.store.with_name(f"{places.store.name}{ending}")
        if there.exists():
            there.replace(there.with_name(f"{places.store.name}.{_BEFORE}{ending}"))
    _remove(places.store.with_name(f"{places.store.name}{_CACHE}"))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _unpack(path: Path, manifest: Manifest, places: _Places, progress: Progress) -> Iterator[Path]:
    """Write all members; yield the paths of secrets that are left as they are. The database is the archive's last."""
    for name, rights in sorted(manifest.folders.items()):
        places.of(name).mkdir(parents=True, exist_ok=True)
        _grant(places.of(name), rights)
    for name, source in members(path, progress, "Restoring"):
        if name == MANIFEST:
            continue
        if name.startswith("secrets/"):
            target = Path(manifest.secrets.get(name, "/run"))
            if target.exists() or target.is_relative_to(_SESSION):
                yield target
                continue
        elif name == STORE:
            target = places.store
        else:
            target = places.of(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target, mode=0o600) as new:
            with new.open("wb") as file:
                copy(source, file)
            if source.digest.hexdigest() != manifest.members[name].sha256:
                raise BackupError(f"{path}: {name} has changed since it was checked; restore it again with --force")
            _grant(new, manifest.members[name].rights)


def _grant(path: Path, rights: Rights) -> None:
    """Give a file or folder the permissions that it had and, where root restores, to whom it belonged by name."""
    if os.geteuid() == 0:
        os.chown(path, _number(pwd.getpwnam, rights.owner), _number(grp.getgrnam, rights.group))
    path.chmod(rights.mode)


def _number(look_up: Callable[[str], pwd.struct_passwd | grp.struct_group], name: str) -> int:
    """Return the number of a user or group; -1, which changes nothing, where there is none of that name."""
    try:
        return int(look_up(name)[2])
    except KeyError:
        return -1
