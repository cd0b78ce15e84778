"""Whether this machine reaches anything at all: what its own connection lacks is no outlet's fault. Pure.

Two rules say that it is offline. No host has answered for a minute, while several sites failed that were well before.
Or, where some still answer, most of the hosts that polls ended at lately failed, in several countries: a connection
that loses most packets, or reaches only the own country. Hosts that have failed for long say nothing of the connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syndicator import domains
from syndicator.models import PollReport
from syndicator.models.status import Health

# So many sites, one after another and over so long, do not fail of themselves while no other answers.
_MOST_SITES, _LASTING = 3, timedelta(minutes=1)
# Of so many hosts that were well, and were asked last, so many fail, over so many countries. Where each fails by itself
# in one of ten polls, that happens by chance in 2 of 10^10 looks.
_LATEST, _MOST_FAILED, _LEAST_COUNTRIES = 20, 14, 3
# It is over when so few do.
_FEW_FAILED = 3
_WELL = frozenset({Health.WORKING, Health.UNPOLLED})
# What was not well, and not failing yet either, is not to be blamed for what an outage adds.
_UNDECIDED = frozenset({Health.SHAKY, Health.UNREACHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What is known of this machine's connection.

    ``missed`` are the endpoints, by their sources, that failed since the last answer of any host, or since most fail,
    and that were well before. ``undecided`` are those that had begun to fail before. ``latest`` are the hosts asked
    last that were well before, each with the country in which it failed, empty if it answered. If some host answered
    since most fail, it ``is_partial``.
    """

    since: datetime | None = None
    missed: Mapping[str, str] = field(default_factory=dict)
    undecided: Mapping[str, str] = field(default_factory=dict)
    latest: Mapping[str, str] = field(default_factory=dict)
    is_partial: bool = False

    def after(self, report: PollReport, now: datetime, country: str = "") -> Reach:
        """Return what is known after a poll of an outlet in a country that has just ended."""
        answered = [each.endpoint for each in (*report.documents, *report.compared) if each.outcome.is_answer]
        if answered:
            return self._after_answers(answered, now)
        unreached = {each.endpoint for each in (*report.documents, *report.compared) if each.outcome.is_unreached}
        failed = [each for each in report.health_changes if each.endpoint in unreached]
        missed = {each.endpoint for each in failed if each.before in _WELL} | (unreached & self.missed.keys())
        undecided = {each.endpoint for each in failed if each.before in _UNDECIDED}
        if not missed and not (undecided and self.missed):
            return self
        return replace(
            self,
            since=self.since or now,
            missed={**self.missed, **dict.fromkeys(missed, report.source)},
            undecided={**self.undecided, **dict.fromkeys(undecided, report.source)},
            latest=_with(self.latest, missed, country or "unknown"),
        )

    def _after_answers(self, answered: Iterable[str], now: datetime) -> Reach:
        """Take an answer into account: what was missed was an outage that is over, unless most others still fail."""
        latest = _with(self.latest, answered, "")
        was_offline = self.is_partial or self._is_total(now)
        if not _do_most_fail(latest, was_offline=was_offline):
            return Reach(latest=latest)
        heard = frozenset(answered)
        missed = {each: id_ for each, id_ in self.missed.items() if each not in heard}
        return replace(self, latest=latest, missed=missed, is_partial=True)

    def seems_offline(self, now: datetime) -> bool:
        """Return whether it is this machine that is offline, as far as can be told."""
        return self._is_total(now) or (self._lasts(now) and _do_most_fail(self.latest, was_offline=self.is_partial))

    def _is_total(self, now: datetime) -> bool:
        return self._lasts(now) and not self.is_partial and len(_sites(self.missed)) >= _MOST_SITES

    def _lasts(self, now: datetime) -> bool:
        return self.since is not None and now - self.since >= _LASTING

    @property
    def is_calm(self) -> bool:
        """Whether nothing is missed, and an answer would change nothing."""
        return not self.missed and not any(self.latest.values())

    @property
    def forgivable(self) -> Mapping[str, str]:
        """The endpoints, by their sources, whose failures since the outage began are not theirs."""
        return {**self.undecided, **self.missed}

    @property
    def words(self) -> str:
        """What an operator is told."""
        since = f"{self.since.day} {self.since:%B %H:%M} UTC" if self.since else ""
        if self.is_partial:
            failed = sum(map(bool, self.latest.values()))
            lost = f"{failed} of the {len(self.latest)} hosts asked last cannot be reached"
            return f"this machine seems to be mostly offline: {lost}, since {since}"
        sites = len(_sites(self.missed))
        return f"this machine seems to be offline: none of {sites} sites could be reached since {since}"


def _do_most_fail(latest: Mapping[str, str], *, was_offline: bool) -> bool:
    """Return whether most of the latest hosts fail; where that was so, whether more than a few do."""
    failed = [country for country in latest.values() if country]
    if was_offline:
        return len(failed) > _FEW_FAILED
    return len(failed) >= _MOST_FAILED and len(set(failed)) >= _LEAST_COUNTRIES


def _sites(endpoints: Iterable[str]) -> set[str]:
    return {domains.politeness_key(endpoint) for endpoint in endpoints}


def _with(latest: Mapping[str, str], endpoints: Iterable[str], country: str) -> Mapping[str, str]:
    """Return the latest hosts with those of some endpoints as the last ones."""
    found = dict(latest)
    for site in sorted(_sites(endpoints)):
        found.pop(site, None)
        found[site] = country
    return dict(list(found.items())[-_LATEST:])
