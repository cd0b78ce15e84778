"""Element names as feedparser spells them, derived from feedparser itself: what it handles, and under which prefix."""

from __future__ import annotations

from functools import cache

from feedparser.api import StrictFeedParser

_PREFIXES: dict[str, str] = {uri.lower(): prefix for uri, prefix in StrictFeedParser.namespaces.items()}
_STANDARD_PREFIXES = frozenset(_PREFIXES.values()) - {""}
_USERLAND = "backend.userland.com/rss"


def prefix_of(uri: str) -> str | None:
    """Give feedparser's prefix for a namespace, empty for those of feeds themselves; None for one it does not know."""
    lowered = uri.lower()
    return "" if _USERLAND in lowered else _PREFIXES.get(lowered)


def spelt(name: str) -> str | None:
    """Give expat's ``uri local`` as feedparser's ``prefix:local``; None where the namespace is unknown to it."""
    uri, _, local = name.rpartition(" ")
    prefix = prefix_of(uri) if uri else ""
    if prefix is None:
        return None
    return f"{prefix}:{local}".lower() if prefix else local.lower()


def is_handled(name: str) -> bool:
    """Say whether feedparser does something of its own with an element, by its spelt name."""
    method = name.replace(":", "_", 1)
    return hasattr(StrictFeedParser, f"_start_{method}") or hasattr(StrictFeedParser, f"_end_{method}")


def is_misleading(prefix: str | None, uri: str) -> bool:
    """Say whether feedparser, which goes by prefixes where it does not know a namespace, would read it as another."""
    meant = prefix_of(uri)
    if prefix not in _STANDARD_PREFIXES or meant == prefix:
        return False
    return meant is not None or _has_elements(prefix)


@cache
def _has_elements(prefix: str | None) -> bool:
    """Return whether feedparser handles elements of a standard prefix; cached, since looking through all takes long."""
    return any(method.startswith(f"_start_{prefix}_") for method in dir(StrictFeedParser))


def version_of(prefix: str | None, uri: str) -> str:
    """Give the version that a namespace alone makes feedparser see in a document, empty for none."""
    lowered = uri.lower()
    if prefix is None and lowered == "http://my.netscape.com/rdf/simple/0.9/":
        return "rss090"
    return {"http://purl.org/rss/1.0/": "rss10", "http://www.w3.org/2005/atom": "atom10"}.get(lowered, "")
