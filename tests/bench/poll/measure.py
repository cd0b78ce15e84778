"""What a tree of processes costs: CPU seconds and memory, read from /proc by the process that started it."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_TICKS = os.sysconf("SC_CLK_TCK")
_EVERY = 0.2  # seconds


@dataclass(frozen=True)
class _Process:
    """One process as of a moment. ``since`` tells apart processes that had one number after the other."""

    pid: int
    parent: int
    since: int
    own: int
    reaped: int


def _processes() -> dict[int, _Process]:
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
            user, system, reaped_user, reaped_system = map(int, fields[11:15])
            pid, parent, since = int(path.parent.name), int(fields[1]), int(fields[19])
            found[pid] = _Process(pid, parent, since, user + system, reaped_user + reaped_system)
    return found


def _tree(root: int) -> Iterator[_Process]:
    """Give a process and all that live below it."""
    found = _processes()
    wanted = [root]
    while wanted:
        number = wanted.pop()
        if number in found:
            yield found[number]
        wanted += [each.pid for each in found.values() if each.parent == number]


def _memory(pid: int) -> int:
    """Give a process's proportional share in kB: what is shared between processes is not counted twice."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


class Meter:
    """Watches a tree of processes from the outside, in a thread, while it is entered.

    A child that was waited for counts in its parent's time. One that the kernel reaped unasked counts as it was last
    seen, so at most a fifth of a second of it is lost.
    """

    def __init__(self, root: int) -> None:
        self._root, self._lock = root, threading.Lock()
        self._seen: dict[tuple[int, int], _Process] = {}
        self._lost = 0
        self.peak_kb = 0
        self._done = threading.Event()

    def cpu(self) -> float:
        """Give the CPU seconds of the tree so far."""
        with self._lock:
            now = {(each.pid, each.since): each for each in _tree(self._root)}
            gone = sum(was.own + was.reaped for key, was in self._seen.items() if key not in now)
            waited_for = sum(each.reaped - was.reaped for key, each in now.items() if (was := self._seen.get(key)))
            self._lost += max(0, gone - waited_for)
            self._seen = now
            return (self._lost + sum(each.own + each.reaped for each in now.values())) / _TICKS

    def __enter__(self) -> Self:
        self._done.clear()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.cpu()
            self.peak_kb = max(self.peak_kb, sum(_memory(pid) for pid, _ in list(self._seen)))
            if self._done.wait(_EVERY):
                return
