"""Ingest entries: decide which story each is, and write what follows from it. One transaction, re-runnable.

known -> decide -> leave out cosmetic changes -> add | revise | confirm -> join feeds -> record changes
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from syndicator.ingest.boilerplate import Boilerplate
from syndicator.ingest.guids import is_changing
from syndicator.ingest.identity import decide
from syndicator.ingest.joining import join_changed
from syndicator.ingest.known import recognise, teller_of
from syndicator.ingest.placing import places_of
from syndicator.ingest.revisions import without_cosmetics
from syndicator.ingest.uid import uid_of
from syndicator.markup import words_of_safe
from syndicator.models import (
    ChangeKind,
    Copy,
    Decision,
    Entry,
    EntryBatch,
    GuidFault,
    IngestReport,
    New,
    Source,
    Unchanged,
    Update,
    is_first_seen,
)
from syndicator.rules import Rules
from syndicator.store import Transaction

# What an outlet repeats is in these as well as in all new stories of a batch.
_MOST_LEARNED_FROM = 4


def ingest(tx: Transaction, source: Source, batch: EntryBatch, rules: Rules, now: datetime) -> IngestReport:
    """Write what a batch of entries says. Tags and feeds are those of the ``rules`` in force, which may be newer."""
    endpoint = batch.endpoint.endpoint
    entries, known = recognise(tx, source, batch, rules, now)
    decisions = decide(
        entries,
        known,
        source=source,
        endpoint=endpoint,
        now=now,
        shared=batch.shared_links,
        teller=teller_of(source, endpoint, rules),
    )
    if endpoint == source.home and is_changing(decisions):
        tx.entries.note_guid_fault(source, GuidFault.CHANGING, now)
    decisions = without_cosmetics(decisions, tx.stories.texts(_rewritten(decisions)))
    if batch.rules_fingerprint != rules.fingerprint:
        decisions = tuple(_classified_anew(decisions, source, rules, now))
    places = places_of(tx, decisions, batch, source.outlet, now)
    added = _add(tx, decisions, places, source=source, rules=rules, now=now, is_confirmed=endpoint == source.home)
    _learn_boilerplate(tx, source.outlet, known.boilerplate.get(source.outlet), decisions)
    numbers = _story_numbers(decisions, added)
    _update(tx, decisions, numbers, source=source, endpoint=endpoint, now=now)
    placed = {number: places[place] for place, number in added.items()}
    _join_feeds(tx, decisions, numbers, added, placed, rules=rules, now=now)
    tx.changes.add(_changes(decisions, numbers), now)
    revised = Counter(name for each in decisions if isinstance(each, Update) for name in each.changed)
    old_news = sum(at < now for at in places.values())
    return IngestReport(
        verdicts=Counter(each.verdict for each in decisions),
        revised=revised,
        old_news=old_news,
        arrived=tuple([each.entry.published for each in decisions if is_first_seen(each)]),
    )


def _rewritten(decisions: Sequence[Decision]) -> list[int]:
    """Return the numbers of the stories that entries would rewrite."""
    return [each.story for each in decisions if isinstance(each, Update) and each.changed != ("link",)]


def _classified_anew(decisions: Sequence[Decision], source: Source, rules: Rules, now: datetime) -> Iterator[Decision]:
    """Yield decisions whose entries are tagged by the rules in force: a reload came while the document was read."""
    for each in decisions:
        if isinstance(each, New | Update):
            yield replace(each, entry=rules.classified(each.entry, source, now))
        else:
            yield each


def _add(
    tx: Transaction,
    decisions: Sequence[Decision],
    places: Mapping[int, datetime],
    *,
    source: Source,
    rules: Rules,
    now: datetime,
    is_confirmed: bool,
) -> dict[int, int]:
    """Add the new stories. Return their numbers by their decisions' places."""
    new = [(place, each.entry) for place, each in enumerate(decisions) if isinstance(each, New)]
    if not new:
        return {}
    uids = [uid_of(rules.authority, source, entry) for _, entry in new]
    # By stories that had the same key before, and may be deleted by now: readers have seen their uids.
    used = [uid_of(rules.authority, source, each.entry) for each in decisions if isinstance(each, New) and each.retires]
    taken = tx.stories.existing_uids(uids).union(used)
    named: list[tuple[str, Entry]] = [
        (uid_of(rules.authority, source, entry, now) if uid in taken else uid, entry)
        for uid, (_, entry) in zip(uids, new, strict=True)
    ]
    updated = [places[place] for place, _ in new]
    numbers = tx.stories.add(named, source, now, is_confirmed=is_confirmed, updated=updated)
    tx.copies.add({number: entry.fingerprint for number, (_, entry) in zip(numbers, new, strict=True)})
    return {place: number for (place, _), number in zip(new, numbers, strict=True)}


def _learn_boilerplate(tx: Transaction, outlet: str, before: bytes | None, decisions: Sequence[Decision]) -> None:
    """Learn what an outlet repeats under its new stories."""
    new = [each for each in decisions if isinstance(each, New)]
    if new and before is None:  # it was not looked up where an entry is new although its guid or link is known
        before = tx.copies.boilerplate([outlet])[outlet]
    learned = Boilerplate(before or b"")
    noted = [learned.learn(words_of_safe(each.entry.html)) for each in new[:_MOST_LEARNED_FROM]]
    if any(noted):
        tx.copies.learn_boilerplate(outlet, learned.pack())


def _story_numbers(decisions: Sequence[Decision], added: Mapping[int, int]) -> list[int | None]:
    """Return the number of the story that each decision belongs to; None where retention has deleted it."""
    numbers: list[int | None] = []
    for place, each in enumerate(decisions):
        if isinstance(each, New):
            numbers.append(added[place])
        elif isinstance(each, Copy) and each.repeats is not None:
            numbers.append(numbers[each.repeats])
        else:
            numbers.append(each.story)
    return numbers


def _update(
    tx: Transaction,
    decisions: Sequence[Decision],
    numbers: Sequence[int | None],
    *,
    source: Source,
    endpoint: str,
    now: datetime,
) -> None:
    """Write what decisions change: the entries, and the stories they were known as."""
    for each, number in zip(decisions, numbers, strict=True):
        if isinstance(each, Update):
            tx.stories.revise(
                each.story,
                each.entry,
                now,
                changed=each.changed,
                endpoint=endpoint,
                taken_by=source if each.takes_over else None,
            )
            if each.entry.fingerprint and set(each.changed) - {"link"}:
                tx.copies.replace(each.story, each.entry.fingerprint)
        if not isinstance(each, New) and each.is_confirming and number is not None:
            tx.stories.confirm(number)
    noted = [
        (each, number)
        for each, number in zip(decisions, numbers, strict=True)
        if not isinstance(each, Unchanged) or each.changed or each.is_rekeyed
    ]
    tx.entries.record(noted, source, now, at=endpoint)


def _join_feeds(
    tx: Transaction,
    decisions: Sequence[Decision],
    numbers: Sequence[int | None],
    added: Mapping[int, int],
    placed: Mapping[int, datetime],
    *,
    rules: Rules,
    now: datetime,
) -> None:
    """Make new and changed stories members of the feeds that match them.

    The filters were asked about new entries where their words are. Of others the store knows more: who else has them.
    """
    fresh = {number: decisions[place].entry.feeds for place, number in added.items()}
    others = {
        number
        for each, number in zip(decisions, numbers, strict=True)
        if not isinstance(each, Unchanged) and number is not None
    }
    tx.feeds.join(fresh, now, fresh=fresh.keys(), place=lambda _, number: placed[number])
    join_changed(tx, sorted(others - fresh.keys()), rules, now)


def _changes(decisions: Sequence[Decision], numbers: Sequence[int | None]) -> Iterator[tuple[int, ChangeKind]]:
    """Yield what happened to stories, for the consumers of the outbox."""
    for each, number in zip(decisions, numbers, strict=True):
        if number is None:
            continue
        match each:
            case New():
                yield number, ChangeKind.ADDED
            case Update(changed=("link",)):
                yield number, ChangeKind.LINKED
            case Update():
                yield number, ChangeKind.REVISED
            case Copy():
                yield number, ChangeKind.COPIED
