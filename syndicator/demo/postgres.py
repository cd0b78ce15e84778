"""A PostgreSQL server of its own in a temporary folder, for the demo and for tests."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self

from syndicator.errors import StoreError

_PLACES = "/usr/lib/postgresql"
_PASSWORD = "an ö/@ password"  # noqa: S105 - of a server that nobody else uses
# What it holds is lost with its folder.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
}
_READY = "database system is ready to accept connections"
_LIBC, _PR_SET_PDEATHSIG = ctypes.CDLL(None), 1


def programs() -> Path | None:
    """Return the folder of the newest server's programs, None if there is none."""
    found = sorted(Path(_PLACES).glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    path = str(found[-1]) if found else shutil.which("postgres")
    return Path(path).parent if path else None


class PostgresServer:
    """A server on a port of loopback and a socket in its folder, run by an ordinary user; ended with ``close()``.

    Its texts are ordered as a language has it, not by bytes: the store must not rely on that.
    """

    def __init__(self, port: int) -> None:
        """Start it. Raise StoreError if PostgreSQL is not installed, or does not start."""
        found = programs()
        if found is None:
            raise StoreError("PostgreSQL is not installed; on Debian: apt install postgresql")
        self._programs, self._port = found, port
        self.folder = Path(tempfile.mkdtemp(prefix="syndicator-postgres-", dir="/tmp"))  # noqa: S108 - sockets' paths are short
        self._process: subprocess.Popen[str] | None = None
        try:
            self._make()
            self.start()
        except BaseException:
            self.close()
            raise

    def url(self, database: str = "postgres", *, password: str = "an%20%C3%B6%2F%40%20password") -> str:
        """Return the address of a database, by the port."""
        return f"postgresql://syndicator:{password}@127.0.0.1:{self._port}/{database}"

    def create(self, database: str, *, template: str = "template0") -> str:
        """Create a database, as a copy of another one that nobody is connected to; return its address."""
        self.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop a database, whoever is connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement by itself and return the rows that it gives."""
        import psycopg  # noqa: PLC0415 - an extra

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        settings = [each for name, value in _SETTINGS.items() for each in ("-c", f"{name}={value}")]
        network = ["-h", "127.0.0.1", "-p", str(self._port), "-k", str(self.folder)]
        command = [str(self._programs / "postgres"), "-D", str(self._data), *network, *settings]
        self._process = subprocess.Popen(  # noqa: S603 - the server's own program
            command, stderr=subprocess.PIPE, text=True, preexec_fn=_end_with_parent, **self._as_user
        )
        assert self._process.stderr is not None
        log: deque[str] = deque(maxlen=20)
        for line in self._process.stderr:
            log.append(line)
            if _READY in line:
                Thread(target=log.extend, args=(self._process.stderr,), daemon=True).start()
                return
        raise StoreError(f"PostgreSQL does not start: {''.join(log)}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server, at once: connections are cut. With SIGQUIT it recovers at the next start."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """Stop the server and delete all that it held."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _as_user(self) -> Mapping[str, Any]:
        """The server refuses to run as root."""
        if os.geteuid() != 0:
            return {}
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        found = known.get("postgres") or known["nobody"]
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}

    def _make(self) -> None:
        secret = self.folder / "password"
        secret.write_text(_PASSWORD, "utf-8")
        if user := self._as_user:
            for path in (self.folder, secret):
                os.chown(path, user["user"], user["group"])
        order = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=und"]
        who = ["-U", "syndicator", f"--pwfile={secret}", "--auth-local=trust", "--auth-host=scram-sha-256"]
        command = [str(self._programs / "initdb"), "-D", str(self._data), "-N", "-E", "UTF8", *order, *who]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder, **self._as_user)  # noqa: S603
        if done.returncode:
            raise StoreError(f"a database of PostgreSQL cannot be made: {done.stderr.strip()}")


def _end_with_parent() -> None:
    """Get SIGINT, the wish to stop at once, when the process that started the server is gone, however it went."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
