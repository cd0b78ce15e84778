"""One process at a time works on a state folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syndicator.errors import InUseError


@contextmanager
def only_one(state: Path) -> Iterator[None]:
    """Hold the state folder's lock; raise InUseError when another process has it."""
    state.mkdir(parents=True, exist_ok=True)
    # A command of root may have made the file: a lock needs no right to write.
    flags = os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC
    with os.fdopen(os.open(state / "lock", flags, 0o644), "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUseError(
                f"another syndicator works on {state}; stop it first, or name another folder with --state"
            ) from None
        yield
