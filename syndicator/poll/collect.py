"""Collect what one source's endpoints show, without writing anything: network and children, reads of the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from syndicator.models import (
    Collected,
    Document,
    EndpointState,
    HubLink,
    Link,
    Outcome,
    OutletMode,
    ParsedDocument,
    Rejected,
    Source,
    SourceState,
    Validators,
)
from syndicator.poll.follow import follow, is_index
from syndicator.poll.full_text import with_full_texts
from syndicator.poll.ports import Ports
from syndicator.poll.read import EndpointReader
from syndicator.poll.schedule import endpoint_order, endpoints_to_compare, validator_fault
from syndicator.rules import Rules
from syndicator.watch import mirror_candidates

_QUARANTINED = "quarantined until you decide: syndicator release or syndicator confirm"


class Collector:
    """Collects one poll of one source at a time. It keeps nothing between polls."""

    def __init__(self, ports: Ports) -> None:
        """Use the injected parts."""
        self._ports = ports

    async def collect(self, source: Source, state: SourceState, rules: Rules) -> Collected:
        """Request a source's endpoints until one answers well, then those to compare it with, by these rules."""
        reader = EndpointReader(self._ports, source, state, rules)
        documents: list[Document] = []
        accepted: ParsedDocument | None = None
        order = endpoint_order(state.endpoints, state.working, self._ports.clock())
        async with aclosing(self._answers(reader, order)) as answers:
            async for endpoint, answer in answers:
                document, parsed = await self._examine(reader, endpoint, answer)
                documents.append(document)
                accepted = parsed or accepted
                if document.outcome.is_good:
                    break
        compared = [await self._compare(reader, each) for each in self._to_compare(reader, documents)]
        return _collected(reader, documents, compared, accepted)

    async def read_push(self, source: Source, state: SourceState, rules: Rules, document: Document) -> Collected:
        """Read a document of a source's home that a hub has sent."""
        reader, home = EndpointReader(self._ports, source, state, rules), state.endpoints[0]
        if home.quarantine.is_quarantined:
            document = _rejected(document, Rejected(Outcome.SUSPECT, _QUARANTINED))
        else:
            parsed = await reader.parse_and_verify(home, document)
            if isinstance(parsed, Rejected):
                document = _rejected(document, parsed)
            else:
                await reader.accept(home, await with_full_texts(reader, home, parsed), is_own_document=False)
        return _collected(reader, [document], [], None)

    async def _answers(
        self, reader: EndpointReader, order: Sequence[EndpointState]
    ) -> AsyncGenerator[tuple[EndpointState, Document]]:
        """Yield endpoints' answers. They are asked one after another; where they race, the next also when one is slow.

        Requests still open when the caller stops iterating are cancelled and not counted as failures.
        """
        if reader.outlet.mode is not OutletMode.RACE:
            for endpoint in order:
                yield endpoint, await reader.request(endpoint)
            return
        slow, waiting = reader.rules.mirror_slow.total_seconds(), list(order)
        requests: dict[asyncio.Task[Document], EndpointState] = {}
        try:
            while waiting or requests:
                if waiting:
                    endpoint = waiting.pop(0)
                    requests[asyncio.create_task(reader.request(endpoint))] = endpoint
                patience = slow if waiting else None
                done, _ = await asyncio.wait(requests, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield requests.pop(task), task.result()
        finally:
            for task in requests:
                task.cancel()
            await asyncio.gather(*requests, return_exceptions=True)

    async def _examine(
        self, reader: EndpointReader, endpoint: EndpointState, document: Document
    ) -> tuple[Document, ParsedDocument | None]:
        """Parse an answer and accept it if it is the outlet's own. Return it with its final outcome."""
        parsed: ParsedDocument | None = None
        if document.body is not None:
            result = await reader.parse_and_verify(endpoint, document, endpoint.seen_items if endpoint.good_at else b"")
            if isinstance(result, Rejected):
                return _rejected(document, result), None
            parsed = result
        if endpoint.quarantine.is_quarantined and document.outcome.is_good:
            note = f"{_QUARANTINED}; it shows what is the outlet's own again"
            return _rejected(document, Rejected(Outcome.SUSPECT, note)), None
        self._note_addresses(reader, endpoint, document, parsed)
        if parsed is not None:
            document = await self._accept(reader, endpoint, document, parsed)
        return replace(document, body=None), parsed

    async def _accept(
        self, reader: EndpointReader, endpoint: EndpointState, document: Document, parsed: ParsedDocument
    ) -> Document:
        left_out = await reader.accept(endpoint, await with_full_texts(reader, endpoint, parsed))
        missed = await follow(reader, endpoint, document, parsed)
        notes = filter(None, (left_out, parsed.note, missed, validator_fault(endpoint, document)))
        # Without validators the next request brings the document again: what was left out is looked at once more,
        # should the operator come to trust the mirror, and an index says nothing of what its sitemaps hold.
        validators = Validators() if left_out or is_index(parsed) else document.validators
        return replace(document, note="; ".join(notes), validators=validators)

    def _note_addresses(
        self, reader: EndpointReader, endpoint: EndpointState, document: Document, parsed: ParsedDocument | None
    ) -> None:
        """Add addresses that may be mirrors, and the hub that the home names."""
        found = reader.found
        if document.outcome is Outcome.OK or document.moved_to:
            links, named = (parsed.links, parsed.named) if parsed else ((), ())
            found.candidates.update(mirror_candidates(reader.outlet, document, links, named))
        if parsed is not None and reader.rules.takes_pushes and endpoint is reader.state.endpoints[0]:
            found.is_home_read = True
            found.hub_link = _hub_link(reader.source, (*document.links, *parsed.links))

    def _to_compare(self, reader: EndpointReader, documents: Sequence[Document]) -> Sequence[EndpointState]:
        """Return the endpoints to read beside the one that answered."""
        if reader.outlet.mode is not OutletMode.COMPARE or not documents[-1].outcome.is_good:
            return ()
        interval = reader.source.interval or reader.rules.bounds.interval
        asked = {document.endpoint for document in documents}
        rest = (state for state in reader.state.endpoints if state.endpoint not in asked)
        return endpoints_to_compare(rest, interval, self._ports.clock())

    async def _compare(self, reader: EndpointReader, endpoint: EndpointState) -> Document:
        document, _ = await self._examine(reader, endpoint, await reader.request(endpoint))
        return document


def _collected(
    reader: EndpointReader,
    documents: Sequence[Document],
    compared: Sequence[Document],
    accepted: ParsedDocument | None,
) -> Collected:
    found, home = reader.found, reader.state.endpoints[0]
    is_home_heard = home.good_at is not None or any(each.endpoint is home for each in found.batches)
    return Collected(
        outlet=reader.outlet,
        state=reader.state,
        documents=tuple(documents),
        compared=tuple(compared),
        batches=tuple(found.batches),
        known_items=found.known_items,
        seen_items=found.seen_items,
        missing_archives=found.missing_archives,
        hints=accepted.polling_hints if accepted else None,
        title=accepted.title if accepted else "",
        hub_link=found.hub_link,
        is_home_read=found.is_home_read,
        candidates=frozenset(found.candidates),
        counters=found.counters,
        teacher=home.endpoint if is_home_heard else documents[-1].endpoint,
    )


def _rejected(document: Document, why: Rejected) -> Document:
    return replace(document, outcome=why.outcome, note=why.note, body=None)


def _hub_link(source: Source, links: Sequence[Link]) -> HubLink | None:
    """Return the hub and the topic that a document names; what its headers say counts first (WebSub, 4)."""
    hub, topic = (next((link.href for link in links if link.rel == rel), None) for rel in ("hub", "self"))
    return HubLink(source=source.id, hub=hub, topic=topic) if hub and topic else None
