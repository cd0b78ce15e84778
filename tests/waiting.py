"""Waiting for something to become true, as long as it needs and no longer."""

from __future__ import annotations

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from syndicator.config import load
from syndicator.runtime.app import App
from syndicator.runtime.clock import steady_seconds
from syndicator.runtime.daemon import Daemon, JobIntervals

T = TypeVar("T")
FAST = JobIntervals(poll=0.05, publish=0.05, tell=0.05, heartbeat=0.5, settle=50, second_look=0.2)


# Seconds after which what has not become true never will, on any machine.
PATIENCE = 120.0


async def eventually(ask: Callable[[], Awaitable[T]], *, within: float = PATIENCE) -> T:
    """Ask again and again until the answer is true; fail with the last answer."""
    deadline = time.monotonic() + within
    while not (answer := await ask()):
        assert time.monotonic() < deadline, f"still {answer!r} after {within} s"
        await asyncio.sleep(0.02)
    return answer


def eventually_now(ask: Callable[[], T], *, within: float = PATIENCE) -> T:
    """Do the same for tests without a loop."""
    deadline = time.monotonic() + within
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"still {answer!r} after {within} s"
        time.sleep(0.02)
    return answer


def get_now(url: str) -> bytes:
    """Get a page; empty while nobody answers or the answer is an error."""
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return response.read()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return b""


@dataclass
class Page:
    """An answer, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def get(url: str, **headers: str) -> Page:
    """Get a page as it comes, undecoded; plain unless another encoding is asked for."""
    headers = {"Accept-Encoding": "identity", **headers}
    async with aiohttp.ClientSession(auto_decompress=False) as session, session.get(url, headers=headers) as response:
        return Page(response.status, response.headers, await response.read())


def moment(text: str | None) -> datetime | None:
    """Read a time of ``/status.json``."""
    return datetime.fromisoformat(text) if text else None


@asynccontextmanager
async def running(folder: Path, state: Path, *, intervals: JobIntervals = FAST, **parts: Any):
    """Run a daemon on a config folder; give it when it is ready, and end it afterwards. ``parts`` go to its App.

    Where a ``clock`` is among them, time passes as it shows: what a test moves is no step of the clock.
    """
    read = partial(load, folder, environ={}, state=state, is_strict=False)
    app = App(read(), **parts)
    try:
        clock = parts.get("clock")
        steady = (lambda: clock().timestamp()) if clock else steady_seconds
        async with at_work(Daemon(app, read, intervals=intervals, steady=steady)) as daemon:
            yield daemon
    finally:
        await app.close()


@asynccontextmanager
async def at_work(daemon: Daemon) -> AsyncIterator[Daemon]:
    """Run a daemon; yield it when it is ready, and stop it afterwards. The caller closes its App."""
    ready = asyncio.Event()
    task = asyncio.create_task(daemon.run(ready.set))
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield daemon
    finally:
        waiting.cancel()
        daemon.stop()
        await task
