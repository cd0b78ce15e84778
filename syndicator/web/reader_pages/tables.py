"""Tables as CSV (RFC 4180), as spreadsheets open them right. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from syndicator.models.reader_pages import EventTable, TellingRow

# What a spreadsheet takes for a formula where a cell begins with it, in full width too.
_FORMULA = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
_EVENT = ("first seen", "outlet", "name", "country", "language", "told", "copy of", "headline", "link")
# Without it, spreadsheets read the bytes by the machine's old code page, and Arabic is lost.
_BYTE_ORDER_MARK = "\ufeff"


def event_csv(table: EventTable) -> bytes:
    """Return a row for each telling of an event, in order, below the names of the columns."""
    return _csv([_EVENT, *map(_telling, table.rows)])


def _telling(row: TellingRow) -> tuple[str, ...]:
    told = "copy" if row.copy_of else "own words"
    at = f"{row.first_seen:%Y-%m-%dT%H:%M:%SZ}"
    return at, row.outlet, row.name, row.country, row.language, told, row.copy_of, row.headline, row.link


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return (_BYTE_ORDER_MARK + written.getvalue()).encode()


def _safe(cell: str) -> str:
    """Return a cell that is no formula: outlets write the headlines, and a formula can send away what is beside it.

    Spreadsheets show the apostrophe or hide it, and read the rest as text.
    """
    words = " ".join(cell.split())
    return f"'{words}" if words[:1] in _FORMULA else words
