"""Which processes poll beside the daemon, and what an operator should know of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from syndicator.config import Config
from syndicator.models.workers import Worker
from syndicator.plural import counted
from syndicator.store import Store, Transaction

_MOST_NAMED = 5


def known_workers(tx: Transaction) -> tuple[list[Worker], datetime]:
    """Return the processes that are known, and what the database's clock shows."""
    return tx.workers.all(), tx.workers.clock()


class Pollers:
    """Looks who is at work; ``notices`` tells who is missing, and which outlets nobody asks."""

    def __init__(self, store: Store, config: Callable[[], Config]) -> None:
        """Know of nobody before ``look``."""
        self._store, self._config = store, config
        self.notices: tuple[str, ...] = ()

    async def look(self) -> None:
        """Look at the store. Raise StoreError."""
        config = self._config()
        present, missing = [config.worker], list[Worker]()
        if self._store.is_shared:
            found, now = await self._store.read(known_workers)
            for each in found:
                if each.name != config.worker.name:
                    (present if each.is_at_work(now) else missing).append(each)
        self.notices = (*map(_missing, missing), *_unasked(config, present))


def _missing(worker: Worker) -> str:
    return f"the worker {worker.name} was last seen at {worker.seen_at:%Y-%m-%d %H:%M} UTC: others poll its hosts"


def _unasked(config: Config, present: Sequence[Worker]) -> Iterator[str]:
    """Yield which outlets want to be asked by a process that is not there."""
    wanted = {each.id: each.sources[0].ask_from for each in config.outlets.values() if each.sources}
    unasked = [id_ for id_, labels in wanted.items() if not any(each.may_ask(labels) for each in present)]
    if unasked:
        labels = ", ".join(sorted(frozenset[str]().union(*(wanted[id_] for id_ in unasked))))
        names = ", ".join(unasked[:_MOST_NAMED]) + (" and others" if len(unasked) > _MOST_NAMED else "")
        yield f"nobody asks {counted(len(unasked), 'outlet')} ({names}): no process at work has a label of {labels}"
