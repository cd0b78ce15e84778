"""Read on where a document is only a beginning: an index leads to sitemaps, a feed after a gap to its archives."""

from __future__ import annotations

from syndicator import domains, urls
from syndicator.models import Document, EndpointState, ParsedDocument, Rejected
from syndicator.poll.full_text import with_full_texts
from syndicator.poll.read import EndpointReader

SITEMAP = "sitemap"
_MOST_SITEMAPS, _MOST_ARCHIVES = 5, 20
_MOST_NOTES = 4


async def follow(reader: EndpointReader, endpoint: EndpointState, document: Document, parsed: ParsedDocument) -> str:
    """Read what a document leads to, and return a note on what cannot be read or was left out."""
    said = await _follow(reader, endpoint, document, parsed)
    notes = dict.fromkeys(filter(None, (said, *reader.found.notes)))
    reader.found.notes = []
    return "; ".join(list(notes)[:_MOST_NOTES])


async def _follow(reader: EndpointReader, endpoint: EndpointState, document: Document, parsed: ParsedDocument) -> str:
    missed = await _read_sitemaps(reader, endpoint, document, parsed)
    if missed:
        others = " and others" if len(missed) > 2 else ""  # noqa: PLR2004
        return f"cannot read {', '.join(missed[:2])}{others}"
    return await _fill_gap(reader, endpoint, document, parsed)


def is_index(parsed: ParsedDocument) -> bool:
    """Return whether a document leads to sitemaps: then its validators say nothing of what those hold."""
    return any(link.rel == SITEMAP for link in parsed.links)


async def _read_sitemaps(
    reader: EndpointReader, endpoint: EndpointState, document: Document, parsed: ParsedDocument
) -> list[str]:
    """Read an index's latest sitemaps; return the addresses of those that cannot be read."""
    missed: list[str] = []
    read = 0
    for link in (each for each in parsed.links if each.rel == SITEMAP):
        if await _read_more(reader, endpoint, document, link.href) is None:
            missed.append(urls.redact(link.href))
        else:
            read += 1
        if read == _MOST_SITEMAPS or read + len(missed) == 2 * _MOST_SITEMAPS:
            break
    return missed


async def _fill_gap(reader: EndpointReader, endpoint: EndpointState, document: Document, parsed: ParsedDocument) -> str:
    """Read archives until one shows a known item (RFC 5005, 4); one that cannot be read is missing until it can."""
    archived = endpoint.missing_archive or _archive_of(parsed)
    is_first = endpoint.good_at is None or not parsed.entries
    is_gap = endpoint.missing_archive != "" or not (is_first or archived is None or await reader.knows_some(parsed))
    if not is_gap:
        return ""
    found = reader.found
    found.missing_archives[endpoint.endpoint] = ""
    place, seen = max(0, len(found.batches) - 1), {document.url}  # what is older goes in before the document itself
    while archived and archived not in seen and len(seen) <= _MOST_ARCHIVES:
        seen.add(archived)
        before = len(found.batches)
        more = await _read_more(reader, endpoint, document, archived)
        if more is None:
            found.missing_archives[endpoint.endpoint] = archived
            return f"after a gap, cannot read the archive {urls.redact(archived)}"
        found.batches[place:] = [*found.batches[before:], *found.batches[place:before]]
        archived = None if await reader.knows_some(more) else _archive_of(more)
    if archived and archived not in seen:
        found.missing_archives[endpoint.endpoint] = archived
        return f"after a gap, {_MOST_ARCHIVES} archives are read; the next poll goes on with {urls.redact(archived)}"
    return ""


async def _read_more(
    reader: EndpointReader, endpoint: EndpointState, first: Document, address: str
) -> ParsedDocument | None:
    """Read a document of the same domain that another leads to; None if that is not to be had."""
    if domains.registrable(address) != domains.registrable(first.url):
        return None
    document = await reader.request_more(address, reader.source.options_for(endpoint.endpoint))
    if document is None or document.body is None:
        return None
    parsed = await reader.parse_and_verify(endpoint, document)
    if isinstance(parsed, Rejected):
        return None
    left_out = await reader.accept(endpoint, await with_full_texts(reader, endpoint, parsed), is_own_document=False)
    reader.found.notes.extend(f"{urls.redact(address)}: {each}" for each in (left_out, parsed.note) if each)
    return parsed


def _archive_of(parsed: ParsedDocument) -> str | None:
    return next((link.href for link in parsed.links if link.rel == "prev-archive"), None)
