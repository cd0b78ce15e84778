"""A file that workers map. It remains available while it is in force, even if it is removed."""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
from pathlib import Path

from syndicator.errors import LocalFaultError


class SharedFile:
    """An immutable file, held open: locked against pruning, and written again for children if it was removed."""

    def __init__(self, path: Path) -> None:
        """Map the file at ``path``; raise LocalFaultError if it cannot be read."""
        self.path = path
        try:
            with path.open("rb") as file:
                with contextlib.suppress(OSError):  # a file system without locks
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # the mapping keeps file and lock
                self._content = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        except (OSError, ValueError) as error:
            raise LocalFaultError(f"{path}: cannot be read ({error}); start or reload the daemon to make it") from error

    def restore(self) -> None:
        """Write the file again if it was removed; raise LocalFaultError if it cannot be written."""
        unfinished = self.path.with_name(f"{self.path.stem}.{os.getpid()}{self.path.suffix}.new")
        try:
            if self.path.exists() and self.path.stat().st_size == len(self._content):
                return
            self.path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(self._content)
            unfinished.replace(self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise LocalFaultError(
                f"{self.path}: was removed and cannot be written again ({error}); make that possible, or restart"
            ) from error
