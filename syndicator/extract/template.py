"""The parent's side of a template process: it forks workers, and knows what they died of."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Sequence

from syndicator.errors import LocalFaultError
from syndicator.extract import frames
from syndicator.extract.frames import Order, OrderKind
from syndicator.extract.last_words import last_words

FORK_SECONDS = 30.0
_WAIT_SECONDS = 5.0


class TemplateLostError(LocalFaultError):
    """The template does not answer, or has ended; another may do better."""


class Template:
    """A running template. Use it from one task at a time."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket, command: Sequence[str]) -> None:
        """Use ``start`` instead."""
        self._process, self._control = process, control
        self.command, self.pid, self.is_lost = tuple(command), process.pid, False

    @classmethod
    async def start(cls, command: Sequence[str]) -> Template:
        """Start a template by its command, to which the number of its control socket is added; raise OSError."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        try:
            with theirs, last_words() as stderr:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    str(theirs.fileno()),
                    pass_fds=[theirs.fileno()],
                    stdin=asyncio.subprocess.DEVNULL,
                    stderr=stderr,
                    start_new_session=True,  # a terminal's Ctrl-C is for the parent alone
                )
        except BaseException:
            ours.close()
            raise
        return cls(process, ours, command)

    async def fork(self, cpu: int, memory: int) -> tuple[int, socket.socket]:
        """Fork a child; return its process id and the socket to it.

        Raise OSError if this process or the template cannot have another child, TemplateLostError if the template is
        gone.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                pid = await self._ask(Order(OrderKind.FORK, cpu, memory), [theirs.fileno()], FORK_SECONDS)
            _check(pid)
        except BaseException:
            ours.close()
            raise
        return pid, ours

    async def status_of(self, pid: int) -> int | None:
        """Return the status (wait(2)) of a child that has ended; None if nobody knows it any more."""
        if self.is_lost:
            return None
        try:
            status = await self._ask(Order(OrderKind.WAIT, pid), [], _WAIT_SECONDS)
        except TemplateLostError:
            return None
        return status if status >= 0 else None

    def abandon(self) -> None:
        """Close its control socket, upon which it ends."""
        self.is_lost = True
        self._control.close()

    async def end(self) -> None:
        """End the process; its workers go on."""
        self.abandon()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def _ask(self, order: Order, descriptors: list[int], seconds: float) -> int:
        try:
            frames.send_order(self._control, order, descriptors)
            async with asyncio.timeout(seconds):
                return await frames.read_reply(self._control)
        except TimeoutError:
            self.abandon()
            raise TemplateLostError(f"the template of parse children did not answer within {seconds:g} s") from None
        except (OSError, EOFError) as error:
            self.abandon()
            how = await self._how_it_ended()
            raise TemplateLostError(f"the template of parse children has ended ({how}): see its last words") from error
        except BaseException:
            # Cancelled between order and reply: the reply must not be taken for that of the next order.
            self.abandon()
            raise

    async def _how_it_ended(self) -> str:
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                code = await self._process.wait()
        except TimeoutError:
            return "it closed its socket"
        return f"signal {signal_name(-code)}" if code < 0 else f"exit code {code}"


def _check(reply: int) -> None:
    """Raise OSError if the template could not fork."""
    if reply < 0:
        raise OSError(-reply, os.strerror(-reply))


def signal_name(number: int) -> str:
    """Return a signal's name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
