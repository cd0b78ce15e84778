"""The program that speaks Apprise: a message on stdin as JSON, what came of each address on a line of stdout.

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
from urllib.parse import quote, unquote, unquote_plus

import apprise

_SHORTEST_SECRET = 4
_PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    """Send the message to each address by itself: one that fails keeps none of the others back."""
    _die_with_parent()
    order = json.load(sys.stdin)
    if is_orphan(order["parent"]):
        sys.exit(1)
    lines = _Lines()
    logging.getLogger("apprise").addHandler(lines)
    logging.getLogger("apprise").propagate = False
    for address in order["addresses"]:
        # At once: what is not known to have arrived when the deadline strikes is sent again.
        sys.stdout.write(json.dumps(_send(address, order, lines)) + "\n")
        sys.stdout.flush()


def _die_with_parent() -> None:
    """Be killed when the daemon is: what it cannot record, it would have sent once more."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def is_orphan(parent: int) -> bool:
    """Return whether the daemon was gone already. In a container it may well be the process number 1."""
    return os.getppid() != parent


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
    parts = re.split(r"[/:@?&=,]+", address)
    # A plugin says them as it has read them, or writes them anew.
    read = {form for part in parts for form in (unquote(part), unquote_plus(part))}
    forms = {form for form in {*parts, *read, *map(_quoted, read)} if len(form) >= _SHORTEST_SECRET}
    for form in sorted(forms, key=len, reverse=True):
        text = re.sub(re.escape(form), "…", text, flags=re.IGNORECASE)
    return " ".join(text.split())[:200]


def _quoted(text: str) -> str:
    return quote(text, safe="")


if __name__ == "__main__":
    main()
