"""What the hub costs: how soon a subscriber has a story, and how long it takes until a thousand have it.

A daemon with one outlet on loopback, whose feed of 100 stories of 800 characters gets one more; subscribers are one
server that takes all deliveries. The first figures are from the story's commit to its delivery, of some rounds.
"""

from __future__ import annotations

import asyncio
import random
import resource
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from syndicator.models.hub import HubMode, HubRequest
from tests.flow.test_hub import Subscriber, station
from tests.newsroom import Item, rss
from tests.ports import port_of, reserve
from tests.waiting import eventually

_ROUNDS, _MANY, _STORIES = 10, 1000, 100
_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


def hub() -> None:
    """Measure and print."""
    asyncio.run(_measure())


async def _measure() -> None:
    reservation = reserve()
    with tempfile.TemporaryDirectory() as folder:
        async with Subscriber() as one, station(Path(folder), port_of(reservation)) as s:
            await s.subscribed(one)
            lags = [await _lag(s, one, number) for number in range(_ROUNDS)]
            print(
                f"from commit to delivery: {1000 * statistics.median(lags):.0f} ms, at most {1000 * max(lags):.0f} ms"
            )
            await _subscribe_many(s, one)
            size, wall, cpu = await _deliver_many(s, one)
            print(f"{_MANY} deliveries of {size / 1000:.0f} KB: {wall:.1f} s, {1000 * cpu / _MANY:.2f} CPU ms each")
    reservation.close()


async def _lag(s, one: Subscriber, number: int) -> float:
    before = len(one.pushed)
    stored = asyncio.Event()
    plain = s.daemon.app.changed.set
    s.daemon.app.pipeline._changed = lambda: (stored.set(), plain())
    s.site.answers["/feed.xml"] = _document(s, number)
    s.clock.now += timedelta(hours=1)
    await stored.wait()
    began = time.perf_counter()
    await one.is_pushed(before + 1)
    return time.perf_counter() - began


async def _subscribe_many(s, one: Subscriber) -> None:
    await s.daemon.hub.hub.settled()
    digest = (await s.daemon.app.files.info("everything.atom")).digest
    requests = [
        HubRequest(
            mode=HubMode.SUBSCRIBE,
            file="everything.atom",
            callback=f"{one.callback}?n={number}",
            secret="secret",
            lease=timedelta(days=1000),
        )
        for number in range(_MANY - 1)
    ]

    def subscribe(tx) -> None:
        for number, each in enumerate(requests):
            tx.subscribers.add(each, domain=f"{number % 100}.example", digest=digest, now=s.clock.now)

    await s.daemon.app.store.write(subscribe)


async def _deliver_many(s, one: Subscriber) -> tuple[int, float, float]:
    one.pushed.clear()
    began, used = time.perf_counter(), _cpu()
    s.site.answers["/feed.xml"] = _document(s, _ROUNDS)
    s.clock.now += timedelta(hours=1)

    async def all_have_it() -> bool:
        return len(one.pushed) >= _MANY

    await eventually(all_have_it)
    return len(one.pushed[-1][1]), time.perf_counter() - began, _cpu() - used


def _document(s, number: int) -> bytes:
    """Return the outlet's feed with so many stories more than at the beginning."""
    numbers = range(number + _STORIES, number, -1)
    return rss(
        *(
            Item(_words(each, 8), link=f"{s.site.base}/{each}", guid=str(each), text=_words(-each, 130))
            for each in numbers
        )
    )


def _words(number: int, count: int) -> str:
    """Make up words, always the same for a number."""
    chance = random.Random(number)
    return " ".join("".join(chance.choices(_LETTERS, k=5)) for _ in range(count))


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
