"""Nothing costs more than linear time in the size of hostile input."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.linear import CASES

# Linear functions need a twentieth of it, quadratic ones minutes.
SECONDS = 30


@pytest.fixture(scope="module")
def children():
    """A process that runs each case in a child with a limit of CPU time."""
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.linear", str(SECONDS)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=root,
    )  # fmt: skip
    with process:
        yield process
        process.stdin.close()


@pytest.mark.parametrize("name", CASES)
def test_hostile_input_of_two_megabytes_costs_seconds_and_not_minutes(children, name):
    """Repeated prefixes, unclosed and nested constructs, many short tokens, marks and joiners."""
    children.stdin.write(f"{name}\n")
    children.stdin.flush()
    assert children.stdout.readline().strip() == "ok"
