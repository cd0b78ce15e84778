"""Write a backup while the daemon works."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from syndicator import __version__
from syndicator.config import Config
from syndicator.errors import BackupError
from syndicator.files import replacing
from syndicator.runtime.backup.archive import FORMAT, STORE, Manifest, Progress, Rights, Writer, writing
from syndicator.runtime.backup.contents import Contents
from syndicator.store.snapshot import copy_database, stored_revision

_PRIVATE = 0o600


def back_up(config: Config, contents: Contents, path: Path, *, now: datetime, progress: Progress) -> Manifest:
    """Write a backup to ``path``, whole or not at all, for its owner's eyes only.

    Published files are read before the database, so that this knows of all that they show. Raise BackupError,
    StoreError or OSError; an earlier file at ``path`` then stays.
    """
    revision = stored_revision(config.store)
    with _own_folder(path) as work, replacing(path, mode=_PRIVATE) as new:
        total, done = contents.size, 0

        def tell(size: int) -> None:
            nonlocal done
            done += size
            progress("Files", done, max(total, done))

        with writing(new, tell) as writer:
            _add_all(writer, contents)
            copy = work / STORE
            copy.touch(mode=_PRIVATE)
            copy_database(config.store, copy, lambda copied, size: progress("Copying the database", copied, size))
            total, done = copy.stat().st_size, 0
            writer.add(STORE, copy)
            manifest = Manifest(
                format=FORMAT,
                version=__version__,
                made_at=now.isoformat(),
                revision=revision,
                config=str(config.folder.absolute()),
                state=str(config.state.absolute()),
                secrets={name: str(secret.absolute()) for name, secret in contents.secrets.items()},
                folders={name: Rights.of(place.stat()) for name, place in contents.folders.items() if place.is_dir()},
                members=writer.members,
            )
            writer.add_manifest(manifest)
    return manifest


def _add_all(writer: Writer, contents: Contents) -> None:
    for name, path in (contents.files | contents.secrets).items():
        with contextlib.suppress(FileNotFoundError):  # of another day: retention, or a feed that is gone
            writer.add(name, path)


@contextmanager
def _own_folder(path: Path) -> Iterator[Path]:
    """Yield a hidden folder beside ``path``; what a backup that was killed has left there is removed.

    Raise BackupError while another one writes to the same path.
    """
    work = path.with_name(f".{path.name}.part")
    work.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(work, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in (*work.iterdir(), *path.parent.glob(f".{path.name}.*.new")):
            left.unlink()
        yield work
        shutil.rmtree(work)
    except BlockingIOError:
        raise BackupError(f"another backup is being written to {path}: wait for it, or name another file") from None
    finally:
        os.close(handle)
