"""Resolve addresses against the base of their element, as feedparser does."""

from __future__ import annotations

from feedparser.urls import _urljoin, make_safe_absolute_uri

from syndicator.urls import MAX_LENGTH


def base_of(url: str) -> str:
    """Return the base that feedparser starts from in a document from ``url``."""
    return str(make_safe_absolute_uri(url) or "") if len(url) <= MAX_LENGTH else ""


def join(base: str, address: str) -> str:
    """Resolve an address as feedparser does; one that is longer than any we accept is returned as it is."""
    return address if len(address) > MAX_LENGTH else str(_urljoin(base, address))


def rebase(base: str, given: str) -> str:
    """Return the base that ``xml:base`` sets within ``base``, as feedparser resolves it; one too long is ignored."""
    if not given or len(given) > MAX_LENGTH:
        return base
    joined = str(make_safe_absolute_uri(base, given) if base else _urljoin("", given))
    return joined if joined and len(joined) <= MAX_LENGTH else base
