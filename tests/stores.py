"""Stores for tests: SQLite, or databases on a PostgreSQL server that a test session starts for itself.

With ``SYNDICATOR_TEST_STORE=postgresql`` all tests that ask here for a store get it in PostgreSQL; those that it makes no
difference for are left out.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from pathlib import Path
from socket import socket

import pytest

from syndicator.demo.postgres import PostgresServer, programs
from syndicator.store import open_store
from tests.conftest import unavailable
from tests.ports import port_of, reserve

IS_POSTGRES = os.environ.get("SYNDICATOR_TEST_STORE") == "postgresql"
# What is worth trying on both always. One process of a parallel run starts the server for all of it.
BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql")))
# Left out where all stores are in PostgreSQL: what asks SQLite for its plans, or writes into its file; and what is
# settled before any store is asked.
speaks_sqlite, any_store = pytest.mark.speaks_sqlite, pytest.mark.any_store
_reserved: list[socket] = []


@cache
def postgres() -> PostgresServer:
    """Return the server of this process, with a database ``made`` that has a store's tables. Skip where there is none."""
    if programs() is None:
        unavailable("needs a PostgreSQL server: apt install postgresql")
    reservation = reserve()
    server = PostgresServer(port_of(reservation))
    _reserved.append(reservation)  # a server that is stopped and started again finds its port free
    open_store(server.create("made")).close()
    return server


@contextmanager
def postgres_stopped(how: signal.Signals = signal.SIGINT) -> Iterator[None]:
    """Stop the server of this process for a while; other tests want it back whatever happens."""
    postgres().stop(how)
    try:
        yield
    finally:
        postgres().start()


def end_postgres() -> None:
    """End the server of this process, if it was started."""
    if postgres.cache_info().currsize:
        postgres().close()
        while _reserved:
            _reserved.pop().close()
        postgres.cache_clear()


def store_url(path: Path, kind: str = "") -> str:
    """Return the address of the store that belongs to a path: always the same, empty but for its tables at first."""
    if (kind or ("postgresql" if IS_POSTGRES else "sqlite")) == "sqlite":
        return f"sqlite:///{path}"
    return _database(str(path))


@cache
def _database(path: str) -> str:
    server = postgres()
    name = f"t{blake2b(path.encode(), digest_size=12).hexdigest()}"
    server.drop(name)
    return server.create(name, template="made")
