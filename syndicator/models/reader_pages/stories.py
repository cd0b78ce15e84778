"""The page of a story shows a ``StoryAccount``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryWanted:
    """The story of that number."""

    number: str
