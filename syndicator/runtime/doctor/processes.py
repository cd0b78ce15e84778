"""Several processes on one store: whether their clocks agree with the database's, and whether all are there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from syndicator import urls
from syndicator.config import Config
from syndicator.errors import StoreError
from syndicator.models.checkup import Finding, fault, warning, well
from syndicator.plural import counted
from syndicator.runtime.claims import MOST_APART
from syndicator.runtime.pollers import known_workers
from syndicator.store import is_shared, open_store


async def check_processes(config: Config, now: datetime) -> AsyncIterator[Finding]:
    """Look at who works on a store that several may work on."""
    if not is_shared(config.store):
        return
    try:
        store = open_store(config.store, may_migrate=False)
    except StoreError:  # told by those who look at the database
        return
    try:
        workers, shown = await store.read(known_workers)
    except StoreError:
        return
    finally:
        store.close()
    apart = abs(now - shown)
    if apart > MOST_APART:
        yield fault(
            "clock", f"it is {round(apart.total_seconds())} s off that of {urls.redact(config.store)}",
            "let both follow a time server: workers poll nothing until then",
        )  # fmt: skip
    missing = [each for each in workers if not each.is_at_work(shown)]
    for each in missing:
        yield warning(
            "processes", f"{each.name} was last seen at {each.seen_at:%Y-%m-%d %H:%M} UTC",
            "see its log; others poll what it polled, unless an outlet's ask_from says otherwise",
        )  # fmt: skip
    if present := len(workers) - len(missing):
        yield well("processes", f"{counted(present, 'process', 'processes')} at work")
