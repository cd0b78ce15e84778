"""Decide which story an entry is. Pure: from what the store knows to decisions, with the reason in words.

In this order: the source's own key (guid, else link, else words); another key of the item beside the same words; the
same page at another source or under another guid of the same outlet; the same words, all of them, or much the same
words, or another outlet's page, within the copy window (see ``lineage``). Titles and dates decide nothing by
themselves: outlets rewrite both. A guid never counts outside its own source. What items of one document or of the last
days share does not identify any of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syndicator import urls
from syndicator.ingest.founders import Founders
from syndicator.ingest.lineage import CopyReader, Teller, is_unrelated, judge
from syndicator.ingest.revisions import is_endless
from syndicator.models import Copy, Decision, Entry, Known, KnownEntry, New, Source, Unchanged, Update, is_first_seen

COPY_WINDOW = timedelta(hours=72)
# The number an outlet gives a page; eight digits that read as a date are the day's, not the page's.
_NUMBER = re.compile(r"(?<!\d)(?!(?:19|20)\d{6}(?!\d))\d{5,}")
_ENDING = re.compile(r"\.[A-Za-z]{2,5}$")
_SLUG_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What a document's entries are decided by."""

    known: Known
    source: Source
    endpoint: str
    now: datetime
    shared: Collection[str]
    # Rows that an entry of the document is known by, each with its key. Another key finds none of them a second time.
    claimed: dict[int, str]
    reader: CopyReader


def decide(
    entries: Sequence[Entry],
    known: Known,
    *,
    source: Source,
    endpoint: str,
    now: datetime,
    shared: Collection[str] = (),
    teller: Teller | None = None,
) -> tuple[Decision, ...]:
    """Decide on entries of a document that came from ``endpoint``, in their order.

    ``shared`` are link keys that identify no story there, see ``shared_links``. ``teller`` says whose they are.
    """
    context = _context(entries, known, source=source, endpoint=endpoint, now=now, shared=shared)
    teller = teller or Teller(outlet=source.outlet, is_home=endpoint == source.home)
    identified = [_by_identity(entry, context) for entry in entries]
    founders = Founders(shared, context.reader)
    for place, decision in enumerate(identified):
        if isinstance(decision, Update):
            founders.add(place, decision)
    decisions: list[Decision] = []
    for place, entry in enumerate(entries):
        decision = identified[place] or founders.find(entry) or _by_words(entry, known)
        decision = decision or judge(entry, known.candidates.get(entry.key, ()), teller, context.reader)
        if is_first_seen(decision) and entry.key in known.entries:
            decision = replace(decision, retires=known.entries[entry.key].id)
        if isinstance(decision, New | Update) and decision is not identified[place]:
            founders.add(place, decision)
        decisions.append(decision)
    return tuple(decisions)


def to_compare(
    entries: Sequence[Entry],
    known: Known,
    *,
    source: Source,
    endpoint: str,
    now: datetime,
    shared: Collection[str] = (),
) -> Mapping[str, int | None]:
    """Return the keys of entries whose words must be compared with stories', each with its story so far, if any.

    Those are entries that nothing else identifies, and those that are rewritten though their story has another's words.
    """
    context = _context(entries, known, source=source, endpoint=endpoint, now=now, shared=shared)
    found: dict[str, int | None] = {}
    for entry in entries:
        known_entry = known.entries.get(entry.key) or _page_of(entry, context)
        if _by_identity(entry, context) is None:
            found[entry.key] = None
        elif known_entry is not None and _is_rewritten(entry, known_entry, context):
            found[entry.key] = known_entry.story
    return found


def _context(
    entries: Sequence[Entry], known: Known, *, source: Source, endpoint: str, now: datetime, shared: Collection[str]
) -> _Context:
    return _Context(
        known=known,
        source=source,
        endpoint=endpoint,
        now=now,
        shared=shared,
        claimed=dict(_claims(entries, known)),
        reader=CopyReader(source.outlet, known.boilerplate),
    )


def shared_links(entries: Sequence[Entry]) -> frozenset[str]:
    """Return link keys that items of one document with other titles share: a live page, not a story.

    So do items with other texts at other places in the page.
    """
    said = defaultdict(set)
    for entry in entries:
        is_part = entry.link is not None and urls.anchor(entry.link) != ""
        said[entry.link_key].add((entry.title_digest, entry.text_digest if is_part else ""))
    return frozenset(link for link, seen in said.items() if link is not None and len(seen) > 1)


def _claims(entries: Sequence[Entry], known: Known) -> Iterator[tuple[int, str]]:
    """Yield rows with the keys of the entries that have the best claim to them: later ones are better."""
    for entry in entries:
        for key in entry.other_keys:
            known_entry = known.entries.get(key)
            if known_entry and not {"title", "text"} & set(_changes(entry, known_entry)):
                yield known_entry.id, entry.key
    for entry in entries:
        if entry.key in known.entries:
            yield known.entries[entry.key].id, entry.key


def _by_identity(entry: Entry, context: _Context) -> Decision | None:
    return (
        _by_key(entry, context)
        or _by_other_key(entry, context)
        or _by_link(entry, context)
        or _by_tombstone(entry, context)
    )


def _by_key(entry: Entry, context: _Context) -> Decision | None:
    known_entry = context.known.entries.get(entry.key)
    if known_entry is None:
        return None
    # Only the home may use a guid again; from a mirror it would be an edit of what the home has said.
    may_reuse = context.endpoint == context.source.home or not known_entry.is_confirmed
    return None if may_reuse and _is_reused(entry, known_entry) else _again(entry, known_entry, context)


def _by_other_key(entry: Entry, context: _Context) -> Decision | None:
    """Recognise an item by another of its keys, beside the same words: one it had before, or alone in its document."""
    if entry.key in context.known.entries:
        return None
    for key in entry.other_keys:
        known_entry = context.known.entries.get(key)
        if known_entry is None or not _says_the_same(entry, known_entry):
            continue
        if context.claimed.setdefault(known_entry.id, entry.key) == entry.key:
            return _again(entry, known_entry, context, is_rekeyed=True)
    return None


def _says_the_same(entry: Entry, known_entry: KnownEntry) -> bool:
    """Return whether an entry has the text of a known one, or its title and no other date."""
    if entry.html and entry.text_digest == known_entry.text_digest:
        return True
    dates = {entry.published, known_entry.published} - {None}
    return entry.title_digest == known_entry.title_digest and len(dates) < 2  # noqa: PLR2004


def _is_reused(entry: Entry, known_entry: KnownEntry) -> bool:
    """Return whether a known guid stands on another item now: nothing at all of what it stood for is left.

    A rewritten item keeps its page, its text or its date, whatever else changes. Its page may be spelt after the
    headline and so change with it, but keeps the outlet's number, or some of its words.
    """
    if entry.link_key is None or known_entry.link_key is None:
        return False
    is_redated = entry.published is None or entry.published != known_entry.published
    is_rewritten = _changes(entry, known_entry) == ("title", "text", "link")
    return is_redated and is_rewritten and not _is_alike(entry.link_key, known_entry.link_key)


def _is_alike(link: str, other: str) -> bool:
    """Return whether two addresses look like spellings of one page's: they share a number or a third of their words."""
    numbers, others = (set(_NUMBER.findall(each)) for each in (link, other))
    if numbers and others:
        return bool(numbers & others)
    words, more = _slug_words(link), _slug_words(other)
    return 3 * len(words & more) >= max(1, min(len(words), len(more)))


def _slug_words(link: str) -> set[str]:
    """Return the words of an address's last part, without its ending, and the values of its query."""
    path, _, query = link.partition("?")
    slug = path.partition("/")[2].rstrip("/").rpartition("/")[2]
    values = (pair.partition("=")[2] or pair for pair in query.split("&"))
    return {word for text in (_ENDING.sub("", slug), *values) for word in _SLUG_WORD.findall(text)}


def _by_link(entry: Entry, context: _Context) -> Decision | None:
    """Recognise a page the outlet has shown: in another of its sources, or here under another guid."""
    known_entry = _page_of(entry, context)
    if known_entry is None or _is_another_day(entry, known_entry, context.now):
        return None
    if known_entry.source == context.source.id:
        # Rows keep count with the outlet's guids; one whose guid has a row of its own keeps that.
        return _again(entry, known_entry, context, is_rekeyed=entry.key not in context.known.entries)
    return Copy(
        entry=entry,
        story=known_entry.story,
        reason=f"the same page as in {known_entry.source}",
        is_confirming=_is_confirming(known_entry, context),
    )


def _page_of(entry: Entry, context: _Context) -> KnownEntry | None:
    """Return what is known of an entry's page, or of another address of it if that has the same words."""
    for link in (entry.link_key, *entry.other_links):
        known_entry = context.known.links.get(link) if link and link not in context.shared else None
        if known_entry is None:
            continue
        is_sure = link == entry.link_key and link not in context.known.shared_links
        if (is_sure and not _is_elsewhere(entry, known_entry)) or _says_the_same(entry, known_entry):
            return known_entry
    return None


def _is_elsewhere(entry: Entry, known_entry: KnownEntry) -> bool:
    """Return whether an entry leads to another place in its page than a known one."""
    places = {urls.anchor(link) for link in (entry.link, known_entry.link) if link} - {""}
    return len(places) > 1


def _by_tombstone(entry: Entry, context: _Context) -> Decision | None:
    """Recognise an entry whose story was deleted so long ago that nothing else is left of it.

    One that was published within the last days is another: outlets use guids and addresses again.
    """
    is_recent = entry.published is not None and entry.published > context.now - COPY_WINDOW
    keys = (entry.key, *entry.other_keys) if entry.published is not None else (entry.key,)
    if is_recent or context.known.tombstones.isdisjoint(keys):
        return None
    return Unchanged(entry=entry, reason="known long ago, and past retention", story=None, known=None)


def _is_another_day(entry: Entry, known_entry: KnownEntry, now: datetime) -> bool:
    """Return whether a page with one address for ever, a daily briefing, holds something new by now."""
    return known_entry.seen_at < now - COPY_WINDOW and {"title", "text"} <= set(_changes(entry, known_entry))


def _by_words(entry: Entry, known: Known) -> Decision | None:
    """Recognise the very words of a story of which nothing else is told."""
    story = known.texts.get(entry.copy_digest or "")
    if story is None or any(each.is_exact for each in known.candidates.get(entry.key, ())):
        return None
    return Copy(entry=entry, story=story, reason="word for word a known story")


def _is_rewritten(entry: Entry, known_entry: KnownEntry, context: _Context) -> bool:
    """Return whether the home has rewritten all of an entry whose story has another entry's words."""
    is_face = known_entry.origin == context.source.outlet and known_entry.is_face
    if known_entry.story is None or is_face or context.endpoint != context.source.home:
        return False
    return {"title", "text"} <= set(_changes(entry, known_entry))


def _is_another_story(entry: Entry, known_entry: KnownEntry, context: _Context) -> bool:
    """Return whether an entry tells something else by now than the story that it has been of.

    A reprint makes way for the outlet's own report; a page for breaking news is used for the next flash.
    """
    if not _is_rewritten(entry, known_entry, context):
        return False
    candidates = context.known.candidates.get(entry.key, ())
    return any(each.story == known_entry.story and is_unrelated(entry, each, context.reader) for each in candidates)


def _again(entry: Entry, known_entry: KnownEntry, context: _Context, *, is_rekeyed: bool = False) -> Decision | None:
    """Decide on an entry that was here before: whether it changed, and whether this endpoint may say so."""
    if _is_another_story(entry, known_entry, context):
        return None
    changed = _changes(entry, known_entry)
    is_confirming = _is_confirming(known_entry, context)
    is_edited_by_mirror = known_entry.is_confirmed and context.endpoint != context.source.home
    if changed and known_entry.story is not None and known_entry.origin == context.source.outlet:
        if not known_entry.is_face:
            reason, is_rekeyed = "another version of the story, which has other words by now", False
            changed = ()
        elif is_edited_by_mirror:
            reason, changed, is_rekeyed = "a mirror may not edit what the home has said", (), False
        elif is_endless(changed, known_entry):
            reason, changed = "its text alone changes again and again", ()
        else:
            return Update(
                entry=entry,
                story=known_entry.story,
                known=known_entry.id,
                reason=f"the outlet changed its {' and '.join(changed)}",
                changed=changed,
                is_rekeyed=is_rekeyed,
                is_confirming=is_confirming,
            )
    elif not changed:
        reason = "known, and says the same"
    elif known_entry.story is None:
        reason = "known, and past retention"
    else:
        reason = "a copy changed; the story keeps its origin's words"
    return Unchanged(
        entry=entry,
        story=known_entry.story,
        known=known_entry.id,
        reason=reason,
        changed=changed,
        is_rekeyed=is_rekeyed,
        is_confirming=is_confirming,
    )


def _is_confirming(known_entry: KnownEntry, context: _Context) -> bool:
    is_home = context.endpoint == context.source.home and known_entry.origin == context.source.outlet
    return is_home and not known_entry.is_confirmed


def _changes(entry: Entry, known_entry: KnownEntry) -> tuple[str, ...]:
    pairs = (
        ("title", entry.title_digest, known_entry.title_digest),
        ("text", entry.text_digest, known_entry.text_digest),
        ("link", entry.link_key, known_entry.link_key),
    )
    return tuple(name for name, new, old in pairs if new != old)
