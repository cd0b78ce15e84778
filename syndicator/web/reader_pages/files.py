"""What pages offer beside their HTML and their JSON: files of other types, by one table of paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from syndicator.web.reader_pages.tables import event_csv
from syndicator.web.reader_pages.wanted.asking import WantedFrom
from syndicator.web.reader_pages.wanted.events import EVENT, event_feed, event_table


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """A file: what its address asks for, and how bytes are made of what is found.

    Browsers save it under the name ``saved_as``, with parts of its path, if that is not empty. ``path_of`` returns the
    path of the file of a page that has ``Moved``.
    """

    wanted_from: WantedFrom
    content_type: str = "application/json"
    encode: Callable[[Any], bytes] = msgspec.json.encode
    saved_as: str = ""
    path_of: Callable[[str], str] = str


# By the path below the site's root: files are the same in every language.
FILES: Mapping[str, PageFile] = {
    f"{EVENT}.csv": PageFile(
        wanted_from=event_table, content_type="text/csv", encode=event_csv, saved_as="event-{event}.csv"
    ),
    f"{EVENT}.atom": PageFile(wanted_from=event_feed),
}
