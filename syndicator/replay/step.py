"""What a replay plays: polls, each of a source at a time, with what its endpoints answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from syndicator.models import Document, FetchOptions, Outlet, Source, Validators


class Step(Protocol):
    """One poll, or one push of a hub."""

    @property
    def at(self) -> datetime:
        """When its documents came."""

    @property
    def committed(self) -> Sequence[datetime]:
        """When its transactions ran; the last time orders steps."""

    @property
    def serial(self) -> int:
        """Its place among those of the same time."""

    @property
    def has_failures(self) -> bool:
        """Whether a request failed: then links may lead elsewhere, in feeds that are published by then."""

    @property
    def source(self) -> Source:
        """Its source, as far as that is known without a configuration."""

    def source_in(self, outlet: Outlet) -> Source | None:
        """Return its source in the outlet as it is configured, None if it is not there."""

    def answer(self, url: str, known: Validators, options: FetchOptions) -> Document:
        """Return what an address answered."""

    def push(self) -> Document | None:
        """Return what a hub has sent; None for a poll."""


def default_outlet(source: Source) -> Outlet:
    """Return an outlet for a source that is not configured."""
    return Outlet(
        id=source.outlet, name=source.outlet, country="ZZ", language="und", home=source.home, sources=(source,)
    )
