"""Whether this machine reaches anything at all: what its own connection lacks is no outlet's fault. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syndicator import domains
from syndicator.models import PollReport
from syndicator.models.status import Health

# So many sites, one after another and over so long, do not fail of themselves while no other answers.
_MOST_SITES, _LASTING = 3, timedelta(minutes=1)
_WELL = frozenset({Health.WORKING, Health.UNPOLLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The endpoints that failed since the last answer of any host, and that were well before; by their sources.

    Only those count: what has failed for long, a blocked outlet, says nothing of the connection.
    """

    since: datetime | None = None
    missed: Mapping[str, str] = field(default_factory=dict)

    def after(self, report: PollReport, now: datetime) -> Reach:
        """Return what is known after a poll that has just ended."""
        if any(document.outcome.is_answer for document in (*report.documents, *report.compared)):
            return Reach() if self.missed else self
        missed = {
            each.endpoint: report.source
            for each in report.health_changes
            if each.before in _WELL and each.outcome.is_unreached
        }
        return Reach(since=self.since or now, missed={**self.missed, **missed}) if missed else self

    def seems_offline(self, now: datetime) -> bool:
        """Return whether it is this machine that is offline, as far as can be told."""
        if self.since is None or now - self.since < _LASTING:
            return False
        return len({domains.politeness_key(endpoint) for endpoint in self.missed}) >= _MOST_SITES

    @property
    def words(self) -> str:
        """What an operator is told."""
        since = f"{self.since:%H:%M} UTC" if self.since else ""
        sites = len({domains.politeness_key(endpoint) for endpoint in self.missed})
        return f"this machine seems to be offline: none of {sites} sites could be reached since {since}"
