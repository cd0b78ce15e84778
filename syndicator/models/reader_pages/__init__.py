"""What readers' pages show: one value a page, from which its HTML and its JSON are made. Datetimes are aware UTC.

For each page there is also what an address asks for, a ``Wanted…`` value. A page whose address asks for something that
is elsewhere by now is ``Moved``.
"""

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
from syndicator.models.reader_pages.places import (
    Index,
    MapPoint,
    MapView,
    PlaceCount,
    PlaceIndexPage,
    PlaceIndexWanted,
    PlaceInNews,
    PlaceName,
    PlacePage,
    PlaceRole,
    PlacesPage,
    PlaceSpike,
    PlacesWanted,
    PlaceWanted,
    RoleCount,
    SpokenName,
)
from syndicator.models.reader_pages.stories import StoryWanted

__all__ = [
    "DayStories",
    "FeedCard",
    "FrontPage",
    "FrontWanted",
    "Index",
    "MapPoint",
    "MapView",
    "Mark",
    "Moved",
    "Name",
    "PlaceCount",
    "PlaceInNews",
    "PlaceIndexPage",
    "PlaceIndexWanted",
    "PlaceName",
    "PlacePage",
    "PlaceRole",
    "PlaceSpike",
    "PlaceWanted",
    "PlacesPage",
    "PlacesWanted",
    "RoleCount",
    "Share",
    "Shelf",
    "SpokenName",
    "StoryRow",
    "StoryWanted",
    "TagChip",
]
