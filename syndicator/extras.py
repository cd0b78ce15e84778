"""Optional libraries: which are installed. None is loaded to find out."""

from __future__ import annotations

from importlib import util

FULL_TEXT = "trafilatura"
OBJECT_STORES = "obstore"
NOTIFIERS = "apprise"
POSTGRES = "psycopg"


def can_read_articles() -> bool:
    """Return whether the library that finds an article's text on its page is installed."""
    return util.find_spec(FULL_TEXT) is not None


def can_write_to_stores() -> bool:
    """Return whether the library that writes to object stores is installed."""
    return util.find_spec(OBJECT_STORES) is not None


def can_use_postgres() -> bool:
    """Return whether the driver for PostgreSQL is installed."""
    return util.find_spec(POSTGRES) is not None


def can_notify() -> bool:
    """Return whether the library that speaks to messengers is installed."""
    return util.find_spec(NOTIFIERS) is not None
