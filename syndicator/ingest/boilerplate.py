"""Learn the sentences that an outlet repeats under its stories: "Read more", a newsletter, a copyright notice. Pure.

They say nothing of a story, and texts that share them only share nothing. A sentence is learned when it stood in four
stories; what is learned depends on the stories and their order alone. Memory is bounded: of sentences that were seen
less often, the latest are remembered.
"""

from __future__ import annotations

import hashlib
import struct

from syndicator.ingest.copy_text import parts_of

_LEAST_STORIES = 4
_MOST_LEARNED, _MOST_SEEN = 200, 400
# What outlets repeat stands first or last.
_FIRST, _LAST = 2, 4
_SPAN = 500  # characters at either end that are looked at
_LONGEST = 40  # words: more are a paragraph of a story
_RECORD = struct.Struct("<QB")


class Boilerplate:
    """What one outlet repeats. Not for use by several threads at once."""

    def __init__(self, blob: bytes = b"") -> None:
        """Begin with nothing, or with what ``pack`` returned. Raise ValueError if that is damaged."""
        if len(blob) % _RECORD.size:
            raise ValueError(f"boilerplate: {len(blob)} bytes are no records of {_RECORD.size}")
        self._seen: dict[int, int] = dict(_RECORD.iter_unpack(blob))

    def pack(self) -> bytes:
        """Return all that is known, at most some 5 KB, for the store."""
        return b"".join(_RECORD.pack(*each) for each in self._seen.items())

    def clean(self, text: str) -> str:
        """Return a plain text without what was learned; the text as it is if nothing would be left."""
        if not any(count >= _LEAST_STORIES for count in self._seen.values()):
            return text
        sentences = parts_of(text)
        kept = [sentence for sentence in sentences if self._seen.get(_hash(sentence), 0) < _LEAST_STORIES]
        return "".join(kept).strip() if kept and len(kept) < len(sentences) else text

    def learn(self, text: str) -> bool:
        """Note the first and last sentences of a new story's text; return whether anything was noted."""
        if len(text) <= 2 * _SPAN:
            sentences = parts_of(text)
            chosen = sentences if len(sentences) <= _FIRST + _LAST else sentences[:_FIRST] + sentences[-_LAST:]
        else:
            chosen = parts_of(text[:_SPAN])[:_FIRST] + parts_of(text[-_SPAN:])[-_LAST:]
        hashes = dict.fromkeys(_hash(each) for each in chosen if len(each.split()) <= _LONGEST)
        hashes.pop(0, None)
        for key in hashes:
            self._seen[key] = min(self._seen.pop(key, 0) + 1, _LEAST_STORIES)
        if len(self._seen) > _MOST_LEARNED + _MOST_SEEN:
            self._forget(_MOST_LEARNED, is_learned=True)
            self._forget(_MOST_SEEN - _MOST_LEARNED, is_learned=False)
        return bool(hashes)

    def _forget(self, most: int, *, is_learned: bool) -> None:
        found = [key for key, count in self._seen.items() if (count >= _LEAST_STORIES) is is_learned]
        for key in found[: max(0, len(found) - most)]:
            del self._seen[key]


def _hash(sentence: str) -> int:
    """Return a hash of a sentence; 0 if there is nothing in it."""
    words = " ".join(sentence.split()).casefold().rstrip(".!…")
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), "little") if words else 0
