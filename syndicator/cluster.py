"""Classify every story of an archive: new, updated, unchanged or a copy, and on which event.

Stories come in order of time and are answered one by one. What is remembered is bounded, so that an archive may be of
any length: pages for as long as there is room, texts for as long as copies are looked for, events for two days.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from syndicator import urls
from syndicator.fingerprint import fingerprint, keys_of, least_shared
from syndicator.ingest.copies import Comparison
from syndicator.ingest.copy_text import CopyText, prepare
from syndicator.ingest.identity import COPY_WINDOW
from syndicator.ingest.lineage import compare_told
from syndicator.models import Verdict
from syndicator.outbox.event_index import EventIndex, Item
from syndicator.store.fingerprint_table import FingerprintTable
from syndicator.text import Words

Id = str | int
_K = TypeVar("_K", bound=Hashable)
_MOST_PAGES = 250_000
_MOST_TEXTS = 60_000
_MOST_MERGES = 100_000
_BUCKETS = 1 << 19  # eight slots of eight bytes each: for the keys of some 100,000 stories
_LONGEST_TEXT = 12_000  # characters that are kept to be compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A story of an archive. ``places`` are terms of regions, ``place_words`` the words that name them."""

    id: Id
    title: str
    text: str
    language: str
    published: datetime
    outlet: str = ""
    url: str = ""
    places: tuple[str, ...] = ()
    place_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a story is. ``story`` and ``of`` are ids of the archive, events are numbered by the line that opened them.

    ``of`` is the story whose update, copy or repetition it is. ``merged`` are events that turned out to be ``event``;
    ``related`` are events of other languages that may be.
    """

    decision: Verdict
    story: Id
    event: int
    reason: str
    of: Id | None = None
    score: float | None = None
    merged: tuple[int, ...] = ()
    related: tuple[int, ...] = ()


@dataclass(slots=True)
class _Page:
    """A story as it was shown last at its address: digests of its words."""

    story: Id
    outlet: str
    event: int
    title: bytes
    text: bytes


@dataclass(frozen=True, slots=True)
class _Kept:
    """A story's words, packed, as they are compared with those of later stories."""

    story: Id
    outlet: str
    event: int
    at: datetime
    title: str
    text: bytes
    language: str
    place_words: tuple[str, ...]


class Clusterer:
    """Answers stories one after another."""

    def __init__(self) -> None:
        """Know no story."""
        self._count = 0
        self._index = EventIndex()
        self._table = FingerprintTable(None, _BUCKETS)
        self._pages: dict[str, _Page] = {}
        self._texts: dict[int, _Kept] = {}
        self._merged: dict[int, int] = {}

    def close(self) -> None:
        """Free the table."""
        self._table.close()

    def add(self, story: Read) -> Answer:
        """Classify a story, and remember it."""
        self._count += 1
        key = _key_of(story)
        page = self._pages.pop(key, None) if key else None
        if page is not None:
            self._pages[key] = page  # the last to be forgotten
            is_own = page.outlet == story.outlet or not (page.outlet and story.outlet)
            return self._again(story, page) if is_own else self._elsewhere(page)
        keys = keys_of(fingerprint(story.title, story.text))
        answer = self._copy(story, keys) or self._new(story)
        if answer.decision is Verdict.NEW:
            self._keep(story, answer, keys)
        if key:
            self._note(key, story, answer)
        return answer

    def _again(self, story: Read, page: _Page) -> Answer:
        """Answer a story whose page is known: as updated or unchanged."""
        title, text = _digest(story.title), _digest(story.text)
        changed = [
            what
            for what, now, before in (("headline", title, page.title), ("text", text, page.text))
            if now and now != before
        ]
        event, known_by = self.event(page.event), "page" if story.url else "id"
        if not changed:
            reason = f"the same {known_by} with the same words"
            return Answer(decision=Verdict.UNCHANGED, story=page.story, of=page.story, event=event, reason=reason)
        if "headline" in changed:
            self._index.restore(self._item(story), event)
        page.title, page.text = title or page.title, text or page.text
        reason = f"the same {known_by} with another {' and another '.join(changed)}"
        answer = Answer(decision=Verdict.UPDATED, story=page.story, of=page.story, event=event, reason=reason)
        self._keep(story, answer, keys_of(fingerprint(story.title, story.text)))
        return answer

    def _elsewhere(self, page: _Page) -> Answer:
        reason = f"the same page, shown by {page.outlet or 'another outlet'} before"
        event = self.event(page.event)
        return Answer(decision=Verdict.COPY, story=page.story, of=page.story, event=event, reason=reason)

    def _copy(self, story: Read, keys: Sequence[int]) -> Answer | None:
        """Answer a story that has another's words; None if there is none."""
        self._forget_texts(story.published)
        prepared: CopyText | None = None
        for number, _ in self._table.candidates(keys, least=least_shared(keys)):
            kept = self._texts.get(number)
            if kept is None:
                continue
            prepared = prepared or _prepared(story)
            is_within = bool(story.outlet) and story.outlet == kept.outlet
            found = compare_told(prepared, _unpacked(kept), is_within=is_within)
            if found.is_copy:
                return self._copy_of(kept, found)
        return None

    def _copy_of(self, kept: _Kept, found: Comparison) -> Answer:
        return Answer(
            decision=Verdict.COPY,
            story=kept.story,
            of=kept.story,
            event=self.event(kept.event),
            reason=found.reason,
            score=found.containment,
        )

    def _new(self, story: Read) -> Answer:
        found = self._index.add(self._item(story))
        for gone in found.merged:
            self._merged[gone] = found.event
        _keep_latest(self._merged, _MOST_MERGES)
        return Answer(
            decision=Verdict.NEW,
            story=story.id,
            event=found.event,
            reason=found.reason,
            score=found.score,
            merged=found.merged,
            related=found.related,
        )

    def _item(self, story: Read) -> Item:
        return Item(
            id=self._count,
            title=story.title,
            text=story.text,
            language=story.language,
            at=story.published,
            places=story.places,
        )

    def event(self, number: int) -> int:
        """Return the number of an event by one that it has had: it may have been merged since."""
        while number in self._merged:
            number = self._merged[number]
        return number

    def _keep(self, story: Read, answer: Answer, keys: Sequence[int]) -> None:
        """Remember words that others may copy."""
        if not keys:
            return
        self._table.add(self._count, keys)
        self._texts[self._count] = _Kept(
            answer.story,
            story.outlet,
            answer.event,
            story.published,
            story.title,
            zlib.compress(story.text[:_LONGEST_TEXT].encode("utf-8", "replace"), 1),
            story.language,
            story.place_words,
        )
        _keep_latest(self._texts, _MOST_TEXTS)

    def _forget_texts(self, now: datetime) -> None:
        """Forget texts that are too old to be copied; they are in order of time, or nearly."""
        while self._texts:
            first = next(iter(self._texts))
            if now - self._texts[first].at <= COPY_WINDOW:
                return
            del self._texts[first]

    def _note(self, key: str, story: Read, answer: Answer) -> None:
        self._pages[key] = _Page(answer.story, story.outlet, answer.event, _digest(story.title), _digest(story.text))
        _keep_latest(self._pages, _MOST_PAGES)


def _keep_latest(known: dict[_K, Any], most: int) -> None:
    """Forget what came first, beyond ``most``."""
    while len(known) > most:
        del known[next(iter(known))]


def _key_of(story: Read) -> str:
    """Return what a story is known again by: its page, else its id; a home page is no story's."""
    if story.url:
        link = urls.absolute(story.url)
        key = urls.link_key(link) if link else None
        return f"page {key}" if key and "/" in key else ""
    return f"id {story.outlet} {story.id}"


def _digest(text: str) -> bytes:
    """Return a digest of folded words, empty for none."""
    words = Words(text).folded()
    return hashlib.blake2b(" ".join(words).encode("utf-8", "replace"), digest_size=8).digest() if words else b""


def _prepared(story: Read) -> CopyText:
    return prepare(story.title, story.text[:_LONGEST_TEXT], language=story.language, places=story.place_words)


def _unpacked(kept: _Kept) -> CopyText:
    return prepare(kept.title, zlib.decompress(kept.text).decode(), language=kept.language, places=kept.place_words)
