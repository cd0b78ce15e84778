"""Processes that a test starts: each ends with its test, by its id, whatever the test's outcome."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

_LONGEST = 300.0
_GRACE = 20.0


_LIBC, _PR_SET_PDEATHSIG = ctypes.CDLL(None), 1


def _end_with_parent() -> None:
    """Get SIGTERM when the tests' own process is gone, however it went."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@asynccontextmanager
async def started(*command: object, **options: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a process in a session of its own; at the end kill it, and what is left of its process group."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command), start_new_session=True, preexec_fn=_end_with_parent, **options
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    returncode: int | None
    stdout: bytes
    stderr: bytes


async def run(*command: object, stdin: bytes | None = None, longest: float = _LONGEST, **options: Any) -> Done:
    """Run a command to its end; end it after ``longest`` seconds and raise TimeoutError.

    It gets SIGTERM first, so that it can clean up.
    """
    pipes = {"stdin": asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL}
    pipes |= dict.fromkeys(("stdout", "stderr"), asyncio.subprocess.PIPE)
    async with started(*command, **(pipes | options)) as process:
        try:
            async with asyncio.timeout(longest):
                output, errors = await process.communicate(stdin)
        finally:
            if process.returncode is None:
                process.terminate()
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), _GRACE)
    return Done(process.returncode, output, errors)
