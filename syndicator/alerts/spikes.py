"""Find spikes: what is told far more than usual, one alert for a happening."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from syndicator.alerts.detector import Look
from syndicator.models.alerts import AlertKind, Finding, Subject, SubjectKind
from syndicator.models.volumes import SeriesState, Spike
from syndicator.plural import counted
from syndicator.rules import Rules
from syndicator.store import Transaction
from syndicator.tag import language_label, open_gazetteer
from syndicator.watch.series import Series

_MOST_STORIES = 20
_MOST_LINES = 10
# From here on, what was to be expected is said without fractions.
_WHOLE_FROM = 10
# So long it counts as one: looks are taken every minute, and an alert takes two of them.
_FIRST_HOUR = timedelta(hours=1)


class SpikeDetector:
    """Reports the spikes that stand in the store: stories are judged as they are counted, see ``outbox.spikes``.

    A happening is found in many series. The widest stands for it, the others are covered by that.
    """

    kinds = frozenset({AlertKind.SPIKE})
    # What has come is counted whether or not this machine is offline.
    needs_network = False

    def find(self, tx: Transaction, look: Look) -> Iterator[Finding]:
        """Yield a finding for every spike."""
        if look.rules.config.watch.spikes_a_day <= 0:
            return
        spiking = tx.volumes.spiking()
        others = defaultdict[str, list[str]](list)
        for each in spiking:
            if each.spike is not None and each.spike.head:
                others[each.spike.head].append(_sentence(each, each.spike, look.rules))
        for each in spiking:
            if each.spike is not None:
                yield _finding(each, each.spike, look, others[each.name])


def _finding(state: SeriesState, spike: Spike, look: Look, others: Sequence[str]) -> Finding:
    series = Series.parse(state.name)
    head = (Subject(SubjectKind.SERIES, spike.head),) if spike.head else ()
    return Finding(
        kind=AlertKind.SPIKE,
        subject=Subject(SubjectKind.SERIES, state.name),
        words=_sentence(state, spike, look.rules),
        since=state.raised_at,
        evidence=tuple(others[:_MOST_LINES]),
        country=series.region,
        language=series.language,
        stories=spike.numbers[:_MOST_STORIES],
        path="/ops/",
        is_holding=not spike.is_high and not _is_recent(state.raised_at, look.now),
        covered_by=head,
    )


def _is_recent(raised_at: datetime | None, now: datetime) -> bool:
    return raised_at is not None and now - raised_at < _FIRST_HOUR


def _sentence(state: SeriesState, spike: Spike, rules: Rules) -> str:
    stories, outlets = counted(spike.stories, "story", "stories"), counted(spike.outlets, "outlet")
    expected = f"{spike.expected:.0f}" if spike.expected >= _WHOLE_FROM else f"{spike.expected:.2g}"
    what = label(Series.parse(state.name), rules)
    return f"{what}: {stories} of {outlets} in {spike.hours} h, where {expected} were to be expected."


def label(series: Series, rules: Rules) -> str:
    """Return what a series is on, in words: "Ceasefire in Syria, in Arabic"."""
    region = _region(series.region, rules)
    thing = _thing(series.thing, rules)
    where = f"{thing} in {region}" if thing and region else thing or region
    return f"{where}, in {language_label(series.language)}" if series.language else where


def _region(term: str, rules: Rules) -> str:
    gazetteer = open_gazetteer(rules.config.gazetteer)
    place = gazetteer.find(term)
    return gazetteer.region(place).label if place else term


def _thing(thing: str, rules: Rules) -> str:
    kind, _, id_ = thing.partition(":")
    if kind == "concept":
        return rules.concepts[id_].label if id_ in rules.concepts else id_
    if kind == "feed":
        return f"feed {rules.feeds[id_].title}" if id_ in rules.feeds else f"feed {id_}"
    return ""
