"""What the operators' pages ask of the store, and of what runs, beside the status."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from syndicator.errors import Problem
from syndicator.models import Appearance
from syndicator.models.alerts import Alert, Mute, OpsEvent
from syndicator.models.days import DayCount
from syndicator.models.ops import DoorPanel, Rhythm

Counts = Mapping[str, Sequence[DayCount]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecords:
    """Alerts that are raised, those that ended within a strip's length, what is muted, and outlets that are quiet."""

    raised: Sequence[Alert] = ()
    ended: Sequence[Alert] = ()
    mutes: Sequence[Mute] = ()
    quiet: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletRecords:
    """What the store holds on one outlet. ``shown`` and ``polled`` are by source, ``doors`` by host."""

    days: Counts = field(default_factory=dict)
    shown: Mapping[str, Sequence[Appearance]] = field(default_factory=dict)
    events: Sequence[OpsEvent] = ()
    rhythm: Rhythm | None = None
    polled: Mapping[str, str] = field(default_factory=dict)
    doors: Mapping[str, DoorPanel] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationRecords:
    """What is in force. ``left_out`` are files of which nothing is; ``countries`` has names by code."""

    folder: str = ""
    problems: Sequence[Problem] = ()
    warnings: Sequence[Problem] = ()
    left_out: Collection[str] = ()
    concepts: int = 0
    countries: Mapping[str, str] = field(default_factory=dict)
    offline: str = ""


class OpsRecords(Protocol):
    """Short reads: each is keyed, so that ten thousand outlets cost no page more than ten. Raise StoreError."""

    async def alerts(self, now: datetime) -> AlertRecords:
        """Return what is alerted to now."""

    async def days(self, sources: Sequence[str], since: int) -> Counts:
        """Return the days of sources from a day on."""

    async def log(self, limit: int, before: int | None) -> Sequence[OpsEvent]:
        """Return the latest events of the log, those before a number."""

    async def outlet(self, id_: str, now: datetime) -> OutletRecords:
        """Return what is known of one outlet."""

    def configuration(self) -> ConfigurationRecords:
        """Return how the configuration is. Reads nothing."""


class NoRecords:
    """Knows nothing: for a face that has no store."""

    async def alerts(self, now: datetime) -> AlertRecords:  # noqa: ARG002, D102
        return AlertRecords()

    async def days(self, sources: Sequence[str], since: int) -> Counts:  # noqa: ARG002, D102
        return {}

    async def log(self, limit: int, before: int | None) -> Sequence[OpsEvent]:  # noqa: ARG002, D102
        return ()

    async def outlet(self, id_: str, now: datetime) -> OutletRecords:  # noqa: ARG002, D102
        return OutletRecords()

    def configuration(self) -> ConfigurationRecords:  # noqa: D102
        return ConfigurationRecords()
