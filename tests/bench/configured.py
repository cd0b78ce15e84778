"""What configured sources cost before any is polled: memory of a process, CPU to read them and to write their rows."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from syndicator.config import load
from syndicator.rules import Rules, rules_from
from syndicator.store import open_store
from tests.bench.idle import OUTLET
from tests.conftest import NOW
from tests.newsroom import EVERYTHING, write_config

_MAIN = 'listen = "127.0.0.1:{port}"\nbase_url = "http://127.0.0.1:{port}"\n[tag]\nauthority = "test.invalid"\n'
# A child each: memory that was let go stays with a process.
_CHILD = "import sys; from tests.bench.configured import child; child(sys.argv[1])"
_FEW, _PER = 1_000, 100_000


def configured(count: str = "20000") -> None:
    """Print what 100,000 outlets of one source and one mirror take, off a few and ``count``, each a file."""
    few, many = _measured(_FEW), _measured(int(count))
    size, read, written = (_PER * (there - here) / (int(count) - _FEW) for here, there in zip(few, many, strict=True))
    print(f"configured: for each 100,000 sources with a mirror, off {_FEW:,} and {int(count):,}")
    print(f"  {size:.0f} MB of memory; read in {read:.0f} s of CPU, first written in {written:.1f} s")


def _measured(count: int) -> tuple[float, float, float]:
    """Return MB, CPU seconds to read, and to write for the first time, of a process with so many outlets."""
    with tempfile.TemporaryDirectory() as folder:
        outlets = {f"o{number}": OUTLET.format(number=number) for number in range(count)}
        write_config(Path(folder) / "c", outlets=outlets, feeds={"all": EVERYTHING}, main=_MAIN)
        command = [sys.executable, "-c", _CHILD, folder]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    size, read, written = map(float, told)
    return size, read, written


def child(folder: str) -> None:
    """Print MB and CPU seconds of this process."""
    begun, size = time.process_time(), _resident()
    config = load(Path(folder) / "c", environ={}, state=Path(folder) / "s")
    rules = rules_from(config)
    read = time.process_time() - begun
    print(_resident() - size, read, asyncio.run(_synced(folder, rules)))


async def _synced(folder: str, rules: Rules) -> float:
    store = open_store(f"sqlite:///{folder}/s.db")
    begun = time.process_time()
    await store.write(lambda tx: tx.sources.sync(rules.sources, NOW, rules.bounds))
    taken = time.process_time() - begun
    store.close()
    return taken


def _resident() -> float:
    """Return the memory of this process that is its own and in use, in MB."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024
