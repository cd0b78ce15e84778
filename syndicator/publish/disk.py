"""Files below a folder, replaced whole or not at all; they last once the folders that they lie in are synced."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

PUBLIC, _FOLDER = 0o644, 0o755
_DEEPEST = 3
_PREFIX, _SUFFIX = ".feed-", ".tmp"
_UNSYNCABLE = frozenset((errno.EINVAL, errno.ENOTSUP))


def find_files(root: Path, *, is_ours: Callable[[str], bool]) -> tuple[list[str], list[Path]]:
    """Return the names below a folder of the files that are ours by name, and the folders that they may lie in."""
    names: list[str] = []
    folders = [root]
    for folder in folders:  # which grows meanwhile
        below = folder.relative_to(root)
        for each in _listed(folder, root=root):
            name = (below / each.name).as_posix()
            if is_ours(name) and each.is_file():
                names.append(name)
            elif len(below.parts) < _DEEPEST and each.name[0] != "." and each.is_dir(follow_symlinks=False):
                folders.append(Path(each.path))
    return names, folders


def delete_leftovers(folder: Path) -> None:
    """Delete the temporary files of a process that was ended before it had replaced others by them."""
    for leftover in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        with suppress(OSError):  # one that cannot be deleted does no harm
            leftover.unlink()


def write_temporary(
    folder: Path,
    body: bytes,
    *,
    mode: int = PUBLIC,
    modified: datetime | None = None,
    fsync: Callable[[int], None] = os.fsync,
) -> Path:
    """Write a hidden file, bring it to disk and return its path: it takes another's place by being renamed."""
    descriptor, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=folder)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fchmod(file.fileno(), mode)
            if modified is not None:
                os.utime(file.fileno(), (modified.timestamp(), modified.timestamp()))
            fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def make_folder(folder: Path, *, root: Path) -> list[Path]:
    """Make a folder below ``root``, and those above it, readable to all; return those that are to be synced for it."""
    if folder == root:
        open_folder(folder)
        return []
    if folder.is_dir():
        return []
    unsynced = make_folder(folder.parent, root=root)
    folder.mkdir(exist_ok=True)
    folder.chmod(_FOLDER)
    return [*unsynced, folder.parent]


def open_folder(folder: Path) -> None:
    """Make a folder if there is none, and open it to all: a web server may be led to it, past closed ones above it."""
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # somebody else's, who decided on it
        if stat.S_IMODE(folder.stat().st_mode) != _FOLDER:
            folder.chmod(_FOLDER)


def remove_empty_folders(root: Path, name: str) -> None:
    """Remove the folders below ``root`` that a file lay in, as far as they are empty."""
    for above in list(Path(name).parents)[:-1]:
        try:
            (root / above).rmdir()
        except OSError:  # it has other files
            return


def sync_folder(folder: Path, *, root: Path, fsync: Callable[[int], None] = os.fsync) -> None:
    """Bring a folder's names to disk. One below ``root`` may be gone, with what was in it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        if folder == root:
            raise
        return
    try:
        fsync(descriptor)
    except OSError as error:  # some network file systems have no such thing
        if error.errno not in _UNSYNCABLE:
            raise
    finally:
        os.close(descriptor)


def _listed(folder: Path, *, root: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except PermissionError:
        if folder == root:
            raise
        return []  # somebody else's
