"""How many messages recipients were sent, and how many tries failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from syndicator.alerts import Send
from syndicator.models.metrics import Metric, MetricKind, Sample
from syndicator.models.notify import Address, Message, Recipient, Sent


class NoticeResult(StrEnum):
    """What became of a try to send a message to all addresses of a recipient that lack it."""

    SENT = "sent"
    FAILED = "failed"


class NoticeCounts:
    """Counts tries since the start."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, NoticeResult]] = Counter()

    def add(self, recipient: str, result: NoticeResult) -> None:
        """Count a try."""
        self._counts[recipient, result] += 1

    def counting(self, send: Send) -> Send:
        """Return what sends in the same way, and is counted."""
        return _CountedSend(send, self)

    def metric(self, recipients: Iterable[str]) -> Metric:
        """Return the counts of these recipients; a count that begins with its first try would seem to have had none."""
        samples = tuple(
            Sample(self._counts[name, result], (("recipient", name), ("result", result.value)), "_total")
            for name in sorted(recipients)
            for result in NoticeResult
        )
        help_ = "Tries to send a message to a recipient since the start, by what became of them."
        return Metric(name="syndicator_notices", kind=MetricKind.COUNTER, help=help_, samples=samples)


class _CountedSend:
    def __init__(self, send: Send, counts: NoticeCounts) -> None:
        self._send, self._counts = send, counts

    async def __call__(
        self, recipient: Recipient, message: Message, addresses: Sequence[Address]
    ) -> Mapping[Address, Sent]:
        result = NoticeResult.FAILED
        try:
            found = await self._send(recipient, message, addresses)
            if not any(each.error for each in found.values()):
                result = NoticeResult.SENT
            return found
        finally:
            self._counts.add(recipient.name, result)
