"""Work in the store beside a running daemon, or without one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

import click

from syndicator import urls
from syndicator.config import Config
from syndicator.models import Source
from syndicator.runtime.app import utc_now
from syndicator.store import Store, Transaction, open_store

_Result = TypeVar("_Result")
# A daemon writes its heartbeat every few seconds, or less often with a long watchdog.
_RECENT = timedelta(minutes=2)
_PATIENCE, _STEP = 5.0, 0.2


async def with_store(config: Config, work: Callable[[Transaction], _Result], *, is_writing: bool = False) -> _Result:
    """Run work in the store, with or without a running daemon, and say where it is. Never migrate its tables."""
    with _opened(config, is_writing=is_writing) as store:
        return await (store.write(work) if is_writing else store.read(work))


async def leave_to_daemon(config: Config, sources: Sequence[Source]) -> Collection[str] | None:
    """Make sources due now for a running daemon; return the ids of those it does not know, None if there is no daemon.

    One whose file has just been written is waited for: the daemon is about to read it. Raise StoreError if there is no
    store.
    """
    with _opened(config, is_writing=True) as store:
        heartbeat = await store.read(lambda tx: tx.get_meta("heartbeat"))
        if heartbeat is None or abs(utc_now() - datetime.fromisoformat(heartbeat)) > _RECENT:
            return None
        unknown, waited = await _make_due(store, sources), 0.0
        while unknown and waited < _PATIENCE:
            await asyncio.sleep(_STEP)
            waited += _STEP
            unknown = await _make_due(store, [source for source in sources if source.id in unknown])
        return unknown


@contextmanager
def _opened(config: Config, *, is_writing: bool) -> Iterator[Store]:
    click.echo(f"{'writing to' if is_writing else 'reading'} {urls.redact(config.store_place)}", err=True)
    store = open_store(config.store, may_migrate=False)
    try:
        yield store
    finally:
        store.close()


async def _make_due(store: Store, sources: Sequence[Source]) -> Collection[str]:
    now = utc_now()

    def write(tx: Transaction) -> Collection[str]:
        known = tx.sources.overview(sources)
        for id_, state in known.items():
            if state.due_at > now:
                tx.sources.postpone(id_, now)
        return {source.id for source in sources} - known.keys()

    return await store.write(write)
