"""Decides whether a story is known."""

from syndicator.dedupe.identity import COPY_WINDOW, decide, shared_links

__all__ = ["COPY_WINDOW", "decide", "shared_links"]
