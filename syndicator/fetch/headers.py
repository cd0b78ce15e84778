"""Response headers as values: freshness, Retry-After, validators, links."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from urllib.parse import urlsplit

from syndicator import urls
from syndicator.models import Link

_DAY = timedelta(days=1)
_LONGEST_WAIT = timedelta(days=7)
_LEGAL_VALUE = re.compile(r"[\x21-\x7e\x80-\xff](?:[\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?")
_LONGEST_VALIDATOR = 1024
_LINK = re.compile(r"<([^<>]{1,2048})>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s\",;]+))?)*)")
_PARAMETER = re.compile(r";\s*([\w-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))")
_LONGEST_LINKS, _MOST_LINKS = 8192, 20
_NOT_STORED = re.compile(r"\bno-(?:cache|store)\b", re.IGNORECASE)
_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,10})\"?\s*(?:,|$)", re.IGNORECASE)


def validator(value: str | None) -> str | None:
    """Return a validator byte for byte if it may stand in a request header and is shorter than 1 KB, else None."""
    return value if value and len(value) < _LONGEST_VALIDATOR and _LEGAL_VALUE.fullmatch(value) else None


def http_date(value: str | None) -> datetime | None:
    """Parse any of the three date forms of RFC 9110, 5.6.7; return None for anything else."""
    try:
        date = parsedate_to_datetime(value) if value else None
        return date and (date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Return how long a response is fresh (RFC 9111, 4.2.1), at most a day; an invalid Expires is stale."""
    control = headers.get("Cache-Control", "")
    if _NOT_STORED.search(control):
        return timedelta(0)
    if found := _MAX_AGE.search(control):
        age = headers.get("Age", "").strip()
        spent = int(age[:10]) if age.isascii() and age.isdigit() else 0
        return timedelta(seconds=min(max(int(found[1]) - spent, 0), _DAY.total_seconds()))
    expires = http_date(headers.get("Expires"))
    if expires is None:
        return timedelta(0)
    date = http_date(headers.get("Date")) or now
    return min(max(expires - date, timedelta(0)), _DAY)


def link_header(values: Sequence[str], url: str) -> tuple[Link, ...]:
    """Parse the Link headers (RFC 8288) of a response from ``url``: each relation with its absolute http(s) address."""
    found = []
    for href, parameters in islice(_LINK.findall(", ".join(values)[:_LONGEST_LINKS]), _MOST_LINKS):
        address = urls.absolute(urls.without_feed_scheme(href, urlsplit(url).scheme), url)
        given = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(parameters)}
        if address:
            rels = given.get("rel", "").lower().split()[:3]
            found += [Link(rel=rel, href=address, type=given.get("type", "")) for rel in rels]
    return tuple(found)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Parse Retry-After, seconds or a date (RFC 9110, 10.2.3); None when absent, unusable, or beyond a week."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        wait = timedelta(seconds=int(value[:9]))
    elif date := http_date(value):
        wait = max(date - now, timedelta(0))
    else:
        return None
    return wait if wait <= _LONGEST_WAIT else None
