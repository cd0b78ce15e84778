"""Read what the store knows that bears on a document's entries: their own rows, and what they may be copies of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from syndicator import urls
from syndicator.ingest.guids import TIMES, by_words, is_moving, known_by_words, without_guids, without_links
from syndicator.ingest.identity import COPY_WINDOW, to_compare
from syndicator.ingest.lineage import Teller
from syndicator.models import Entry, EntryBatch, GuidFault, Known, Source
from syndicator.rules import Rules
from syndicator.store import Page, Transaction

# Items of a source whose guids and links tell nothing are looked for among so many.
_REMEMBERED = 200


def recognise(
    tx: Transaction, source: Source, batch: EntryBatch, rules: Rules, now: datetime
) -> tuple[Sequence[Entry], Known]:
    """Return a batch's entries by the keys that can be relied on, and what is known of them."""
    entries, known = _identified(tx, source, batch, now)
    told_so_far = to_compare(
        entries, known, source=source, endpoint=batch.endpoint.endpoint, now=now, shared=batch.shared_links
    )
    if not told_so_far:
        return entries, known
    compared = [each for each in entries if each.key in told_so_far]
    candidates = tx.copies.candidates(
        compared,
        {each.key: tuple(_pages_of(each, source, rules)) for each in compared},
        known.texts,
        now - COPY_WINDOW,
        told_so_far=told_so_far,
    )
    outlets = {source.outlet, *(each.outlet for found in candidates.values() for each in found)}
    return entries, replace(known, candidates=candidates, boilerplate=tx.copies.boilerplate(outlets))


def _identified(tx: Transaction, source: Source, batch: EntryBatch, now: datetime) -> tuple[Sequence[Entry], Known]:
    """Return a batch's entries by the keys that can be relied on, and the rows that these find.

    Only the home shows what a source's guids are worth.
    """
    since = now - COPY_WINDOW
    fault = tx.entries.guid_fault(source)
    entries = without_guids(batch.entries) if fault and fault[1] >= TIMES[fault[0]] else batch.entries
    known = tx.entries.known(source, entries, copied_since=since)
    if entries is batch.entries and batch.endpoint.endpoint == source.home and is_moving(entries, known):
        tx.entries.note_guid_fault(source, GuidFault.MOVING, now)
        entries = without_guids(entries)
        rows = list(known.entries.values())
        return entries, by_words(entries, tx.entries.known(source, entries, copied_since=since), rows)
    if without_links(entries, known):
        entries = known_by_words(entries)
        return entries, by_words(entries, known, tx.entries.latest(source, _REMEMBERED))
    return entries, known


def teller_of(source: Source, endpoint: str, rules: Rules) -> Teller:
    """Return who tells the entries of a document."""
    outlet = rules.outlets.get(source.outlet)
    return Teller(
        outlet=source.outlet,
        names=(source.outlet, outlet.name) if outlet else (source.outlet,),
        is_home=endpoint == source.home,
        preferred=rules.preferred,
    )


def _pages_of(entry: Entry, source: Source, rules: Rules) -> Iterator[Page]:
    """Yield the pages under which other outlets may have an entry's page.

    Those of its own outlet are known by a key without host; others know them by all of the outlet's addresses.
    """
    if entry.link is None or entry.link_key is None:
        return
    if not entry.link_key.startswith("~"):
        owner = rules.owner_of(entry.link)
        own = urls.key_of(entry.link, owner.bases) if owner is not None else None
        if owner is not None and own is not None:
            yield Page(own, outlet=owner.id)
        yield Page(entry.link_key, not_at=source.outlet)
        return
    outlet = rules.outlets.get(source.outlet)
    for base in outlet.bases if outlet else ():
        key = urls.key_of(urls.lead(entry.link, base, outlet.bases if outlet else ()))
        if key is not None:
            yield Page(key, not_at=source.outlet)
