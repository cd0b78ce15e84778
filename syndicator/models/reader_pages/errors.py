"""The page that stands where another one is wanted and cannot be shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """What went wrong: a status of HTTP and, where that says more, the ``reason`` in English.

    It may be asked for again in ``retry_after`` seconds, unless that is 0.
    """

    status: int
    reason: str = ""
    retry_after: int = 0
