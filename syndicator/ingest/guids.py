"""Notice sources whose guids tell no items apart; from then on these are known by their links, else their words. Pure.

A guid that moves from item to item ("1" is always the newest) would make an edit of every new item. One that changes at
every request is of no use where an item has no link, or shares it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from syndicator.models import Decision, Entry, GuidFault, Known, KnownEntry, Unchanged, Update

_GUID = "guid:"
# So many items of one document make a fault: one may be an editor's slip.
_LEAST_MOVED, _LEAST_CHANGED = 2, 3
# Guids that change once come with a new system of the outlet's; those that do in so many documents always will.
TIMES: Mapping[GuidFault, int] = {GuidFault.MOVING: 1, GuidFault.CHANGING: 3}


def is_moving(entries: Sequence[Entry], known: Known) -> bool:
    """Return whether guids stand on other items than before, whose words the store knows under other guids."""
    words = {_words_key(row) for row in known.entries.values()}
    elsewhere = [entry for entry in entries if _is_guid_elsewhere(entry, known) and _words_key(entry) in words]
    return len(elsewhere) >= _LEAST_MOVED and any(entry.key in known.entries for entry in elsewhere)


def is_changing(decisions: Sequence[Decision]) -> bool:
    """Return whether most items of a document that are known have another guid than before."""
    again = [each for each in decisions if isinstance(each, Update | Unchanged) and each.known is not None]
    changed = sum(each.is_rekeyed and each.entry.key.startswith(_GUID) for each in again)
    return changed >= _LEAST_CHANGED and 2 * changed > len(again)


def without_guids(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return entries known by their links, else their words; by their guids only beside the same words.

    Two that nothing but their guids told apart are one.
    """
    shared = Counter(entry.link_key for entry in entries)
    found: dict[str, Entry] = {}
    for entry in entries:
        known_by = _without_guid(entry, is_shared=shared[entry.link_key] > 1)
        found.setdefault(known_by.key, known_by)
    return tuple(found.values())


def without_links(entries: Sequence[Entry], known: Known) -> bool:
    """Return whether there are entries without a link whose guids are not known: only words tell what they are."""
    return any(each.link_key is None and each.key not in known.entries for each in entries)


def known_by_words(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return entries that are known by their words as well as by their guids."""
    return tuple(replace(each, other_keys=(*each.other_keys, _words_key(each))) for each in entries)


def by_words(entries: Sequence[Entry], known: Known, rows: Collection[KnownEntry]) -> Known:
    """Return what is known, with the rows that say the same as an entry, and have no other date, under their words."""
    saying = {_words_key(row): row for row in rows}
    found = {key: saying[key] for each in entries if (key := _words_key(each)) in saying and _agree(each, saying[key])}
    return replace(known, entries={**found, **known.entries})


def _agree(entry: Entry, row: KnownEntry) -> bool:
    return None in (entry.published, row.published) or entry.published == row.published


def _is_guid_elsewhere(entry: Entry, known: Known) -> bool:
    row = known.entries.get(entry.key)
    return entry.key.startswith(_GUID) and (row is None or _words_key(entry) != _words_key(row))


def _without_guid(entry: Entry, *, is_shared: bool) -> Entry:
    if not entry.key.startswith(_GUID):
        return entry
    words = _words_key(entry)
    key = words if entry.link_key is None or is_shared else f"link:{entry.link_key}"
    others = (each for each in (words, *entry.other_keys, entry.key) if each != key)
    return replace(entry, key=key, other_keys=tuple(dict.fromkeys(others)))


def _words_key(said: Entry | KnownEntry) -> str:
    return f"words:{said.title_digest}{said.text_digest}"
