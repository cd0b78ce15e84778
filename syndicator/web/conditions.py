"""What a request says of what its reader has, and takes (RFC 9110, 12 and 13). Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache


def is_listed(etag: str, header: str) -> bool:
    """Return whether an If-None-Match names an ETag (RFC 9110, 13.1.2)."""
    asked = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return etag in asked or "*" in asked


@lru_cache(maxsize=1024)
def http_date(text: str) -> datetime | None:
    """Return the moment of an HTTP date, None if it is none (RFC 9110, 5.6.7)."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@lru_cache(maxsize=1024)
def accepts_gzip(accepted: str) -> bool:
    """Return whether an Accept-Encoding takes gzip (RFC 9110, 12.5.3)."""
    for part in accepted.lower().split(","):
        coding, _, parameters = part.partition(";")
        if coding.strip() in ("gzip", "x-gzip", "*"):
            return parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
