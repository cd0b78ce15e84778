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
from syndicator.poll.first_contact import doubt_of, is_first_contact, strangers
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
        order = endpoint_order(state.endpoints, state.working, self._ports.clock())
        if is_first_contact(state):
            return await self._collect_first(reader, order)
        documents: list[Document] = []
        accepted: ParsedDocument | None = None
        async with aclosing(self._answers(reader, order)) as answers:
            async for endpoint, answer in answers:
                document, parsed = await self._examine(reader, endpoint, answer)
                documents.append(document)
                accepted = parsed or accepted
                if document.outcome.is_good:
                    break
        compared = [await self._compare(reader, each) for each in self._to_compare(reader, documents)]
        return _collected(reader, documents, compared, accepted)

    async def _collect_first(self, reader: EndpointReader, order: Sequence[EndpointState]) -> Collected:
        """Poll a source of which nothing is known: all endpoints are asked, and must agree on what is published.

        A domain may have been sold before it was ever polled: see ``first_contact``.
        """
        answers = await self._all_answers(reader, order)
        read = [(each, *await self._parse(reader, each, answer)) for each, answer in answers]
        shown = [(endpoint, parsed) for endpoint, _, parsed in read if parsed is not None]
        strange = strangers(shown, reader.outlet)
        documents: list[Document] = []
        compared: list[Document] = []
        accepted: ParsedDocument | None = None
        for endpoint, document, parsed in read:
            asked = documents if accepted is None else compared
            if endpoint.endpoint in strange:
                asked.append(_rejected(document, Rejected(Outcome.SUSPECT, strange[endpoint.endpoint])))
            elif accepted is None or reader.outlet.mode is OutletMode.COMPARE:
                asked.append(await self._take(reader, endpoint, document, parsed))
                accepted = accepted or parsed
            else:
                # Its entries were not taken in, and must come again when it is asked for them.
                asked.append(replace(document, body=None, validators=Validators()))
        is_alone = sum(bool(parsed.entries) for _, parsed in shown) == 1
        if is_alone and accepted is not None and (doubt := doubt_of(accepted, reader.outlet)):
            documents[-1] = replace(documents[-1], note="; ".join(filter(None, (documents[-1].note, doubt))))
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

    async def _all_answers(
        self, reader: EndpointReader, order: Sequence[EndpointState]
    ) -> list[tuple[EndpointState, Document]]:
        """Return the answers of all endpoints.

        Where they race, a good one ends the waiting for slow ones. Otherwise, where the first has answered or failed,
        what others say later than a deadline is not waited for: they may share a host, and ask one after another.
        """
        tasks = {asyncio.create_task(reader.request(each)): each for each in order}
        first, slow = next(iter(tasks)), reader.rules.mirror_slow.total_seconds()
        is_race, waiting = reader.outlet.mode is OutletMode.RACE, set(tasks)
        try:
            if not is_race:
                _, waiting = await asyncio.wait(tasks, timeout=reader.rules.deadline.total_seconds())
            while waiting:
                is_any_good = any(task.done() and task.result().outcome.is_good for task in tasks)
                if is_any_good and is_race:
                    await asyncio.wait(tasks, timeout=slow)
                if is_any_good and (is_race or first.done()):
                    break
                _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            return [(each, task.result()) for task, each in tasks.items() if task.done()]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _examine(
        self, reader: EndpointReader, endpoint: EndpointState, document: Document
    ) -> tuple[Document, ParsedDocument | None]:
        """Parse an answer and accept it if it is the outlet's own. Return it with its final outcome."""
        read, parsed = await self._parse(reader, endpoint, document)
        if document.outcome.is_good and not read.outcome.is_good:
            return read, None
        taken = await self._take(reader, endpoint, read, parsed)
        return taken, parsed if taken.outcome.is_good else None

    async def _parse(
        self, reader: EndpointReader, endpoint: EndpointState, document: Document
    ) -> tuple[Document, ParsedDocument | None]:
        """Parse an answer that has a body. Return it with the outcome it has by then."""
        if document.body is None:
            return document, None
        result = await reader.parse_and_verify(endpoint, document, endpoint.seen_items if endpoint.good_at else b"")
        return (_rejected(document, result), None) if isinstance(result, Rejected) else (document, result)

    async def _take(
        self, reader: EndpointReader, endpoint: EndpointState, document: Document, parsed: ParsedDocument | None
    ) -> Document:
        """Accept a good answer unless its endpoint is quarantined. Return it bodiless, with its final outcome."""
        if endpoint.quarantine.is_quarantined and document.outcome.is_good:
            note = f"{_QUARANTINED}; it shows what is the outlet's own again"
            return _rejected(document, Rejected(Outcome.SUSPECT, note))
        self._note_addresses(reader, endpoint, document, parsed)
        if parsed is not None:
            document = await self._accept(reader, endpoint, document, parsed)
        return document

    async def _accept(
        self, reader: EndpointReader, endpoint: EndpointState, document: Document, parsed: ParsedDocument
    ) -> Document:
        """Add a document's entries to what was found. Return the document as it is to be recorded."""
        left_out = await reader.accept(endpoint, await with_full_texts(reader, endpoint, parsed))
        missed = await follow(reader, endpoint, document, parsed)
        notes = filter(None, (left_out, parsed.note, missed, validator_fault(endpoint, document)))
        # Without validators the next request brings the document again: what was left out is looked at once more,
        # should the operator come to trust the mirror, an index says nothing of what its sitemaps hold, and what broke
        # off may have more to say.
        is_asked_again = bool(left_out) or is_index(parsed) or parsed.is_cut
        validators = Validators() if is_asked_again else document.validators
        return replace(document, note="; ".join(notes), validators=validators, body=None)

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
        followed=tuple(found.followed),
    )


def _rejected(document: Document, why: Rejected) -> Document:
    return replace(document, outcome=why.outcome, note=why.note, body=None)


def _hub_link(source: Source, links: Sequence[Link]) -> HubLink | None:
    """Return the hub and the topic that a document names; what its headers say counts first (WebSub, 4)."""
    hub, topic = (next((link.href for link in links if link.rel == rel), None) for rel in ("hub", "self"))
    return HubLink(source=source.id, hub=hub, topic=topic) if hub and topic else None
