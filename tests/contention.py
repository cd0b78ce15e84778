"""How long something took, less the time in which other processes kept this one from a CPU.

An assertion such as "within a second" is about the daemon. On a machine that other work shares, and in a test run of many
processes, the clock alone would blame the daemon for what its neighbours take.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_TICK = 1 / os.sysconf("SC_CLK_TCK")
_BUSY = (1, 2, 3, 6, 7, 8)  # user, nice, system, interrupts, soft interrupts, stolen: columns of /proc/stat


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment; the seconds until then that this process and its children waited for a CPU, and that others used one."""

    at: float
    waited: float
    others: float

    def lost(self, later: Mark) -> float:
        """Return the seconds between two marks that were spent waiting for a CPU which others used."""
        return max(0.0, min(later.waited - self.waited, later.others - self.others))

    def until(self, later: Mark) -> float:
        """Return the seconds between two marks, less those that were lost."""
        return later.at - self.at - self.lost(later)


class Contention(threading.Thread):
    """Samples what this process and its descendants, and all other processes, have used. A context manager."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._end, self._lock = threading.Event(), threading.Lock()
        self._waited: dict[str, float] = {}
        self._used: dict[str, float] = {}
        self.latest = self.mark()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self.join()

    def run(self) -> None:
        while not self._end.wait(0.05):
            self.latest = self.mark()

    def mark(self) -> Mark:
        """Return this moment."""
        with self._lock:
            for pid in family(os.getpid()):
                self._look(pid)
            busy = sum(int(Path("/proc/stat").read_text().split(None, 9)[column]) for column in _BUSY) * _TICK
            return Mark(time.monotonic(), sum(self._waited.values()), busy - sum(self._used.values()))

    def _look(self, pid: int) -> None:
        with suppress(OSError, IndexError):  # it may have ended meanwhile
            _, _, after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
            numbers = after_name.split()
            self._used[f"{pid} {numbers[19]}"] = (int(numbers[11]) + int(numbers[12])) * _TICK
            for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                if path.parent.name == str(self.native_id):
                    continue  # nobody waits for this thread
                with suppress(OSError):
                    self._waited[f"{path} {numbers[19]}"] = int(path.read_text().split()[1]) / 1e9


def family(pid: int) -> Iterator[int]:
    """Yield the ids of a process and of all its descendants."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text().split():
                yield from family(int(child))
