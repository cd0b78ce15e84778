"""Distinguish faults of this machine from faults of an outlet: what the machine lacks is never an outlet's fault."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Iterator

from syndicator.errors import LocalFaultError

_NO_MEMORY = "this machine is out of memory: stop something that runs on it, or add memory"
_LACKS = {
    errno.EMFILE: "this process has no file descriptor left: raise LimitNOFILE= of its unit (ulimit -n)",
    errno.ENFILE: "this machine has no file descriptor left: raise fs.file-max (sysctl)",
    errno.ENOBUFS: "the kernel has no buffer left for a connection: see net.ipv4.tcp_mem (sysctl), or stop something",
    errno.ENOMEM: _NO_MEMORY,
}
# The numbers in a text such as "Multiple exceptions: [Errno 111] Connect call failed, [Errno 24] Too many open files".
_NUMBER = re.compile(r"\[Errno (\d{1,4})\]")


def local_fault(error: BaseException) -> LocalFaultError | None:
    """Return the fault of this machine that ``error`` comes from, or None if it comes from elsewhere."""
    for each in _causes(error):
        if isinstance(each, MemoryError):
            return LocalFaultError(_NO_MEMORY)
        for number in _numbers(each):
            if number in _LACKS:
                return LocalFaultError(_LACKS[number])
    return None


def lacking_descriptor() -> LocalFaultError | None:
    """Return a fault if no socket can be opened now: glibc reports that as a name that does not exist."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError as error:
        return local_fault(error)
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        inner = getattr(error, "os_error", None)
        error = inner if isinstance(inner, BaseException) else error.__cause__


def _numbers(error: BaseException) -> Iterator[int]:
    if isinstance(error, OSError):
        if error.errno is not None:
            yield error.errno
        else:  # failed attempts at several addresses, put together
            yield from map(int, _NUMBER.findall(str(error)))
