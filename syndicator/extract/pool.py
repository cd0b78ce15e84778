"""The parent's side of the workers: pass jobs to them, kill those that exceed a limit, replace those that died."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from syndicator.errors import LocalFaultError, SyndicatorError, WorkerError
from syndicator.extract import frames
from syndicator.extract.frames import Answer, Status
from syndicator.extract.shared_file import SharedFile
from syndicator.extract.template import FORK_SECONDS, Template, TemplateLostError, signal_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one job: wall and CPU seconds, bytes of address space; a worker is replaced after ``jobs``."""

    wall: float = 10.0
    cpu: int = 5
    memory: int = 1 << 30
    jobs: int = 2000


_ANSWER_AT_ONCE = 1 << 20
# A job that has run for more seconds than nearly any does no longer counts as one of ``size``; so many more may run.
_LATE, _MOST_LATE = 0.3, 8
# Signals by which a process does not end itself: the kernel's OOM killer, an operator, a service manager.
_SENT_BY_OTHERS = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})
_REMEDIES = {
    errno.EAGAIN: "raise the limit of processes (ulimit -u, or TasksMax= in the systemd unit)",
    errno.ENOMEM: "free memory, or raise its limit (MemoryMax= in the systemd unit)",
    errno.EMFILE: "raise the limit of open files (ulimit -n, or LimitNOFILE= in the systemd unit)",
    errno.ENFILE: "raise the system's limit of open files (sysctl fs.file-max)",
    errno.ENOENT: "install the program again",
}


class _KilledError(Exception):
    """A worker was killed by another process or the kernel, or was dead before it got the job."""


class _Worker:
    """A forked child and the stream to it."""

    def __init__(
        self, template: Template, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, set_up: bytes
    ) -> None:
        self.template, self.pid, self.reader, self.writer = template, pid, reader, writer
        self.set_up, self.jobs = set_up, 0

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.writer.close()

    async def exchange(self, header: bytes, body: bytes = b"") -> Answer:
        """Send a request and read its answer; raise IncompleteReadError or ConnectionError when the child is gone."""
        for part in frames.request(header, body):
            self.writer.write(part)
        await self.writer.drain()
        return await frames.read(self.reader)


class Pool:
    """About ``size`` workers, forked as needed from a template process started by ``command``.

    ``cpu_seconds`` adds up what all jobs took. ``fault`` says why no child can be had, and is empty when all is well:
    it is set when a fork fails, and cleared when one succeeds or another child has done a job.
    """

    def __init__(
        self, command: Sequence[str], *, size: int, limits: Limits | None = None, retry_after: float = 2.0
    ) -> None:
        """Start no process yet. After a fork has failed, none is tried for ``retry_after`` seconds."""
        self._command, self._limits, self._retry_after = tuple(command), limits or Limits(), retry_after
        self._free: list[_Worker] = []
        self._slots = asyncio.Semaphore(size)
        self._late, self._most_late = 0, max(_MOST_LATE, 4 * size)
        self._forking = asyncio.Lock()
        self._template: Template | None = None
        self._set_up, self._shared = b"", tuple[SharedFile, ...]()
        self._retry_at, self._last_fault = float("-inf"), ""
        self.cpu_seconds = 0.0
        self.fault = ""

    @property
    def template_pid(self) -> int | None:
        """The template's process id, while there is one."""
        return self._template.pid if self._template else None

    def set_up(self, set_up: bytes, *, shared: Sequence[SharedFile] = ()) -> None:
        """Make handlers from ``set_up`` from now on; those that were made from something else end.

        The paths of ``shared`` files are added to the template's command: it maps them before it forks. A template that
        has mapped others is replaced at the next fork.
        """
        self._shared = tuple(shared)
        if set_up != self._set_up:
            self._set_up = set_up
            self._drop_idle()

    async def warm_up(self) -> None:
        """Start a worker now, so that no document waits for it; raise LocalFaultError if that is impossible."""
        self._put_back(await self._fork())

    async def run(self, header: bytes, body: bytes) -> bytes:
        """Run one job.

        Raise WorkerError for what the document did: ``parse_timeout`` (killed at a limit), ``parse_crash``, or what the
        handler itself reports. Raise LocalFaultError for a fault of this machine.
        """
        async with self._slot():
            try:
                answer = await self._try(header, body)
            except _KilledError:
                self._drop_idle()  # what killed one may have killed others
                try:
                    answer = await self._try(header, body, is_second=True)
                except _KilledError as error:
                    raise WorkerError("parse_crash", f"the parser died of this document twice ({error})") from error
        self.cpu_seconds += answer.seconds
        self.fault = ""  # whatever was wrong with forking: there is a child
        said = "" if answer.status is Status.DONE else answer.payload.decode("utf-8", "replace")
        if answer.status is Status.LOCAL_FAULT:
            raise LocalFaultError(said)
        if answer.status is Status.REJECTED:
            reason, _, message = said.partition("\n")
            raise WorkerError(reason, message)
        return answer.payload

    async def close(self) -> None:
        """End all children."""
        self._drop_idle()
        if self._template is not None:
            await self._template.end()
            self._template = None

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """Hold a slot, released early if the job takes long: poisonous documents must not occupy them all."""
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

    async def _try(self, header: bytes, body: bytes, *, is_second: bool = False) -> Answer:
        """Run a job in a worker, in a new one if it ``is_second``; raise _KilledError if it may be tried again."""
        is_used = bool(self._free) and not is_second
        child = self._free.pop() if is_used else await self._fork()
        try:
            async with asyncio.timeout(self._limits.wall):
                answer = await child.exchange(header, body)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            child.kill()
            raise await self._cause_of_death(child, is_used=is_used) from error
        except TimeoutError:
            child.kill()
            raise WorkerError("parse_timeout", f"parsing took longer than {self._limits.wall:g} s") from None
        except ValueError as error:
            child.kill()
            raise WorkerError("parse_crash", f"the parser's answer makes no sense: {error}") from error
        except BaseException:
            child.kill()
            raise
        self._put_back(child, is_last=answer.is_last)
        return answer

    async def _cause_of_death(self, child: _Worker, *, is_used: bool) -> Exception:
        """Return the error of a worker that died: _KilledError unless it died of its job."""
        async with self._forking:
            status = await child.template.status_of(child.pid)
        number = os.WTERMSIG(status) if status is not None and os.WIFSIGNALED(status) else None
        if number == signal.SIGXCPU:
            return WorkerError("parse_timeout", f"parsing took more than {self._limits.cpu} s of CPU")
        how = _words_of(status)
        if is_used or status is None or number in _SENT_BY_OTHERS:
            return _KilledError(how)
        return WorkerError("parse_crash", f"the parser died of this document ({how})")

    def _put_back(self, child: _Worker, *, is_last: bool = False) -> None:
        child.jobs += 1
        if is_last or child.jobs >= self._limits.jobs or child.set_up != self._set_up:
            child.kill()
        else:
            self._free.append(child)

    def _drop_idle(self) -> None:
        for child in self._free:
            child.kill()
        self._free.clear()

    async def _fork(self) -> _Worker:
        """Return a worker that is ready for jobs; raise LocalFaultError, and note it as ``fault``, if none can be."""
        async with self._forking:
            loop = asyncio.get_running_loop()
            if loop.time() < self._retry_at:
                raise LocalFaultError(self._last_fault)
            try:
                try:
                    child = await self._start_worker()
                except TemplateLostError:  # replaced once
                    child = await self._start_worker()
            except (OSError, SyndicatorError) as error:
                self.fault = self._last_fault = f"no parse child can be started: {_what_to_do(error)}"
                self._retry_at = loop.time() + self._retry_after
                raise LocalFaultError(self.fault) from error
            self.fault = ""
            return child

    async def _start_worker(self) -> _Worker:
        template, set_up = await self._ready_template(), self._set_up
        pid, sock = await template.fork(self._limits.cpu, self._limits.memory)
        try:
            reader, writer = await asyncio.open_connection(sock=sock, limit=_ANSWER_AT_ONCE)
        except BaseException:
            sock.close()  # the child ends with it
            raise
        child = _Worker(template, pid, reader, writer, set_up)
        try:
            async with asyncio.timeout(FORK_SECONDS):
                _check_ready(await child.exchange(set_up))
        except TimeoutError:
            child.kill()
            template.abandon()
            raise TemplateLostError(f"a child did not get ready within {FORK_SECONDS:g} s") from None
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            child.kill()
            how = _words_of(await template.status_of(pid))
            template.abandon()
            raise TemplateLostError(f"a child died before it had a document ({how})") from error
        except BaseException:
            child.kill()
            raise
        return child

    async def _ready_template(self) -> Template:
        command = (*self._command, *(str(each.path) for each in self._shared))
        if self._template is not None and (self._template.is_lost or self._template.command != command):
            await self._template.end()
            self._template = None
        if self._template is None:
            for each in self._shared:
                await asyncio.to_thread(each.restore)
            self._template = await Template.start(command)
        return self._template


def _check_ready(answer: Answer) -> None:
    """Raise LocalFaultError if a worker could not make its handler."""
    if answer.status is not Status.DONE:
        raise LocalFaultError(answer.payload.decode("utf-8", "replace"))


def _words_of(status: int | None) -> str:
    """Describe a process's end by its status (wait(2))."""
    if status is None:
        return "of an unknown cause"
    return signal_name(os.WTERMSIG(status)) if os.WIFSIGNALED(status) else f"exit code {os.WEXITSTATUS(status)}"


def _what_to_do(error: Exception) -> str:
    remedy = _REMEDIES.get(error.errno or 0) if isinstance(error, OSError) else None
    return f"{error}: {remedy}" if remedy else str(error)
