"""Take from the process, for a moment, what it needs."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_descriptors() -> Iterator[None]:
    """Leave no file descriptor to open."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as first:
        lowest_free = first.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
