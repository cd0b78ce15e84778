"""A made feed of some 40 KB."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

ENTRIES = 66
NAME = "f.atom"
_WORDS = (
    "وقف إطلاق النار في إدلب · перемирие в Идлибе держится · ateşkes sürüyor · آتش‌بس برقرار است · aid convoy reaches "
)


@dataclass(frozen=True)
class Made:
    """One entry."""

    title: str
    link: str
    text: str
    updated: datetime


def entry(number: int) -> Made:
    """Make one up."""
    at = datetime(2026, 3, 6, tzinfo=UTC) - timedelta(minutes=number)
    return Made(f"{_WORDS[:60]} {number}", f"https://o.example/{number}", _WORDS * 2 + f"{number}", at)


def document() -> bytes:
    """Return the whole feed."""
    entries = "".join(
        f"<entry><id>{made.link}</id><title>{escape(made.title)}</title><link href='{made.link}'/>"
        f"<updated>{made.updated:%Y-%m-%dT%H:%M:%SZ}</updated><summary>{escape(made.text)}</summary></entry>\n"
        for made in map(entry, range(ENTRIES))
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'>{entries}</feed>".encode()
