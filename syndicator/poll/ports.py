"""What a poll needs from outside: the network, children that parse, the store, the time, and the rules in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from syndicator.models import Document, FetchOptions, FullText, ParsedDocument, Rejected, Source, Validators
from syndicator.query import Details
from syndicator.rules import Rules
from syndicator.store import Store

Clock = Callable[[], datetime]


class Fetch(Protocol):
    """Requests documents."""

    async def __call__(self, url: str, known: Validators, options: FetchOptions) -> Document:
        """Request one address. Failures come back as documents; raise LocalFaultError for a fault of this machine."""


class Extract(Protocol):
    """Reads documents in children that can be killed; raises LocalFaultError where there is no child to be had."""

    async def document(
        self, document: Document, *, source: Source, bases: Sequence[str], now: datetime, seen_items: bytes = b""
    ) -> ParsedDocument | Rejected:
        """Parse, normalize, tag and select a source's document; items in ``seen_items`` are left out."""

    async def full_text(
        self, document: Document, *, source: Source, title: str, now: datetime, details: Details
    ) -> FullText | None:
        """Read the article on an entry's own page, None if there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The five things that are injected. ``rules`` returns those in force: a reload replaces them."""

    fetch: Fetch
    extract: Extract
    store: Store
    clock: Clock
    rules: Callable[[], Rules]
