"""A fetcher and a parser for commands that look at addresses, with the daemon's politeness and guard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from syndicator.config import Config
from syndicator.discover import Fetch, Parse, ReadPage
from syndicator.extract import COMMAND, Extractor, Pool
from syndicator.fetch import Fetcher
from syndicator.models import Document, Page, ParsedDocument, Rejected, Source, Validators
from syndicator.runtime.app import utc_now


@asynccontextmanager
async def discovery_session(config: Config) -> AsyncIterator[tuple[Fetch, Parse, ReadPage]]:
    """Yield functions that fetch an address, parse a document as a source, and read a page.

    Requests respect robots.txt and are unconditional. Documents are parsed in a child process that can be killed:
    anybody may have written them.
    """
    fetcher, pool = Fetcher(config.politeness, clock=utc_now), Pool(COMMAND, size=1)
    extractor = Extractor(pool)

    async def fetch(address: str) -> Document:
        return await fetcher(address, Validators(), replace(config.fetch_options, keeps_packed=True))

    async def parse(document: Document, source: Source) -> ParsedDocument | Rejected:
        return await extractor.document(document, source=source, bases=(), now=utc_now())

    async def read_page(document: Document) -> Page | None:
        return await extractor.inspect(document, now=utc_now())

    try:
        yield fetch, parse, read_page
    finally:
        await fetcher.close()
        await pool.close()
