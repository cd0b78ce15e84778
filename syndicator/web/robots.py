"""What robots may crawl (RFC 9309): readers' pages, but none that is made for a question somebody asks. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from syndicator.web.reader_pages import LANGUAGES

_LINES = (
    # Searches and further pages are made for each question; whatever a page's JSON says, the page says.
    *(f"Disallow: {{0}}{prefix}/search" for prefix in ("", *(f"/{code}" for code in LANGUAGES[1:]))),
    "Disallow: {0}/*?",
    "Disallow: {0}/*.json$",
    # Feeds are for programs, of which many ask here first: as JSON too, and with the token of a private one.
    "Allow: {0}/feeds/*.json$",
    "Allow: {0}/feeds/*?token=",
    "Disallow: {0}/feeds/*/page.json$",
    *(f"Disallow: {{0}}/{path}" for path in ("hub", "ops", "status.json", "metrics", "healthz", "readyz")),
)


def robots_txt(base_url: str) -> str:
    """Return the file; paths begin with that of the site, where it is below a proxy's path."""
    prefix = urlsplit(base_url).path.rstrip("/")
    return "".join(f"{line.format(prefix)}\n" for line in ("User-agent: *", *_LINES))
