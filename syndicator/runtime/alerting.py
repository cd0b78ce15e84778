"""Alerts of a running daemon: looks at what is watched, and what happens in the log of the process."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import structlog

from syndicator import __version__
from syndicator.alerts import (
    AlertWatch,
    DaemonDetector,
    Detector,
    Look,
    SilenceDetector,
    SpikeDetector,
    note_version,
)
from syndicator.models.alerts import OpsEvent, Phase
from syndicator.runtime.app import App

_log = structlog.get_logger()


def detectors() -> tuple[Detector, ...]:
    """Return everything that looks for what an operator must know."""
    return (DaemonDetector(), SilenceDetector(), SpikeDetector())


class Alerting:
    """Looks every now and then. ``describe`` returns what the store does not know."""

    def __init__(self, app: App, describe: Callable[[], Look]) -> None:
        self._app = app
        self._watch = AlertWatch(app.store, detectors(), describe)

    async def start(self) -> None:
        """Log that another version of the program runs than before. Raise StoreError."""
        await self._app.store.write(
            partial(note_version, rules=self._app.rules, version=__version__, now=self._app.clock())
        )

    async def look(self) -> None:
        """Take a look, and log what it came to. Raise StoreError."""
        for event in await self._watch.look():
            _log_event(event)


def _log_event(event: OpsEvent) -> None:
    log = _log.info if event.phase is Phase.CLEARED else _log.warning
    log("alert", phase=event.phase, kind=event.kind, subject=str(event.subject), words=event.words, alert=event.alert)
