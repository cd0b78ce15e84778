"""How many sources are in which state of health: kept up to date by polls, so that no scrape reads 10,000 states."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from syndicator.models import PollReport, Source
from syndicator.models.status import Health
from syndicator.store.vitals import EndpointVitals
from syndicator.watch import health_by, health_of_source

Healths = tuple[Health, ...]


class SourceStates:
    """Counts sources by health, from a reading of all of them on, and what polls changed since.

    What an operator decides in another process is noticed at the next reading, or when the source is polled.
    """

    def __init__(self, sources: Mapping[str, Source], read: Iterable[EndpointVitals]) -> None:
        """Begin with what was ``read``; an endpoint that was not is not polled yet."""
        self.sources = sources
        known: dict[str, dict[str, Health]] = defaultdict(dict)
        for each in read:
            health = health_by(each.outcome, each.failures, each.quarantine, was_good=each.was_good)
            known[each.source][each.url] = health
        # Most sources have equal healths: one tuple serves all of them.
        shared: dict[Healths, Healths] = {}
        self._healths: dict[str, Healths] = {}
        for id_, source in sources.items():
            found = tuple(known[id_].get(url, Health.UNPOLLED) for url in source.endpoints)
            self._healths[id_] = shared.setdefault(found, found)
        self._counts = Counter(health_of_source(each) for each in self._healths.values())

    def note(self, report: PollReport) -> None:
        """Take in how the endpoints of a source are after a poll. A source that is no longer in force is left out."""
        before, source = self._healths.get(report.source), self.sources.get(report.source)
        if before is None or source is None:
            return
        changed = {each.endpoint: each.after for each in report.health_changes}
        for document in (*report.documents, *report.compared):
            if document.outcome.is_good:
                changed.setdefault(document.endpoint, Health.WORKING)
        after = tuple(changed.get(url, health) for url, health in zip(source.endpoints, before, strict=True))
        if after != before:
            self._healths[source.id] = after
            self._counts[health_of_source(before)] -= 1
            self._counts[health_of_source(after)] += 1

    @property
    def counts(self) -> Mapping[str, int]:
        """How many sources there are by health, in one word each, those of which there are none included."""
        return {each.name.lower(): self._counts[each] for each in Health}
