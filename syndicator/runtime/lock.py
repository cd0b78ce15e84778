"""One process at a time works on a state folder, and publishes what is in a store; each has a name of its own there."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from syndicator import urls
from syndicator.errors import InUseError
from syndicator.store import hold_store


class Hold:
    """What a process holds in a store, and no other may have."""

    def __init__(self, hold: Callable[[], bool], refusal: str) -> None:
        """``hold`` takes it, also where it is ours, and returns whether nobody else has it; see ``hold_store``."""
        self._hold, self._refusal = hold, refusal

    def keep(self) -> None:
        """Take it, or take it again: a server that was restarted has forgotten.

        Raise InUseError if another process has it, StoreError if the store's server does not answer.
        """
        if not self._hold():
            raise InUseError(self._refusal)


@contextmanager
def only_one(state: Path, store: str = "") -> Iterator[Hold]:
    """Hold the state folder, and the store at an address; raise as ``Hold.keep`` does, also for the folder."""
    with only_in(state), hold_store(store) as hold:
        held = Hold(hold, f"another syndicator works on {urls.redact(store)}, on this machine or elsewhere")
        held.keep()
        yield held


@contextmanager
def only_in(state: Path) -> Iterator[None]:
    """Hold the state folder; raise InUseError when another process does."""
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


@contextmanager
def own_name(store: str, name: str) -> Iterator[Hold]:
    """Hold a process's name in a store that others may work on too; raise as ``Hold.keep`` does."""
    with hold_store(store, name) as hold:
        held = Hold(
            hold,
            f'another syndicator is called "{name}" in {urls.redact(store)}: give this one a worker.name of its own',
        )
        held.keep()
        yield held
