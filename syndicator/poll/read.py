"""Read one source's endpoints: request, parse, accept what is the outlet's own. Only reads the store."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from syndicator import urls
from syndicator.ingest import shared_links
from syndicator.models import (
    Document,
    EndpointState,
    EntryBatch,
    FetchOptions,
    HubLink,
    Known,
    MirrorCandidate,
    Outcome,
    ParsedDocument,
    Quarantine,
    Rejected,
    Source,
    SourceProfile,
    SourceState,
    Validators,
)
from syndicator.plural import counted
from syndicator.poll.ownership import (
    keys_leading_elsewhere,
    may_add_any_item,
    needs_proof,
    shows_enough,
    why_not_its_own,
)
from syndicator.poll.ports import Ports
from syndicator.poll.schedule import request_for
from syndicator.rules import Rules
from syndicator.watch import doors

# Seconds of requests for what documents lead to, after which a poll must end: the watchdog would take it for stuck.
_LONGEST_FOLLOWING = 40.0
# Full texts requested in one poll.
_MOST_PAGES = 20
READ_BOTH_WAYS, DISAGREEMENTS = "documents read both ways", "documents on which both disagreed"


@dataclass(slots=True)
class Findings:
    """What a poll has brought so far; see ``Collected`` for the fields."""

    batches: list[EntryBatch] = field(default_factory=list)
    seen_items: dict[str, bytes] = field(default_factory=dict)
    missing_archives: dict[str, str] = field(default_factory=dict)
    known_items: int = 0
    counters: dict[str, int] = field(default_factory=dict)
    candidates: set[MirrorCandidate] = field(default_factory=set)
    hub_link: HubLink | None = None
    is_home_read: bool = False
    notes: list[str] = field(default_factory=list)
    followed: list[Document] = field(default_factory=list)


class EndpointReader:
    """Reads the endpoints of one source for one poll, and gathers what they bring in ``found``."""

    def __init__(self, ports: Ports, source: Source, state: SourceState, rules: Rules) -> None:
        """Ask and verify by the ``rules`` in force when the poll began. Children may parse by newer ones."""
        self.ports, self.source, self.state, self.rules = ports, source, state, rules
        self.outlet = rules.outlets[source.outlet]
        self.found = Findings()
        self.pages_left = _MOST_PAGES
        self._followed_for = 0.0

    async def request(self, endpoint: EndpointState) -> Document:
        """Request an endpoint's document, where it is now and with its validators."""
        at, known = request_for(endpoint, self.ports.clock())
        document = await self.ports.fetch(at, known, self.source.options_for(endpoint.endpoint))
        return document if at == endpoint.endpoint else replace(document, endpoint=endpoint.endpoint, is_moved=True)

    async def request_more(self, address: str, options: FetchOptions) -> Document | None:
        """Request what a document leads to; None when this poll has spent long enough on such requests."""
        if self._followed_for > _LONGEST_FOLLOWING:
            return None
        document = await self.ports.fetch(address, Validators(), options)
        self._followed_for += document.elapsed
        self.found.followed.append(replace(document, body=None))
        return document

    async def parse_and_verify(
        self, endpoint: EndpointState, document: Document, seen_items: bytes = b""
    ) -> ParsedDocument | Rejected:
        """Parse a document, and reject it if it looks like another outlet's."""
        parsed = await self.ports.extract.document(
            document, source=self.source, bases=self.outlet.bases, now=self.ports.clock(), seen_items=seen_items
        )
        if isinstance(parsed, Rejected) or not needs_proof(parsed, endpoint, self.state.endpoints):
            return parsed
        profile = await self.profile()
        if profile is None or shows_enough(parsed, await self.count_known(parsed)):
            return parsed
        new = await self.what_is_new(document)
        reason = why_not_its_own(parsed, profile, self.outlet, new=new)
        return Rejected(Outcome.SUSPECT, reason) if reason else parsed

    async def accept(self, endpoint: EndpointState, parsed: ParsedDocument, *, is_own_document: bool = True) -> str:
        """Add a document's entries to what was found, without those that a mirror may not add. Return a note on these.

        ``is_own_document``: it is the endpoint's, not one that the endpoint's leads to.
        """
        foreign: frozenset[str] = frozenset()
        # Asked without the profile first: most documents have nothing of it, and then the store is not read.
        if not may_add_any_item(endpoint.endpoint, self.source, self.outlet) and keys_leading_elsewhere(
            parsed.entries, self.outlet, None
        ):
            foreign = keys_leading_elsewhere(parsed.entries, self.outlet, await self.profile())
        entries = tuple(each for each in parsed.entries if each.key not in foreign)
        if entries:
            batch = EntryBatch(
                endpoint=endpoint,
                title=parsed.title,
                entries=entries,
                shared_links=shared_links(entries),
                rules_fingerprint=parsed.rules_fingerprint,
                relearns=endpoint.quarantine is Quarantine.RELEASED,
            )
            self.found.batches.append(batch)
        self.found.known_items += parsed.known_items
        if parsed.was_checked:
            self._count(READ_BOTH_WAYS, 1)
            self._count(DISAGREEMENTS, parsed.disagrees)
        if is_own_document:
            self.found.seen_items[endpoint.endpoint] = b"" if foreign else parsed.seen_items
        leads = counted(len(foreign), "item leads", "items lead")
        return f"{leads} to other hosts than the outlet's: left out" if foreign else ""

    def _count(self, key: str, count: int) -> None:
        self.found.counters[key] = self.found.counters.get(key, 0) + count

    async def profile(self) -> SourceProfile | None:
        """Return what the source is known by."""
        return await self.ports.store.read(lambda tx: tx.mirrors.profile(self.source))

    async def what_is_new(self, document: Document) -> tuple[str, ...]:
        """Return in words what is new of who answered at the endpoint's host."""
        host = urls.host_key(document.endpoint)
        peer = next((each for each in document.peers if each.host == host), None)
        if peer is None:
            return ()
        known = await self.ports.store.read(lambda tx: tx.doors.get([host]))
        return doors.what_is_new(known.get(host), peer, self.ports.clock())

    async def known(self, parsed: ParsedDocument) -> Known:
        """Return what the store knows of a document's entries."""
        now = self.ports.clock()
        return await self.ports.store.read(lambda tx: tx.entries.known(self.source, parsed.entries, copied_since=now))

    async def count_known(self, parsed: ParsedDocument) -> int:
        """Count the entries of a document that the store knows."""
        known = await self.known(parsed)
        known_keys = known.entries.keys() | known.tombstones
        return sum(
            each.link_key in known.links or not known_keys.isdisjoint((each.key, *each.other_keys))
            for each in parsed.entries
        )

    async def knows_some(self, parsed: ParsedDocument) -> bool:
        """Return whether any item of a document is known."""
        return parsed.known_items > 0 or await self.count_known(parsed) > 0
