"""Commit what a poll collected. Everything here runs inside one transaction, and may be run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from syndicator.ingest import ingest
from syndicator.models import (
    NOTHING_INGESTED,
    Capture,
    Collected,
    Document,
    EndpointState,
    EntryBatch,
    HealthChange,
    IngestReport,
    Outcome,
    Outlet,
    OutletMode,
    PollBounds,
    PollRecord,
    PollReport,
    Source,
    SourceState,
    Verdict,
)
from syndicator.models.alerts import muted_by
from syndicator.poll.notes import note_of_takeover
from syndicator.poll.rhythm import NextPoll, follows_rhythm, next_by_rhythm
from syndicator.poll.schedule import endpoint_after, next_due
from syndicator.rules import Rules
from syndicator.store import Transaction
from syndicator.watch import doors, health_of, learn, working_base

# So many old items at once are a flood: an archive opened, a site moved, a clock or a script gone wrong.
_FLOOD = 20
_SAME = (Outcome.UNCHANGED, Outcome.NOT_MODIFIED)


def add_batch(
    tx: Transaction,
    *,
    source: Source,
    outlet: Outlet,
    batch: EntryBatch,
    teacher: str,
    since: datetime | None,
    rules: Rules,
    now: datetime,
) -> IngestReport:
    """Ingest a batch, and store what its endpoint shows. What the ``teacher`` endpoint shows is learned.

    ``since`` is when the source last answered well: its new entries have come since. None at its first document.
    """
    report = ingest(tx, source, batch, rules, now)
    tx.pulses.note(source.id, report.arrived, since=since, now=now)
    if outlet.mode is OutletMode.COMPARE:
        tx.mirrors.show(source, batch.endpoint, batch.entries, now)
    if batch.endpoint.endpoint == teacher:
        before = tx.mirrors.profile(source)
        if learned := learn(batch.title, batch.entries, None if batch.relearns else before, now):
            tx.mirrors.learn(source, learned)
    return report


def commit(
    tx: Transaction, *, source: Source, collected: Collected, rules: Rules, now: datetime, early: IngestReport
) -> PollReport:
    """Write a poll: its entries and, with them, the validators they came with, and when the source is due again.

    ``early`` is what came of the batches that were ingested before, in transactions of their own.
    """
    report = early + _add_batches(tx, source, collected, rules, now, since=collected.state.good_at)
    if collected.known_items:
        report += IngestReport(verdicts=Counter({Verdict.UNCHANGED: collected.known_items}))
    collected = _with_note_on_flood(collected, report)

    def record_of(state: SourceState) -> PollRecord:
        return _record_of(source, state, collected, report, rules=rules, now=now)

    record = record_of(collected.state)
    tx.record_poll(record, record_of, doors.after)
    if collected.hub_link is not None:
        tx.subscriptions.offer(collected.hub_link)
    elif collected.is_home_read:
        tx.subscriptions.withdraw(source.id)
    _write_observations(tx, source, collected, now)
    changes: tuple[HealthChange, ...] = ()
    if not _is_calm(collected):
        _follow_working_base(tx, collected.outlet, rules, now)
        changes = tuple(_health_changes(collected, record))
    return _report(source, collected, report, record.due_at, changes)


def commit_push(
    tx: Transaction, *, source: Source, collected: Collected, rules: Rules, now: datetime, early: IngestReport
) -> PollReport:
    """Write what a hub pushed. When the source is due, and what its next request is made with, stay as they are."""
    # Whatever a hub pushes has come just now.
    report = early + _add_batches(tx, source, collected, rules, now, since=collected.state.good_at and now)
    _write_observations(tx, source, collected, now)
    return _report(source, collected, report, collected.state.due_at)


def _add_batches(
    tx: Transaction, source: Source, collected: Collected, rules: Rules, now: datetime, *, since: datetime | None
) -> IngestReport:
    report = NOTHING_INGESTED
    for batch in collected.batches:
        report += add_batch(
            tx,
            source=source,
            outlet=collected.outlet,
            batch=batch,
            teacher=collected.teacher,
            since=since,
            rules=rules,
            now=now,
        )
    return report


def _write_observations(tx: Transaction, source: Source, collected: Collected, now: datetime) -> None:
    if source.is_captured:
        documents = (*collected.documents, *collected.compared, *collected.followed)
        tx.captures.add(_captures(source, documents))
    if collected.candidates:
        tx.mirrors.suggest(collected.candidates, now)
    for key, count in collected.counters.items():
        if count:
            tx.add_to_counter(key, count)


def _captures(source: Source, documents: Iterable[Document]) -> Iterator[Capture]:
    """Yield the documents that were captured, and what came of them: those that brought a body that is new or kept."""
    for each in documents:
        if each.record is not None and (each.record.is_whole or each.outcome not in _SAME):
            yield Capture(source=source.id, endpoint=each.endpoint, outcome=each.outcome, record=each.record)


def _record_of(
    source: Source, state: SourceState, collected: Collected, report: IngestReport, *, rules: Rules, now: datetime
) -> PollRecord:
    """Return what to write about a source, given its state now. Pure.

    The state may be newer than the one the poll began with. What the operator decided on an endpoint meanwhile stands,
    and a due time that was brought forward stays.
    """
    before, decided = _endpoints_now(collected.state, state)
    asked = {each.endpoint: each for each in (*collected.documents, *collected.compared)}
    written = asked.keys() - decided
    is_familiar = any(count for verdict, count in report.verdicts.items() if verdict is not Verdict.NEW)
    after = [
        _endpoint_after(each, asked[each.endpoint], collected, rules, now, is_familiar=is_familiar)
        if each.endpoint in written
        else each
        for each in before
    ]
    last = collected.documents[-1]
    # What its archive lists is not in its document.
    listed = 0 if collected.followed else report.verdicts.total()
    timed = _timed(source, state, last, report.arrived, listed=listed, bounds=rules.bounds, now=now)
    due_at = next_due(
        after,
        last,
        polling_hints=collected.hints or state.polling_hints,
        interval=source.interval,
        rhythm=timed.wait if timed else None,
        is_pushed=rules.takes_pushes and state.pushed_until is not None and state.pushed_until > now,
        bounds=rules.bounds,
        now=now,
        seed=source.id,
    )
    is_due_moved = state.due_at != collected.state.due_at
    return PollRecord(
        source=source.id,
        version=state.version,
        polled_at=now,
        due_at=min(due_at, state.due_at) if is_due_moved else due_at,
        endpoints=tuple([each for each in after if each.endpoint in written]),
        working=last.endpoint if last.outcome.is_good else None,
        title=collected.title,
        news_at=now if report.verdicts.get(Verdict.NEW) else None,
        hints=collected.hints,
        seen_items=collected.seen_items,
        peers=tuple([peer for each in asked.values() for peer in each.peers]),
        timing=timed.timing if timed else None,
        turns=timed.turns if timed else None,
    )


def _timed(
    source: Source,
    state: SourceState,
    last: Document,
    arrived: Sequence[datetime | None],
    *,
    listed: int,
    bounds: PollBounds,
    now: datetime,
) -> NextPoll | None:
    """Return when a source's rhythm wants it polled; None where the operator says how often, or it is not known."""
    if not follows_rhythm(source, bounds) or not last.outcome.is_good:
        return None
    # Nothing of the last document is left: items may have come and gone between the two.
    is_overflowing = bool(listed) and len(arrived) == listed and state.good_at is not None
    return next_by_rhythm(state, arrived, listed=listed, is_overflowing=is_overflowing, bounds=bounds, now=now)


def _endpoints_now(began_with: SourceState, state: SourceState) -> tuple[Sequence[EndpointState], Collection[str]]:
    """Return the endpoints that a poll began with as they are now, and which of them the operator has decided on."""
    if state is began_with:
        return state.endpoints, ()
    current = {each.endpoint: each for each in state.endpoints}
    pairs = [(each, current.get(each.endpoint, each)) for each in began_with.endpoints]
    decided = {after.endpoint for before, after in pairs if after.quarantine != before.quarantine}
    return [after for _, after in pairs], decided


def _endpoint_after(
    state: EndpointState, document: Document, collected: Collected, rules: Rules, now: datetime, *, is_familiar: bool
) -> EndpointState:
    shows_known = document.outcome is not Outcome.OK or is_familiar
    after = endpoint_after(state, document, rules.bounds, now, is_familiar=shows_known)
    archive = collected.missing_archives.get(state.endpoint)
    return after if archive is None else replace(after, missing_archive=archive)


def _is_calm(collected: Collected) -> bool:
    """Return whether no endpoint was failing, nor is: then links lead where they led, and nobody need look."""
    was_calm = all(state.outcome is None or state.outcome.is_good for state in collected.state.endpoints)
    return was_calm and all(document.outcome.is_good for document in collected.documents)


def _follow_working_base(tx: Transaction, outlet: Outlet, rules: Rules, now: datetime) -> None:
    """Mark feeds to be rendered again if the address that an outlet's links should lead to has changed."""
    states = {id_: state.endpoints for id_, state in tx.sources.states(outlet.sources).items()}
    base, key = working_base(outlet, states), f"links {outlet.id}"
    before = tx.get_meta(key) or outlet.home
    if before != base:
        tx.feeds.touch_outlet(outlet.id, now)
        tx.set_meta(key, base)
        muted = (*rules.config.watch.muted, *(each.pattern for each in tx.alerts.mutes(now)))
        tx.alerts.log([muted_by(note_of_takeover(outlet, before, base, now), muted)])


def _report(
    source: Source,
    collected: Collected,
    report: IngestReport,
    due_at: datetime,
    health_changes: tuple[HealthChange, ...] = (),
) -> PollReport:
    last = collected.documents[-1]
    return PollReport(
        source=source.id,
        documents=collected.documents,
        compared=collected.compared,
        verdicts=report.verdicts,
        revised=report.revised,
        next_due=due_at,
        failed_over=last.outcome.is_good and len(collected.documents) > 1,
        old_news=report.old_news,
        health_changes=health_changes,
    )


def _with_note_on_flood(collected: Collected, report: IngestReport) -> Collected:
    """Note where a source that is known brings much old news at once; at its first document that is to be expected."""
    is_flood = report.old_news >= _FLOOD and 2 * report.old_news >= report.verdicts[Verdict.NEW]
    if collected.state.good_at is None or not is_flood:
        return collected
    *others, last = collected.documents
    flood = f"{report.old_news} new items are old: they have their places in feeds by their own dates"
    last = replace(last, note="; ".join(filter(None, (last.note, flood))))
    return collected._replace(documents=(*others, last))


def _health_changes(collected: Collected, record: PollRecord) -> Iterator[HealthChange]:
    before = {each.endpoint: health_of(each) for each in collected.state.endpoints}
    for each in record.endpoints:
        health = health_of(each)
        if each.outcome is not None and health is not before[each.endpoint]:
            yield HealthChange(endpoint=each.endpoint, before=before[each.endpoint], after=health, outcome=each.outcome)
