"""Which story is an entry? Pure decisions over what the store knows.

In this order: the source's own key (guid, else link, else words); the same page at another source or under another
guid of the same outlet; the same words, all of them, at any outlet within the copy window. Titles and dates decide
nothing by themselves: outlets rewrite both. A guid never counts outside its own source.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syndicator.models import Decision, Entry, Known, KnownEntry, Source, Verdict

COPY_WINDOW = timedelta(hours=72)
# The number an outlet gives a page; eight digits that read as a date are the day's, not the page's.
_NUMBER = re.compile(r"(?<!\d)(?!(?:19|20)\d{6}(?!\d))\d{5,}")
_ENDING = re.compile(r"\.[A-Za-z]{2,5}$")
_SLUG_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What a document's entries are judged by."""

    known: Known
    source: Source
    endpoint: str
    now: datetime
    shared: Collection[str]


def decide(
    entries: Sequence[Entry],
    known: Known,
    *,
    source: Source,
    endpoint: str,
    now: datetime,
    shared: Collection[str] = (),
) -> tuple[Decision, ...]:
    """Decide on entries of a document read at ``endpoint``, in their order.

    ``shared`` are link keys that identify no story there, see ``shared_links``.
    """
    reading = _Reading(known=known, source=source, endpoint=endpoint, now=now, shared=shared)
    founders: dict[str, int] = {}
    decisions: list[Decision] = []
    for place, entry in enumerate(entries):
        decision = (
            _by_key(entry, reading)
            or _by_link(entry, reading)
            or _within(entry, founders, shared)
            or _by_words(entry, known)
            or Decision(verdict=Verdict.NEW, entry=entry, reason="not seen before")
        )
        if decision.sighting is None and entry.key in known.sightings:
            decision = replace(decision, retires=known.sightings[entry.key].id)
        if decision.verdict is Verdict.NEW:
            for mark in _marks(entry, shared):
                founders.setdefault(mark, place)
        decisions.append(decision)
    return tuple(decisions)


def shared_links(entries: Sequence[Entry]) -> frozenset[str]:
    """Give link keys that several differently titled items of one document share: a live page, not a story."""
    titles = defaultdict(set)
    for entry in entries:
        titles[entry.link_key].add(entry.title_digest)
    return frozenset(link for link, seen in titles.items() if link is not None and len(seen) > 1)


def _by_key(entry: Entry, reading: _Reading) -> Decision | None:
    sighting = reading.known.sightings.get(entry.key)
    if sighting is None:
        return None
    # Only the home may use a guid again; from a mirror it would be an edit of what the home has said.
    may_reuse = reading.endpoint == reading.source.home or not sighting.is_confirmed
    return None if may_reuse and _is_reused(entry, sighting) else _again(entry, sighting, reading)


def _is_reused(entry: Entry, sighting: KnownEntry) -> bool:
    """Say whether a known guid stands on another item now: nothing at all of what it stood for is left.

    A rewritten item keeps its page, its text or its date, whatever else changes. Its page may be spelt after the
    headline and so change with it, but keeps the outlet's number, or some of its words.
    """
    if entry.link_key is None or sighting.link_key is None:
        return False
    is_redated = entry.published is None or entry.published != sighting.published
    is_rewritten = _changes(entry, sighting) == ("title", "text", "link")
    return is_redated and is_rewritten and not _is_alike(entry.link_key, sighting.link_key)


def _is_alike(link: str, other: str) -> bool:
    """Say whether two addresses look like spellings of one page's: they share a number or a third of their words."""
    numbers, others = (set(_NUMBER.findall(each)) for each in (link, other))
    if numbers and others:
        return bool(numbers & others)
    words, more = _slug_words(link), _slug_words(other)
    return 3 * len(words & more) >= max(1, min(len(words), len(more)))


def _slug_words(link: str) -> set[str]:
    """Give the words of an address's last part, without its ending, and the values of its query."""
    path, _, query = link.partition("?")
    slug = path.partition("/")[2].rstrip("/").rpartition("/")[2]
    values = (pair.partition("=")[2] or pair for pair in query.split("&"))
    return {word for text in (_ENDING.sub("", slug), *values) for word in _SLUG_WORD.findall(text)}


def _by_link(entry: Entry, reading: _Reading) -> Decision | None:
    """Recognise a page the outlet has shown: in another of its sources, or here under another guid."""
    if entry.link_key is None or entry.link_key in reading.shared:
        return None
    sighting = reading.known.links.get(entry.link_key)
    if sighting is None or _is_another_day(entry, sighting, reading.now):
        return None
    if sighting.source == reading.source.id:
        # Rows keep count with the outlet's guids; one whose guid has a row of its own keeps that.
        return _again(entry, sighting, reading, is_rekeyed=entry.key not in reading.known.sightings)
    return Decision(
        verdict=Verdict.COPY,
        entry=entry,
        story=sighting.story,
        reason=f"the same page as in {sighting.source}",
        is_confirming=_is_confirming(sighting, reading),
    )


def _is_another_day(entry: Entry, sighting: KnownEntry, now: datetime) -> bool:
    """Say whether a page with one address for ever, a daily briefing, holds something new by now."""
    return sighting.seen_at < now - COPY_WINDOW and {"title", "text"} <= set(_changes(entry, sighting))


def _within(entry: Entry, founders: dict[str, int], shared: Collection[str]) -> Decision | None:
    for mark in _marks(entry, shared):
        if mark in founders:
            return Decision(
                verdict=Verdict.COPY, entry=entry, repeats=founders[mark], reason="stands twice in this document"
            )
    return None


def _by_words(entry: Entry, known: Known) -> Decision | None:
    story = known.texts.get(entry.copy_digest or "")
    if story is None:
        return None
    return Decision(verdict=Verdict.COPY, entry=entry, story=story, reason="word for word a known story")


def _again(entry: Entry, sighting: KnownEntry, reading: _Reading, *, is_rekeyed: bool = False) -> Decision:
    """Decide on an entry that was here before: whether it changed, and whether this endpoint may say so."""
    changed = _changes(entry, sighting)
    verdict = Verdict.UNCHANGED
    if not changed:
        reason = "known, and says the same"
    elif sighting.story is None:
        reason = "known, and past retention"
    elif sighting.origin != reading.source.outlet:
        reason = "a copy changed; the story keeps its origin's words"
    elif sighting.is_confirmed and reading.endpoint != reading.source.home:
        reason, changed, is_rekeyed = "a mirror may not edit what the home has said", (), False
    else:
        verdict, reason = Verdict.UPDATED, f"the outlet changed its {' and '.join(changed)}"
    return Decision(
        verdict=verdict,
        entry=entry,
        story=sighting.story,
        sighting=sighting.id,
        reason=reason,
        changed=changed,
        is_rekeyed=is_rekeyed,
        is_confirming=_is_confirming(sighting, reading),
    )


def _is_confirming(sighting: KnownEntry, reading: _Reading) -> bool:
    is_home = reading.endpoint == reading.source.home and sighting.origin == reading.source.outlet
    return is_home and not sighting.is_confirmed


def _changes(entry: Entry, sighting: KnownEntry) -> tuple[str, ...]:
    pairs = (
        ("title", entry.title_digest, sighting.title_digest),
        ("text", entry.text_digest, sighting.text_digest),
        ("link", entry.link_key, sighting.link_key),
    )
    return tuple(name for name, new, old in pairs if new != old)


def _marks(entry: Entry, shared: Collection[str]) -> tuple[str, ...]:
    """Give what makes a second item of the same document the same story."""
    link = entry.link_key if entry.link_key not in shared else None
    return tuple(f"{kind} {mark}" for kind, mark in (("link", link), ("words", entry.copy_digest)) if mark)
