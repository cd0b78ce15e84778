"""Log what children write to stderr: a crash writes many lines, and libraries write what they like."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

_log = structlog.get_logger()
# A pipe holds as much; what is written at once comes at once.
_MOST_AT_ONCE = 64 * 1024
_LONGEST = 4000


@contextmanager
def last_words() -> Iterator[int]:
    """Yield a descriptor to be a child's stderr, and log what is written there until the last child has ended.

    Must be used in a running event loop. Raise OSError if there can be no pipe.
    """
    loop = asyncio.get_running_loop()
    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    loop.add_reader(ours, _read, ours, loop)
    try:
        yield theirs
    finally:
        os.close(theirs)


def _read(descriptor: int, loop: asyncio.AbstractEventLoop) -> None:
    try:
        written = os.read(descriptor, _MOST_AT_ONCE)
    except BlockingIOError:
        return
    if not written:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        return
    _log.warning("a parse child writes", said=written.decode("utf-8", "replace").strip()[-_LONGEST:])
