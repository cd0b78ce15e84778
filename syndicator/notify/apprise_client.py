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

_COMMAND = (sys.executable, "-m", "syndicator.notify.apprise_child")
_LARGEST_ANSWER = 1 << 20
_LEVELS = {"digest": "info", "test": "success"}


async def send_by_apprise(
    message: Message, addresses: Sequence[Address], *, deadline: float, command: Sequence[str] = _COMMAND
) -> list[Sent]:
    """Send a message to addresses, in their order; what a child has not said within ``deadline`` seconds has failed."""
    if not can_notify():
        return [Sent(error="needs a library that is not installed: pip install 'syndicator[apprise]'")] * len(addresses)
    order = {
        "title": message.title,
        "body": message.body,
        "level": _LEVELS.get(message.topic, "warning"),
        "addresses": [each.url for each in addresses],
    }
    try:
        answer = await _ask(json.dumps(order).encode(), deadline, command)
        errors = _errors(answer, len(addresses))
    except TimeoutError:
        return [Sent(error=f"no answer within {deadline:.0f} s")] * len(addresses)
    except (OSError, ValueError):
        return [Sent(error="the program that speaks Apprise has failed: see the log")] * len(addresses)
    return [Sent(error=each) for each in errors]


def _errors(answer: bytes, count: int) -> list[str]:
    """Read the child's answer: an error for each address, empty for none. Raise ValueError for anything else."""
    errors = json.loads(answer)
    if not isinstance(errors, list) or len(errors) != count or not all(isinstance(each, str) for each in errors):
        raise ValueError("another answer than expected")
    return errors


async def _ask(order: bytes, deadline: float, command: Sequence[str]) -> bytes:
    """Return what the child answers. It gets the order by a pipe: what is on a command line, all users can see."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, start_new_session=True, limit=_LARGEST_ANSWER
    )
    try:
        async with asyncio.timeout(deadline):
            answer, _ = await process.communicate(order)
            return answer
    finally:
        # What it has started goes with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
