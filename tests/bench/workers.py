"""Several processes on one store: what a claim costs, whether any story is doubled, how fast they are, who may die.

``make bench BENCH_ARGS=scale`` runs all of it, ``BENCH_ARGS="scale race"`` only that.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from syndicator.demo.postgres import PostgresServer
from syndicator.store import Store, open_store
from tests.bench.cost import Cost, of_server, of_sessions
from tests.plays.acts import ACTS
from tests.plays.checks import problems, stories_problems
from tests.plays.newsroom import OUTLETS, Newsroom
from tests.plays.stage import Stage
from tests.ports import port_of, reserve

_ROWS = (10_000, 100_000, 1_000_000)
_CLAIMED, _TIMES = 50, 200
_LEASE = timedelta(seconds=60)
_RACERS, _OWN, _AGENCYS = 40, 3, 6
_STORIES, _UNLOCKED_STORIES = 5000, 1000
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
    """Print how many stories are doubled where all that is due is due at once, with the writers' lock and without."""
    for is_locked, stories in ((True, _STORIES), (False, _UNLOCKED_STORIES)):
        async with _on_stage(server, f"race{stories}", _racers()) as stage:
            if not is_locked:
                server.execute(_NO_LOCK.format(name=stage.database), stage.database)
            run = await _play_rounds(stage, 4, stories)
            found = list(stories_problems(stage))
            doubled, lost = (sum(each.startswith(word) for each in found) for word in ("doubled", "lost"))
            how = "with the writers' lock" if is_locked else "without it"
            of = f"{len(stage.newsroom.matters):,} stories"
            print(f"race of 4, {how}: {doubled} of {of} doubled, {lost} entries lost; {run.words()}", flush=True)


async def speed(server: PostgresServer) -> None:
    """Print how many documents with news one process takes in, and four on the same news."""
    for count in (1, 4):
        async with _on_stage(server, f"speed{count}", _racers()) as stage:
            run = await _play_rounds(stage, count, _UNLOCKED_STORIES)
            print(f"{count} {'process' if count == 1 else 'processes'}: {run.words()}", flush=True)


async def plays(server: PostgresServer) -> None:
    """Print how often what went wrong when a process or the server died, and the longest that a host went unasked."""
    async with _on_stage(server, "plays", Newsroom(OUTLETS), interval="2s", at_once=1, spacing=0.5) as stage:
        for act in ACTS:
            gaps, wrong = [], list[str]()
            for _ in range(_PLAYED):
                stage.newsroom.forget_requests()
                try:
                    gaps.append(await act(stage))
                    wrong += problems(stage)
                except AssertionError as error:  # it has not gone on
                    wrong.append(str(error))
                    stage.newsroom.let_go()
                    for actor in stage.actors.values():
                        await actor.kill()
            print(
                f"{act.__name__.replace('_', ' ')}, {_PLAYED} times: {len(wrong)} problems, longest gap"
                f" {max(gaps, default=0):.1f} s, median {median(gaps or [0]):.1f} s (a lease of {stage.lease:.0f} s)",
                *wrong[:5],
                sep="\n    ",
                flush=True,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What a run of rounds took: seconds, and CPU seconds of our processes and of the server."""

    documents: int
    seconds: float
    own: float
    servers: float

    def words(self) -> str:
        """Say it by the document."""
        each = f"{1000 * self.own / self.documents:.1f} + {1000 * self.servers / self.documents:.1f}"
        return f"{self.documents / self.seconds:.0f} documents with news a second, CPU ms each: {each}"


def _racers() -> Newsroom:
    """Return outlets with two sources each, on two domains with the same links."""
    return Newsroom(_RACERS, delay=0.02, is_plain=True)


@asynccontextmanager
async def _on_stage(
    server: PostgresServer,
    name: str,
    newsroom: Newsroom,
    *,
    interval: str = "1h",
    at_once: int = 5,
    spacing: float = 0.01,
) -> AsyncIterator[Stage]:
    """Set a stage up, on a database of its own."""
    newsroom.publish()
    server.create(name)
    with tempfile.TemporaryDirectory() as folder, reserve() as reserved:
        stage = Stage(
            newsroom,
            server,
            name,
            Path(folder),
            port_of(reserved),
            interval=interval,
            at_once=at_once,
            spacing=spacing,
        )
        async with newsroom.open(), stage:
            yield stage
    server.drop(name)


async def _play_rounds(stage: Stage, processes: int, stories: int) -> _Run:
    """Publish round after round, all due at once, until there are so many stories; the first one is not measured."""
    await stage.complete(processes - 1)
    sessions = [each.process.pid for each in stage.actors.values()]
    own, servers, begun, documents = of_sessions(sessions), of_server(stage.server), time.monotonic(), 0
    while len(stage.newsroom.matters) < stories:
        stage.newsroom.publish(_OWN, _AGENCYS)
        await asyncio.to_thread(stage.server.execute, _ALL_DUE, stage.database)
        await stage.all_stored()
        documents += sum(each.sources for each in stage.newsroom.outlets)
    return _Run(
        documents=documents,
        seconds=time.monotonic() - begun,
        own=of_sessions(sessions) - own,
        servers=of_server(stage.server) - servers,
    )
