"""Replace files so that no reader sees a half-written one and a power cut loses none."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path, *, like: Path | None = None, mode: int = 0o666) -> Iterator[Path]:
    """Yield an empty hidden file in the same folder to be written; then sync it to disk and rename it to ``path``.

    If the body raises, ``path`` stays as it is and the hidden file is removed. The file gets the permissions and, where
    the process may give it away, the owner of the file ``like``; without one, ``mode`` as the umask leaves it.
    """
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    new.touch(mode=0o600 if like else mode, exist_ok=False)
    try:
        yield new
        with new.open("rb+") as written:
            if like is not None:
                _copy_rights(like, written.fileno())
            os.fsync(written.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def read_regular(path: Path, *, largest: int) -> bytes:
    """Return what is in a file.

    Raise OSError if it cannot be read, ValueError if it is no regular file, such as a pipe that might be waited for
    without end, or has more than ``largest`` bytes.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("it is not a regular file")
        if found.st_size > largest:
            raise ValueError(f"it has more than {largest} bytes")
        return file.read()


def write_text(path: Path, text: str) -> None:
    """Write or replace a file at once, in UTF-8 and with line ends as in ``text``.

    A symbolic link is followed. A replaced file's owner and permissions stay.
    """
    path = path.resolve()
    with replacing(path, like=path if path.exists() else None) as new:
        new.write_bytes(text.encode("utf-8"))


def hand_over(folder: Path) -> None:
    """Change the owner of a folder's files from root to the folder's owner, where this process is root's.

    A command of root beside a service leaves nothing behind that the service may not change.
    """
    owner = folder.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            found = path.lstat()
            # A file with a second name may be one that the owner has linked here to be given it.
            if found.st_uid == 0 and (stat.S_ISDIR(found.st_mode) or found.st_nlink == 1):
                os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _copy_rights(like: Path, handle: int) -> None:
    found = like.stat()
    with contextlib.suppress(PermissionError):  # only root may give files away
        os.fchown(handle, found.st_uid, found.st_gid)
    os.fchmod(handle, stat.S_IMODE(found.st_mode))


def _sync_folder(folder: Path) -> None:
    """Make a new name survive a power cut, not only the file's content."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
