"""Timeouts that stand still while a name is resolved: a slow name server is not a slow outlet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token

_Timeouts = tuple[asyncio.Timeout, ...]
_running: ContextVar[_Timeouts] = ContextVar("running", default=())


class pausable:  # noqa: N801 - used as a function is; a generator would cost each request several times as much
    """Register a timeout that ``paused`` may stop, for as long as the block runs, in this task. Timeouts may nest."""

    __slots__ = ("_timeout", "_token")
    _token: Token[_Timeouts]

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self._timeout = timeout

    def __enter__(self) -> None:
        self._token = _running.set((*_running.get(), self._timeout))

    def __exit__(self, *_: object) -> None:
        _running.reset(self._token)


@contextmanager
def paused() -> Iterator[None]:
    """Stop this task's pausable timeouts while the block runs, and move each on by the time it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    stopped = [(timeout, when) for timeout in _running.get() if (when := timeout.when()) is not None]
    for timeout, _ in stopped:
        timeout.reschedule(None)
    try:
        yield
    finally:
        for timeout, when in stopped:
            timeout.reschedule(when + loop.time() - began)
