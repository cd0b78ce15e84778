"""What polls come to since the start, counted as they end: some additions for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from syndicator.models import Outcome, PollReport, Verdict
from syndicator.models.metrics import Histogram, Metric, counters, gauge

Observer = Callable[[PollReport], None]
# The fetcher's default deadline is 20 s; first contacts and what documents lead to may take 40 s more.
_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0)


class PollCounters:
    """An observer of polls."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Begin with nothing."""
        self._clock = clock
        self._outcomes: dict[Outcome, int] = dict.fromkeys(Outcome, 0)
        self._verdicts: dict[Verdict, int] = dict.fromkeys(Verdict, 0)
        self._seconds = Histogram(_SECONDS)
        self._last: datetime | None = None

    def note(self, report: PollReport) -> None:
        """Count a poll."""
        self._outcomes[report.outcome] += 1
        self._seconds.add(sum([document.elapsed for document in report.documents]))
        for verdict, count in report.verdicts.items():
            self._verdicts[verdict] += count
        self._last = self._clock()

    def metrics(self) -> Iterator[Metric]:
        """Yield what was counted."""
        outcomes = {each.value: count for each, count in self._outcomes.items()}
        yield counters("syndicator_polls", "Polls since the start, by the outcome that counted.", "outcome", outcomes)
        yield self._seconds.metric(
            "syndicator_poll_duration_seconds", "For how long the endpoints of a poll took to answer."
        )
        if self._last is not None:
            yield gauge(
                "syndicator_last_poll_timestamp_seconds",
                "When the last poll ended, in seconds since 1970.",
                round(self._last.timestamp(), 3),
            )
        verdicts = {each.value: count for each, count in self._verdicts.items()}
        yield counters(
            "syndicator_items", "Items that polls brought since the start, by what they were.", "verdict", verdicts
        )
