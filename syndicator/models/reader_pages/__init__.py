"""What readers' pages show: one value a page, from which its HTML and its JSON are made. Datetimes are aware UTC.

For each page there is also what an address asks for, a ``Wanted…`` value. A page whose address asks for something that
is elsewhere by now is ``Moved``.
"""

from syndicator.models.reader_pages.events import (
    Absent,
    EventCard,
    EventFeedWanted,
    EventOrder,
    EventPace,
    EventPage,
    EventsPage,
    EventStoryRow,
    EventsWanted,
    EventTable,
    EventTableWanted,
    EventWanted,
    Silence,
    Teller,
    TellingMark,
    TellingRow,
)
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
    "Absent",
    "DayStories",
    "EventCard",
    "EventFeedWanted",
    "EventOrder",
    "EventPace",
    "EventPage",
    "EventStoryRow",
    "EventTable",
    "EventTableWanted",
    "EventWanted",
    "EventsPage",
    "EventsWanted",
    "FeedCard",
    "FrontPage",
    "FrontWanted",
    "Mark",
    "Moved",
    "Name",
    "Share",
    "Shelf",
    "Silence",
    "StoryRow",
    "StoryWanted",
    "TagChip",
    "Teller",
    "TellingMark",
    "TellingRow",
]
