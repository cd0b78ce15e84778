"""Several processes on one store: what a claim costs, whether any story is doubled, how fast they are, who may die.

``make bench BENCH_ARGS=scale`` runs all of it, ``BENCH_ARGS="scale race"`` only that.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from syndicator.demo.postgres import PostgresServer
from syndicator.store import Store, open_store
from tests.bench.cost import Cost, of_server, of_sessions
from tests.plays.acts import ACTS, Act
from tests.plays.checks import problems, stories_problems
from tests.plays.newsroom import OUTLETS, Newsroom
from tests.plays.stage import AS_SHIPPED, Stage
from tests.ports import port_of, reserve

_ROWS = (10_000, 100_000, 1_000_000)
_CLAIMED, _TIMES = 50, 200
_LEASE = timedelta(seconds=60)
_PROCESSES = 4
_RACERS, _OWN, _AGENCYS = 40, 3, 6
# With the writers' lock or without, and how many stories.
_RACES = ((False, 1000), (True, 5000))
_MANY, _ROUNDS = 100, 5
# Seconds between two looks whether each process waits for an answer, and how many looks: the last ones of a round are
# fewer.
_LOOK, _LONGEST_WAIT = 0.005, 100
_PLAYED = 20
# In an order that mixes the sources of an outlet with all others: processes share them out.
_ALL_DUE = "UPDATE source SET due_at = (1000000 * (extract(epoch FROM clock_timestamp()) - random()))::bigint"
# A function of this name before PostgreSQL's own: the store's writers take no turns any more.
_NO_LOCK = """
CREATE FUNCTION public.pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE sql AS 'SELECT';
ALTER DATABASE "{name}" SET search_path = public, pg_catalog
"""


def several(server: PostgresServer, *names: str) -> None:
    """Print all measurements of several processes, or those that are named."""
    chosen = [each for each in (claims, race, speed, plays) if not names or each.__name__ in names]
    for measure in chosen:
        asyncio.run(measure(server))


async def claims(server: PostgresServer) -> None:
    """Print what claiming a host and letting it go costs, by how many hosts there are."""
    for rows in _ROWS:
        url = server.create(f"claims{rows}")
        with closing(open_store(url)) as store:
            server.execute(_MANY_HOSTS.format(rows=rows), f"claims{rows}")
            server.execute("ANALYZE host", f"claims{rows}")
            chance = random.Random(rows)
            await _claim(store, rows, chance)
            cost = Cost(server)
            for _ in range(_TIMES):
                await _claim(store, rows, chance)
            print(f"claim and release a host of {rows:>9,}, ms: {cost.ms(_TIMES * _CLAIMED)}", flush=True)
        server.drop(f"claims{rows}")


_MANY_HOSTS = """
INSERT INTO host (key, claim, worker, held_until)
SELECT 'host' || number || '.example', 1, 'w' || number % 4, 1700000000000000 + number
FROM generate_series(1, {rows}) AS numbers(number)
"""


async def _claim(store: Store, rows: int, chance: random.Random) -> None:
    keys = [f"host{number}.example" for number in chance.sample(range(1, rows + 1), _CLAIMED)]
    claimed = await store.write(lambda tx: tx.hosts.claim(keys, worker="bench", lease=_LEASE))
    assert len(claimed) == _CLAIMED
    kept = await store.write(lambda tx: tx.hosts.hold(claimed, longer=timedelta(0)))
    assert len(kept) == _CLAIMED


async def race(server: PostgresServer) -> None:
    """Print how many stories are doubled where processes are answered at once, with the writers' lock and without."""
    for is_locked, stories in _RACES:
        newsroom = Newsroom(_RACERS, delay=0, is_plain=True)
        async with _on_stage(server, f"race{stories}", newsroom, interval="1h", spacing=0.001) as stage:
            if not is_locked:
                server.execute(_NO_LOCK.format(name=stage.database), stage.database)
            await stage.complete(_PROCESSES - 1)
            while len(newsroom.matters) < stories:
                await _round(stage, _answer_at_once)
            found = list(stories_problems(stage))
            doubled, lost = (sum(each.startswith(word) for each in found) for word in ("doubled", "lost"))
            how = "with the writers' lock" if is_locked else "without it"
            of = f"{len(newsroom.matters):,} stories"
            print(f"race of {_PROCESSES} processes, {how}: {doubled} of {of} doubled, {lost} entries lost", flush=True)


async def speed(server: PostgresServer) -> None:
    """Print how many documents with news one process takes in, and four."""
    for count in (1, _PROCESSES):
        newsroom = Newsroom(_MANY, delay=0, is_plain=True)
        async with _on_stage(
            server, f"speed{count}", newsroom, interval="1h", spacing=0.001, at_once=2, lease=AS_SHIPPED
        ) as stage:
            await stage.complete(count - 1)
            sessions = [each.process.pid for each in stage.actors.values()]
            own, servers, begun = of_sessions(sessions), of_server(server), time.monotonic()
            for _ in range(_ROUNDS):
                await _round(stage)
            seconds = time.monotonic() - begun
            documents = _ROUNDS * sum(each.sources for each in newsroom.outlets)
            each = [1000 * spent / documents for spent in (of_sessions(sessions) - own, of_server(server) - servers)]
            print(
                f"{count} at work: {documents / seconds:.0f} documents with news a second; CPU ms for each:"
                f" {each[0]:.1f} + {each[1]:.1f}",
                flush=True,
            )


async def plays(server: PostgresServer) -> None:
    """Print what goes wrong when a process or the server dies, and for how long a host goes unasked, again and again."""
    gaps: dict[str, list[float]] = {_name(act): [] for act in ACTS}
    wrong: dict[str, list[str]] = {_name(act): [] for act in ACTS}
    async with _on_stage(server, "plays", Newsroom(OUTLETS)) as stage:
        for number, act in itertools.product(range(1, _PLAYED + 1), ACTS):
            stage.newsroom.forget_requests()
            try:
                gaps[_name(act)].append(await act(stage))
                found = problems(stage)
            except AssertionError as error:  # it has not gone on
                found = [str(error)]
                stage.newsroom.let_go()
                for actor in stage.actors.values():
                    await actor.kill()
            wrong[_name(act)] += found
            print(
                f"{number:>2}. {_name(act)}, seconds: {gaps[_name(act)][-1:]}", *found[:5], sep="\n        ", flush=True
            )
    for name, each in gaps.items():
        print(
            f"{name}, {_PLAYED} times: {len(wrong[name])} problems; a host went unasked for {median(each or [0]):.1f} s"
            f" in the median, {max(each, default=0):.1f} s at most, at a lease of {stage.lease:.0f} s",
            flush=True,
        )


def _name(act: Act) -> str:
    return act.__name__.replace("_", " ")


@asynccontextmanager
async def _on_stage(server: PostgresServer, name: str, newsroom: Newsroom, **options: Any) -> AsyncIterator[Stage]:
    """Set a stage up, on a database of its own."""
    newsroom.publish()
    open_store(server.create(name)).close()
    with tempfile.TemporaryDirectory() as folder, reserve() as reserved:
        stage = Stage(newsroom, server, name, Path(folder), port_of(reserved), **options)
        async with newsroom.open(), stage:
            yield stage
    server.drop(name)


async def _round(stage: Stage, meanwhile: Callable[[Stage], Coroutine[Any, Any, None]] | None = None) -> None:
    """Publish news, have all sources due at once, and wait until all is stored."""
    stage.newsroom.publish(_OWN, _AGENCYS)
    doing = asyncio.create_task(meanwhile(stage)) if meanwhile else None
    try:
        await asyncio.to_thread(stage.server.execute, _ALL_DUE, stage.database)
        await stage.all_stored()
    finally:
        if doing is not None:
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)
            stage.newsroom.let_go()


async def _answer_at_once(stage: Stage) -> None:
    """Answer requests when as many are open as there are processes, so that they write at the same time."""
    while True:
        stage.newsroom.shut()
        for _ in range(_LONGEST_WAIT):
            await asyncio.sleep(_LOOK)
            if sum(each.is_waited_for for each in stage.newsroom.domains) >= _PROCESSES:
                break
        stage.newsroom.let_go()
