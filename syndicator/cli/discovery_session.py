"""A fetcher and a parser for commands that look at addresses: the daemon's own manners, and its guard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from syndicator.config import Config
from syndicator.discover import Ask, Look, Read
from syndicator.extract import COMMAND, Extractor, Pool
from syndicator.fetch import Fetcher
from syndicator.models import Document, Page, ParsedDocument, Rejected, Source, Validators
from syndicator.runtime.app import utc_now


@asynccontextmanager
async def discovery_session(config: Config) -> AsyncIterator[tuple[Ask, Read, Look]]:
    """Give what asks an address, what reads a document as a source would, and what looks at a page.

    It is asked by robots.txt and without conditions. Both parse in a child that can be killed: who writes a page may be
    anybody.
    """
    fetcher, pool = Fetcher(config.politeness, clock=utc_now), Pool(COMMAND, size=1)
    extractor = Extractor(pool)

    async def ask(address: str) -> Document:
        return await fetcher(address, Validators(), config.way)

    async def read(document: Document, source: Source) -> ParsedDocument | Rejected:
        return await extractor.document(document, source=source, bases=(), now=utc_now())

    async def look(document: Document) -> Page | None:
        return await extractor.inspect(document, now=utc_now())

    try:
        yield ask, read, look
    finally:
        await fetcher.close()
        await pool.close()
