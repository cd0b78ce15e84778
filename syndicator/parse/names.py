"""Map element names to feedparser's spelling, with tables taken from feedparser itself."""

from __future__ import annotations

from functools import cache

from syndicator.parse.bounded_feedparser import StrictFeedParser

_PREFIXES: dict[str, str] = {uri.lower(): prefix for uri, prefix in StrictFeedParser.namespaces.items()}
_STANDARD_PREFIXES = frozenset(_PREFIXES.values()) - {""}
_USERLAND = "backend.userland.com/rss"


def prefix_of(uri: str) -> str | None:
    """Return feedparser's prefix for a namespace, empty for those of feed formats, None for an unknown one."""
    lowered = uri.lower()
    return "" if _USERLAND in lowered else _PREFIXES.get(lowered)


def spelt(name: str) -> str | None:
    """Return expat's ``uri local`` as feedparser's ``prefix:local``, None if the namespace is unknown to it."""
    uri, _, local = name.rpartition(" ")
    prefix = prefix_of(uri) if uri else ""
    if prefix is None:
        return None
    return f"{prefix}:{local}".lower() if prefix else local.lower()


def is_handled(name: str) -> bool:
    """Return whether feedparser has a handler for an element of this name, in its spelling."""
    method = name.replace(":", "_", 1)
    return hasattr(StrictFeedParser, f"_start_{method}") or hasattr(StrictFeedParser, f"_end_{method}")


def is_misleading(prefix: str | None, uri: str) -> bool:
    """Return whether feedparser would take a namespace for another because of its prefix."""
    meant = prefix_of(uri)
    if prefix not in _STANDARD_PREFIXES or meant == prefix:
        return False
    return meant is not None or _has_elements(prefix)


@cache
def _has_elements(prefix: str | None) -> bool:
    """Return whether feedparser handles elements of a prefix; cached, since all its methods have to be searched."""
    return any(method.startswith(f"_start_{prefix}_") for method in dir(StrictFeedParser))


def version_of(prefix: str | None, uri: str) -> str:
    """Return the version that feedparser derives from a namespace alone, empty for none."""
    lowered = uri.lower()
    if prefix is None and lowered == "http://my.netscape.com/rdf/simple/0.9/":
        return "rss090"
    return {"http://purl.org/rss/1.0/": "rss10", "http://www.w3.org/2005/atom": "atom10"}.get(lowered, "")
