"""The program that speaks Apprise: a message on stdin, what came of it on stdout, both as JSON; then it ends.

``python -m syndicator.notify.apprise_child``. Nothing of the library, its threads and its 38 MB stays in the daemon,
and a plugin that hangs is killed with this process.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import re
import signal
import sys
from typing import Any

import apprise

_SHORTEST_SECRET = 4
_PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    """Send the message to each address by itself: one that fails keeps none of the others back."""
    _end_with_parent()
    order = json.load(sys.stdin)
    lines = _Lines()
    logging.getLogger("apprise").addHandler(lines)
    logging.getLogger("apprise").propagate = False
    results = [_send(address, order, lines) for address in order["addresses"]]
    json.dump(results, sys.stdout)


def _end_with_parent() -> None:
    """Be killed when the daemon is, or be gone already: what it cannot record, it would have sent once more."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == 1:
            sys.exit(1)


class _Lines(logging.Handler):
    """Keeps what the library complains of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()


def _send(address: str, order: dict[str, Any], lines: _Lines) -> str:
    """Return why a message could not be sent to an address; nothing if it was."""
    lines.last = ""
    service = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if service is None:
        return "Apprise does not know this address"
    # Long messages are split: otherwise most services lose what is too long, or all of it.
    service.overflow_mode = apprise.OverflowMode.SPLIT
    try:
        is_sent = service.notify(
            body=order["body"], title=order["title"], notify_type=order["level"], body_format=apprise.NotifyFormat.TEXT
        )
    except Exception as error:  # noqa: BLE001 - whatever a plugin does, the others are tried
        return f"{type(error).__name__} in Apprise"
    return "" if is_sent else without_secrets(lines.last, address) or "it was not taken"


def without_secrets(text: str, address: str) -> str:
    """Return what a plugin says without anything that stands in the address."""
    parts = sorted({each for each in re.split(r"[/:@?&=,]+", address) if len(each) >= _SHORTEST_SECRET}, key=len)
    for part in reversed(parts):
        text = text.replace(part, "…")
    return " ".join(text.split())[:200]


if __name__ == "__main__":
    main()
