"""A PostgreSQL server of its own in a temporary folder, for the demo and for tests."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections import deque
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from syndicator.errors import StoreError

_PLACES = "/usr/lib/postgresql"
# What it holds is lost with its folder; until then not even a killed server may lose any of it.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
}
_READY = "database system is ready to accept connections"


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
        # Others on this machine reach the port. With signs that an address must have written otherwise.
        self.password = f"ö/@ {secrets.token_urlsafe(16)}"
        self.folder = Path(tempfile.mkdtemp(prefix="syndicator-postgres-", dir="/tmp"))
        self._user = _ordinary_user()
        self._as_user = _as_user(self._user)
        self._process: subprocess.Popen[str] | None = None
        self._keeper: Thread | None = None
        try:
            self._make()
            self.start()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The process of the server, which starts all others of it."""
        if self._process is None:
            raise StoreError("the server is stopped")
        return self._process.pid

    def url(self, database: str = "postgres", *, password: str | None = None) -> str:
        """Return the address of a database, by the port, with its password or another one."""
        return f"postgresql://syndicator:{quote(password or self.password, safe='')}@127.0.0.1:{self._port}/{database}"

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

    def version(self) -> str:
        """Return what the server calls itself."""
        return " ".join(str(self.execute("SELECT version()")[0][0]).split()[:2])

    def start(self) -> None:
        """Start the server, and wait until it answers; whichever thread calls this may end before the server."""
        ready: Future[None] = Future()
        self._keeper = Thread(target=self._keep, args=(ready,), daemon=True)
        self._keeper.start()
        ready.result()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server, at once: connections are cut. With SIGQUIT it recovers at the next start."""
        if self._keeper is not None and self._process is not None:
            self._process.send_signal(how)
            self._keeper.join()
            self._process = self._keeper = None

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

    def _keep(self, ready: Future[None]) -> None:
        """Start the server and read what it says until it ends.

        One thread does both: "parent death" is the end of the thread that started it (prctl(2), PR_SET_PDEATHSIG).
        """
        settings = [each for name, value in _SETTINGS.items() for each in ("-c", f"{name}={value}")]
        network = ["-h", "127.0.0.1", "-p", str(self._port), "-k", str(self.folder)]
        command = [str(self._programs / "postgres"), "-D", str(self._data), *network, *settings]
        # It is to stop when this process is gone, however it went.
        guarded = [*self._as_user, "--pdeathsig", "INT", *command]
        log: deque[str] = deque(maxlen=20)
        try:
            with subprocess.Popen(guarded, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
                self._process = process
                assert process.stderr is not None
                for line in process.stderr:
                    log.append(line)
                    if _READY in line and not ready.done():
                        ready.set_result(None)
            problem = f"PostgreSQL does not start: {''.join(log)}"
        except OSError as error:
            problem = f"PostgreSQL does not start: {error}"
        if not ready.done():
            ready.set_exception(StoreError(problem))

    def _make(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password, "utf-8")
        if self._user is not None:
            for path in (self.folder, secret):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        order = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=und"]
        who = ["-U", "syndicator", f"--pwfile={secret}", "--auth-local=trust", "--auth-host=scram-sha-256"]
        command = [str(self._programs / "initdb"), "-D", str(self._data), "-N", "-E", "UTF8", *order, *who]
        done = subprocess.run([*self._as_user, *command], capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise StoreError(f"a database of PostgreSQL cannot be made: {done.stderr.strip()}")


def _ordinary_user() -> pwd.struct_passwd | None:
    """Return who is to run the server, which refuses to be root's; None for whoever runs this process."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _as_user(user: pwd.struct_passwd | None) -> list[str]:
    """Return the command that runs another one as a user."""
    who = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"] if user is not None else []
    return ["setpriv", *who]
