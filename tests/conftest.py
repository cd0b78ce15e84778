"""Fixtures that several rooms share."""

from __future__ import annotations

import os
import shutil
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The shared data, or a skip that says how to have them."""
    folder = os.environ.get("SYNDICATOR_CORPORA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs the shared corpora: set SYNDICATOR_CORPORA to their folder")
    return Path(folder)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def need(program: str) -> str:
    """Find a program, or skip; where system tests are required, fail instead."""
    found = shutil.which(program)
    if found is None:
        unavailable(f"needs the program {program}")
    return str(found)


def unavailable(reason: str) -> None:
    """Skip, or fail where system tests are required."""
    if os.environ.get("SYNDICATOR_SYSTEM_TESTS") == "required":
        pytest.fail(reason)
    pytest.skip(reason)
