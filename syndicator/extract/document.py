"""One document, page or story at a time, without a child around it. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from html import escape
from itertools import islice

from syndicator.extract.job import Job
from syndicator.extract.normalize import Classifier, Normalized, normalize_document, unclassified
from syndicator.fingerprint import fingerprint
from syndicator.markup import clean, safe_html, words_of_safe
from syndicator.models import FullText, Page, ParsedDocument, SourceKind
from syndicator.parse import MOST_ENTRIES, PARSERS, ItemIndex, ParsedFeed, parse_whole, read_article, read_page
from syndicator.parse.credits import wire_credit
from syndicator.watch import named_addresses

MOST_NAMED = 20
# One document in so many is parsed by feedparser as well, and the two results are compared.
_CHECK_ONE_IN = 100
_MOST_ANCHORS = 500
_LONGEST_BYLINE, _LONGEST_TITLE = 200, 200


def extract_document(job: Job, body: bytes, classify: Classifier = unclassified) -> ParsedDocument:
    """Parse, normalize and classify one document; see ``parse_feed`` for the errors.

    Known items are left out, unless others of the document can only be understood beside them.
    """
    parsed, seen_items = _parse(job, body)
    was_checked = job.kind is SourceKind.FEED and bool(parsed.hashes) and zlib.crc32(body) % _CHECK_ONE_IN == 0
    disagrees = was_checked and not _agrees(parsed, ItemIndex(job.seen_items), job, body)
    if disagrees:
        parsed, seen_items = _parse_whole(job, body), b""
    normalized = normalize_document(
        parsed.entries, url=job.url, bases=job.bases, language=job.language, now=job.now, classify=classify
    )
    return ParsedDocument(
        title=parsed.title.strip()[:_LONGEST_TITLE],
        entries=normalized.entries,
        polling_hints=parsed.polling_hints,
        links=parsed.links,
        seen_items=seen_items,
        known_items=max(0, len(parsed.hashes) - len(parsed.entries)),
        note="; ".join(_notes(parsed, normalized, disagrees=disagrees)),
        was_checked=was_checked,
        disagrees=disagrees,
        is_cut=parsed.is_cut,
    )


def extract_full_text(job: Job, body: bytes, classify: Classifier, is_place: Callable[[str], bool]) -> FullText:
    """Read the article of the page of a story called ``job.title``; see ``read_article`` for the errors."""
    article = read_article(body, url=job.url, content_type=job.content_type, title=job.title, is_place=is_place)
    markup = safe_html("".join(f"<p>{escape(each, quote=False)}</p>" for each in article.paragraphs), job.url)
    text = words_of_safe(markup)
    byline = clean(article.byline)[:_LONGEST_BYLINE]
    details = job.details._replace(author=job.details.author or byline)
    classification = classify(job.title, text, details)
    return FullText(
        html=markup,
        byline=byline,
        tags=classification.tags,
        feeds=classification.feeds,
        fingerprint=fingerprint(job.title, text),
        credit=wire_credit(job.title, text, byline) or "",
    )


def inspect_page(job: Job, body: bytes) -> Page:
    """Read a web page's statements about its site and the addresses it names; its text is left out."""
    page = read_page(body, url=job.url, content_type=job.content_type)
    named = tuple(islice(named_addresses(page.text), MOST_NAMED))
    return replace(page, text="", named=named, anchors=page.anchors[:_MOST_ANCHORS])


def _notes(parsed: ParsedFeed, normalized: Normalized, *, disagrees: bool) -> Iterator[str]:
    if parsed.listed > MOST_ENTRIES:
        yield f"lists {parsed.listed} items, only the first {MOST_ENTRIES} are read"
    if parsed.is_cut:
        yield "breaks off before its end; what it has whole is read"
    if parsed.nameless:
        yield f"items left out because they have no id: {parsed.nameless}"
    if normalized.empty:
        yield f"items left out because they have neither title nor link: {normalized.empty}"
    if normalized.repeated:
        yield f"items left out because another has the same id: {normalized.repeated}"
    if normalized.shortened:
        yield f"items cut short because the document has too much text: {normalized.shortened}"
    if disagrees:
        yield "two ways of reading this document disagree; it was taken as feedparser reads it"


def _parse(job: Job, body: bytes) -> tuple[ParsedFeed, bytes]:
    """Parse a document without its known items, or whole where the index cannot be continued."""
    before = ItemIndex(job.seen_items)
    parse = partial(PARSERS[job.kind], body, url=job.url, content_type=job.content_type)
    if job.select:
        parse = partial(parse, select=job.select)
    parsed = parse(known=before.hashes)
    seen_items = before.after(parsed.hashes, parsed.entries) if parsed.hashes else b""
    if seen_items is None:
        parsed = parse()
        seen_items = ItemIndex().after(parsed.hashes, parsed.entries)
    return parsed, seen_items or b""


def _parse_whole(job: Job, body: bytes) -> ParsedFeed:
    return parse_whole(body, url=job.url, content_type=job.content_type, is_well_formed=True)


def _agrees(parsed: ParsedFeed, known: ItemIndex, job: Job, body: bytes) -> bool:
    """Return whether feedparser, given all of the document, reads the same."""
    whole = _parse_whole(job, body)
    if (whole.title, whole.listed) != (parsed.title, parsed.listed):
        return False
    if len(parsed.entries) == len(whole.entries):
        return parsed.entries == whole.entries
    hashes = zip(parsed.hashes, whole.entries, strict=True)
    return parsed.entries == tuple(entry for one, entry in hashes if one not in known.hashes)
