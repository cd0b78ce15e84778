"""CPU seconds of processes, by /proc."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from pathlib import Path

from syndicator.demo.postgres import PostgresServer

_TICK = os.sysconf("SC_CLK_TCK")
# In what follows the name of a process: its parent, its session; its own times, and those of its children after them.
_PARENT, _SESSION, _UTIME = 1, 3, 11


class Cost:
    """CPU seconds of this process and of a server, if there is one, since it was made."""

    def __init__(self, server: PostgresServer | None) -> None:
        self._server = server
        self._own, self._servers = time.process_time(), self._of_server()

    def ms(self, count: int) -> str:
        """Return what each of so many cost."""
        own, servers = time.process_time() - self._own, self._of_server() - self._servers
        return f"{1000 * own / count:6.3f}" + (f" + {1000 * servers / count:.3f}" if self._server else "")

    def _of_server(self) -> float:
        return of_server(self._server) if self._server is not None else 0.0


def of_server(server: PostgresServer) -> float:
    """Return the CPU seconds of a server and of all that it has started, also of those that have ended."""
    found = _processes()
    children = (times[:2] for parent, _, times in found.values() if parent == server.pid)
    return (sum(found[server.pid][2]) + sum(map(sum, children))) / _TICK


def of_sessions(sessions: Collection[int]) -> float:
    """Return the CPU seconds of the processes of sessions, with those of their children that have ended."""
    return sum(sum(times) for _, session, times in _processes().values() if session in sessions) / _TICK


def _processes() -> dict[int, tuple[int, int, list[int]]]:
    """Return parent, session and times of all processes."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        times = [int(each) for each in fields[_UTIME : _UTIME + 4]]
        found[int(path.parent.name)] = (int(fields[_PARENT]), int(fields[_SESSION]), times)
    return found
