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
    Doors,
    FailingEndpoints,
    Look,
    MirrorComparisons,
    NoticeService,
    SilenceDetector,
    SpikeDetector,
    UndeliveredNotices,
    note_version,
)
from syndicator.models.alerts import OpsEvent, Phase
from syndicator.runtime.app import App
from syndicator.runtime.notice_counts import NoticeCounts
from syndicator.runtime.notices import Messengers

_log = structlog.get_logger()


def detectors() -> tuple[Detector, ...]:
    """Return everything that looks for what an operator must know."""
    return (
        DaemonDetector(),
        UndeliveredNotices(),
        FailingEndpoints(),
        SilenceDetector(),
        SpikeDetector(),
        Doors(),
        MirrorComparisons(),
    )


class Alerting:
    """Looks every now and then, and tells recipients. ``describe`` returns what the store does not know.

    What is sent is counted in ``counts``.

    Must be created in a running event loop and closed with ``close()``.
    """

    def __init__(self, app: App, describe: Callable[[], Look], counts: NoticeCounts) -> None:
        self._app = app
        self._watch = AlertWatch(app.store, detectors(), describe)
        self._messengers = Messengers(lambda: app.config, clock=app.clock, resolver=app.resolver)
        send = counts.counting(self._messengers.channels.send)
        self._notices = NoticeService(
            app.store, send, rules=lambda: app.rules, clock=app.clock, is_offline=lambda: describe().is_offline
        )

    async def start(self) -> None:
        """Log that another version of the program runs than before. Raise StoreError."""
        await self._app.store.write(
            partial(note_version, rules=self._app.rules, version=__version__, now=self._app.clock())
        )

    async def look(self) -> None:
        """Take a look, and log what it came to. Raise StoreError."""
        for event in await self._watch.look():
            _log_event(event)

    async def tell(self) -> None:
        """Plan what the log of operations has new for recipients, and start to send what is due. Raise StoreError."""
        await self._notices.run_once()

    async def close(self) -> None:
        """Break off what is on its way to recipients: it is sent after the next start."""
        await self._notices.close()
        await self._messengers.close()


def _log_event(event: OpsEvent) -> None:
    log = _log.info if event.phase is Phase.CLEARED else _log.warning
    log("alert", phase=event.phase, kind=event.kind, subject=str(event.subject), words=event.words, alert=event.alert)
