"""Thousands of connections at a time, on one machine, to a server of its own."""

import pytest

from tests.bench.serve.run import TooFewFilesError, many_connections
from tests.conftest import unavailable


@pytest.mark.long
async def test_f38_feeds_are_answered_beside_thousands_of_idle_and_hundreds_of_slow_connections():
    """Each within a second: 10,000 that wait with a kept connection, and 500 that take nothing of what they asked for."""
    try:
        waits = await many_connections(idle=10_000, slow=500)
    except TooFewFilesError as error:
        unavailable(str(error))
    assert waits[98] < 1
