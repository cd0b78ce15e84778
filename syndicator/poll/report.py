"""What polls come to: totals, and one log line for each poll that brought or changed something."""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog

from syndicator import urls
from syndicator.models import Document, Outcome, PollReport, Verdict
from syndicator.models.status import Health

_log = structlog.get_logger()


@dataclass(slots=True)
class Totals:
    """What all polls since the start came to."""

    documents: int = 0
    unchanged: int = 0
    failures: int = 0
    failovers: int = 0
    verdicts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    revised: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("title", "text", "link"), 0))

    def add(self, report: PollReport) -> None:
        """Count a poll."""
        self.failovers += report.failed_over
        for document in (*report.documents, *report.compared):
            self.documents += document.outcome is Outcome.OK
            self.unchanged += document.outcome in (Outcome.UNCHANGED, Outcome.NOT_MODIFIED)
            self.failures += not document.outcome.is_good
        for verdict, count in report.verdicts.items():
            self.verdicts[verdict] += count
        for name, count in report.revised.items():
            self.revised[name] += count


def is_quiet(report: PollReport) -> bool:
    """Return whether a poll brought nothing that anybody would look for in a log."""
    asked = (*report.documents, *report.compared)
    is_known = all(each.outcome.is_good and each.outcome is not Outcome.OK for each in asked)
    return len(report.documents) == 1 and is_known and not any(each.note or each.moved_to for each in asked)


def log_poll(report: PollReport, next_in: float) -> None:
    """Log a poll; its source is due again in ``next_in`` seconds."""
    last = report.documents[-1]
    counts = {verdict.value: count for verdict, count in report.verdicts.items() if count}
    extra: dict[str, object] = {"old_news": report.old_news} if report.old_news else {}
    if len(report.documents) > 1:
        others = report.documents[:-1] if last.outcome.is_good else report.documents
        extra["failed"] = _outcomes(others)
        if last.outcome.is_good:
            extra["answered"] = urls.redact(last.endpoint)
    if last.note:
        extra["note"] = last.note
    if last.moved_to:
        extra["moved_to"] = urls.redact(last.moved_to)
    for document in (*report.documents, *report.compared):
        if document.outcome is Outcome.SUSPECT:
            endpoint = urls.redact(document.endpoint)
            _log.warning("quarantined", source=report.source, endpoint=endpoint, why=document.note)
    if report.compared:
        extra["compared"] = _outcomes(report.compared)
    took = sum(document.elapsed for document in report.documents)
    log = _log.info if last.outcome.is_good else _log.warning
    log(
        "poll",
        source=report.source,
        outcome=last.outcome.value,
        **counts,
        **extra,
        seconds=round(took, 3),
        next_in=round(next_in),
    )


def log_health(report: PollReport) -> None:
    """Log each change of an endpoint's health, for better and for worse; of the first poll its own line tells."""
    for each in (change for change in report.health_changes if change.before is not Health.UNPOLLED):
        log = _log.info if each.after.severity < each.before.severity or each.after is Health.WORKING else _log.warning
        endpoint, outcome = urls.redact(each.endpoint), each.outcome.value
        log(
            "health",
            source=report.source,
            endpoint=endpoint,
            was=each.before.value,
            now=each.after.value,
            outcome=outcome,
        )


def _outcomes(documents: tuple[Document, ...]) -> str:
    return ", ".join(f"{urls.redact(each.endpoint)} {each.outcome}" for each in documents)
