"""Several processes poll for one store, and some of them die."""

import time

import pytest
import pytest_asyncio

from tests.plays import acts
from tests.plays.checks import problems
from tests.plays.newsroom import Newsroom
from tests.plays.stage import Stage
from tests.ports import port_of, reserve
from tests.stores import postgres

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("postgresql"),
    pytest.mark.long,
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory):
    """A leader and three workers for all plays: each takes seconds to start, and what dies is started again."""
    server, name, newsroom = postgres(), "plays", Newsroom(16)
    newsroom.publish()
    server.drop(name)
    server.create(name, template="made")
    with reserve() as reserved:
        async with (
            newsroom.open(),
            Stage(newsroom, server, name, tmp_path_factory.mktemp("plays"), port_of(reserved)) as made,
        ):
            await made.complete()
            yield made


@pytest.mark.parametrize("act", acts.ACTS)
async def test_whatever_dies_nothing_is_lost_or_doubled_and_nobody_is_blamed(stage, act):
    """One of four processes, or the server; at work, with hosts claimed and requests open."""
    begun = time.monotonic()
    gap = await act(stage)
    print(act.__name__, f"gap {gap:.1f} s of lease {stage.lease}", f"{time.monotonic() - begun:.1f} s")
    assert problems(stage) == []
