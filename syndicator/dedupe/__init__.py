"""Decides whether a story is known."""

from syndicator.dedupe.identity import decide

__all__ = ["decide"]
