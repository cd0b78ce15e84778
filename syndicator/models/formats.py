"""Output formats. The only table of them: file names, HTTP answers, configuration and renderers follow it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFormat:
    """A format that feeds are published in.

    ``name`` is what the configuration calls it, and the suffix of its files; ``label`` is for people. The module in
    ``publish`` that renders it is named ``module``, or else like the format. Feeds have those that are ``is_default``
    unless their file says otherwise.
    """

    name: str
    label: str
    content_type: str
    module: str = ""
    is_default: bool = True


OUTPUT_FORMATS: tuple[OutputFormat, ...] = (
    OutputFormat(name="atom", label="Atom", content_type="application/atom+xml"),
    OutputFormat(name="rss", label="RSS", content_type="application/rss+xml"),
    # Not a module ``json``: that name is the standard library's.
    OutputFormat(name="json", label="JSON Feed", content_type="application/feed+json", module="jsonfeed"),
    OutputFormat(name="geojson", label="GeoJSON", content_type="application/geo+json", is_default=False),
    OutputFormat(name="kml", label="KML", content_type="application/vnd.google-earth.kml+xml", is_default=False),
)
# The list of all public feeds is no feed, but a published file like any other.
OPML = OutputFormat(name="opml", label="OPML", content_type="text/x-opml")
OPML_FILE = "feeds.opml"
FORMATS_BY_NAME = {each.name: each for each in OUTPUT_FORMATS}
FORMAT_NAMES = tuple(FORMATS_BY_NAME)
DEFAULT_FORMATS = tuple(each.name for each in OUTPUT_FORMATS if each.is_default)
# Feeds of a kind lie in a folder, and archives in one that is named after their feed. No part begins with a point.
_PART = r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}"
_FILE_NAME = re.compile(rf"[a-z0-9_-]{{1,200}}(?:/{_PART}){{0,3}}\.({'|'.join(map(re.escape, FORMAT_NAMES))})")
# What lies in the folder of a kind is made when it is asked for, and has no archives: an outlet may be called 2026-11.
KINDS = ("outlet", "region", "concept", "event")
_ARCHIVE = re.compile(rf"((?!(?:{'|'.join(KINDS)})/).+)/[0-9]{{4}}-[0-9]{{2}}(?:-[0-9]{{1,6}})?\.atom")


def file_name(feed: str, format_name: str) -> str:
    """Return the name of the file that shows a feed in a format."""
    return f"{feed}.{format_name}"


def format_of(name: str) -> OutputFormat | None:
    """Return the format of a published file by the file's name, None for any other name."""
    if name == OPML_FILE:
        return OPML
    found = _FILE_NAME.fullmatch(name)
    return FORMATS_BY_NAME[found[1]] if found else None


def archive_name(feed: str, label: str) -> str:
    """Return the name of the file with a feed's archive: of a month ("2026-11"), or of a part of it ("2026-11-3")."""
    return f"{feed}/{label}.atom"


def label_of(name: str) -> str:
    """Return which archive of its feed a file is, by the file's name."""
    return name.rpartition("/")[2].removesuffix(".atom")


def is_archive(name: str) -> bool:
    """Return whether a published file is an archive of a feed, by the file's name."""
    return _ARCHIVE.fullmatch(name) is not None


def feed_of(name: str) -> str:
    """Return the name of the feed that a published file belongs to, as one of its formats or as an archive.

    The list of all public feeds belongs to none.
    """
    if name == OPML_FILE:
        return ""
    found = _ARCHIVE.fullmatch(name)
    return found[1] if found else name.rpartition(".")[0]
