"""What readers' pages show: one value a page, from which its HTML and its JSON are made. Datetimes are aware UTC.

For each page there is also what an address asks for, a ``Wanted…`` value. A page whose address asks for something that
is elsewhere by now is ``Moved``.
"""

from syndicator.models.reader_pages.about import AboutPage, AboutWanted, Polling, Retained, Rights
from syndicator.models.reader_pages.errors import ErrorPage
from syndicator.models.reader_pages.feeds import FeedCard, FrontPage, FrontWanted, Shelf
from syndicator.models.reader_pages.parts import (
    DayStories,
    Mark,
    Moved,
    Name,
    Share,
    StoryRow,
    TagChip,
)
from syndicator.models.reader_pages.stories import StoryWanted

__all__ = [
    "AboutPage",
    "AboutWanted",
    "DayStories",
    "ErrorPage",
    "FeedCard",
    "FrontPage",
    "FrontWanted",
    "Mark",
    "Moved",
    "Name",
    "Polling",
    "Retained",
    "Rights",
    "Share",
    "Shelf",
    "StoryRow",
    "StoryWanted",
    "TagChip",
]
