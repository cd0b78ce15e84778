"""The child's side: a small template process that has imported everything and forks workers on demand.

Workers are forked from this single-threaded template and never from the daemon with its threads. Each process ends when
the other end of its socket is closed.
"""

from __future__ import annotations

import errno
import gc
import os
import resource
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from typing import NoReturn

from syndicator.errors import LocalFaultError, SyndicatorError, WorkerError
from syndicator.extract import frames
from syndicator.extract.frames import Answer, Order, OrderKind, Status

Handler = Callable[[bytes, bytes], bytes]
_LONGEST_COMPLAINT = 500
# Allocations before a garbage collection. Documents allocate many objects and hardly ever cycles: with the default of
# 700, collections took a fifth of the time.
GARBAGE_AFTER = 10_000
_MOST_REMEMBERED = 100
_LEAST_MEMORY = 1 << 29


def serve_template(
    control: socket.socket, make_handler: Callable[[bytes], Handler], fork: Callable[[], int] = os.fork
) -> None:
    """Follow the orders that arrive over ``control``, see ``frames.Order``, until it closes.

    A worker's first request holds what ``make_handler`` makes its handler from.
    """
    _Template(control, make_handler, fork).serve()


class _Template:
    def __init__(
        self, control: socket.socket, make_handler: Callable[[bytes], Handler], fork: Callable[[], int]
    ) -> None:
        self._control, self._make_handler, self._fork_process = control, make_handler, fork
        self._statuses: dict[int, int] = {}

    def serve(self) -> None:
        signal.signal(signal.SIGCHLD, lambda *_: self._reap())
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to end
        gc.freeze()
        gc.set_threshold(GARBAGE_AFTER)
        while (received := frames.receive_order(self._control)) is not None:
            order, descriptors = received
            reply = self._fork(order, descriptors) if order.kind is OrderKind.FORK else self._wait(order.first)
            frames.send_reply(self._control, reply)

    def _fork(self, order: Order, descriptors: list[int]) -> int:
        """Fork a worker; return its process id, or an errno below zero."""
        if not descriptors:  # the kernel drops a descriptor for which there is no room
            return -errno.EMFILE
        try:
            pid = self._fork_process()
        except OSError as error:
            os.close(descriptors[0])
            return -(error.errno or errno.EAGAIN)
        if pid == 0:
            self._control.close()
            _be_worker(descriptors[0], order, self._make_handler)
        os.close(descriptors[0])
        return pid

    def _wait(self, pid: int) -> int:
        """Wait for a child that has ended; return its status, or -1 if it is unknown."""
        try:
            return os.waitpid(pid, 0)[1]
        except ChildProcessError:  # reaped by the handler, or long forgotten
            return self._statuses.pop(pid, -1)

    def _reap(self) -> None:
        """Remember what the children that have ended died of."""
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._statuses[ended[0]] = ended[1]
        except ChildProcessError:
            pass
        while len(self._statuses) > _MOST_REMEMBERED:
            del self._statuses[next(iter(self._statuses))]


def _be_worker(descriptor: int, order: Order, make_handler: Callable[[bytes], Handler]) -> NoReturn:
    """Live as a worker, never to return to the template's code."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with socket.socket(fileno=descriptor) as own:
            _Worker(own, cpu=order.first, memory=order.second).work(make_handler)
        code = 0
    except ConnectionError:  # the parent is gone
        pass
    except BaseException:  # noqa: BLE001 - for the log; the parent sees a child that died
        traceback.print_exc()
    finally:
        os._exit(code)


class _Worker:
    """Answers requests one at a time within limits: CPU seconds for each, address space for all.

    Inherited hard limits stay: without privileges they can only be lowered.
    """

    def __init__(self, sock: socket.socket, *, cpu: int, memory: int) -> None:
        self._sock, self._cpu = sock, cpu
        self._hard_cpu = _hard_limit(resource.RLIMIT_CPU)
        self._hard_memory = _hard_limit(resource.RLIMIT_AS)
        self._memory = min(memory, self._hard_memory)

    def work(self, make_handler: Callable[[bytes], Handler]) -> None:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (self._memory, hard))
        set_up = frames.receive(self._sock)
        if set_up is None:
            return
        try:
            handle = make_handler(set_up[0])
            self._check_limits()
        except Exception as error:  # noqa: BLE001 - whatever it is, no document has been seen yet
            said = str(error) if isinstance(error, SyndicatorError) else f"{type(error).__name__}: {error}"
            self._sock.sendall(frames.answer(Answer(Status.LOCAL_FAULT, said.encode("utf-8", "replace"))))
            return
        self._sock.sendall(frames.answer(Answer(Status.DONE, b"")))
        is_last = False
        while not is_last and (request := frames.receive(self._sock)) is not None:
            is_last = self._answer(handle, *request)

    def _answer(self, handle: Handler, header: bytes, body: bytes) -> bool:
        """Answer one request; return whether there is no CPU time left for another."""
        started = time.process_time()
        # The limit counts over the worker's life, so it is moved up before each job.
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (self._cpu_limit(started), hard))
        status, payload = self._outcome(handle, header, body)
        ended = time.process_time()
        is_last = self._cpu_limit(ended) >= self._hard_cpu
        self._sock.sendall(frames.answer(Answer(status, payload, ended - started, is_last)))
        return is_last

    def _outcome(self, handle: Handler, header: bytes, body: bytes) -> tuple[Status, bytes]:
        try:
            return Status.DONE, handle(header, body)
        except WorkerError as error:
            return Status.REJECTED, f"{error.reason}\n{error}".encode("utf-8", "replace")
        except Exception as error:  # noqa: BLE001 - whatever a hostile document provokes is that document's outcome
            complaint = f"parse_crash\n{type(error).__name__}: {error}"
            return Status.REJECTED, complaint[:_LONGEST_COMPLAINT].encode("utf-8", "replace")

    def _cpu_limit(self, used: float) -> int:
        """Return the limit of CPU seconds for a job that begins when so many are used."""
        return int(used) + 1 + self._cpu

    def _check_limits(self) -> None:
        """Raise LocalFaultError if documents would die of an inherited limit."""
        needed = self._cpu_limit(time.process_time())
        if needed >= self._hard_cpu:
            raise LocalFaultError(_CPU_FAULT.format(self._hard_cpu, needed))
        if self._hard_memory < _LEAST_MEMORY:
            raise LocalFaultError(_MEMORY_FAULT.format(self._hard_memory, _LEAST_MEMORY))


_CPU_FAULT = (
    "the inherited limit RLIMIT_CPU is {} s, and a document needs more than {} s: raise it where the daemon is"
    " started (ulimit -t, or LimitCPU= in the systemd unit)"
)
_MEMORY_FAULT = (
    "the inherited limit RLIMIT_AS is {} bytes, and parsing needs {}: raise it where the daemon is started"
    " (ulimit -v, or LimitAS= in the systemd unit)"
)


def _hard_limit(which: int) -> int:
    hard = resource.getrlimit(which)[1]
    return sys.maxsize if hard == resource.RLIM_INFINITY else hard
