"""The page of a story."""

from __future__ import annotations

from syndicator.models.account import StoryAccount
from syndicator.models.reader_pages import StoryWanted
from syndicator.runtime.account import account_in
from syndicator.runtime.reader_pages.reading import Reading


def story_page(reading: Reading, wanted: StoryWanted) -> StoryAccount | None:
    """Return what is known of a story, if readers may see it."""
    return account_in(reading, wanted.number)
