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
from syndicator.models.reader_pages.search import (
    LONGEST_SEARCH,
    SEARCH_FEEDS,
    SEARCH_SPANS,
    USUAL_SPAN,
    Facet,
    Narrower,
    Repair,
    SaidPart,
    SearchExample,
    SearchMistake,
    SearchMistakes,
    SearchPage,
    SearchStart,
    SearchTerm,
    SearchWanted,
)
from syndicator.models.reader_pages.stories import StoryWanted

__all__ = [
    "LONGEST_SEARCH",
    "SEARCH_FEEDS",
    "SEARCH_SPANS",
    "USUAL_SPAN",
    "DayStories",
    "Facet",
    "FeedCard",
    "FrontPage",
    "FrontWanted",
    "Mark",
    "Moved",
    "Name",
    "Narrower",
    "Repair",
    "SaidPart",
    "SearchExample",
    "SearchMistake",
    "SearchMistakes",
    "SearchPage",
    "SearchStart",
    "SearchTerm",
    "SearchWanted",
    "Share",
    "Shelf",
    "StoryRow",
    "StoryWanted",
    "TagChip",
]
