"""The configuration in force: what is wrong with its files, and their texts for the next start."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from syndicator.config import Config, Loader, keep_accepted
from syndicator.errors import LocalFaultError, Problem, StoreError, SyndicatorError
from syndicator.runtime.app import App

_log = structlog.get_logger()
# Whoever copies a folder for longer than that many looks is not waited for.
_MOST_LOOKS = 20
_MOST_NAMED = 5


class Configuration:
    """Puts configurations in force. ``problems`` are those of files that are not in force, as lines.

    ``bad_files`` are the same as far as they are known by file; of those ``left_out`` nothing is in force.
    ``is_pending`` while one waits for this machine to be well: nobody touches the files again for that.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._is_adopted = self.is_pending = False
        self.problems: tuple[str, ...] = ()
        self.bad_files: tuple[Problem, ...] = ()
        self.left_out: frozenset[str] = frozenset()
        self._warned: frozenset[str] = frozenset()

    async def read(self, load: Loader, *, second_look: float) -> Config:
        """Return what ``load`` reads. Errors of it pass.

        Files that are gone may be away for a moment, while a folder is copied, checked out or swapped for another:
        they count as gone when they still are ``second_look`` seconds later, and none has come or gone meanwhile.
        """
        config, gone = await asyncio.to_thread(load), frozenset[str]()
        for _ in range(_MOST_LOOKS):
            before, gone = gone, _written(self._app.config) - _written(config)
            if gone == before:
                break
            _log.info("files of the configuration are gone: a second look follows", files=sorted(gone)[:_MOST_NAMED])
            await asyncio.sleep(second_look)
            config = await asyncio.to_thread(load)
        return config

    async def adopt(self, config: Config) -> None:
        """Put a configuration in force, and keep its files' texts for the next start. Errors of ``App.adopt`` pass."""
        # Where bad files are all that changed, there is nothing to do.
        if not self._is_adopted or not config.problems or config != self._app.config:
            await self._app.adopt(config)
            self._is_adopted = True
        self.is_pending = False
        self.left_out = config.left_out
        self._report(config.problems)
        for warning in config.warnings:
            if str(warning) not in self._warned:
                _log.warning("config", warning=str(warning))
        self._warned = frozenset(map(str, config.warnings))
        try:
            await asyncio.to_thread(keep_accepted, config.state, config.texts)
        except OSError as error:
            _log.error("cannot keep the configuration for the next start", error=str(error))

    def refuse(self, error: Exception) -> None:
        """Report why a configuration was not put in force."""
        is_foreseen = isinstance(error, SyndicatorError | OSError)
        self.is_pending = isinstance(error, StoreError | LocalFaultError)
        self._report(getattr(error, "problems", (error,)), trace=None if is_foreseen else error)

    @property
    def notes(self) -> tuple[str, ...]:
        """What an operator should know though the daemon is well."""
        return tuple(f"not in force: {problem}" for problem in self.problems)

    def _report(self, found: Sequence[Problem | Exception], trace: Exception | None = None) -> None:
        """Log the problems that are new, and that the last one is mended."""
        before, self.problems = self.problems, tuple(map(str, found))
        self.bad_files = tuple(each for each in found if isinstance(each, Problem))
        for problem in self.problems:
            if problem not in before:
                _log.error("config problem", problem=problem, exc_info=trace)
        if before and not self.problems:
            _log.info("config problems are mended")


def warn_of_restart(before: Config, after: Config) -> None:
    """Log which changes need a restart to take effect."""
    for name in ("listen", "operators", "trusted_proxies", "store", "state", "workers", "at_once", "worker"):
        if getattr(after, name) != getattr(before, name):
            _log.warning("needs a restart", setting=name)


def _written(config: Config) -> frozenset[str]:
    """Return the names of the files that say anything: one that is written in place is empty for a moment."""
    return frozenset(name for name, text in config.texts.items() if text.strip())
