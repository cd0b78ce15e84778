"""CPU of a server for each request: 200s and 304s of a 40 KB feed; ours, nginx, aiohttp's ceiling, a dynamic page.

The load comes from wrk (Debian's package). Server and load are processes of their own; what is compared is the CPU time
of the server, which does not depend on how many cores the load leaves it. ``idle`` holds thousands of connections.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from tests.bench.serve.made import NAME, document

_SECONDS = 4
_TICKS = os.sysconf("SC_CLK_TCK")
_READER = ("User-Agent: newsboat/2.21.0 (Linux x86_64)", "Accept: application/atom+xml, */*")


def serving(*names: str) -> None:
    """Print one line for each server and kind of answer."""
    if shutil.which("wrk") is None:
        print("serving: not run, it needs the program wrk")
        return
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / NAME).write_bytes(document())
        (Path(folder) / NAME).chmod(0o644)
        print(f"a feed of {len(document()) / 1024:.0f} KB over {_SECONDS} s; CPU of the server")
        for name in names or ("ours", "nginx", "ceiling", "dynamic"):
            with _server(name, Path(folder)) as (port, cpu):
                _measure(name, port, cpu)
    if not names or "ours" in names:
        waits = asyncio.run(many_connections())
        print(
            f"10,000 idle and 500 slow connections: a reader waits {waits[50] * 1000:.1f} ms, {waits[-1]:.2f} s at most"
        )


def _measure(name: str, port: int, cpu: Callable[[], float]) -> None:
    url = f"http://127.0.0.1:{port}/feeds/{NAME}"
    with urllib.request.urlopen(url) as answer:
        etag = answer.headers["ETag"]
    _load(f"{name}: 200", url, (), cpu)
    if etag:
        _load(f"{name}: 304", url, (f"If-None-Match: {etag}",), cpu)
    _load(f"{name}: 200, a connection each", url, ("Connection: close",), cpu)


def _load(what: str, url: str, headers: tuple[str, ...], cpu: Callable[[], float]) -> None:
    options = [word for header in (*_READER, *headers) for word in ("-H", header)]
    before = cpu()
    command = ["wrk", "-t1", "-c16", f"-d{_SECONDS}s", *options, url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = cpu() - before
    requests = int(re.search(r"(\d+) requests in", said)[1])
    print(
        f"{what:<36} {used / requests * 1e6:8.1f} us a request   {requests / used:9,.0f} a second and core", flush=True
    )


@contextmanager
def _server(name: str, folder: Path) -> Iterator[tuple[int, Callable[[], float]]]:
    """Run a server; yield its port, and what tells the CPU seconds it has used."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    if name == "nginx":
        command = [shutil.which("nginx") or "nginx", "-p", str(folder), "-c", str(_nginx_settings(folder, port))]
    else:
        command = [sys.executable, "-m", "tests.bench.serve.server", name, str(folder), str(port)]
    process = subprocess.Popen(command)
    try:
        _wait_for(port)
        yield port, lambda: _cpu_of(process.pid)
    finally:
        process.terminate()
        process.wait()


def _nginx_settings(folder: Path, port: int) -> Path:
    """Write settings for one process without a log: what serves static files fastest."""
    path = folder / "nginx.conf"
    path.write_text(
        "daemon off; master_process off; error_log stderr crit; pid nginx.pid;\n"
        "events { worker_connections 1024; }\n"
        "http { access_log off; sendfile on; tcp_nopush on; open_file_cache max=100; keepalive_requests 1000000;\n"
        f"  types {{ application/atom+xml atom; }}\n"
        f"  server {{ listen 127.0.0.1:{port}; location /feeds/ {{ alias {folder}/; }} }}\n"
        "}\n"
    )
    return path


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


class TooFewFilesError(Exception):
    """This process may not have as many files open as there are connections to be held."""


async def many_connections(idle: int = 10_000, slow: int = 500) -> list[float]:
    """Hold idle connections, and slow ones that take nothing of a large answer; return what readers wait meanwhile.

    In seconds, the shortest first. Raise TooFewFilesError where so many connections cannot be held here.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < idle + slow + 100:
        raise TooFewFilesError(f"no more than {hard} files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as name:
        folder, held = Path(name), list[asyncio.StreamWriter]()
        (folder / NAME).write_bytes(document())
        (folder / "large.atom").write_bytes(os.urandom(1_000_000))
        with _server("crowd", folder) as (port, _):
            try:
                held += [await _ask(port, f"/feeds/{NAME}") for _ in range(idle)]
                held += [await _ask(port, "/feeds/large.atom", reads=False) for _ in range(slow)]
                return sorted([await _wait(port) for _ in range(100)])
            finally:
                for writer in held:
                    writer.transport.abort()


async def _ask(port: int, path: str, *, reads: bool = True) -> asyncio.StreamWriter:
    """Ask for a file over a connection of its own, which stays open; read the answer or nothing of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: h\r\nAccept-Encoding: {'gzip' if reads else 'identity'}\r\n\r\n".encode()
    )
    if reads:
        await reader.readuntil(b"\r\n\r\n")
    else:
        cast("asyncio.Transport", writer.transport).pause_reading()
    return writer


async def _wait(port: int) -> float:
    began = time.perf_counter()
    writer = await _ask(port, f"/feeds/{NAME}")
    writer.transport.abort()
    return time.perf_counter() - began
