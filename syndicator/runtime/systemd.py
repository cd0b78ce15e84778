"""Notify systemd of the state of the daemon (sd_notify(3)); nothing where there is no systemd."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator

# Seconds: each request reaches as far beyond the next as a busy machine may be late.
_EXTENSION_SECONDS, _ASK_EVERY = 120, 15.0


def notify(state: str) -> None:
    """Send a state such as ``READY=1`` to the socket that systemd named."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(state.encode(), address)


@contextlib.contextmanager
def more_time() -> Iterator[None]:
    """Ask systemd for more time to start, again and again until the block ends: for work that is long and bounded."""
    end = threading.Event()

    def ask() -> None:
        while True:
            notify(f"EXTEND_TIMEOUT_USEC={_EXTENSION_SECONDS * 1_000_000}")
            if end.wait(_ASK_EVERY):
                return

    threading.Thread(target=ask, name="more-time", daemon=True).start()
    try:
        yield
    finally:
        end.set()


def heartbeat_seconds(usual: float) -> float:
    """Return how often to tell systemd that all is well: as usual, or thrice as often as it wants to hear of it."""
    microseconds = int(os.environ.get("WATCHDOG_USEC", "0"))
    return min(usual, microseconds / 3_000_000) if microseconds else usual
