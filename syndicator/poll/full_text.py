"""Read thin entries whole, at their own pages."""

from __future__ import annotations

from dataclasses import replace

from syndicator import markup
from syndicator.models import Document, EndpointState, Entry, KnownEntry, ParsedDocument, TextFrom
from syndicator.poll.ownership import leads_elsewhere, page_address
from syndicator.poll.read import EndpointReader
from syndicator.query import details_of

# Entries with fewer words are thin.
_THIN = 100


async def with_full_texts(reader: EndpointReader, endpoint: EndpointState, parsed: ParsedDocument) -> ParsedDocument:
    """Return a document whose new or changed thin entries have the texts of their own pages, if its source wants that.

    Entries' digests stay the feed's, by which the next document is compared. A page is requested only below the
    outlet's own addresses, and as its robots.txt says, the newest first. Where it cannot be read, the text that was
    read before stays.
    """
    if reader.source.text is not TextFrom.PAGE:
        return parsed
    known = await reader.known(parsed)
    entries = []
    for entry in reversed(parsed.entries):
        before = known.entries.get(entry.key)
        if entry.key not in known.tombstones and _is_news(entry, before) and _is_thin(entry):
            entries.append(await _read_whole(reader, endpoint, entry, before, parsed.rules_fingerprint))
        else:
            entries.append(entry)
    return replace(parsed, entries=tuple(reversed(entries)))


async def _read_whole(
    reader: EndpointReader, endpoint: EndpointState, entry: Entry, before: KnownEntry | None, fingerprint: str
) -> Entry:
    whole = None
    if reader.pages_left and entry.link and not leads_elsewhere(entry, reader.outlet):
        reader.pages_left -= 1
        options = replace(reader.source.options_for(endpoint.endpoint), respect_robots=True)
        address = page_address(entry.link, endpoint.endpoint, reader.outlet)
        whole = await _with_page(reader, entry, await reader.request_more(address, options), fingerprint)
    if whole is None and before is not None and before.story is not None:
        whole = await _as_it_was(reader, entry, before.story)
    return whole or entry


async def _with_page(reader: EndpointReader, entry: Entry, document: Document | None, fingerprint: str) -> Entry | None:
    if document is None or document.body is None:
        return None
    now = reader.ports.clock()
    details = details_of(entry, reader.source.id)
    found = await reader.ports.extract.full_text(
        document, source=reader.source, title=entry.title, now=now, details=details
    )
    if found is None or found.rules_fingerprint != fingerprint or len(found.html) <= len(entry.html):
        return None
    return replace(
        entry,
        html=found.html,
        author=entry.author or found.byline or None,
        tags=found.tags,
        feeds=found.feeds,
        fingerprint=found.fingerprint or entry.fingerprint,
        credit=found.credit or entry.credit,
    )


async def _as_it_was(reader: EndpointReader, entry: Entry, number: int) -> Entry | None:
    """Return an entry with the text that was read for its story before, if that is longer."""
    stories = await reader.ports.store.read(lambda tx: tx.stories.get([number]))
    longer = (each for each in stories if len(each.html) > len(entry.html))
    story = next(longer, None)
    return replace(entry, html=story.html, author=story.author, tags=story.tags) if story else None


def _is_news(entry: Entry, before: KnownEntry | None) -> bool:
    said = (entry.title_digest, entry.text_digest, entry.link_key)
    return before is None or said != (before.title_digest, before.text_digest, before.link_key)


def _is_thin(entry: Entry) -> bool:
    return len(markup.words_of_safe(entry.html).split()) < _THIN
