"""Messages by Apprise: handed to a child that lives for one message and is killed if it hangs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence

from syndicator.extras import can_notify
from syndicator.models.notify import Address, Message, Sent

_COMMAND = (sys.executable, "-P", "-m", "syndicator.notify.apprise_child")
_LARGEST_ANSWER = 1 << 20
_LEVELS = {"digest": "info", "test": "success"}


async def send_by_apprise(
    message: Message, addresses: Sequence[Address], *, deadline: float, command: Sequence[str] = _COMMAND
) -> list[Sent]:
    """Send a message to addresses, in their order; what a child has not said within ``deadline`` seconds has failed."""
    if not can_notify():
        return [Sent(error="needs a library that is not installed: pip install 'syndicator[apprise]'")] * len(addresses)
    order = {
        "parent": os.getpid(),
        "title": message.title,
        "body": message.body,
        "level": _LEVELS.get(message.topic, "warning"),
        "addresses": [each.url for each in addresses],
    }
    errors: list[str] = []
    lacking = "the program that speaks Apprise has failed: see the log"
    try:
        await _ask(json.dumps(order).encode(), errors, deadline, command)
    except TimeoutError:
        lacking = f"no answer within {deadline:.0f} s"
    except (OSError, ValueError):
        pass
    return [Sent(error=each) for each in (*errors, *[lacking] * len(addresses))[: len(addresses)]]


async def _ask(order: bytes, errors: list[str], deadline: float, command: Sequence[str]) -> None:
    """Add to ``errors`` what the child says of each address, as it says it: empty for none.

    It gets the order by a pipe: what is on a command line, all users can see.
    """
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, start_new_session=True, limit=_LARGEST_ANSWER
    )
    try:
        async with asyncio.timeout(deadline):
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(order)
            process.stdin.close()
            async for line in process.stdout:
                errors.append(_error_of(line))  # noqa: PERF401 - each counts as it comes
    finally:
        # What it has started goes with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _error_of(line: bytes) -> str:
    """Read a line of the child's. Raise ValueError if it is nothing that a child says."""
    error = json.loads(line)
    if not isinstance(error, str):
        raise ValueError("another answer than expected")  # noqa: TRY004 - it is bad input
    return error
