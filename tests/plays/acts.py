"""What happens to processes in the middle of their work. Each act returns for how many seconds a host went unasked."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine
from typing import Any

from tests.plays.newsroom import Domain
from tests.plays.stage import LEADER, Actor, Stage

Seconds = float
# What a process logs whose hosts others have by now, or whose transaction the server has ended.
_NOTICED = ("a poll is dropped", "another process has taken over", "the store fails")


async def kill_a_worker(stage: Stage, name: str = "w1") -> Seconds:
    """Kill a worker while it holds hosts and waits for their answers."""
    victim, _ = await _caught_at_work(stage, name)
    await victim.kill()
    return await _gone_on(stage)


async def stop_a_worker(stage: Stage, name: str = "w1") -> Seconds:
    """Stop a worker until others have its hosts, and have stored what it does not know of; then let it go on.

    It has been answered meanwhile, and what it has in hand is old. While it looks around, others ask the hosts that it
    was about to ask: it must not.
    """
    victim, waiting = await _caught_at_work(stage, name)
    some = waiting[: stage.at_once]  # others have enough slots for these, and for going on

    async def are_asked() -> bool:
        return all(each.is_waited_for for each in some)

    async def has_noticed() -> bool:
        return any(word in victim.words()[before:] for word in _NOTICED)

    async def polls_again() -> bool:
        return "event=poll " in victim.words()[before:] or "quiet polls" in victim.words()[before:]

    victim.send(signal.SIGSTOP)
    before = len(victim.words())
    try:
        stage.newsroom.edit()
        gap = await _gone_on(stage)
        stage.newsroom.shut(some)
        await stage.wait(are_asked)
    finally:
        victim.send(signal.SIGCONT)
    await stage.wait(has_noticed)
    await stage.wait(polls_again)
    stage.newsroom.let_go()
    await stage.all_asked(time.monotonic())
    return gap


async def restart_the_server(stage: Stage) -> Seconds:
    """Stop the database's server while all are at work, until somebody has noticed, and start it again."""
    await stage.complete()
    stage.newsroom.shut()
    stage.newsroom.publish()
    before = {actor.name: len(actor.words()) for actor in stage.actors.values()}
    await asyncio.to_thread(stage.server.stop)

    async def is_noticed() -> bool:
        return all("the store fails" in actor.words()[before[actor.name] :] for actor in stage.actors.values())

    try:
        stage.newsroom.let_go()
        await stage.wait(is_noticed)
    finally:
        await asyncio.to_thread(stage.server.start)
    return await _gone_on(stage)


async def kill_the_leader(stage: Stage) -> Seconds:
    """Kill the leader; workers store what comes. It publishes all of it when it is back."""
    leader, _ = await _caught_at_work(stage, LEADER)
    await leader.kill()
    gap = await _gone_on(stage)
    stage.newsroom.publish()
    await stage.all_stored()
    await stage.start(LEADER)
    await stage.all_published()
    return gap


Act = Callable[[Stage], Coroutine[Any, Any, Seconds]]
ACTS: tuple[Act, ...] = (kill_a_worker, stop_a_worker, restart_the_server, kill_the_leader)


async def _caught_at_work(stage: Stage, name: str) -> tuple[Actor, list[Domain]]:
    """Publish news, and wait until a process holds hosts; return it, with the domains that it has not asked yet."""
    await stage.complete()
    stage.newsroom.shut()
    stage.newsroom.publish()
    waiting = await stage.holding(name)
    return stage.actors[name], waiting


async def _gone_on(stage: Stage) -> Seconds:
    """Let outlets answer; wait until all is stored, and each host was asked again."""
    begun = time.monotonic()
    stage.newsroom.let_go()
    await stage.all_stored()
    await stage.all_asked(begun)
    return stage.newsroom.longest_gap(begun)
