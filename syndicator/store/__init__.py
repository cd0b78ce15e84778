"""What survives a restart. The only door to SQLAlchemy."""

from syndicator.store.api import Store, Transaction
from syndicator.store.brief_stories import TaggedStory
from syndicator.store.copies import Page
from syndicator.store.days import DaySum
from syndicator.store.dialects import hold_store, is_shared
from syndicator.store.feed_days import Placed
from syndicator.store.page_checks import WatchedStory
from syndicator.store.renderings import Rendering, RenderingInfo, RenderingStamp
from syndicator.store.retention import ListedBy, OldStory
from syndicator.store.search import LAST, SearchReach
from syndicator.store.search_index import SearchRow, SearchTooLongError
from syndicator.store.search_terms import EVERY_MARK, Expression, mark_of, said
from syndicator.store.sources import Sources
from syndicator.store.sql_store import SQLStore
from syndicator.store.sqlite import BUSY_SECONDS


def open_store(url: str, *, patience: float = 0.0, may_migrate: bool = True, busy: float = BUSY_SECONDS) -> Store:
    """Open the database at a SQLAlchemy URL; see ``SQLStore``."""
    return SQLStore(url, patience=patience, may_migrate=may_migrate, busy=busy)


__all__ = [
    "BUSY_SECONDS",
    "EVERY_MARK",
    "LAST",
    "DaySum",
    "Expression",
    "ListedBy",
    "OldStory",
    "Page",
    "Placed",
    "Rendering",
    "RenderingInfo",
    "RenderingStamp",
    "SearchReach",
    "SearchRow",
    "SearchTooLongError",
    "Sources",
    "Store",
    "TaggedStory",
    "Transaction",
    "WatchedStory",
    "hold_store",
    "is_shared",
    "mark_of",
    "open_store",
    "said",
]
