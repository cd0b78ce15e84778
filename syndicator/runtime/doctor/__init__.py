"""What usually goes wrong, looked at in one go: beside a running daemon, or without one. Nothing is changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

from syndicator.config import Config
from syndicator.models.checkup import Finding, Grade
from syndicator.runtime.doctor.local import check_configuration, check_limits, check_parsing, check_space, check_state
from syndicator.runtime.doctor.network import check_outlets
from syndicator.runtime.doctor.processes import check_processes
from syndicator.runtime.doctor.serving import check_serving
from syndicator.runtime.doctor.store import check_store

__all__ = ["examine"]


async def examine(config: Config, now: datetime) -> list[Finding]:
    """Return what was found, the worst first. It takes some seconds, and sends a few outlets one request each."""
    found = [finding async for finding in _looks(config, now)]
    return sorted(found, key=lambda each: list(Grade).index(each.grade))


async def _looks(config: Config, now: datetime) -> AsyncIterator[Finding]:
    for look in (check_configuration, check_state, check_space):
        for finding in look(config):
            yield finding
    for finding in await asyncio.to_thread(lambda: list(check_store(config, now))):
        yield finding
    async for finding in check_processes(config, now):
        yield finding
    for finding in check_limits():
        yield finding
    yield await check_parsing(config)
    async for finding in check_serving(config):
        yield finding
    async for finding in check_outlets(config, now):
        yield finding
