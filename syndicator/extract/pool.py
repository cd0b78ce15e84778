"""The parent's side: hand a document to a worker, kill it when it takes too long, and never wait for the dead."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from syndicator.errors import WorkerError
from syndicator.extract import frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one document may cost: wall and CPU seconds, bytes of address space; a worker retires after ``jobs``."""

    wall: float = 10.0
    cpu: int = 5
    memory: int = 1 << 30
    jobs: int = 2000


_FORK_SECONDS = 30.0
_ANSWER_AT_ONCE = 1 << 20
# A job that takes longer than nearly any does (seconds) counts no more as one of ``size``; so many more may run.
_LATE, _MOST_LATE = 0.3, 8


class _DiedIdleError(Exception):
    """A worker that had served before was found dead."""


class _Worker:
    """A forked child and the stream to it."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid, self.reader, self.writer, self.jobs = pid, reader, writer, 0
        self.set_up_with = b""

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.writer.close()


class Pool:
    """About ``size`` workers, forked as needed from a template process started by ``command``.

    The template gets its control socket's number as the last argument. ``cpu_seconds`` adds up what all jobs took.
    """

    def __init__(self, command: Sequence[str], *, size: int, limits: Limits | None = None) -> None:
        """Start nothing yet."""
        self._command, self._limits = tuple(command), limits or Limits()
        self._free: list[_Worker] = []
        self._slots = asyncio.Semaphore(size)
        self._late, self._most_late = 0, max(_MOST_LATE, 4 * size)
        self._forking = asyncio.Lock()
        self._template: asyncio.subprocess.Process | None = None
        self._control: socket.socket | None = None
        self._set_up_with = b""
        self.cpu_seconds = 0.0
        self.fault = ""

    def set_up(self, what: bytes) -> None:
        """Have workers make their handlers from ``what``; those that were made from something else end."""
        if what != self._set_up_with:
            self._set_up_with = what
            self._drop_idle()

    async def warm_up(self) -> None:
        """Start the first worker now, so that no document waits for what it takes to start one."""
        self._put_back(await self._fork())

    async def run(self, header: bytes, body: bytes) -> bytes:
        """Have one job done.

        Raise WorkerError with reason ``parse_timeout`` (killed at a limit) or ``parse_crash`` (what the handler itself
        reported, or an answer that makes no sense).
        """
        async with self._slot():
            try:
                answer = await self._do(header, body)
            except _DiedIdleError:
                answer = await self._do(header, body, is_last_try=True)
        self.cpu_seconds += answer.seconds
        if not answer.is_good:
            reason, _, message = answer.payload.decode("utf-8", "replace").partition("\n")
            raise WorkerError(reason, message)
        return answer.payload

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """Hold a slot, and give it back early if the job takes long: poisoned documents must not fill them all."""
        await self._slots.acquire()
        held = [True]

        def let_go() -> None:
            if self._late < self._most_late:
                self._late += 1
                held.clear()
                self._slots.release()

        timer = asyncio.get_running_loop().call_later(_LATE, let_go)
        try:
            yield
        finally:
            timer.cancel()
            if held:
                self._slots.release()
            else:
                self._late -= 1

    async def _do(self, header: bytes, body: bytes, *, is_last_try: bool = False) -> frames.Answer:
        is_used = bool(self._free) and not is_last_try
        child = self._free.pop() if is_used else await self._fork()
        started = asyncio.get_running_loop().time()
        try:
            done = await self._exchange(child, header, body)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            child.kill()
            if is_used and asyncio.get_running_loop().time() - started < self._limits.cpu:
                # Too soon for its limit: it died while it was idle, of no fault of this document. One more try, afresh.
                self._drop_idle()
                raise _DiedIdleError from error
            if asyncio.get_running_loop().time() - started < self._limits.cpu:
                raise WorkerError("parse_crash", "the parser died of this document") from error
            raise WorkerError("parse_timeout", f"parsing took more than {self._limits.cpu} s of CPU") from error
        except ValueError as error:
            child.kill()
            raise WorkerError("parse_crash", f"the parser's answer makes no sense: {error}") from error
        except BaseException:
            child.kill()
            raise
        self._put_back(child)
        return done

    def _drop_idle(self) -> None:
        for child in self._free:
            child.kill()
        self._free.clear()

    async def close(self) -> None:
        """End all children."""
        self._drop_idle()
        await self._end_template()

    async def _exchange(self, child: _Worker, header: bytes, body: bytes) -> frames.Answer:
        try:
            async with asyncio.timeout(self._limits.wall):
                for part in frames.request(header, body):
                    child.writer.write(part)
                await child.writer.drain()
                return await frames.read(child.reader)
        except TimeoutError:
            raise WorkerError("parse_timeout", f"parsing took longer than {self._limits.wall:g} s") from None

    def _put_back(self, child: _Worker) -> None:
        child.jobs += 1
        if child.jobs >= self._limits.jobs or child.set_up_with != self._set_up_with:
            child.kill()
        else:
            self._free.append(child)

    async def _fork(self) -> _Worker:
        async with self._forking:
            for _ in range(2):  # a template that died is replaced once
                child = await self._ask_template()
                if child is not None:
                    return child
                await self._end_template()
        raise WorkerError("parse_crash", "no worker could be started")

    async def _ask_template(self) -> _Worker | None:
        control = self._control or await self._start_template()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                request = f"{self._limits.cpu} {self._limits.memory}".encode()
                socket.send_fds(control, [request], [theirs.fileno()])
                async with asyncio.timeout(_FORK_SECONDS):
                    pid = int(await asyncio.get_running_loop().sock_recv(control, 16))
            except (OSError, ValueError, TimeoutError):
                ours.close()
                return None
            except BaseException:
                # Cancelled between question and answer: the answer must not be taken for the next one's.
                ours.close()
                self._abandon_template()
                raise
        reader, writer = await asyncio.open_connection(sock=ours, limit=_ANSWER_AT_ONCE)
        child = _Worker(pid, reader, writer)
        child.set_up_with = self._set_up_with
        writer.write(frames.request(child.set_up_with)[0])
        return child

    async def _start_template(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._template = await asyncio.create_subprocess_exec(
                *self._command,
                str(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # a terminal's Ctrl-C is for the parent alone
            )
        ours.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        self._control = ours
        return ours

    def _abandon_template(self) -> None:
        """Close the socket it lives by."""
        if self._control is not None:
            self._control.close()
            self._control = None

    async def _end_template(self) -> None:
        self._abandon_template()
        if self._template is not None:
            with contextlib.suppress(ProcessLookupError):
                self._template.kill()
            await self._template.wait()
            self._template = None
