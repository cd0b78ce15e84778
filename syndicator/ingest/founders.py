"""Which entries of one document tell the same story. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from syndicator.fingerprint import keys_of
from syndicator.ingest.lineage import CopyReader, compare_told
from syndicator.models import Copy, Entry, New, Update

# So many items of a document that share keys are compared.
_MOST_ALIKE = 3


class Founders:
    """The entries of a document whose words are stories' from now on: by their pages, words, and fingerprints."""

    def __init__(self, shared: Collection[str], reader: CopyReader) -> None:
        """Hold none yet. ``shared`` are link keys that identify no story in the document."""
        self._shared, self._reader = shared, reader
        self._by_mark: dict[str, int] = {}
        # The first place with each key: what later ones share with it, they share with each other.
        self._by_fingerprint: dict[int, int] = {}
        self._decisions: dict[int, New | Update] = {}

    def add(self, place: int, decision: New | Update) -> None:
        """Add the entry at a place of the document."""
        self._decisions[place] = decision
        for mark in self._marks(decision.entry):
            self._by_mark.setdefault(mark, place)
        found = self._by_fingerprint
        keys = dict.fromkeys(keys_of(decision.entry.fingerprint), place)
        found.update({**keys, **{key: found[key] for key in found.keys() & keys}})

    def find(self, entry: Entry) -> Copy | None:
        """Return the decision on an entry that is the same story as one of them."""
        for mark in self._marks(entry):
            if mark in self._by_mark:
                return self._copy(entry, self._by_mark[mark], "stands twice in this document")
        shared_keys = self._by_fingerprint.keys() & keys_of(entry.fingerprint)
        shared = Counter(self._by_fingerprint[key] for key in shared_keys)
        alike = sorted((place for place, count in shared.items() if count > 1), key=lambda each: (-shared[each], each))
        if not alike:
            return None
        new = self._reader.read(entry)
        for place in alike[:_MOST_ALIKE]:
            comparison = compare_told(new, self._reader.read(self._decisions[place].entry), is_within=True)
            # A flash and the article that follows it are two items as long as the outlet lists both.
            if comparison.is_copy and not comparison.changes.is_extension:
                return self._copy(entry, place, f"stands twice in this document: {comparison.reason}")
        return None

    def _copy(self, entry: Entry, place: int, reason: str) -> Copy:
        decision = self._decisions[place]
        if isinstance(decision, Update):
            return Copy(entry=entry, story=decision.story, reason=reason)
        return Copy(entry=entry, repeats=place, reason=reason)

    def _marks(self, entry: Entry) -> tuple[str, ...]:
        """Return what makes a second item of the same document the same story."""
        link = entry.link_key if entry.link_key not in self._shared else None
        return tuple(f"{kind} {mark}" for kind, mark in (("link", link), ("words", entry.copy_digest)) if mark)
