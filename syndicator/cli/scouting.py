"""A fetcher and a parser for commands that look at addresses: the daemon's own manners, and its guard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from syndicator.app import utc_now
from syndicator.config import Config
from syndicator.discover import Ask, Read
from syndicator.fetch import Fetcher
from syndicator.models import Document, Outcome, Prepared, Source, Validators
from syndicator.parse import Pool
from syndicator.prepare import COMMAND, Preparer


@asynccontextmanager
async def scouting(config: Config) -> AsyncIterator[tuple[Ask, Read]]:
    """Give what asks an address, by robots.txt and without conditions, and what reads a document as a source would."""
    fetcher, pool = Fetcher(config.politeness, clock=utc_now), Pool(COMMAND, size=1)
    preparer = Preparer(pool)

    async def ask(address: str) -> Document:
        return await fetcher(address, Validators(), config.way)

    async def read(document: Document, source: Source) -> Prepared | tuple[Outcome, str]:
        return await preparer(document, source=source, bases=(), now=utc_now())

    try:
        yield ask, read
    finally:
        await fetcher.close()
        await pool.close()
