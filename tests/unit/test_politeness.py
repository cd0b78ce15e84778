"""What is kept of hosts, however many are named."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from syndicator.fetch.politeness import Politeness
from syndicator.fetch.waits import MOST_HOSTS, HostWaits

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def no_pause(_):
    pass


async def test_a_host_is_forgotten_when_nobody_uses_it_and_its_pause_is_over():
    """A thousand hosts later only the last is known."""
    politeness = Politeness(1, 0.0, no_pause)
    for number in range(1000):
        async with politeness.acquire(f"h{number}.example"):
            assert len(politeness) <= 2
    assert len(politeness) == 1


async def test_a_host_is_known_as_long_as_its_pause():
    """Or two requests to it would follow at once."""
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)

    politeness = Politeness(1, 3600.0, pause)
    for host in (*(f"h{number}.example" for number in range(10)), "h0.example"):
        async with politeness.acquire(host):
            pass
    assert len(politeness) == 10
    assert len(pauses) == 1


async def test_a_host_is_known_as_long_as_it_is_used():
    """Whoever waits for it is let in by the one before, whatever other hosts come and go meanwhile."""
    politeness, order = Politeness(1, 0.0, no_pause), []

    async def second():
        async with politeness.acquire("busy.example"):
            order.append("second")

    async with politeness.acquire("busy.example"):
        waiting = asyncio.create_task(second())
        for number in range(10):
            async with politeness.acquire(f"h{number}.example"):
                pass
        order.append("first")
    await waiting
    assert order == ["first", "second"]
    async with politeness.acquire("last.example"):
        assert len(politeness) == 1


async def test_whoever_is_cancelled_while_waiting_leaves_nothing_behind():
    """A poll that is given up counts as no use."""
    politeness = Politeness(1, 0.0, no_pause)

    async def wait():
        async with politeness.acquire("busy.example"):
            pytest.fail("never reached")

    async with politeness.acquire("busy.example"):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with politeness.acquire("last.example"):
        assert len(politeness) == 1


def test_waits_that_are_past_are_dropped():
    """With the next that comes."""
    waits = HostWaits()
    for number in range(100):
        waits.put(f"h{number}.example", NOW + MINUTE, NOW)
    assert waits.until("h0.example", NOW) == NOW + MINUTE
    assert waits.until("h0.example", NOW + MINUTE) is None
    waits.put("late.example", NOW + 3 * MINUTE, NOW + 2 * MINUTE)
    assert len(waits) == 1


def test_a_wait_is_replaced_by_the_hosts_next():
    """Longer or shorter; when the first would have ended, the second still stands."""
    waits = HostWaits()
    waits.put("h.example", NOW + MINUTE, NOW)
    waits.put("h.example", NOW + 3 * MINUTE, NOW)
    waits.put("other.example", NOW + 5 * MINUTE, NOW + 2 * MINUTE)
    assert waits.until("h.example", NOW + 2 * MINUTE) == NOW + 3 * MINUTE


def test_waits_are_bounded():
    """Those that end first make room."""
    waits = HostWaits()
    for number in range(MOST_HOSTS + 10):
        waits.put(f"h{number}.example", NOW + MINUTE + timedelta(milliseconds=number), NOW)
    assert len(waits) == MOST_HOSTS
    assert waits.until("h9.example", NOW) is None
    assert waits.until("h10.example", NOW) is not None
