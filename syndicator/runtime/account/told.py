"""A story with what the store knows of how it was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syndicator.models import Capture, Revision, Story, Telling


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story with its items in order of time, what it said before, the oldest first, and what its items came with."""

    story: Story
    items: Sequence[Telling]
    revisions: Sequence[Revision]
    captures: Mapping[tuple[str, str], Capture]

    def title_at(self, moment: datetime) -> str:
        """Return the headline that the story had then."""
        return next((each.title for each in self.revisions if each.replaced_at > moment), self.story.title)
