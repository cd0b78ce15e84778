"""Fixtures that several rooms share."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from syndicator.tag import ensure_gazetteer
from tests.ports import port_of, reserve

# As the program itself logs on a terminal. With values of variables, one traceback takes a second or two.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes run tests with ``-n auto``: most tests wait much of their time."""
    return 2 * len(os.sched_getaffinity(0))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the gazetteer before there are workers, all of which would wait for the one that compiles it."""
    if session.config.getoption("numprocesses", None):
        ensure_gazetteer()


def pytest_sessionfinish() -> None:
    """End the database server of this process: processes of a parallel run end without what Python does at its exit."""
    if (stores := sys.modules.get("tests.stores")) is not None:
        stores.end_postgres()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest: otherwise a parallel run waits for it at its end."""
    if os.environ.get("SYNDICATOR_TEST_STORE") == "postgresql":
        alike = [item for item in items if _is_for_any_store(item)]
        config.hook.pytest_deselected(items=alike)
        items[:] = [item for item in items if item not in alike]
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def _is_for_any_store(item: pytest.Item) -> bool:
    """Return whether a test does the same whatever kind of store all others have."""
    group = item.get_closest_marker("xdist_group")
    is_for_one = group is not None and group.args == ("postgresql",)
    return is_for_one or any(item.get_closest_marker(name) for name in ("speaks_sqlite", "any_store"))


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
def free_port() -> Iterator[int]:
    with reserve() as reservation:
        yield port_of(reservation)


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


def need_box(*programs: str) -> None:
    """Skip, or fail, unless the box comes up here; skip where Debian's Python has not the version of the tests'."""
    for program in ("unshare", "nsenter", "systemctl", "pgrep", *programs):
        need(program)
    if os.geteuid() != 0:
        unavailable("needs root, to boot a systemd of its own")
    version = subprocess.run(["/usr/bin/python3", "-V"], capture_output=True, text=True, check=False).stdout
    if ".".join(map(str, sys.version_info[:2])) not in version:
        pytest.skip("needs the tests to run on the same Python version as /usr/bin/python3")
