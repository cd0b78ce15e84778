"""Output formats. The only table of them: file names, HTTP answers, configuration and renderers follow it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFormat:
    """A format that feeds are published in.

    ``name`` is what the configuration calls it, the suffix of its files, and the module in ``publish`` that renders it;
    ``label`` is for people.
    """

    name: str
    label: str
    content_type: str


OUTPUT_FORMATS: tuple[OutputFormat, ...] = (
    OutputFormat(name="atom", label="Atom", content_type="application/atom+xml"),
    OutputFormat(name="rss", label="RSS", content_type="application/rss+xml"),
)
FORMATS_BY_NAME = {each.name: each for each in OUTPUT_FORMATS}
FORMAT_NAMES = tuple(FORMATS_BY_NAME)
_FILE_NAME = re.compile(rf"[a-z0-9_-]+\.({'|'.join(map(re.escape, FORMAT_NAMES))})")


def file_name(feed: str, format_name: str) -> str:
    """Return the name of the file that shows a feed in a format."""
    return f"{feed}.{format_name}"


def format_of(name: str) -> OutputFormat | None:
    """Return the format of a published file by the file's name, None for any other name."""
    found = _FILE_NAME.fullmatch(name)
    return FORMATS_BY_NAME[found[1]] if found else None
