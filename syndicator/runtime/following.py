"""The configuration of a process beside the daemon: the one that the daemon keeps in the store, and each after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from syndicator.config import Config, OwnSettings
from syndicator.errors import ConfigError, LocalFaultError, StoreError, StoreNotReadyError
from syndicator.runtime.app import App
from syndicator.runtime.systemd import more_time
from syndicator.store import is_shared, open_store

_log = structlog.get_logger()
_OTHER_VERSION = (
    "the daemon makes other rules of the configuration: let both be of one version, with the same names of places"
)
Stamp = tuple[str, str]


class Follower:
    """Puts in force what the store has. ``fault`` says why that is not in force here; empty if it is."""

    def __init__(self, app: App, own: OwnSettings, stamp: Stamp, adopt: Callable[[Config], Awaitable[None]]) -> None:
        """Follow from the configuration of ``app``, which the store has under ``stamp``; call ``adopt`` with each."""
        self._app, self._own, self._adopt = app, own, adopt
        self._stamp, self._refused = stamp, ("", "")
        self.fault = ""

    async def begin(self) -> None:
        """Put the first one in force. Raise StoreError or LocalFaultError."""
        await self._put_in_force(self._app.config, self._stamp)

    async def look(self) -> None:
        """Put in force what the store has by now; what cannot be read is logged. Raise StoreError."""
        stamp = await self._app.store.read(lambda tx: tx.configuration.stamp())
        if stamp == self._refused:
            return
        if stamp == self._stamp:  # perhaps again, after one that could not be read
            self._accept(stamp)
            return
        texts = await self._app.store.read(lambda tx: tx.configuration.texts())
        try:
            await self._put_in_force(await asyncio.to_thread(self._own.load, texts), stamp)
        except (ConfigError, LocalFaultError) as error:
            self._refused, self.fault = stamp, f"the configuration cannot be used here: {error}"
            _log.error("config problem", problem=self.fault)

    async def _put_in_force(self, config: Config, stamp: Stamp) -> None:
        await self._adopt(config)
        self._accept(stamp)
        for problem in config.problems:
            _log.error("config problem", problem=str(problem))
        _log.info("configuration", outlets=len(config.outlets), feeds=len(config.feeds))

    def _accept(self, stamp: Stamp) -> None:
        self._stamp, self._refused = stamp, ("", "")
        self.fault = "" if self._app.rules.fingerprint == stamp[1] else _OTHER_VERSION


def refuse_unshared(own: OwnSettings, *, who: str) -> None:
    """Raise StoreError if the store is one that a single process works on; ``who`` would be another."""
    if not is_shared(own.store):
        raise StoreError(f"{who} needs a store that several processes can work on: postgresql://…")


async def first_configuration(own: OwnSettings) -> tuple[Config, Stamp]:
    """Return what the store has, once a daemon has put it there. Raise StoreError, or ConfigError for what it has."""
    with more_time():
        told = ""
        while True:
            reason = "the daemon has put no configuration into the store yet"
            try:
                stamp, texts = await _stored(own)
                if texts:
                    return await asyncio.to_thread(own.load, texts), stamp
            except StoreNotReadyError as error:
                reason = str(error)
            if reason != told:
                _log.info("waiting for the daemon", reason=reason)
            told = reason
            await asyncio.sleep(1)


async def _stored(own: OwnSettings) -> tuple[Stamp, dict[str, str]]:
    store = open_store(own.store, may_migrate=False)
    try:
        return await store.read(lambda tx: (tx.configuration.stamp(), tx.configuration.texts()))
    finally:
        store.close()
