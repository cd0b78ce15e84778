"""What Prometheus' own clients say of their process, under the names that their dashboards and rules know."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from syndicator.models.metrics import Metric, counter, gauge

_PROCESS = Path("/proc/self")
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
# Fields of /proc/self/stat behind the name, which may hold anything (proc(5)).
_STARTED, _VIRTUAL, _RESIDENT = 19, 20, 21


def process_metrics() -> Iterator[Metric]:
    """Yield CPU time and open files of this process, and on Linux its memory and when it started."""
    yield counter(
        "process_cpu_seconds", "User and system CPU time of the daemon's own process, without children.", _cpu()
    )
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft != resource.RLIM_INFINITY:
        yield gauge("process_max_fds", "How many files the process may have open.", soft)
    try:
        fields = (_PROCESS / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
        open_files = sum(1 for _ in (_PROCESS / "fd").iterdir())
        boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    except (OSError, AttributeError):  # no Linux, or no /proc
        return
    yield gauge("process_open_fds", "How many files and connections the process has open.", open_files)
    yield gauge("process_resident_memory_bytes", "Resident memory.", int(fields[_RESIDENT]) * _PAGE)
    yield gauge("process_virtual_memory_bytes", "Virtual memory.", int(fields[_VIRTUAL]))
    yield gauge(
        "process_start_time_seconds",
        "When the process started, in seconds since 1970.",
        round(boot + int(fields[_STARTED]) / _TICK, 2),
    )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return round(used.ru_utime + used.ru_stime, 3)
