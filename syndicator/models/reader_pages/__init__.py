"""What readers' pages show: one value a page, from which its HTML and its JSON are made. Datetimes are aware UTC.

For each page there is also what an address asks for, a ``Wanted…`` value. A page whose address asks for something that
is elsewhere by now is ``Moved``.
"""

from syndicator.models.reader_pages.feeds import FeedCard, FrontPage, FrontWanted, Shelf
from syndicator.models.reader_pages.outlets import (
    Address,
    AddressComparison,
    AddressState,
    Choice,
    DeletedStory,
    HeadlineChange,
    HoldingFeed,
    KnownBy,
    OutletLine,
    OutletMonth,
    OutletOrder,
    OutletPage,
    OutletsPage,
    OutletsWanted,
    OutletWanted,
)
from syndicator.models.reader_pages.parts import (
    DayStories,
    Mark,
    Moved,
    Name,
    SeenDay,
    Share,
    StoryRow,
    TagChip,
)
from syndicator.models.reader_pages.stories import StoryWanted
from syndicator.models.reader_pages.topics import (
    CaughtWord,
    NamingFeed,
    TopicLine,
    TopicPage,
    TopicsPage,
    TopicsWanted,
    TopicWanted,
    TopicWord,
    TopicWords,
)

__all__ = [
    "Address",
    "AddressComparison",
    "AddressState",
    "CaughtWord",
    "Choice",
    "DayStories",
    "DeletedStory",
    "FeedCard",
    "FrontPage",
    "FrontWanted",
    "HeadlineChange",
    "HoldingFeed",
    "KnownBy",
    "Mark",
    "Moved",
    "Name",
    "NamingFeed",
    "OutletLine",
    "OutletMonth",
    "OutletOrder",
    "OutletPage",
    "OutletWanted",
    "OutletsPage",
    "OutletsWanted",
    "SeenDay",
    "Share",
    "Shelf",
    "StoryRow",
    "StoryWanted",
    "TagChip",
    "TopicLine",
    "TopicPage",
    "TopicWanted",
    "TopicWord",
    "TopicWords",
    "TopicsPage",
    "TopicsWanted",
]
