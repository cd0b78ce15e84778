"""The child's side: a small template process that has imported everything and forks workers on demand.

Workers are forked from this single-threaded template and never from the daemon with its threads. Whoever holds the
other end of a socket decides over life: when it closes, the process ends.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import signal
import socket
import time
from collections.abc import Callable

from syndicator.errors import WorkerError
from syndicator.extract import frames

Handler = Callable[[bytes, bytes], bytes]
_LONGEST_COMPLAINT = 500
# Objects made before Python looks for rings of garbage among them. Documents make many and hardly ever rings: with the
# default of 700 the looking took a fifth of the time.
GARBAGE_AFTER = 10_000


def serve_template(control: socket.socket, make_handler: Callable[[bytes], Handler]) -> None:
    """Fork a worker for every socket that arrives over ``control``; answer with its process id.

    A worker's first request has what ``make_handler`` is to make its handler from.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to end
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 64, 1)
        if not message or not descriptors:
            return
        cpu, memory = (int(number) for number in message.split())
        pid = os.fork()
        if pid == 0:
            control.close()
            with socket.socket(fileno=descriptors[0]) as own:
                _work(own, make_handler, cpu, memory)
            os._exit(0)
        os.close(descriptors[0])
        control.sendall(str(pid).encode().ljust(16))


def _work(sock: socket.socket, make_handler: Callable[[bytes], Handler], cpu: int, memory: int) -> None:
    """Answer jobs, one at a time, within the limits: CPU seconds for each, address space for all."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, hard))
    first = frames.receive(sock)
    if first is None:
        return
    handle = make_handler(first[0])
    while (request := frames.receive(sock)) is not None:
        started = time.process_time()
        # The limit counts over the worker's life, so it is moved up before each job.
        resource.setrlimit(resource.RLIMIT_CPU, (int(started) + 1 + cpu, resource.RLIM_INFINITY))
        try:
            is_good, payload = True, handle(*request)
        except WorkerError as error:
            is_good, payload = False, f"{error.reason}\n{error}".encode()
        except Exception as error:  # noqa: BLE001 - whatever a hostile document provokes is that document's outcome
            complaint = f"parse_crash\n{type(error).__name__}: {error}"
            is_good, payload = False, complaint[:_LONGEST_COMPLAINT].encode("utf-8", "replace")
        sock.sendall(frames.answer(frames.Answer(is_good, time.process_time() - started, payload)))
