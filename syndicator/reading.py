"""Reading an endpoint: ask it, judge whether what it gives is its outlet's, read on where that is only a beginning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syndicator import domains, markup, urls
from syndicator.models import (
    Document,
    EndpointState,
    Entry,
    FetchOptions,
    HubLink,
    Known,
    KnownEntry,
    Link,
    MirrorCandidate,
    Outcome,
    ParsedDocument,
    Quarantine,
    Rejected,
    Source,
    SourceProfile,
    Validators,
)
from syndicator.schedule import request_for, validator_fault

if TYPE_CHECKING:
    from syndicator.pipeline import Pipeline

# Seconds of waiting for what documents lead to, after which a poll must end: the watchdog would take it for stuck.
_LONGEST_WAIT = 40.0
_SITEMAP, _MOST_SITEMAPS, _MOST_ARCHIVES = "sitemap", 5, 20
# Entries with fewer words are read whole at their own pages, at most so many in one poll.
_THIN, _MOST_PAGES = 100, 20
CHECKED, DISAGREED = "documents read both ways", "documents on which both disagreed"


@dataclass(slots=True)
class Lot:
    """What one endpoint's document brought, still to be taken in; if ``is_anew``, its source is known by it alone."""

    endpoint: EndpointState
    title: str
    left: Sequence[Entry]
    shared: Collection[str]
    asked: str
    is_anew: bool


class Reader:
    """Reads endpoints of a source for one poll and puts by what they give: entries in ``lots``, listings in ``items``.

    ``known`` counts items that were known by their bytes; ``checks`` and ``hints`` are to be written down.
    """

    def __init__(self, pipeline: Pipeline, source: Source, before: tuple[EndpointState, ...]) -> None:
        self.pipeline, self.source, self.before = pipeline, source, before
        self.outlet = pipeline.outlets[source.outlet]
        self.lots: list[Lot] = []
        self.items: dict[str, bytes] = {}
        self.known = 0
        self.checks: Counter[str] = Counter()
        self.hints: set[MirrorCandidate] = set()
        self.offer: HubLink | None = None
        self.pages_left = _MOST_PAGES
        self.wanted: dict[str, str] = {}
        self.waited = 0.0
        self.is_home_heard = False

    async def fetch(self, endpoint: EndpointState) -> Document:
        """Ask one endpoint."""
        at, known = request_for(endpoint, self.pipeline.clock())
        document = await self.pipeline.fetch(at, known, self.source.options_for(endpoint.endpoint))
        if at != endpoint.endpoint:
            document = replace(document, endpoint=endpoint.endpoint, is_moved=True)
        return document

    async def _fetch_more(self, address: str, way: FetchOptions) -> Document | None:
        """Ask for what a document leads to; None when a poll has waited long enough for such."""
        if self.waited > _LONGEST_WAIT:
            return None
        document = await self.pipeline.fetch(address, Validators(), way)
        self.waited += document.elapsed
        return document

    async def judge(self, endpoint: EndpointState, document: Document) -> tuple[Document, ParsedDocument | None]:
        """Parse what an endpoint answered and, if it is its outlet's, put that by to be taken in."""
        prepared: ParsedDocument | None = None
        if document.body is not None:
            found = await self._own(endpoint, document, endpoint.seen_items if endpoint.good_at else b"")
            if isinstance(found, Rejected):
                return replace(document, outcome=found.outcome, note=found.note), None
            prepared = found
        if endpoint.quarantine.is_quarantined and document.outcome.is_good:
            note = "held back until you decide, though it shows what is the outlet's own again"
            return replace(document, outcome=Outcome.SUSPECT, note=note), None
        if document.outcome is Outcome.OK or document.moved_to:
            told = (prepared.links, prepared.named) if prepared else ((), ())
            self.hints.update(self.pipeline.hints(self.outlet, document, *told))
        if prepared is not None and self.pipeline.takes_pushes and endpoint is self.before[0]:
            self.is_home_heard = True
            self.offer = _offer_of(self.source, (*document.links, *prepared.links))
        if prepared is not None:
            left_out = await self._put_by(endpoint, prepared)
            missed = await self._follow(endpoint, document, prepared)
            notes = filter(None, (left_out, prepared.note, missed, validator_fault(endpoint, document)))
            # What was left out is to be looked at again, should the operator come to trust the mirror; an index says
            # nothing of what its sitemaps hold.
            is_index = any(link.rel == _SITEMAP for link in prepared.links)
            validators = Validators() if left_out or is_index else document.validators
            document = replace(document, note="; ".join(notes), validators=validators)
        return document, prepared

    async def take(self, endpoint: EndpointState, document: Document) -> Document:
        """Put by what a document brings that came unasked; give it with its outcome."""
        if endpoint.quarantine.is_quarantined:
            return replace(document, outcome=Outcome.SUSPECT, note="held back until you decide")
        found = await self._own(endpoint, document)
        if isinstance(found, Rejected):
            return replace(document, outcome=found.outcome, note=found.note)
        await self._put_by(endpoint, found, is_first=False)
        return document

    async def _follow(self, endpoint: EndpointState, document: Document, prepared: ParsedDocument) -> str:
        """Read on where a document is only a beginning; give a note where that fails.

        An index leads to its sitemaps; after a gap (RFC 5005, 4), when none of the items is known, a feed leads to its
        archives, until one shows an item that is.
        """
        missed, read = [], 0
        for link in (each for each in prepared.links if each.rel == _SITEMAP):
            found = await self._read_more(endpoint, document, link.href)
            read += found is not None
            if found is None:
                missed.append(urls.redact(link.href))
            if read == _MOST_SITEMAPS or read + len(missed) == 2 * _MOST_SITEMAPS:
                break
        if missed:
            return f"cannot read {', '.join(missed[:2])}{' and others' if len(missed) > 2 else ''}"  # noqa: PLR2004
        return await self._fill_gap(endpoint, document, prepared)

    async def _fill_gap(self, endpoint: EndpointState, document: Document, prepared: ParsedDocument) -> str:
        """Read archives until one shows an item that is known; one that cannot be read is wanted until it can."""
        archived = endpoint.missing_archive or _archive_of(prepared)
        is_first = endpoint.good_at is None or not prepared.entries
        is_gap = endpoint.missing_archive != "" or not (
            is_first or archived is None or await self._knows_some(prepared)
        )
        if not is_gap:
            return ""
        self.wanted[endpoint.endpoint] = ""
        place, seen = max(0, len(self.lots) - 1), {document.url}  # what is older goes in before the document itself
        while archived and archived not in seen and len(seen) <= _MOST_ARCHIVES:
            seen.add(archived)
            before = len(self.lots)
            more = await self._read_more(endpoint, document, archived)
            if more is None:
                self.wanted[endpoint.endpoint] = archived
                return f"after a gap, cannot read the archive {urls.redact(archived)}"
            self.lots[place:] = [*self.lots[before:], *self.lots[place:before]]
            archived = None if await self._knows_some(more) else _archive_of(more)
        return ""

    async def _read_more(self, endpoint: EndpointState, first: Document, address: str) -> ParsedDocument | None:
        """Read a document that another leads to, of the same domain; None if that is not to be had."""
        if domains.registrable(address) != domains.registrable(first.url):
            return None
        document = await self._fetch_more(address, self.source.options_for(endpoint.endpoint))
        found = None if document is None or document.body is None else await self._own(endpoint, document)
        if not isinstance(found, ParsedDocument):
            return None
        await self._put_by(endpoint, found, is_first=False)
        return found

    async def _whole(self, endpoint: EndpointState, prepared: ParsedDocument) -> tuple[Entry, ...]:
        """Give a document's entries, those that are new or changed, and thin, with the texts of their own pages.

        Their digests stay the feed's, by which the next document is compared. A page is read only below the outlet's
        own addresses, and as its robots.txt says, the newest first. Where it cannot be read, what was read before
        stays.
        """
        known = await self._known(prepared)
        way = replace(self.source.options_for(endpoint.endpoint), respect_robots=True)
        entries = []
        for entry in reversed(prepared.entries):
            seen = known.sightings.get(entry.key)
            is_news = seen is None or _said(seen) != _said(entry)
            is_thin = len(markup.words_of_safe(entry.html).split()) < _THIN
            whole = None
            if is_news and is_thin and self.pages_left and entry.link and not self._leads_elsewhere(entry):
                self.pages_left -= 1
                document = await self._fetch_more(self._page_of(entry.link, endpoint), way)
                whole = await self._with_page(entry, document, prepared.rules_fingerprint)
            if whole is None and is_news and is_thin and seen is not None and seen.story is not None:
                whole = await self._as_it_was(entry, seen.story)
            entries.append(whole or entry)
        return tuple(reversed(entries))

    async def _with_page(self, entry: Entry, document: Document | None, asked: str) -> Entry | None:
        if document is None or document.body is None:
            return None
        now = self.pipeline.clock()
        whole = await self.pipeline.whole(document, source=self.source, title=entry.title, now=now)
        if whole is None or whole.rules_fingerprint != asked or len(whole.html) <= len(entry.html):
            return None
        author = entry.author or whole.byline or None
        return replace(entry, html=whole.html, author=author, tags=whole.tags, feeds=whole.feeds)

    async def _as_it_was(self, entry: Entry, number: int) -> Entry:
        """Keep the text that was read for an entry's story, if that is longer."""
        stories = await self.pipeline.store.read(lambda tx: tx.stories.get([number]))
        longer = (each for each in stories if len(each.html) > len(entry.html))
        story = next(longer, None)
        return replace(entry, html=story.html, author=story.author, tags=story.tags) if story else entry

    def _page_of(self, link: str, endpoint: EndpointState) -> str:
        """Give the address of a story's page at the base that the endpoint is below, if it is below any."""
        bases = self.outlet.bases
        base = next((each for each in bases if urls.without_user(endpoint.endpoint).startswith(each + "/")), None)
        return urls.lead(link, base, bases) if base else link

    def _leads_elsewhere(self, entry: Entry) -> bool:
        """Say whether an entry's link is under none of its outlet's addresses."""
        return entry.link is not None and not urls.is_below(entry.link, self.outlet.bases)

    async def _known(self, found: ParsedDocument) -> Known:
        known: Known = await self.pipeline.store.read(
            lambda tx: tx.stories.known(self.source, found.entries, copied_since=self.pipeline.clock())
        )
        return known

    async def _knows_some(self, found: ParsedDocument) -> bool:
        """Say whether any item of a document is known."""
        return found.known_items > 0 or await self._count_familiar(found) > 0

    async def _count_familiar(self, found: ParsedDocument) -> int:
        """Count the entries of a document that the store knows."""
        known = await self._known(found)
        return sum(each.key in known.sightings or each.link_key in known.links for each in found.entries)

    async def _own(
        self, endpoint: EndpointState, document: Document, seen_items: bytes = b""
    ) -> ParsedDocument | Rejected:
        """Parse a document; give what it says if it is the outlet's own, else what it is and why."""
        now = self.pipeline.clock()
        found = await self.pipeline.prepare(
            document, source=self.source, bases=self.outlet.bases, now=now, seen_items=seen_items
        )
        mismatch_reason = await self._doubts(endpoint, found) if isinstance(found, ParsedDocument) else ""
        return Rejected(Outcome.SUSPECT, mismatch_reason) if mismatch_reason else found

    async def _doubts(self, endpoint: EndpointState, found: ParsedDocument) -> str:
        """Say why a document may not be the outlet's: a domain that was sold may well answer with a feed."""
        listed = found.known_items + len(found.entries)
        is_new = all(state.good_at is None for state in self.before)
        enough = self.pipeline.enough_known * listed
        if not found.entries or is_new or found.known_items >= enough or endpoint.quarantine is Quarantine.RELEASED:
            return ""
        profile = await self.pipeline.store.read(lambda tx: tx.mirrors.profile(self.source))
        if profile is None or found.known_items + await self._count_familiar(found) >= enough:
            return ""
        return self.pipeline.mismatch_reason(
            profile, found.title, found.entries, hosts=map(urls.site, self.outlet.bases)
        )

    async def _put_by(self, endpoint: EndpointState, prepared: ParsedDocument, *, is_first: bool = True) -> str:
        """Put a document by to be taken in; give a note on what is left out of it.

        What the first one listed is remembered; others were led to by it.
        """
        if self.source.text == "page":
            prepared = replace(prepared, entries=await self._whole(endpoint, prepared))
        left_out: set[str] = set()
        is_trusted = endpoint.endpoint == self.source.home or any(
            urls.without_user(endpoint.endpoint).startswith(base + "/") for base in self.outlet.trusted
        )
        foreign = () if is_trusted else tuple(each for each in prepared.entries if self._leads_elsewhere(each))
        if foreign:
            profile: SourceProfile | None = await self.pipeline.store.read(lambda tx: tx.mirrors.profile(self.source))
            hosts = profile.hosts if profile else ()
            left_out = {each.key for each in foreign if urls.site(each.link or "") not in hosts}
        entries = tuple(each for each in prepared.entries if each.key not in left_out)
        if entries:
            shared = self.pipeline.shared_links(entries)
            is_anew = endpoint.quarantine is Quarantine.RELEASED
            self.lots.append(Lot(endpoint, prepared.title, entries, shared, prepared.rules_fingerprint, is_anew))
        self.known += prepared.known_items
        self.checks.update({CHECKED: prepared.was_checked, DISAGREED: prepared.disagrees})
        if is_first:
            self.items[endpoint.endpoint] = b"" if left_out else prepared.seen_items
        return f"{len(left_out)} items that lead to other hosts than the outlet's are left out" if left_out else ""


def _offer_of(source: Source, links: Sequence[Link]) -> HubLink | None:
    """Give the hub and the topic that a document names, both needed; what its headers say counts first (WebSub, 4)."""
    hub, topic = (next((link.href for link in links if link.rel == rel), None) for rel in ("hub", "self"))
    return HubLink(source=source.id, hub=hub, topic=topic) if hub and topic else None


def _archive_of(prepared: ParsedDocument) -> str | None:
    """Give the address of the archive before a document."""
    return next((link.href for link in prepared.links if link.rel == "prev-archive"), None)


def _said(one: KnownEntry | Entry) -> tuple[str, str, str | None]:
    return one.title_digest, one.text_digest, one.link_key
