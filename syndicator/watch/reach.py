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

    ``silent`` are the endpoints, by their sources, that failed since the last answer of any host, the first of them at
    ``since``, and that were well before; ``earlier`` those that failed before that answer, and still do. ``undecided``
    are those that had begun to fail before. ``latest`` are the hosts asked last that were well before, each with the
    country in which it failed, empty if it answered; most of them fail since ``most_since``. If some host answered
    since, it ``is_partial``. It ``is_resumed`` if it was offline before a restart, and no host has answered yet.
    """

    since: datetime | None = None
    silent: Mapping[str, str] = field(default_factory=dict)
    earlier: Mapping[str, str] = field(default_factory=dict)
    undecided: Mapping[str, str] = field(default_factory=dict)
    latest: Mapping[str, str] = field(default_factory=dict)
    most_since: datetime | None = None
    is_partial: bool = False
    is_resumed: bool = False

    @classmethod
    def resumed(cls, since: datetime, missed: Mapping[str, str]) -> Reach:
        """Return what is known at a start in the middle of an outage, with the endpoints that failed in it."""
        return cls(since=since, earlier=missed, is_resumed=True)

    def after(self, report: PollReport, now: datetime, country: str = "") -> Reach:
        """Return what is known after a poll of an outlet in a country that has just ended."""
        answered = [each.endpoint for each in (*report.documents, *report.compared) if each.outcome.is_answer]
        if answered:
            return self._after_answers(answered, now)
        unreached = {each.endpoint for each in (*report.documents, *report.compared) if each.outcome.is_unreached}
        failed = [each for each in report.health_changes if each.endpoint in unreached]
        again = {each for each in unreached if each in self.silent or each in self.earlier}
        missed = {each.endpoint for each in failed if each.before in _WELL} | again
        undecided = {each.endpoint for each in failed if each.before in _UNDECIDED}
        if not missed and not (undecided and (self.silent or self.earlier)):
            return self
        silent = [each for each in missed if each not in self.earlier]
        latest = _with(self.latest, missed, country or "unknown")
        return replace(
            self,
            since=self.since or (now if silent else None),
            silent={**self.silent, **dict.fromkeys(silent, report.source)},
            undecided={**self.undecided, **dict.fromkeys(undecided, report.source)},
            latest=latest,
            most_since=self._most_since(latest, now, was_offline=self.is_partial),
        )

    def _after_answers(self, answered: Iterable[str], now: datetime) -> Reach:
        """Take an answer into account. Whoever still fails is missed, until an outage is over: there may be one."""
        was_offline = self.is_partial or self.is_resumed or self._is_total(now)
        latest = _with(self.latest, answered, "")
        most_since = self._most_since(latest, now, was_offline=was_offline)
        heard, is_partial = frozenset(answered), most_since is not None
        missed = {each: id_ for each, id_ in self.missed.items() if each not in heard}
        if was_offline and not is_partial:
            missed = {}
        elif not is_partial:
            missed = {each: id_ for each, id_ in missed.items() if latest.get(domains.politeness_key(each))}
        return Reach(
            earlier=missed,
            undecided=self.undecided if is_partial else {},
            latest=latest,
            most_since=most_since,
            is_partial=is_partial,
        )

    def _most_since(self, latest: Mapping[str, str], now: datetime, *, was_offline: bool) -> datetime | None:
        """Return since when most of the latest hosts fail, if they do."""
        return (self.most_since or self.since or now) if _do_most_fail(latest, was_offline=was_offline) else None

    def shifted(self, by: timedelta) -> Reach:
        """Return the same by a clock that was set."""
        since, most_since = (each and each + by for each in (self.since, self.most_since))
        return replace(self, since=since, most_since=most_since)

    def seems_offline(self, now: datetime) -> bool:
        """Return whether it is this machine that is offline, as far as can be told."""
        do_most_fail = self.most_since is not None and now - self.most_since >= _LASTING
        return self.is_resumed or do_most_fail or self._is_total(now)

    def _is_total(self, now: datetime) -> bool:
        lasts = self.since is not None and now - self.since >= _LASTING
        return lasts and not self.is_partial and _are_of_sites(self.silent, _MOST_SITES)

    @property
    def is_calm(self) -> bool:
        """Whether nothing is missed, and an answer would change nothing."""
        return not (self.silent or self.earlier or self.is_resumed or any(self.latest.values()))

    @property
    def missed(self) -> Mapping[str, str]:
        """The endpoints, by their sources, that were well and cannot be reached."""
        return {**self.earlier, **self.silent}

    @property
    def forgivable(self) -> Mapping[str, str]:
        """The endpoints, by their sources, whose failures since the outage began are not theirs."""
        return {**self.undecided, **self.missed}

    @property
    def words(self) -> str:
        """What an operator is told."""
        if self.is_resumed:
            since = f"as before it started, since {_moment(self.since)}"
            return f"this machine seems to be offline, {since}: no host has answered"
        if self.is_partial or not _are_of_sites(self.silent, _MOST_SITES):
            failed = sum(map(bool, self.latest.values()))
            lost = f"{failed} of the {len(self.latest)} hosts asked last cannot be reached"
            return f"this machine seems to be mostly offline: {lost}, since {_moment(self.most_since)}"
        lost = f"none of {len(_sites(self.silent))} sites could be reached"
        return f"this machine seems to be offline: {lost} since {_moment(self.since)}"


def _moment(at: datetime | None) -> str:
    return f"{at.day} {at:%B %H:%M} UTC" if at else ""


def _do_most_fail(latest: Mapping[str, str], *, was_offline: bool) -> bool:
    """Return whether most of the latest hosts fail; where that was so, whether more than a few do."""
    failed = [country for country in latest.values() if country]
    if was_offline:
        return len(failed) > _FEW_FAILED
    return len(failed) >= _MOST_FAILED and len(set(failed)) >= _LEAST_COUNTRIES


def _sites(endpoints: Iterable[str]) -> set[str]:
    return {domains.politeness_key(endpoint) for endpoint in endpoints}


def _are_of_sites(endpoints: Iterable[str], count: int) -> bool:
    """Return whether endpoints are of so many sites; of thousands the first ones tell."""
    found: set[str] = set()
    for each in endpoints:
        found.add(domains.politeness_key(each))
        if len(found) >= count:
            return True
    return False


def _with(latest: Mapping[str, str], endpoints: Iterable[str], country: str) -> Mapping[str, str]:
    """Return the latest hosts with those of some endpoints as the last ones."""
    found = dict(latest)
    for site in sorted(_sites(endpoints)):
        found.pop(site, None)
        found[site] = country
    return dict(list(found.items())[-_LATEST:])
