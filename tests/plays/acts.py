"""What happens to processes in the middle of their work. Each act returns for how many seconds a host went unasked."""

from __future__ import annotations

import asyncio
import signal
import time

from tests.plays.stage import LEADER, Actor, Stage

Seconds = float


async def kill_a_worker(stage: Stage, name: str = "w1") -> Seconds:
    """Kill a worker while it holds hosts and waits for their answers."""
    victim = await _caught_at_work(stage, name)
    await victim.kill()
    return await _gone_on(stage)


async def stop_a_worker(stage: Stage, name: str = "w1") -> Seconds:
    """Stop a worker until others have its hosts, and have stored what it does not know of; then let it go on.

    It has been answered meanwhile, and what it has in hand is old.
    """
    victim = await _caught_at_work(stage, name)
    victim.send(signal.SIGSTOP)
    stage.newsroom.edit()
    gap = await _gone_on(stage)
    victim.send(signal.SIGCONT)
    await _polls_again(stage, name)
    await stage.all_asked(time.monotonic())
    return gap


async def restart_the_server(stage: Stage) -> Seconds:
    """Stop the database's server while all are at work, until somebody has noticed, and start it again."""
    stage.newsroom.gate.clear()
    stage.newsroom.publish()
    before = {actor.name: len(actor.words()) for actor in stage.actors.values()}
    await asyncio.to_thread(stage.server.stop)

    async def is_noticed() -> bool:
        return all("the store fails" in actor.words()[before[actor.name] :] for actor in stage.actors.values())

    try:
        stage.newsroom.gate.set()
        await stage.wait(is_noticed)
    finally:
        await asyncio.to_thread(stage.server.start)
    return await _gone_on(stage)


async def kill_the_leader(stage: Stage) -> Seconds:
    """Kill the leader; workers store what comes. It publishes all of it when it is back."""
    leader = await _caught_at_work(stage, LEADER)
    await leader.kill()
    gap = await _gone_on(stage)
    stage.newsroom.publish()
    await stage.all_stored()
    await stage.start(LEADER)
    await stage.all_published()
    return gap


ACTS = (kill_a_worker, stop_a_worker, restart_the_server, kill_the_leader)


async def _caught_at_work(stage: Stage, name: str) -> Actor:
    """Publish news, and wait until a process holds hosts, one of which has not answered yet."""
    await stage.complete()
    stage.newsroom.gate.clear()
    stage.newsroom.publish()
    await stage.holding(name)
    return stage.actors[name]


async def _gone_on(stage: Stage) -> Seconds:
    """Let outlets answer; wait until all is stored, and each host was asked again."""
    begun = time.monotonic()
    stage.newsroom.gate.set()
    await stage.all_stored()
    await stage.all_asked(begun)
    return stage.newsroom.longest_gap(begun)


async def _polls_again(stage: Stage, name: str) -> None:
    """Wait until a process has claimed hosts anew."""

    async def is_back() -> bool:
        return bool(await stage.held_by(name))

    await stage.wait(is_back)
