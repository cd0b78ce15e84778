"""What tells others how the daemon is: metrics, readiness, and a dead-man's switch."""

from __future__ import annotations

from collections.abc import Callable

from syndicator.alerts import Look
from syndicator.runtime.app import App
from syndicator.runtime.dead_man import DeadManSwitch
from syndicator.runtime.metrics import DaemonMetrics
from syndicator.runtime.poll_counters import Observer

STARTING = "starting"


class Monitoring:
    """The parts, and when readers may be sent here. ``describe`` returns what the store does not know of the daemon."""

    def __init__(self, app: App, describe: Callable[[], Look], is_stopping: Callable[[], bool]) -> None:
        """Must be closed with ``close()``."""
        self._describe, self._is_stopping = describe, is_stopping
        self.metrics = DaemonMetrics(app, describe)
        self._switch = DeadManSwitch(app, describe)

    @property
    def observers(self) -> tuple[Observer, ...]:
        """What is to be told of each poll."""
        return self.metrics.note, self._switch.note

    def unready(self) -> tuple[str, ...]:
        """Return why readers should be sent elsewhere; nothing once all is up, until it is told to stop.

        What is published is served whatever is wrong: that polling pauses is no reason.
        """
        if self._is_stopping():
            return ("stopping",)
        return (STARTING,) if STARTING in self._describe().trouble else ()

    async def send_heartbeat(self) -> None:
        """Send a heartbeat to the dead-man's switch, if there is one."""
        await self._switch.beat()

    async def close(self) -> None:
        """Close connections."""
        await self._switch.close()
