"""Which story is an entry? Pure decisions over what the store knows.

In this order: the source's own key (guid, else link, else words); the same page at another source or under another
guid of the same outlet; the same words, all of them, at any outlet within the copy window. Titles and dates decide
nothing: outlets rewrite both. A guid never counts outside its own source.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from syndicator.models import Decision, Entry, Known, Sighting, Source, Verdict


def decide(entries: Sequence[Entry], known: Known, *, source: Source, endpoint: str) -> tuple[Decision, ...]:
    """Decide on all entries of a document read at ``endpoint``, in their order."""
    shared = _shared_links(entries)
    founders: dict[str, int] = {}
    decisions: list[Decision] = []
    for place, entry in enumerate(entries):
        decision = (
            _by_key(entry, known, source, endpoint)
            or _by_link(entry, known, source, endpoint, shared)
            or _within(entry, founders, shared)
            or _by_words(entry, known)
            or Decision(verdict=Verdict.NEW, entry=entry, reason="not seen before")
        )
        if decision.verdict is Verdict.NEW:
            for mark in _marks(entry, shared):
                founders.setdefault(mark, place)
        decisions.append(decision)
    return tuple(decisions)


def _by_key(entry: Entry, known: Known, source: Source, endpoint: str) -> Decision | None:
    sighting = known.sightings.get(entry.key)
    return None if sighting is None else _again(entry, sighting, source, endpoint, sighting.id)


def _by_link(entry: Entry, known: Known, source: Source, endpoint: str, shared: Collection[str]) -> Decision | None:
    """Recognise a page the outlet has shown: in another of its sources, or here under another guid."""
    if entry.link_key is None or entry.link_key in shared:
        return None
    sighting = known.links.get(entry.link_key)
    if sighting is None:
        return None
    if sighting.source == source.id:
        return _again(entry, sighting, source, endpoint, None)
    return Decision(
        verdict=Verdict.COPY,
        entry=entry,
        story=sighting.story,
        reason=f"the same page as in {sighting.source}",
    )


def _within(entry: Entry, founders: dict[str, int], shared: Collection[str]) -> Decision | None:
    for mark in _marks(entry, shared):
        if mark in founders:
            return Decision(
                verdict=Verdict.COPY,
                entry=entry,
                repeats=founders[mark],
                reason="stands twice in this document",
            )
    return None


def _by_words(entry: Entry, known: Known) -> Decision | None:
    story = known.texts.get(entry.copy_digest or "")
    if story is None:
        return None
    return Decision(verdict=Verdict.COPY, entry=entry, story=story, reason="word for word a known story")


def _again(entry: Entry, sighting: Sighting, source: Source, endpoint: str, own: int | None) -> Decision:
    """Decide on an entry that was here before: whether it changed, and whether this endpoint may say so."""
    changed = _changes(entry, sighting)
    if not changed:
        verdict, reason = Verdict.UNCHANGED, "known, and says the same"
    elif sighting.story is None:
        verdict, reason = Verdict.UNCHANGED, "known, and past retention"
    elif sighting.origin != source.outlet:
        verdict, reason = Verdict.UNCHANGED, "a copy changed; the story keeps its origin's words"
    elif not _may_edit(sighting, source, endpoint):
        verdict, reason, changed = Verdict.UNCHANGED, "a mirror may not edit what the home has said", ()
    else:
        verdict, reason = Verdict.UPDATED, f"the outlet changed its {' and '.join(changed)}"
    return Decision(verdict=verdict, entry=entry, story=sighting.story, sighting=own, reason=reason, changed=changed)


def _changes(entry: Entry, sighting: Sighting) -> tuple[str, ...]:
    pairs = (
        ("title", entry.title_digest, sighting.title_digest),
        ("text", entry.text_digest, sighting.text_digest),
    )
    return tuple(name for name, new, old in pairs if new != old)


def _may_edit(sighting: Sighting, source: Source, endpoint: str) -> bool:
    """Let the home edit everything, a mirror only what it has itself shown first and the home never has."""
    return endpoint in (source.home, sighting.endpoint) or sighting.endpoint not in source.endpoints


def _shared_links(entries: Sequence[Entry]) -> frozenset[str]:
    """Give links that several differently titled items of one document share: a live page, not a story."""
    titles = defaultdict(set)
    for entry in entries:
        titles[entry.link_key].add(entry.title_digest)
    return frozenset(link for link, seen in titles.items() if link is not None and len(seen) > 1)


def _marks(entry: Entry, shared: Collection[str]) -> tuple[str, ...]:
    """Give what makes a second item of the same document the same story."""
    link = entry.link_key if entry.link_key not in shared else None
    return tuple(f"{kind} {mark}" for kind, mark in (("link", link), ("words", entry.copy_digest)) if mark)
